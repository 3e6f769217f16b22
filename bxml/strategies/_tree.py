"""Elements as names, attributes and content, which can be invalid, unlike element values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from hypothesis import strategies as st

from bxml import _writer
from bxml._element import Element
from bxml._node import ELEMENTS, Node, pieces_of
from bxml.strategies._documents import DOCUMENT_BYTES, verbs
from bxml.strategies._elements import (
    FEW,
    Pieces,
    built,
    elements,
    fitting,
    nested_in,
)

XmlContent = tuple["str | XmlElement", ...]


@dataclass(frozen=True, slots=True)
class XmlElement:
    """An element as it is written."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    content: XmlContent = ()

    def with_attribute(self, name: str, text: str) -> "XmlElement":
        """Return a copy with this value of the attribute."""
        return replace(self, attributes={**self.attributes, name: text})

    def without_attribute(self, name: str) -> "XmlElement":
        """Return a copy without the attribute."""
        kept = {key: text for key, text in self.attributes.items() if key != name}
        return replace(self, attributes=kept)

    def with_piece(self, piece: "str | XmlElement", index: int) -> "XmlElement":
        """Return a copy with one more piece of content."""
        return replace(self, content=(*self.content[:index], piece, *self.content[index:]))


def tag_of(node: Node) -> XmlElement:
    """Return the tree of an element value."""
    element = node.element
    attributes = {
        attribute.wire: attribute.kind.write(getattr(node, attribute.name))
        for attribute in element.attributes
        if getattr(node, attribute.name) is not None
    }
    is_text = element.content.form == "text"
    pieces = (getattr(node, element.content.name),) if is_text else pieces_of(node)
    content = tuple(piece if isinstance(piece, str) else tag_of(piece) for piece in pieces)
    return XmlElement(element.name, attributes, content)


def written(tag: XmlElement) -> str:
    """Return the element as XML."""
    attributes = "".join(
        f' {name}="{_writer.attribute(text)}"' for name, text in tag.attributes.items()
    )
    if not tag.content:
        return f"<{tag.name}{attributes}/>"
    inner = "".join(
        _writer.text(piece) if isinstance(piece, str) else written(piece) for piece in tag.content
    )
    return f"<{tag.name}{attributes}>{inner}</{tag.name}>"


def document(root: XmlElement) -> str:
    """Return the text of a whole document."""
    return _writer.DECLARATION + written(root)


SMALL = 10_000


def _root_of(held: Pieces, name: str, room: int) -> XmlElement:
    kept = fitting(held, room, always=0)
    return XmlElement(name, {}, tuple(tag_of(cast("Node", node)) for node in kept))


def tags(cls: type[Node]) -> st.SearchStrategy[XmlElement]:
    """Return a strategy for valid elements of the class, roots with a few verbs included."""
    if cls.element.kind != "root":
        return elements(cls).map(tag_of)
    held = cast("st.SearchStrategy[Pieces]", st.lists(verbs(), max_size=FEW))
    return held.map(partial(_root_of, name=cls.element.name, room=SMALL))


@st.composite
def _in_root(draw: st.DrawFn, tag: XmlElement, root: str) -> XmlElement:
    room = DOCUMENT_BYTES - len(written(tag).encode())
    others = _root_of(draw(st.lists(verbs(), max_size=FEW)), root, room)
    return others.with_piece(tag, draw(st.integers(0, len(others.content))))


@st.composite
def _in_container(draw: st.DrawFn, tag: XmlElement, parent: type[Node]) -> XmlElement:
    children = st.one_of([elements(cls) for cls in nested_in(parent.element.name)])
    most = min(parent.element.content.maximum or FEW, FEW)
    held = cast("st.SearchStrategy[Pieces]", st.lists(children, min_size=1, max_size=most))
    host = tag_of(draw(built(parent, content=held)))
    at = draw(st.integers(0, len(host.content) - 1))
    return replace(host, content=(*host.content[:at], tag, *host.content[at + 1 :]))


@st.composite
def hosted(draw: st.DrawFn, tag: XmlElement, element: Element) -> XmlElement:
    """Return the root of a document that is valid except for ``tag``.

    ``tag`` stands where ``element`` is allowed.
    """
    if element.kind == "root":
        return tag
    # SipUri has attributes in a Transfer only.
    parents = [parent for parent in element.parents if not (parent == "Refer" and tag.attributes)]
    parent = ELEMENTS[draw(st.sampled_from(parents))]
    if parent.element.kind == "root":
        return draw(_in_root(tag, parent.element.name))
    if parent.element.content.form == "children":
        host = draw(_in_container(tag, parent))
    else:
        host = tag_of(draw(elements(parent)))
        host = host.with_piece(tag, draw(st.integers(0, len(host.content))))
    return draw(hosted(host, parent.element))
