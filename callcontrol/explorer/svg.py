"""A diagram as a picture: a layered layout by fast-sugiyama, drawn as plain SVG.

It has no script, no font and no URL of another host, so it can be shown anywhere, also offline.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax import saxutils

from bxml._once import FIRST_IMPORT
from bxml._wording import visible_text
from callcontrol.explorer.diagram import Arrow, Diagram, Node, split_arrows

WIDTH, HEIGHT = 228, 63
"""Pixels of a box, at the most in height."""
ROW, COLUMN = 84, 372
"""Pixels from one box to the next below it, and to the next on its right."""
LINE, PADDING, NOTE = 15, 9, 13
"""Pixels of a line of text, around the text, and of a line below the box."""
LETTERS, MOST_LINES, NOTED = 34, 3, 44
"""Characters of a line of text, lines, and characters of a line below the box."""
MARGIN = 24
LOOP = 46
"""Pixels that an arrow back to its own box reaches out."""
TIP = 18
"""Pixels between a label and the next column: the tip of the arrow is there."""
HALVINGS = 20
"""Steps that find a point on a curve."""
LABEL, LETTER = 22, 6.2
"""Characters of a line of a label, which fits between two columns, and pixels of one, about."""

FILLS: Mapping[str, str] = {
    "prompt": "#e8f0fe",
    "message": "#fff4d6",
    "incoming": "#f3e8fd",
    "ringing": "#f3e8fd",
    "whisper": "#f3e8fd",
    "talk": "#e3f6e8",
    "conference": "#e3f6e8",
    "ended": "#eeeeee",
}
STYLE = """\
<style>
text { font: 12px system-ui, sans-serif; fill: #202124; }
.note { font-size: 10px; fill: #5f6368; }
.label { font-size: 11px; fill: #3c4043; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
rect { stroke: #5f6368; stroke-width: 1; }
path { fill: none; stroke: #80868b; stroke-width: 1.3; }
.back { stroke-dasharray: 5 3; }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#80868b;stroke:none"/></marker></defs>
"""

Point = tuple[float, float]
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """The box of a state."""

    node: Node
    lines: tuple[str, ...]
    x: float
    """Of its left edge."""
    y: float
    """Of its middle."""

    @property
    def height(self) -> float:
        """Pixels, by its text."""
        return len(self.lines) * LINE + 2 * PADDING

    @property
    def right(self) -> float:
        """Of its right edge."""
        return self.x + WIDTH


def svg_text(diagram: Diagram) -> str:
    """Return a diagram as an SVG document, from left to right."""
    arrows, notes = split_arrows(diagram, NOTED)
    row = ROW + NOTE * max(map(len, notes.values()), default=0)
    spots, routes = _layout(diagram, arrows, row)
    boxes = {node.id: Box(node, _lines(node), *spots[node.id]) for node in diagram.nodes}
    places = [*spots.values(), *(point for route in routes.values() for point in route)]
    width = max(x for x, _ in places) + WIDTH + LOOP + MARGIN
    height = max(y for _, y in places) + (row - ROW) + HEIGHT / 2 + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="Call flow">'
    )
    drawings = [_box(box, notes.get(box.node.id, ())) for box in boxes.values()]
    paths, labels = _arrows(arrows, boxes, routes)
    parts = [head, STYLE, *paths, *drawings, *labels]  # what comes last covers the rest
    return "\n".join([*parts, "</svg>", ""])


def _lines(node: Node) -> tuple[str, ...]:
    return tuple(wrap(node.title, LETTERS, max_lines=MOST_LINES, placeholder=" ...")) or ("",)


def _layout(
    diagram: Diagram, arrows: Iterable[Arrow], row: int
) -> tuple[Mapping[str, Point], Mapping[Edge, list[Point]]]:
    """Return the places of states, and the bends of arrows that pass other states."""
    names = [node.id for node in diagram.nodes]
    numbers = {name: number for number, name in enumerate(names)}
    # A state that was discovered earlier stands further left, so that the layout has no cycles.
    ends = ((numbers[arrow.source], numbers[arrow.target]) for arrow in arrows)
    pairs = sorted({(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]})
    positions, chains = _placed(pairs, len(names), row)
    top = min(x for x, _ in positions.values()) - HEIGHT / 2 - MARGIN
    columns = sorted({round(-y) for _, y in positions.values()})

    def spot(number: int) -> Point:
        x, y = positions[number]
        return MARGIN + COLUMN * columns.index(round(-y)), x - top

    routes = {
        (names[source], names[target]): [(x + WIDTH / 2, y) for x, y in map(spot, chain)]
        for (source, target), chain in chains.items()
    }
    return {name: spot(number) for name, number in numbers.items()}, routes


def _placed(
    pairs: Sequence[tuple[int, int]], count: int, row: int
) -> tuple[Mapping[int, Point], Mapping[tuple[int, int], list[int]]]:
    """Return places by number, those of bends included, and the bends of each pair.

    Parts that nothing connects stand below each other.
    """
    positions: dict[int, Point] = {}
    following: dict[int, list[int]] = {}
    bends = itertools.count(count)
    low = 0.0
    if pairs:
        with FIRST_IMPORT:
            from fast_sugiyama import from_edges

        # The layout takes numbers without gaps for states, and higher ones for bends.
        used = sorted({number for pair in pairs for number in pair})
        edges = [(used.index(source), used.index(target)) for source, target in pairs]
        for from_edge in from_edges(edges, vertex_spacing=row, dummy_vertices=True, dummy_size=0.3):
            numbers = [int(number) for number, _ in from_edge[0]]
            own = {n: used[n] if n < len(used) else next(bends) for n in numbers}
            left, top = min(x for _, (x, _) in from_edge[0]), max(y for _, (_, y) in from_edge[0])
            positions |= {own[int(n)]: (low + x - left, y - top) for n, (x, y) in from_edge[0]}
            for source, target in from_edge[3] or edges:
                if int(source) in own:
                    following.setdefault(own[int(source)], []).append(own[int(target)])
            low = max(x for x, _ in positions.values()) + row
    for number in range(count):
        if number not in positions:
            positions[number] = (low, 0.0)
            low += row
    return positions, _chains(following, count)


def _chains(
    following: Mapping[int, Sequence[int]], count: int
) -> Mapping[tuple[int, int], list[int]]:
    """Return the bends between each pair of states."""
    chains: dict[tuple[int, int], list[int]] = {}
    for source in range(count):
        for step in following.get(source, ()):
            chain: list[int] = []
            end = step
            while end >= count:
                chain.append(end)
                [end] = following[end]
            chains[source, end] = chain
    return chains


def _escaped(text: str) -> str:
    return saxutils.escape(visible_text(text))


def _box(box: Box, notes: Sequence[str]) -> str:
    fill = FILLS.get(box.node.kind, "#ffffff")
    corner = 16 if box.node.kind in ("ended", "talk", "conference") else 5
    top = box.y - box.height / 2
    texts = "".join(
        f'<text x="{box.x + WIDTH / 2:.1f}" y="{top + PADDING + LINE * row + 11:.1f}" '
        f'text-anchor="middle">{_escaped(line)}</text>'
        for row, line in enumerate(box.lines)
    )
    texts += "".join(
        f'<text class="note" x="{box.x + 4:.1f}" y="{top + box.height + NOTE * number:.1f}">'
        f"{_escaped(note)}</text>"
        for number, note in enumerate(notes, 1)
    )
    return (
        f'<g id="{box.node.id}"><title>{_escaped(box.node.title)}</title>'
        f'<rect x="{box.x:.1f}" y="{top:.1f}" width="{WIDTH}" height="{box.height:.1f}" '
        f'rx="{corner}" fill="{fill}"/>{texts}</g>'
    )


def _arrows(
    arrows: Iterable[Arrow], boxes: Mapping[str, Box], routes: Mapping[Edge, Sequence[Point]]
) -> tuple[list[str], list[str]]:
    """Return the arrows, dashed if they lead back, and their labels."""
    order = {name: place for place, name in enumerate(boxes)}
    paths: list[str] = []
    labels = _Labels()
    for arrow in arrows:
        source, target = boxes[arrow.source], boxes[arrow.target]
        back = order[arrow.source] > order[arrow.target]
        if source is target:
            curve, at = _own(source)
        elif back:
            bends = tuple(reversed(routes.get((arrow.target, arrow.source), ())))
            points = [(source.x, source.y + 6), *bends, (target.right, target.y + 6)]
            curve, at = _curve(points), _before_next(points)
        else:
            bends = tuple(routes.get((arrow.source, arrow.target), ()))
            points = [(source.right, source.y - 4), *bends, (target.x, target.y - 4)]
            curve, at = _curve(points), _before_next(points)
        dashed = ' class="back"' if back else ""
        paths.append(f'<path{dashed} d="{curve}" marker-end="url(#tip)"/>')
        labels.add(arrow.label, at, "start" if source is target or back else "end")
    return paths, labels.drawn


class _Labels:
    """Labels, each moved down until it covers none of those before."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self._taken: list[tuple[float, float, float, float]] = []

    def add(self, text: str, at: Point, anchor: str) -> None:
        """Draw a label at a point, or a little below it."""
        lines = wrap(text, LABEL) or [""]
        width = max(map(len, lines)) * LETTER
        left = at[0] - (width if anchor == "end" else 0)
        top = at[1] + 4 - NOTE * len(lines) / 2
        while any(
            left < right and left + width > x and top < bottom and top + NOTE * len(lines) > y
            for x, y, right, bottom in self._taken
        ):
            top += NOTE / 2
        self._taken.append((left, top, left + width, top + NOTE * len(lines)))
        for number, line in enumerate(lines):
            place = f'x="{at[0]:.1f}" y="{top + NOTE * number + 9:.1f}" text-anchor="{anchor}"'
            self.drawn.append(f'<text class="label" {place}>{_escaped(line)}</text>')


def _own(box: Box) -> tuple[str, Point]:
    """Return the arrow from a box to itself, below its right edge, and the place of its label."""
    x, y = box.right, box.y + box.height / 2
    out = f"{x + LOOP:.1f} {y - 4:.1f} {x + LOOP / 2:.1f} {y + LOOP / 2:.1f}"
    return f"M{x:.1f} {y - 8:.1f}C{out} {x - 22:.1f} {y:.1f}", (x + LOOP / 2, y + 9)


def _curve(points: Sequence[Point]) -> str:
    """Return a smooth line through the points, level at each."""
    (x, y), *rest = points
    pieces = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        bend = (to_x - x) / 2
        pieces.append(f"C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(pieces)


def _before_next(points: Sequence[Point]) -> Point:
    """Return the point of a curve just before the next column, apart from its neighbours."""
    (x, y), (to_x, to_y) = points[0], points[1]
    reach = min(1.0, (COLUMN - WIDTH - TIP) / max(1.0, abs(to_x - x)))
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        part = (low + high) / 2
        # Both control points of the curve are at half its width, hence these terms.
        across = 1.5 * part * (1 - part) + part**3
        low, high = (part, high) if across < reach else (low, part)
    return x + (to_x - x) * reach, y + (to_y - y) * (3 * low**2 - 2 * low**3)
