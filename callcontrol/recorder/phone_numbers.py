"""Finds phone numbers and typed keys in any text, and replaces them.

A number is recognized by its form: a plus sign and at least seven digits, at least ten digits in a
row, or the groups of a North American number. A number seen once is found again in any grouping,
such as ``9 1 9, 5 5 5, 1 2 3 4``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

FEWEST_KEYS = 4
"""Number of typed keys from which they may be a PIN or a card."""
FEWEST = 7
LONGEST = 15
"""Most digits of a number, E.164."""
CERTAIN_DIGITS = 10
"""Digits in a row that are a number without further evidence."""
NATIONAL = 10
"""Digits of a North American number without its country code."""
MOST_GROUPS = 16

_AREAS = tuple(dict.fromkeys((919, *range(201, 1000))))
_FAKE = re.compile(r"1[2-9][0-9]{2}55501[0-9]{2}")
_IN_NORTH_AMERICA = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
_WHOLE = re.compile(r"(\+?)([0-9]{2,15})", re.ASCII)
_DIGITS = re.compile(r"[0-9]+")
_GROUPINGS = ((3, 3, 4), (1, 3, 3, 4))
_HEX = "[0-9A-Fa-f]"
_UUID = f"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}[0-9:.]*(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
_GROUPS = r"\(?[0-9]+(?:[ \u00a0.,/()\-]{1,3}[0-9]+)*"
_PIECE = re.compile(
    # Ids and times of the platform are not numbers, and %20 before a number is not part of it.
    rf"(?P<other>(?:[A-Za-z]{{1,5}}-{_HEX}{{8}}-)?{_UUID}|{_TIME})"
    rf"|(?P<plus>\+|%2[Bb]|%252[Bb])(?P<after_plus>{_GROUPS})"
    rf"|(?P<escape>%[0-9A-Fa-f]{{2}})"
    rf"|(?P<bare>{_GROUPS})"
)


class NumberTable(Protocol):
    """Replacements of numbers and typed keys."""

    def number(self, digits: str) -> str:
        """Return the replacement of a number, both with the country code."""
        ...

    def has_number(self, digits: str) -> bool:
        """Return whether a number is in the table."""
        ...

    def keys(self, typed: str) -> str:
        """Return the replacement of typed keys."""
        ...

    def has_keys(self, typed: str) -> bool:
        """Return whether typed keys are in the table."""
        ...


def fake_number(place: int) -> str:
    """Return the digits of a number reserved for fiction; +1 919 555 01xx come first."""
    # Beyond eighty thousand numbers in one recording they repeat.
    return f"1{_AREAS[place // 100 % len(_AREAS)]}55501{place % 100:02}"


def is_fake_number(digits: str) -> bool:
    """Return whether a number is reserved for fiction."""
    return _FAKE.fullmatch(digits) is not None


def replace_numbers(text: str, table: NumberTable) -> str:
    """Return the text with every number, and known typed keys, replaced."""

    def replace(match: re.Match[str]) -> str:
        if match["other"] or match["escape"]:
            return match[0]
        plus, groups = match["plus"] or "", match["after_plus"] or match["bare"]
        return "".join(_DigitGroups(groups, plus, table).pieces())

    return _PIECE.sub(replace, text)


def replace_whole_number(text: str, table: NumberTable) -> str | None:
    """Return the replacement of a text that is a number, however short; None for other texts."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    return _DigitGroups(match[2], match[1], table).number(match[2], match[1])


@dataclass(frozen=True, slots=True)
class _DigitGroups:
    """Groups of digits with separators between them."""

    text: str
    plus: str
    """The plus sign before the first group, in its spelling."""
    table: NumberTable

    def pieces(self) -> Iterator[str]:
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
        """Return the index after the last group of the number that begins at ``first``, if any."""
        texts = [group[0] for group in groups[first : first + MOST_GROUPS]]
        sizes, digits = [len(text) for text in texts], "".join(texts)
        for count, total in reversed(list(enumerate(accumulate(sizes), 1))):
            if total >= FEWEST_KEYS and self._is_seen(digits[:total]):
                return first + count
        if self.plus and first == 0:
            return _with_plus(digits, sizes)
        if sizes[0] >= CERTAIN_DIGITS:
            return first + 1
        for grouping in _GROUPINGS:
            if tuple(sizes[: len(grouping)]) == grouping and _IN_NORTH_AMERICA.fullmatch(
                digits[: sum(grouping)][-NATIONAL:]
            ):
                return first + len(grouping)
        return None

    def _is_seen(self, digits: str) -> bool:
        if FEWEST <= len(digits) <= LONGEST and self.table.has_number(self.canonical(digits, "")):
            return True
        return self.table.has_keys(digits)

    def canonical(self, digits: str, plus: str) -> str:
        """Return the digits with the country code."""
        if plus or self.table.has_number(digits):
            return digits
        return f"1{digits}" if _IN_NORTH_AMERICA.fullmatch(digits) else digits

    def span(self, span: str, plus: str) -> str:
        """Return the replacement of a number, or of typed keys, with its separators."""
        digits = "".join(_DIGITS.findall(span))
        canonical = self.canonical(digits, plus)
        if plus or len(digits) >= CERTAIN_DIGITS or self.table.has_number(canonical):
            return self.number(span, plus)
        return plus + _regrouped(self.table.keys(digits), span)

    def number(self, span: str, plus: str) -> str:
        """Return the replacement of a number, in its form."""
        digits = "".join(_DIGITS.findall(span))
        canonical = self.canonical(digits, plus)
        new = self.table.number(canonical)
        if new == canonical:
            return f"{plus}{span}"
        if len(canonical) > len(digits) and new.startswith("1") and len(new) == NATIONAL + 1:
            new = new[1:]
        return plus + _regrouped(new, span)


def _with_plus(digits: str, sizes: Sequence[int]) -> int | None:
    """Return how many groups after a plus sign belong to the number."""
    if sizes[0] >= FEWEST:
        return 1
    totals = [sum(sizes[:count]) for count in range(1, len(sizes) + 1)]
    if digits.startswith("1") and NATIONAL + 1 in totals:
        return totals.index(NATIONAL + 1) + 1
    fitting = [count for count, total in enumerate(totals, 1) if FEWEST <= total <= LONGEST]
    return fitting[-1] if fitting else None


def _regrouped(digits: str, span: str) -> str:
    """Return the digits grouped as in ``span``, if there are as many."""
    if sum(map(str.isdigit, span)) != len(digits):
        return digits
    left = iter(digits)
    return "".join(next(left) if character.isdigit() else character for character in span)
