"""The line of a document that a problem is in, with a caret under the place."""

from collections.abc import Iterable

from rich.cells import cell_len

from bxml._reading.decode import Undecodable, decode
from bxml.documents import MAX_BYTES
from bxml.errors import Problem

__all__ = ["Excerpts", "marked"]

TAB = "    "
UNSEEN = "\u00b7"
"""Stands for a character that a terminal would not show."""
CUT = "..."


class Excerpts:
    """Shows the places in one document."""

    def __init__(self, body: bytes, width: int) -> None:
        if len(body) > MAX_BYTES:
            body = b""  # the size is to blame, not a place
        try:
            text = decode(body).characters
        except Undecodable:
            text = body.decode("utf-8", "replace").removeprefix("\ufeff")
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._width = width

    def around(self, problem: Problem) -> tuple[str, ...]:
        """Return the source line and the one with the caret; nothing for a place without text."""
        if problem.line is None or problem.column is None or problem.line > len(self._lines):
            return ()
        line = self._lines[problem.line - 1]
        return marked(line, problem.column, self._width) if line.strip() else ()


def marked(line: str, column: int, width: int) -> tuple[str, str]:
    """Return the line as a terminal shows it, and the line with the caret below it.

    ``column`` counts characters from 1. A line of more than ``width`` cells is cut on both sides
    of the place, so that at least a third of the width is left on each.
    """
    index = min(column - 1, len(line))
    before = [_seen(each) for each in line[max(0, index - width) : index]]
    after = [_seen(each) for each in line[index : index + width]]
    room = width - 2 * len(CUT)
    behind = _fitting(after, max(room // 3, room - _cells(before)))
    ahead = _fitting(reversed(before), room - _cells(behind))
    left = "".join(reversed(ahead))
    if len(ahead) < index:
        left = CUT + left
    right = "".join(behind)
    if len(behind) < len(line) - index:
        right += CUT
    return left + right, " " * cell_len(left) + "^"


def _seen(character: str) -> str:
    if character == "\t":
        return TAB
    return character if character.isprintable() else UNSEEN


def _cells(pieces: Iterable[str]) -> int:
    return sum(map(cell_len, pieces))


def _fitting(pieces: Iterable[str], room: int) -> list[str]:
    """Return the first pieces that fit into so many cells."""
    taken: list[str] = []
    for each in pieces:
        room -= cell_len(each)
        if room < 0:
            break
        taken.append(each)
    return taken
