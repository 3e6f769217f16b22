"""Which child of one element is which child of another: so that an inserted verb is one change.

Equal children come first; between them the children of one name that have most words in common.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from callcontrol.recorder.trees import Tree, xml_of

__all__ = ["Pair", "aligned"]

Pair = tuple[int | None, int | None]
"""Indexes of two children that are the same one; None for what the other element lacks."""

LARGEST_GAP = 10_000
"""Pairs of children that are weighed one by one; beyond, only names count."""
LARGEST_EXACT = 1_000_000
"""Pairs of children up to which frequent ones may serve as anchors."""
_WORD = re.compile(r"\w+|[^\w\s]")

Children = Sequence[Tree | str]


def aligned(before: Children, after: Children) -> Iterator[Pair]:
    """Yield every child of both once, in order."""
    first, shared = 0, min(len(before), len(after))
    while first < shared and before[first] == after[first]:
        yield first, first
        first += 1
    tail = 0
    while tail < shared - first and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[first : len(before) - tail], after[first : len(after) - tail]
    for i, j in _anchored(old, new):
        yield None if i is None else first + i, None if j is None else first + j
    for back in range(tail, 0, -1):
        yield len(before) - back, len(after) - back


def _anchored(old: Children, new: Children) -> Iterator[Pair]:
    frequent = len(old) * len(new) > LARGEST_EXACT
    matcher = SequenceMatcher(None, old, new, autojunk=frequent)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(range(i, i_end), range(j, j_end), strict=True)
        else:
            for a, b in _gap(old[i:i_end], new[j:j_end]):
                yield None if a is None else i + a, None if b is None else j + b


def _gap(old: Children, new: Children) -> Iterator[Pair]:
    """Yield the pairs of children between two equal ones."""
    if not old or not new:
        pairs: list[tuple[int, int]] = []
    elif len(old) * len(new) > LARGEST_GAP:
        names = [_name(each) for each in old], [_name(each) for each in new]
        blocks = SequenceMatcher(None, *names).get_matching_blocks()
        pairs = [(a + step, b + step) for a, b, size in blocks for step in range(size)]
    else:
        pairs = _likeliest(old, new)
    i = j = 0
    for a, b in [*pairs, (len(old), len(new))]:
        yield from ((each, None) for each in range(i, a))
        yield from ((None, each) for each in range(j, b))
        if a < len(old) and b < len(new):
            yield a, b
        i, j = a + 1, b + 1


def _likeliest(old: Children, new: Children) -> list[tuple[int, int]]:
    """Return the pairs, in order, that have most in common together."""
    words = [_words(each) for each in old], [_words(each) for each in new]
    likeness = [
        [_likeness(a, b, x, y) for b, y in zip(new, words[1], strict=True)]
        for a, x in zip(old, words[0], strict=True)
    ]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = likeness[i][j] + best[i + 1][j + 1]
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _name(child: Tree | str) -> str:
    return "" if isinstance(child, str) else child.name


def _words(child: Tree | str) -> Counter[str]:
    return Counter(_WORD.findall(xml_of(child)))


def _likeness(a: Tree | str, b: Tree | str, x: Counter[str], y: Counter[str]) -> float:
    """Return 0 for children of different names, else 1 and the share of common words."""
    if _name(a) != _name(b):
        return 0.0
    return 1 + 2 * (x & y).total() / max(1, x.total() + y.total())
