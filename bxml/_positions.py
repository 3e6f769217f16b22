"""From byte offsets to lines and columns, and from elements to the paths people read.

Only used when there is a problem to report, so that reading a correct document pays nothing.
"""

import re
from bisect import bisect_right
from contextlib import suppress
from functools import cached_property
from pyexpat import ExpatError, ParserCreate

from bxml._frames import Flaw, Frame
from bxml._reader import WHITE
from bxml.errors import Problem

__all__ = ["Positions", "path_of"]

_NEWLINE = re.compile(rb"\r\n|\r|\n")
_ATTRIBUTE = re.compile(r"[\s]+([^\s=<>/]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def path_of(frame: Frame) -> str:
    """Return ``Response/Gather[2]/SpeakSentence``: counted among siblings of the same name."""
    steps: list[str] = []
    each: Frame | None = frame
    while each is not None:
        step = each.tag
        if each.parent is not None:
            twins = [sibling for sibling in each.parent.frames if sibling.tag == each.tag]
            if len(twins) > 1:
                step = f"{step}[{twins.index(each) + 1}]"
        steps.append(step)
        each = each.parent
    return "/".join(reversed(steps))


class Positions:
    """Places flaws of one document."""

    def __init__(self, body: bytes, frames: list[Frame]) -> None:
        self._body = body
        self._frames = frames

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _NEWLINE.finditer(self._body))]

    @cached_property
    def _ordinals(self) -> dict[int, int]:
        return {id(frame): ordinal for ordinal, frame in enumerate(self._frames)}

    @cached_property
    def _texts(self) -> dict[int, int]:
        """Byte index of the first character that is no white space, by ordinal of the element."""
        found: dict[int, int] = {}
        stack: list[int] = []
        count = 0
        parser = ParserCreate("UTF-8")

        def start(_tag: str, _attributes: object) -> None:
            nonlocal count
            stack.append(count)
            count += 1

        def text(data: str) -> None:
            if stack and stack[-1] not in found and data.strip(WHITE):
                lead = len(data) - len(data.lstrip(WHITE))
                found[stack[-1]] = parser.CurrentByteIndex + lead

        parser.StartElementHandler = start
        parser.EndElementHandler = lambda _tag: stack.pop()
        parser.CharacterDataHandler = text
        with suppress(ExpatError):  # it was reported when the document was read
            parser.Parse(self._body, True)  # noqa: FBT003 - expat's own signature
        return found

    def offset(self, flaw: Flaw) -> int:
        """Return the byte index to blame."""
        if flaw.offset is not None:
            return flaw.offset
        frame = flaw.frame
        if frame is None:
            return 0
        if flaw.attribute is not None:
            return self._attribute(frame, flaw.attribute)
        if flaw.text:
            return self._texts.get(self._ordinals[id(frame)], frame.offset)
        return frame.offset

    def _attribute(self, frame: Frame, wire: str) -> int:
        end = self._body.find(b"<", frame.offset + 1)
        tag = self._body[frame.offset : end if end > 0 else None].decode("utf-8", "replace")
        position = 1 + len(frame.tag)
        while (found := _ATTRIBUTE.match(tag, position)) is not None:
            if found[1] == wire:
                return frame.offset + len(tag[: found.start(1)].encode())
            position = found.end()
        return frame.offset

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1; columns count characters."""
        line = bisect_right(self._starts, offset)
        before = self._body[self._starts[line - 1] : offset]
        return line, len(before.decode("utf-8", "replace")) + 1

    def problem(self, flaw: Flaw) -> Problem:
        """Return the flaw as people read it."""
        path = path_of(flaw.frame) if flaw.frame is not None else "document"
        if flaw.attribute is not None:
            path = f"{path}/@{flaw.attribute}"
        line, column = self.place(self.offset(flaw))
        return Problem(
            flaw.rule, flaw.severity, path, line, column, f"{path}: {flaw.finding}", flaw.hint
        )
