"""The width of text in a picture whose font is chosen by the viewer, and lines of a given width.

The widths are those of DejaVu Sans, which are almost those of Verdana: few fonts are wider, so text
that fits by these widths fits with the viewer's font.
"""

import unicodedata
from collections.abc import Iterator

_WIDTHS = (
    (0.30, "'ijlIJ"),
    (0.34, " ,./:;\\|"),
    (0.42, '-()[]tf!r"'),
    (0.50, "*_`"),
    (0.55, "szc?"),
    (0.62, "LFkvxyPTYaeo"),
    (0.64, "$0123456789ESbdghnpqu{}"),
    (0.70, "KABVXZCR"),
    (0.79, "UNH&DGOQ"),
    (0.84, "w#+<=>^~\u2192"),
    (1.00, "Mm%W@"),
)
_EMS = {character: width for width, characters in _WIDTHS for character in characters}
"""Width of each character, as a part of the size of the font."""
_OTHER, _WIDE = 1.0, 1.4
"""Width of characters that the table does not have, and of ideographs and emoji."""
_NO_WIDTH = ("Mn", "Me", "Cf")
ELLIPSIS = " ..."


def text_width(text: str, size: float) -> float:
    """Return the pixels that a text takes at the most, in a font of ``size`` pixels."""
    return size * sum(map(_em, text))


def _em(character: str) -> float:
    known = _EMS.get(character)
    if known is not None:
        return known
    if unicodedata.category(character) in _NO_WIDTH:
        return 0.0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _OTHER


def wrapped(text: str, width: float, size: float, most: int | None = None) -> tuple[str, ...]:
    """Return the lines of a text, none wider than ``width``; ``most`` lines, the last one cut."""
    lines = tuple(_lines(text, width, size)) or ("",)
    if most is None or len(lines) <= most:
        return lines
    last, *_ = _lines(lines[most - 1], width - text_width(ELLIPSIS, size), size)
    return (*lines[: most - 1], last + ELLIPSIS)


def _lines(text: str, width: float, size: float) -> Iterator[str]:
    line = ""
    for word in text.split():
        for piece in _pieces(word, width, size):
            longer = f"{line} {piece}" if line else piece
            if line and text_width(longer, size) > width:
                yield line
                line = piece
            else:
                line = longer
    if line:
        yield line


def _pieces(word: str, width: float, size: float) -> Iterator[str]:
    """Yield a word, or its parts if it is wider than a line."""
    piece, taken = "", 0.0
    for character in word:
        own = text_width(character, size)
        if piece and taken + own > width:
            yield piece
            piece, taken = "", 0.0
        piece, taken = piece + character, taken + own
    yield piece
