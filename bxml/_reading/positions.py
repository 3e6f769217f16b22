"""From byte offsets to lines and columns, and from elements to paths.

Used only when there is a problem to report: reading a correct document does not pay for it.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from contextlib import suppress
from functools import cached_property
from pyexpat import ExpatError, ParserCreate

from bxml._reading.decode import Undecodable
from bxml._reading.frames import OpenElement, RawProblem
from bxml._reading.reader import WHITE
from bxml._wording import visible_text
from bxml.errors import Problem

_LONGEST_PATH = 2_000
"""Characters of a path; of a longer one the middle is left out, for each element has its own."""
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_CONTINUATION = re.compile(rb"[\x80-\xbf]")
_ATTRIBUTE = re.compile(r"[\s]+([^\s=<>/]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class Positions:
    """Finds the positions of flaws in one document."""

    def __init__(self, body: bytes, frames: list[OpenElement]) -> None:
        self._body = body
        self._frames = frames
        self._attributes: dict[int, dict[str, int]] = {}

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _NEWLINE.finditer(self._body))]

    @cached_property
    def _continuations(self) -> list[int]:
        """Byte indexes that begin no character."""
        return [found.start() for found in _CONTINUATION.finditer(self._body)]

    @cached_property
    def _ordinals(self) -> dict[int, int]:
        return {id(frame): ordinal for ordinal, frame in enumerate(self._frames)}

    @cached_property
    def _paths(self) -> dict[int, str]:
        """Paths by element, in one pass; siblings of the same name are counted."""
        names = [(id(frame.parent), frame.tag) for frame in self._frames]
        twins = Counter(names)
        seen: Counter[tuple[int, str]] = Counter()
        paths: dict[int, str] = {}
        for frame, name in zip(self._frames, names, strict=True):
            seen[name] += 1
            step = f"{frame.tag}[{seen[name]}]" if twins[name] > 1 else frame.tag
            above = "" if frame.parent is None else f"{paths[id(frame.parent)]}/"
            path = above + step
            if len(path) > _LONGEST_PATH:
                path = f"{path[: _LONGEST_PATH // 2]}...{path[-_LONGEST_PATH // 2 :]}"
            paths[id(frame)] = path
        return paths

    def path(self, frame: OpenElement) -> str:
        """Return ``Response/Gather[2]/SpeakSentence``: counted among siblings of that name."""
        return self._paths[id(frame)]

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

    def offset(self, flaw: RawProblem) -> int:
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

    def _attribute(self, frame: OpenElement, wire: str) -> int:
        offsets = self._attributes.get(frame.offset)
        if offsets is None:
            offsets = self._attributes[frame.offset] = self._attributes_of(frame)
        return offsets.get(wire, frame.offset)

    def _attributes_of(self, frame: OpenElement) -> dict[str, int]:
        """Return the byte indexes of the attributes of an element, by wire name."""
        end = self._body.find(b"<", frame.offset + 1)
        tag = self._body[frame.offset : end if end > 0 else None].decode("utf-8", "replace")
        offsets: dict[str, int] = {}
        position, read = 1 + len(frame.tag), frame.offset + 1 + len(frame.tag.encode())
        while (found := _ATTRIBUTE.match(tag, position)) is not None:
            offsets[found[1]] = read + len(tag[position : found.start(1)].encode())
            read += len(found[0].encode())
            position = found.end()
        return offsets

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1; columns count characters."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        inside = bisect_left(self._continuations, offset) - bisect_left(self._continuations, start)
        return line, offset - start - inside + 1

    def problem(self, flaw: RawProblem) -> Problem:
        """Return the flaw with path, line and column."""
        path = self.path(flaw.frame) if flaw.frame is not None else "document"
        if flaw.attribute is not None:
            path = f"{path}/@{flaw.attribute}"
        line, column = self.place(self.offset(flaw))
        message = visible_text(f"{path}: {flaw.finding}")
        hint = None if flaw.hint is None else visible_text(flaw.hint)
        return Problem(flaw.rule, flaw.severity, visible_text(path), line, column, message, hint)


def undecodable(refused: Undecodable) -> Problem:
    """Return the problem of a source that never became characters."""
    message = f"document: {refused.finding}"
    return Problem(
        refused.rule, "error", "document", refused.line, refused.column, message, refused.hint
    )
