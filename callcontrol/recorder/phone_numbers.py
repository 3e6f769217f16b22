"""Phone numbers and typed keys inside any text: where they stand, and what takes their place.

A number is told by its form: a plus sign and seven digits or more, ten digits or more in a row, or
the groups of a North American number. What has been seen once as a number is found again in any
grouping, so that ``9 1 9, 5 5 5, 1 2 3 4`` is no way around.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

__all__ = ["FEWEST_KEYS", "Names", "made_up_number", "renumbered", "whole_number"]

FEWEST_KEYS = 4
"""Keys from which what a caller types may be a PIN or a card."""
FEWEST = 7
LONGEST = 15
"""Digits that a number may have, E.164."""
CERTAIN = 10
"""Digits in a row that are taken for a number without further signs of one."""
NATIONAL = 10
"""Digits of a North American number without its country code."""
MOST_GROUPS = 16

_AREAS = tuple(dict.fromkeys((919, *range(201, 1000))))
_MADE_UP = re.compile(r"1[2-9][0-9]{2}55501[0-9]{2}")
_IN_NORTH_AMERICA = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
_WHOLE = re.compile(r"(\+?)([0-9]{2,15})", re.ASCII)
_DIGITS = re.compile(r"[0-9]+")
_SHAPES = ((3, 3, 4), (1, 3, 3, 4))
_HEX = "[0-9A-Fa-f]"
_UUID = f"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}[0-9:.]*(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
_GROUPS = r"\(?[0-9]+(?:[ \u00a0.,/()\-]{1,3}[0-9]+)*"
_PIECE = re.compile(
    # Ids and times of the platform are no numbers, and %20 in front of one is not part of it.
    rf"(?P<other>(?:[A-Za-z]{{1,5}}-{_HEX}{{8}}-)?{_UUID}|{_TIME})"
    rf"|(?P<plus>\+|%2[Bb]|%252[Bb])(?P<called>{_GROUPS})"
    rf"|(?P<escape>%[0-9A-Fa-f]{{2}})"
    rf"|(?P<bare>{_GROUPS})"
)


class Names(Protocol):
    """What takes the place of what."""

    def number(self, digits: str) -> str:
        """Return the digits, country code included, that stand for those of a number."""
        ...

    def has_number(self, digits: str) -> bool:
        """Return whether a number has been seen."""
        ...

    def keys(self, typed: str) -> str:
        """Return the keys that stand for typed ones."""
        ...

    def has_keys(self, typed: str) -> bool:
        """Return whether these keys have been typed."""
        ...


def made_up_number(place: int) -> str:
    """Return the digits of a number of the range kept for fiction; +1 919 555 01xx come first."""
    # More than eighty thousand numbers in one recording would share some of them.
    return f"1{_AREAS[place // 100 % len(_AREAS)]}55501{place % 100:02}"


def is_made_up(digits: str) -> bool:
    """Return whether a number belongs to nobody."""
    return _MADE_UP.fullmatch(digits) is not None


def renumbered(text: str, names: Names) -> str:
    """Return the text with every number, and what has been typed, replaced."""

    def replace(found: re.Match[str]) -> str:
        if found["other"] or found["escape"]:
            return found[0]
        plus, groups = found["plus"] or "", found["called"] or found["bare"]
        return "".join(_Chain(groups, plus, names).replaced())

    return _PIECE.sub(replace, text)


def whole_number(text: str, names: Names) -> str | None:
    """Return what takes the place of a text that is a number from end to end, short ones too."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    return _Chain(found[2], found[1], names).number(found[2], found[1])


@dataclass(frozen=True, slots=True)
class _Chain:
    """Groups of digits with little between them."""

    text: str
    plus: str
    """Plus sign before the first group, as it was written."""
    names: Names

    def replaced(self) -> Iterator[str]:
        groups = list(_DIGITS.finditer(self.text))
        done = first = 0
        if not (self.plus and self._ends(groups, 0) is not None):
            yield self.plus
        while first < len(groups):
            end = self._ends(groups, first)
            if end is not None:
                start, stop = groups[first].start(), groups[end - 1].end()
                gap = self.text[done:start]
                plus = self.plus if first == 0 else ""
                # A bracket before the first group belongs to the number.
                yield gap if first else ""
                yield self.span(f"{'' if first else gap}{self.text[start:stop]}", plus)
                done = stop
            first = first + 1 if end is None else end
        yield self.text[done:]

    def _ends(self, groups: Sequence[re.Match[str]], first: int) -> int | None:
        """Return the index after the last group of what begins with one; None for nothing."""
        texts = [group[0] for group in groups[first : first + MOST_GROUPS]]
        sizes, digits = [len(text) for text in texts], "".join(texts)
        for count, total in reversed(list(enumerate(accumulate(sizes), 1))):
            if total >= FEWEST_KEYS and self._is_known(digits[:total]):
                return first + count
        if self.plus and first == 0:
            return _with_plus(digits, sizes)
        if sizes[0] >= CERTAIN:
            return first + 1
        for shape in _SHAPES:
            if tuple(sizes[: len(shape)]) == shape and _IN_NORTH_AMERICA.fullmatch(
                digits[: sum(shape)][-NATIONAL:]
            ):
                return first + len(shape)
        return None

    def _is_known(self, digits: str) -> bool:
        if FEWEST <= len(digits) <= LONGEST and self.names.has_number(self.canonical(digits, "")):
            return True
        return self.names.has_keys(digits)

    def canonical(self, digits: str, plus: str) -> str:
        """Return the digits with the country code."""
        if plus or self.names.has_number(digits):
            return digits
        return f"1{digits}" if _IN_NORTH_AMERICA.fullmatch(digits) else digits

    def span(self, span: str, plus: str) -> str:
        """Return what takes the place of a number, or of typed keys, with what stands in it."""
        digits = "".join(_DIGITS.findall(span))
        canonical = self.canonical(digits, plus)
        if plus or len(digits) >= CERTAIN or self.names.has_number(canonical):
            return self.number(span, plus)
        return plus + _laid(self.names.keys(digits), span)

    def number(self, span: str, plus: str) -> str:
        """Return what takes the place of a number, in the form of it."""
        digits = "".join(_DIGITS.findall(span))
        canonical = self.canonical(digits, plus)
        new = self.names.number(canonical)
        if new == canonical:
            return f"{plus}{span}"
        if len(canonical) > len(digits) and new.startswith("1") and len(new) == NATIONAL + 1:
            new = new[1:]
        return plus + _laid(new, span)


def _with_plus(digits: str, sizes: Sequence[int]) -> int | None:
    """Return how many groups after a plus sign are a number."""
    if sizes[0] >= FEWEST:
        return 1
    totals = [sum(sizes[:count]) for count in range(1, len(sizes) + 1)]
    if digits.startswith("1") and NATIONAL + 1 in totals:
        return totals.index(NATIONAL + 1) + 1
    fitting = [count for count, total in enumerate(totals, 1) if FEWEST <= total <= LONGEST]
    return fitting[-1] if fitting else None


def _laid(digits: str, span: str) -> str:
    """Return the digits grouped as in ``span``, if there are as many."""
    if sum(map(str.isdigit, span)) != len(digits):
        return digits
    left = iter(digits)
    return "".join(next(left) if each.isdigit() else each for each in span)
