"""A diagram as a picture: columns of states and labels, drawn as plain SVG.

It has no script, no font and no URL of another host, so it can be shown anywhere, also offline.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax import saxutils

from bxml._wording import visible_text
from callcontrol.explorer.diagram import Arrow, Diagram, Node, split_arrows
from callcontrol.explorer.layout import Size, lay_out
from callcontrol.explorer.text_width import text_width, wrapped

WIDTH, PADDING, MOST_LINES = 228, 9, 4
"""Pixels of a box, and around its text; lines of its text."""
LINE, FONT = 15, 12
"""Pixels of a line of text in a box, and of its font."""
LABEL_LINE, LABEL_FONT, LABEL_WIDTH = 13, 11, 150
"""The same for labels, and pixels of their longest line."""
NOTE_LINE, NOTE_FONT, NOTED = 13, 10, 44
"""The same for notes below a box, and their length in characters."""
LOOP, LOOP_HEIGHT = 40, 18
"""Pixels that an arrow back to its own box takes below it; its label is on the right."""
PORT = 8
"""Pixels between two arrows at the side of a box."""
ABOVE = 4
"""Pixels between a label and its arrow."""
CHANNEL, WIDEST_CHANNEL, STEEP = 36, 140, 6
"""Pixels between two columns, by the height that arrows climb there: one for each ``STEEP``."""
MARGIN = 24

FILLS: Mapping[str, str] = {
    "prompt": "#e8f0fe",
    "message": "#fff4d6",
    "incoming": "#f3e8fd",
    "ringing": "#f3e8fd",
    "whisper": "#f3e8fd",
    "talk": "#e3f6e8",
    "stream": "#e3f6e8",
    "conference": "#e3f6e8",
    "ended": "#eeeeee",
}
STYLE = """\
<style>
text { font: 12px system-ui, sans-serif; fill: #202124; }
.note { font-size: 10px; fill: #5f6368; }
.label { font-size: 11px; fill: #3c4043; }
rect { stroke: #5f6368; stroke-width: 1; }
path { fill: none; stroke: #80868b; stroke-width: 1.3; }
.back { stroke-dasharray: 5 3; }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#80868b;stroke:none"/></marker></defs>
"""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """The box of a state, with the label of its loop and the notes below it."""

    node: Node
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    loop: tuple[str, ...]
    """The label of the arrow back to the box; empty without one."""
    ports: int
    """Arrows at the side that has more."""

    @property
    def height(self) -> float:
        """Pixels, by its text and its arrows."""
        return max(len(self.lines) * LINE + 2 * PADDING, (self.ports + 1) * PORT)

    @property
    def loop_height(self) -> float:
        """Pixels that the loop takes below the box."""
        return max(LOOP_HEIGHT, len(self.loop) * LABEL_LINE + ABOVE) if self.loop else 0

    @property
    def size(self) -> Size:
        """Pixels around the middle of the box."""
        below = self.loop_height + len(self.notes) * NOTE_LINE
        return Size(self.height / 2, self.height / 2 + below)


@dataclass(frozen=True, slots=True)
class Label:
    """The label of an arrow between two boxes."""

    arrow: Arrow
    lines: tuple[str, ...]

    @property
    def size(self) -> Size:
        """Pixels around its arrow, which runs below it."""
        return Size(len(self.lines) * LABEL_LINE + ABOVE, ABOVE)


def svg_text(diagram: Diagram) -> str:
    """Return a diagram as an SVG document, from left to right."""
    picture = _Picture(diagram)
    width, height = picture.size
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="Call flow">'
    )
    return "\n".join([head, STYLE, *picture.paths(), *picture.drawings(), "</svg>", ""])


class _Picture:
    """Boxes and labels with their places."""

    def __init__(self, diagram: Diagram) -> None:
        arrows, notes = split_arrows(diagram, NOTED)
        self._boxes = [*_boxes(diagram.nodes, arrows, notes)]
        self._labels = [
            Label(arrow, _lines(arrow.label, LABEL_WIDTH, LABEL_FONT))
            for arrow in arrows
            if arrow.source != arrow.target
        ]
        self._numbers = {box.node.id: number for number, box in enumerate(self._boxes)}
        self._layout = lay_out([item.size for item in self._items], [*self._pairs()])
        self._ports = self._placed_ports()
        self._lefts, self._widths = self._placed_columns()

    @property
    def _items(self) -> Sequence[Box | Label]:
        return (*self._boxes, *self._labels)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Yield each arrow as two pairs: to its label, and from there on."""
        for number, label in enumerate(self._labels, len(self._boxes)):
            left, right = self._ends(label.arrow)
            yield from ((left, number), (number, right))

    def _ends(self, arrow: Arrow) -> tuple[int, int]:
        """Return the boxes of an arrow from left to right.

        A state that was discovered earlier stands further left, so that the layout has no cycles.
        """
        source, target = self._numbers[arrow.source], self._numbers[arrow.target]
        return min(source, target), max(source, target)

    def _placed_ports(self) -> Mapping[tuple[int, int], float]:
        """Return where arrows meet a box, by the box and the item that comes next."""
        sides: dict[tuple[int, bool], list[int]] = {}
        for path in self._layout.chains.values():
            for box, near, is_right in ((path[0], path[1], True), (path[-1], path[-2], False)):
                if box < len(self._boxes):
                    sides.setdefault((box, is_right), []).append(near)
        heights = self._layout.heights
        return {
            (box, near): heights[box] + PORT * (place - (len(nears) - 1) / 2)
            for (box, _), nears in sides.items()
            for place, near in enumerate(sorted(nears, key=heights.__getitem__))
        }

    def _placed_columns(self) -> tuple[Sequence[float], Sequence[float]]:
        """Return the left edges and the widths of the columns."""
        count = max(self._layout.columns.values()) + 1
        widths, climbs = [0.0] * count, [0.0] * count
        for number, item in enumerate(self._items):
            column = self._layout.columns[number]
            widths[column] = max(widths[column], _width(item))
        for path in self._layout.chains.values():
            for left, right in pairwise(path):
                column = self._layout.columns[left]
                climb = abs(self._height(left, right) - self._height(right, left))
                climbs[column] = max(climbs[column], climb)
        lefts = [float(MARGIN)]
        for width, climb in zip(widths, climbs, strict=True):
            channel = min(WIDEST_CHANNEL, CHANNEL + climb / STEEP)
            lefts.append(lefts[-1] + width + channel)
        return lefts, widths

    def _height(self, item: int, near: int) -> float:
        """Return where the arrow between two items meets the first one."""
        return MARGIN + self._ports.get((item, near), self._layout.heights[item])

    @property
    def size(self) -> Point:
        """Width and height in pixels."""
        heights = self._layout.heights
        low = max(heights[number] + item.size.below for number, item in enumerate(self._items))
        return self._lefts[-2] + self._widths[-1] + MARGIN, low + 2 * MARGIN

    def paths(self) -> Iterator[str]:
        """Yield the arrows, dashed if they lead back."""
        for number, box in enumerate(self._boxes):
            if box.loop:
                yield _loop(box, self._lefts[self._layout.columns[number]], self._bottom(number))
        for number, label in enumerate(self._labels, len(self._boxes)):
            arrow, (left, right) = label.arrow, self._ends(label.arrow)
            chains = self._layout.chains
            points = self._points((*chains[left, number], *chains[number, right][1:]))
            is_back = self._numbers[arrow.source] == right
            curve = _curve(points[::-1] if is_back else points)
            dashed = ' class="back"' if is_back else ""
            yield f'<path{dashed} {_ends(arrow)} d="{curve}" marker-end="url(#tip)"/>'

    def _points(self, path: Sequence[int]) -> list[Point]:
        """Return the points of an arrow: where it enters and leaves each column."""
        points: list[Point] = []
        for place, item in enumerate(path):
            column = self._layout.columns[item]
            left, right = self._lefts[column], self._lefts[column] + self._widths[column]
            if place:
                points.append((left, self._height(item, path[place - 1])))
            if place < len(path) - 1:
                points.append((right, self._height(item, path[place + 1])))
        return points

    def _bottom(self, number: int) -> float:
        """Return the lower edge of a box."""
        return MARGIN + self._layout.heights[number] + self._boxes[number].height / 2

    def drawings(self) -> Iterator[str]:
        """Yield boxes and labels."""
        for number, item in enumerate(self._items):
            left = self._lefts[self._layout.columns[number]]
            if isinstance(item, Box):
                yield _drawn_box(item, left, self._bottom(number) - item.height)
            else:
                bottom = MARGIN + self._layout.heights[number] - ABOVE
                yield from _label(item.lines, left, bottom, item.arrow)
        for number, box in enumerate(self._boxes):
            if box.loop:
                left = self._lefts[self._layout.columns[number]] + LOOP
                bottom = self._bottom(number) + ABOVE + LABEL_LINE * len(box.loop)
                own = Arrow(box.node.id, "", box.node.id)
                yield from _label(box.loop, left, bottom - ABOVE / 2, own)


def _boxes(
    nodes: Iterable[Node], arrows: Sequence[Arrow], notes: Mapping[str, Sequence[str]]
) -> Iterator[Box]:
    order = {node.id: number for number, node in enumerate(nodes)}
    loops = {arrow.source: arrow.label for arrow in arrows if arrow.source == arrow.target}
    sides: dict[tuple[str, bool], int] = {}
    for arrow in arrows:
        for end, other in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            side = (end, order[end] < order[other])
            sides[side] = sides.get(side, 0) + (end != other)
    for node in nodes:
        lines = (_lines(note, WIDTH - 8, NOTE_FONT) for note in notes.get(node.id, ()))
        loop = loops.get(node.id)
        yield Box(
            node,
            _lines(node.title, WIDTH - 2 * PADDING, FONT, MOST_LINES),
            tuple(line for note in lines for line in note),
            () if loop is None else _lines(loop, WIDTH - LOOP, LABEL_FONT),
            max(sides.get((node.id, is_right), 0) for is_right in (False, True)),
        )


def _width(item: Box | Label) -> float:
    if isinstance(item, Box):
        return WIDTH
    return max(text_width(line, LABEL_FONT) for line in item.lines)


def _lines(text: str, width: float, size: float, most: int | None = None) -> tuple[str, ...]:
    """Return the lines of a text as they are shown; escapes take space, too."""
    return wrapped(visible_text(text), width, size, most)


def _drawn_box(box: Box, left: float, top: float) -> str:
    fill = FILLS.get(box.node.kind, "#ffffff")
    corner = 16 if box.node.kind in ("ended", "talk", "stream", "conference") else 5
    first = top + (box.height - LINE * len(box.lines)) / 2 + 11
    texts = "".join(
        f'<text x="{left + WIDTH / 2:.1f}" y="{first + LINE * row:.1f}" '
        f'text-anchor="middle">{saxutils.escape(line)}</text>'
        for row, line in enumerate(box.lines)
    )
    below = top + box.height + box.loop_height
    texts += "".join(
        f'<text class="note" x="{left + 4:.1f}" y="{below + NOTE_LINE * number - 2:.1f}">'
        f"{saxutils.escape(note)}</text>"
        for number, note in enumerate(box.notes, 1)
    )
    return (
        f'<g id="{box.node.id}"><title>{saxutils.escape(visible_text(box.node.title))}</title>'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{WIDTH}" height="{box.height:.1f}" '
        f'rx="{corner}" fill="{fill}"/>{texts}</g>'
    )


def _label(lines: Sequence[str], left: float, bottom: float, arrow: Arrow) -> Iterator[str]:
    """Yield the lines of a label above ``bottom``."""
    first = bottom - LABEL_LINE * (len(lines) - 1) - 2
    for number, line in enumerate(lines):
        place = f'x="{left:.1f}" y="{first + LABEL_LINE * number:.1f}"'
        text = saxutils.escape(line)
        yield f'<text class="label" {_ends(arrow)} {place}>{text}</text>'


def _ends(arrow: Arrow) -> str:
    return f'data-from="{arrow.source}" data-to="{arrow.target}"'


def _loop(box: Box, left: float, bottom: float) -> str:
    """Return the arrow from a box to itself, below its left corner."""
    low = bottom + LOOP_HEIGHT * 4 / 3 - 4
    curve = f"M{left + 10:.1f} {bottom:.1f}C{left + 6:.1f} {low:.1f} {left + 34:.1f} {low:.1f}"
    ends = _ends(Arrow(box.node.id, "", box.node.id))
    return f'<path {ends} d="{curve} {left + 30:.1f} {bottom:.1f}" marker-end="url(#tip)"/>'


def _curve(points: Sequence[Point]) -> str:
    """Return a line through the points: level in columns, and curved between them."""
    (x, y), *rest = points
    pieces = [f"M{x:.1f} {y:.1f}"]
    for number, (to_x, to_y) in enumerate(rest):
        if number % 2:
            pieces.append(f"L{to_x:.1f} {to_y:.1f}")
        else:
            half = (x + to_x) / 2
            pieces.append(f"C{half:.1f} {y:.1f} {half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(pieces)
