"""Finds known values anywhere in a text, in one pass however many there are."""

import re
from collections.abc import Mapping
from string import ascii_letters, digits

LONGEST = 64
"""Characters by which a longer value is found: that many of a secret reveal it."""
_BESIDE = frozenset(ascii_letters + digits)
_RUN = re.compile(r"[^\s\"'<>&,]*")


class KnownValues:
    """Values by their first characters, and their replacements.

    ``shortest`` is the length from which values are searched for; ``whole`` leaves out those with
    a letter or a digit beside them.
    """

    def __init__(self, shortest: int, *, whole: bool = False) -> None:
        self._shortest = shortest
        self._whole = whole
        self._lengths: dict[str, list[int]] = {}
        """Lengths of the values that begin alike, the longest first."""
        self._beginnings: dict[str, str] = {}
        """The first value that begins with ``LONGEST`` characters."""

    def copy(self) -> "KnownValues":
        """Return an independent copy."""
        copied = KnownValues(self._shortest, whole=self._whole)
        copied._lengths = {start: [*lengths] for start, lengths in self._lengths.items()}
        copied._beginnings = dict(self._beginnings)
        return copied

    def add(self, value: str) -> None:
        """Add a value, unless it is too short."""
        if len(value) < self._shortest:
            return
        length = min(len(value), LONGEST)
        lengths = self._lengths.setdefault(value[: self._shortest], [])
        if length not in lengths:  # there are at most LONGEST
            lengths.append(length)
            lengths.sort(reverse=True)
        if length == LONGEST:
            self._beginnings.setdefault(value[:LONGEST], value)

    def replace(self, text: str, replacements: Mapping[str, str]) -> str:
        """Return the text with every known value in it replaced, the longest first."""
        if not self._lengths:
            return text
        shortest, lengths = self._shortest, self._lengths
        pieces: list[str] = []
        done = index = 0
        last = len(text) - shortest
        while index <= last:
            # Most places have no value: a long text spends its time in this line.
            found = lengths.get(text[index : index + shortest])
            end, new = self._match(text, index, found, replacements) if found else (0, "")
            if end:
                pieces += [text[done:index], new]
                done = end
            index = end or index + 1
        return "".join([*pieces, text[done:]])

    def _match(
        self, text: str, index: int, lengths: list[int], replacements: Mapping[str, str]
    ) -> tuple[int, str]:
        """Return where the value at a place ends, and its replacement; 0 where none begins."""
        if self._whole and text[max(0, index - 1) : index] in _BESIDE:
            return 0, ""
        for length in lengths:
            part = text[index : index + length]
            end, value = index + len(part), part
            if length == LONGEST and part in self._beginnings:
                end, value = self._long_match(text, index, part, replacements)
            if value in replacements and not (self._whole and text[end : end + 1] in _BESIDE):
                return end, replacements[value]
        return 0, ""

    def _long_match(
        self, text: str, index: int, part: str, replacements: Mapping[str, str]
    ) -> tuple[int, str]:
        """Return where a long value ends, and the value; or the first value that begins like it."""
        run = _RUN.match(text, index)
        end = index + len(part) if run is None else max(run.end(), index + len(part))
        value = text[index:end]
        first = self._beginnings[part]
        if value in replacements:
            return end, value
        return (index + len(first) if text.startswith(first, index) else end), first
