"""Which findings do not hold because the field they miss was there and could not be read."""

from collections.abc import Iterable, Iterator

from bxml._reading.frames import Flaw
from bxml.rules._rule import Absent

__all__ = ["unread"]

_LEFT_OUT = ("element-not-allowed-here", "ssml-unknown-element", "unknown-element")


def unread(flaws: Iterable[Flaw]) -> Absent:
    """Return the fields that reading left empty though something was given.

    A finding whose ``absent`` shares one of them does not hold. An unknown attribute may be any
    attribute misspelt.
    """
    return frozenset(field for flaw in flaws for field in _fields(flaw))


def _fields(flaw: Flaw) -> Iterator[tuple[int, str]]:
    frame = flaw.frame
    if frame is not None and flaw.rule in _LEFT_OUT:
        frame = frame.parent
    node = frame.node if frame is not None else None
    if node is None:
        return
    element = node.element
    if flaw.rule in _LEFT_OUT or flaw.text:
        yield id(node), element.content.name
    for each in element.attributes:
        if flaw.rule == "unknown-attribute" or each.wire == flaw.attribute:
            yield id(node), each.name
