"""Pictures of call flows as geometry: what overlaps, and what leaves its place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

from lxml import etree

from callcontrol.explorer.text_width import text_width

__all__ = ["Area", "boxes", "overlaps"]

SVG = "{http://www.w3.org/2000/svg}"
FONTS = {"label": 11.0, "note": 10.0, None: 12.0}
"""Pixels of the font by the class of a text."""
STEPS = 24
"""Points of each piece of an arrow that are looked at."""
EDGE = 0.5
"""Pixels that count as the edge of an area, which arrows and lines of one text may touch."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle with the name of what is in it."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of_box(cls, box: etree._Element, name: str) -> Self:
        """Return the area of a rect."""
        x, y, width, height = (float(box.get(at, "0")) for at in ("x", "y", "width", "height"))
        return cls(name, x, y, x + width, y + height)

    @classmethod
    def of_text(cls, text: etree._Element) -> Self:
        """Return the area of a line of text, as wide as with a wide font."""
        size = FONTS[text.get("class")]
        line = text.text or ""
        width = text_width(line, size)
        left = float(text.get("x", "0")) - (width / 2 if text.get("text-anchor") else 0)
        base = float(text.get("y", "0"))
        return cls(repr(line), left, base - size * 0.8, left + width, base + size * 0.22)

    def meets(self, other: Self) -> bool:
        """Return whether two areas have more than an edge in common."""
        return (
            self.left < other.right - EDGE
            and other.left < self.right - EDGE
            and self.top < other.bottom - EDGE
            and other.top < self.bottom - EDGE
        )

    def holds(self, other: Self) -> bool:
        """Return whether an area is inside this one."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


def boxes(picture: str) -> list[Area]:
    """Return the area of every state."""
    found = etree.fromstring(picture.encode()).iter(f"{SVG}rect")
    return [Area.of_box(box, f"box {number}") for number, box in enumerate(found)]


def overlaps(picture: str) -> Iterator[str]:
    """Yield everything in a picture that covers something else or is not inside its place."""
    root = etree.fromstring(picture.encode())
    width, height = map(float, root.get("viewBox", "").split()[2:])
    sheet = Area("the picture", 0, 0, width, height)
    places: list[Area] = []
    for group in root.iter(f"{SVG}g"):
        [box] = (Area.of_box(rect, str(group.get("id"))) for rect in group.iter(f"{SVG}rect"))
        places.append(box)
        for text in group.iter(f"{SVG}text"):
            area = Area.of_text(text)
            if text.get("class") == "note":
                places.append(area)
            elif not box.holds(area):
                yield f"{area.name} does not fit into {box.name}"
    places += [
        Area.of_text(text) for text in root.iter(f"{SVG}text") if text.get("class") == "label"
    ]
    yield from (f"{place.name} leaves {sheet.name}" for place in places if not sheet.holds(place))
    for one, other in combinations(places, 2):
        if one.meets(other):
            yield f"{one.name} and {other.name} overlap"
    for path in root.iter(f"{SVG}path"):
        if path.get("marker-end"):
            yield from _struck(path, places)


def _struck(path: etree._Element, places: Sequence[Area]) -> Iterator[str]:
    points = [
        Area("", x - EDGE, y - EDGE, x + EDGE, y + EDGE) for x, y in _points(str(path.get("d")))
    ]
    for place in places:
        if any(place.meets(point) for point in points):
            yield f"the arrow {path.get('data-from')} {path.get('data-to')} meets {place.name}"


def _points(curve: str) -> Iterator[tuple[float, float]]:
    """Yield points of a path made of M, L and C."""
    x = y = 0.0
    for kind, numbers in re.findall(r"([MLC])([-\d. ]+)", curve):
        given = [float(number) for number in numbers.split()]
        to_x, to_y = given[-2:]
        ax, ay, bx, by = given[:4] if kind == "C" else (x, y, to_x, to_y)
        for step in range(STEPS + 1 if kind != "M" else 0):
            t = step / STEPS
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            if kind == "L":
                weights = (1 - t, 0.0, 0.0, t)
            yield (
                sum(w * v for w, v in zip(weights, (x, ax, bx, to_x), strict=True)),
                sum(w * v for w, v in zip(weights, (y, ay, by, to_y), strict=True)),
            )
        x, y = to_x, to_y
