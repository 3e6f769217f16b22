"""Places for the states and labels of a picture: columns from left to right.

Labels take part in the layout: an arrow leads from its state to its label and on to the next
state, and has a place of its own in every column that it passes. So states, labels and arrows never
share a place within a column, and between two columns there are only arrows. fast-sugiyama chooses
columns and order; the places follow here, because their heights differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from bxml._once import FIRST_IMPORT

GAP = 14
"""Pixels between two items of a column."""
PASSING = 4
"""Pixels above and below an arrow that passes a column."""
PART_GAP = 30
"""Pixels between parts of the picture that nothing connects."""
ROUNDS = 12
"""How often the items of each column move towards their neighbours."""
STRAIGHT = 4
"""Weight of the link between two bends of an arrow, which makes long arrows straight."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Size:
    """The size of an item, in pixels, around the line on which arrows meet it."""

    above: float
    below: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The column of each item, the height of its line, and the arrows as chains of items."""

    columns: Mapping[int, int]
    heights: Mapping[int, float]
    chains: Mapping[Pair, tuple[int, ...]]
    """By first and last item: every item of an arrow, the bends included."""


@dataclass(slots=True)
class _Part:
    """Items that arrows connect."""

    columns: list[list[int]]
    """The items of each column, from top to bottom."""
    links: Sequence[Pair]
    sizes: Mapping[int, Size]
    heights: dict[int, float] = field(default_factory=dict[int, float])

    def place(self, items: int) -> None:
        """Give each item a place near its neighbours; numbers from ``items`` on are bends."""
        before: dict[int, list[tuple[int, int]]] = {}
        after: dict[int, list[tuple[int, int]]] = {}
        for left, right in self.links:
            weight = STRAIGHT if min(left, right) >= items else 1
            before.setdefault(right, []).append((left, weight))
            after.setdefault(left, []).append((right, weight))
        for column in self.columns:
            self._settle(column, [(0.0, 1)] * len(column))
        both = {item: [*before.get(item, ()), *after.get(item, ())] for item in self.heights}
        for number in range(ROUNDS):
            backwards = number % 2
            near = both if number >= ROUNDS - 2 else after if backwards else before
            for column in reversed(self.columns) if backwards else self.columns:
                self._settle(column, [self._wish(item, near.get(item, ())) for item in column])

    def _wish(self, item: int, near: Sequence[tuple[int, int]]) -> tuple[float, int]:
        """Return the middle of the neighbours, and how much it counts."""
        weight = sum(weight for _, weight in near)
        if not weight:
            return self.heights[item], 1
        return sum(self.heights[other] * weight for other, weight in near) / weight, weight

    def _settle(self, column: Sequence[int], wishes: Sequence[tuple[float, int]]) -> None:
        """Place a column in its order, each item as near to its wish as the others allow."""
        offsets = [0.0]
        for upper, lower in pairwise(column):
            offsets.append(offsets[-1] + self.sizes[upper].below + self.sizes[lower].above + GAP)
        blocks: list[tuple[float, int, int]] = []
        """Wish, weight and number of items that stand as close together as they may."""
        for (wish, weight), offset in zip(wishes, offsets, strict=True):
            block = (wish - offset, weight, 1)
            while blocks and blocks[-1][0] > block[0]:
                block = _joined(blocks.pop(), block)
            blocks.append(block)
        starts = chain.from_iterable([start] * count for start, _, count in blocks)
        for item, start, offset in zip(column, starts, offsets, strict=True):
            self.heights[item] = start + offset

    def move_below(self, low: float) -> float:
        """Move the part below ``low``, and return its lower end."""
        top = min(self.heights[item] - self.sizes[item].above for item in self.heights)
        self.heights = {item: height + low - top for item, height in self.heights.items()}
        return max(self.heights[item] + self.sizes[item].below for item in self.heights)


def _joined(
    first: tuple[float, int, int], second: tuple[float, int, int]
) -> tuple[float, int, int]:
    weight = first[1] + second[1]
    return (
        (first[0] * first[1] + second[0] * second[1]) / weight,
        weight,
        first[2] + second[2],
    )


def lay_out(sizes: Sequence[Size], pairs: Sequence[Pair]) -> Layout:
    """Return the places of items; each pair leads from left to right."""
    known = dict(enumerate(sizes))
    parts = [*_connected(known, pairs)] if pairs else []
    placed = {item for part in parts for column in part.columns for item in column}
    single = [_Part([[item]], (), known) for item in range(len(sizes)) if item not in placed]
    low = 0.0
    columns: dict[int, int] = {}
    heights: dict[int, float] = {}
    for part in (*parts, *single):
        part.place(len(sizes))
        low = part.move_below(low) + PART_GAP
        heights |= part.heights
        columns |= {item: place for place, items in enumerate(part.columns) for item in items}
    links = chain.from_iterable(part.links for part in parts)
    return Layout(columns, heights, _chains(links, len(sizes)))


def _connected(sizes: dict[int, Size], pairs: Sequence[Pair]) -> Iterable[_Part]:
    """Yield the connected parts with columns and bends; the sizes of bends are added."""
    with FIRST_IMPORT:
        from fast_sugiyama import from_edges

    # The layout takes numbers without gaps for items, and higher ones for bends.
    used = sorted({item for pair in pairs for item in pair})
    places = {item: place for place, item in enumerate(used)}
    edges = [(places[left], places[right]) for left, right in pairs]
    for spots, _, _, links in from_edges(edges, vertex_spacing=1, dummy_vertices=True):
        own: dict[int, int] = {}
        for number, _ in spots:
            place = int(number)
            own[place] = used[place] if place < len(used) else len(sizes)
            sizes.setdefault(own[place], Size(PASSING, PASSING))
        rows: dict[int, list[tuple[float, int]]] = {}
        for number, (across, along) in spots:
            rows.setdefault(round(-along), []).append((-across, own[int(number)]))
        columns = [[item for _, item in sorted(rows[row])] for row in sorted(rows)]
        ends = ((int(left), int(right)) for left, right in links or edges)
        yield _Part(
            columns, [(own[left], own[right]) for left, right in ends if left in own], sizes
        )


def _chains(links: Iterable[Pair], items: int) -> Mapping[Pair, tuple[int, ...]]:
    """Return the items of each arrow; numbers from ``items`` on are bends."""
    following: dict[int, list[int]] = {}
    for left, right in links:
        following.setdefault(left, []).append(right)
    found: dict[Pair, tuple[int, ...]] = {}
    for first in range(items):
        for item in following.get(first, ()):
            path = [first, item]
            while path[-1] >= items:
                path += following[path[-1]]
            found[first, path[-1]] = tuple(path)
    return found
