"""Pairs of equal items in two sequences, in a time that grows only with their length.

``difflib`` compares every item with every other where many are equal, as in hostile or long
documents. Here it compares short stretches; long ones are split at items that both sequences have
exactly once.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

MOST_PAIRS = 10_000
"""Pairs of items that ``difflib`` compares at once."""

Items = Sequence[Hashable]
Pair = tuple[int, int]


def matching_pairs(old: Items, new: Items) -> Iterator[Pair]:
    """Yield the indexes of equal items, in order; each index at most once."""
    first, tail = _ends(old, new)
    yield from ((index, index) for index in range(first))
    i, j = first, first
    old_end, new_end = len(old) - tail, len(new) - tail
    for anchor in (*_anchors(old, new, first, tail), (old_end, new_end)):
        yield from _between(old, new, (i, anchor[0]), (j, anchor[1]))
        if anchor != (old_end, new_end):
            yield anchor
        i, j = anchor[0] + 1, anchor[1] + 1
    yield from ((old_end + index, new_end + index) for index in range(tail))


def _ends(old: Items, new: Items) -> tuple[int, int]:
    """Return how many items are equal at the beginning and, without these, at the end."""
    shared = min(len(old), len(new))
    first = next((index for index in range(shared) if old[index] != new[index]), shared)
    rest = shared - first
    tail = next((back for back in range(rest) if old[-1 - back] != new[-1 - back]), rest)
    return first, tail


def _anchors(old: Items, new: Items, first: int, tail: int) -> list[Pair]:
    """Return pairs that split long sequences: items that both have once, in the same order."""
    old_middle, new_middle = old[first : len(old) - tail], new[first : len(new) - tail]
    if len(old_middle) * len(new_middle) <= MOST_PAIRS:
        return []
    counts, new_counts = Counter(old_middle), Counter(new_middle)
    places = {item: index for index, item in enumerate(new_middle, first)}
    pairs = [
        (index, places[item])
        for index, item in enumerate(old_middle, first)
        if counts[item] == 1 == new_counts[item]
    ]
    return _in_order(pairs)


def _in_order(pairs: Sequence[Pair]) -> list[Pair]:
    """Return as many pairs as possible of which the second indexes rise as well."""
    ends: list[int] = []
    """The least second index that a run of each length ends with."""
    last: list[int] = []
    """The pair with it."""
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    found: list[Pair] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _between(old: Items, new: Items, olds: Pair, news: Pair) -> Iterator[Pair]:
    """Yield the pairs between two anchors; of long stretches those at their ends only."""
    before, after = old[slice(*olds)], new[slice(*news)]
    if not before or not after:
        return
    if len(before) * len(after) <= MOST_PAIRS:
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for i, j, size in matcher.get_matching_blocks():
            yield from ((olds[0] + i + step, news[0] + j + step) for step in range(size))
        return
    first, tail = _ends(before, after)
    yield from ((olds[0] + step, news[0] + step) for step in range(first))
    yield from ((olds[1] - back, news[1] - back) for back in range(tail, 0, -1))
