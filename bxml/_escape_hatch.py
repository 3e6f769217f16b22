"""Elements and attributes outside the table, for those that the vendor adds later."""

from collections.abc import Iterator, Mapping

from bxml import _writer
from bxml._arguments import checked_mapping, checked_name, checked_value
from bxml._element import Content, Element
from bxml._node import ELEMENTS, Node, pieces_of
from bxml._record import forbid_change, slotted
from bxml._speech import Fragment, Piece, merged, refuse_depth
from bxml._verb import Verb
from bxml._wording import InvalidValue, quoted
from bxml.errors import Problem, ValidationError


@forbid_change
@slotted
class Custom(Verb):
    """An element that this release does not know, written as given.

    ``Custom("NewVerb", "text", SpeakSentence("Hi"), attributes={"newAttribute": "x"})``

    The name and attribute names are XML names without a prefix; text and values are escaped like
    all others. The schema check leaves the element out; ``check`` reports it as a warning.

    :raises ValidationError: for the name of an element that bxml has, and for names and text that
        XML cannot carry.
    """

    name: str
    """Element name."""
    content: tuple[str | Node, ...]
    """Text and elements inside."""

    element = Element("Custom", "custom", "verb", (), Content("speech", "content"), ())
    _names = ("name", "content", "extra_attributes")

    def __init__(
        self,
        name: str,
        *content: str | Node | Fragment,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        problems: list[Problem] = []
        checked = checked_name("Custom.name", name, problems)
        if checked in ELEMENTS:
            finding = f"expected a name that bxml does not know, got {checked!r}"
            problems.append(
                Problem.at("Custom.name", "unknown-element", finding, hint="use its class")
            )
        pieces = merged(_pieces(content, problems))
        extras = checked_mapping("Custom.attributes", self.element, attributes, problems)
        self._set_slots((checked, pieces, extras))
        try:
            refuse_depth(self)
        except InvalidValue as refused:
            problems.append(Problem.at("Custom.content", refused.rule, refused.finding))
        if problems:
            raise ValidationError(problems)

    def _arguments(self) -> Iterator[str]:
        yield repr(self.name)
        yield from map(repr, self.content)
        if self.extra_attributes is not None:
            yield f"attributes={self.extra_attributes!r}"

    def _attributes(self) -> str:
        extras = self.extra_attributes or {}
        return "".join(f' {name}="{_writer.attribute(extras[name])}"' for name in extras)

    def _xml(self) -> str:
        inner = "".join(
            _writer.text(each) if isinstance(each, str) else each._xml() for each in self.content
        )
        start = f"<{self.name}{self._attributes()}"
        return f"{start}>{inner}</{self.name}>" if inner else f"{start}/>"


def _pieces(content: tuple[object, ...], problems: list[Problem]) -> list[Piece]:
    taken: list[Piece] = []
    for index, piece in enumerate(content):
        where = f"Custom.content[{index}]"
        if isinstance(piece, Fragment):
            taken.extend(piece)
        elif isinstance(piece, Node) and piece.element.kind != "root":
            taken.append(piece)
        elif isinstance(piece, str):
            taken.append(checked_value(where, piece, problems))
        else:
            finding = f"expected text or elements, got {quoted(piece)}"
            problems.append(Problem.at(where, "text-not-allowed", finding))
    return taken


def stripped(node: Node) -> Node | None:
    """Return the value without elements and attributes outside the table; None if nothing is left.

    A Custom element is left out, and so is a container that would lack children without it.
    """
    if isinstance(node, Custom):
        return None
    content = node.element.content
    if content.form in ("children", "speech"):
        pieces = (item if isinstance(item, str) else stripped(item) for item in pieces_of(node))
        kept = tuple(piece for piece in pieces if piece is not None)
        if len(kept) < content.minimum:
            return None
        node = node._with(content.name, kept)
    return node if node.extra_attributes is None else node._with("extra_attributes", None)


def uses_escape_hatch(node: Node) -> bool:
    """Return whether the value or anything inside it is outside the table."""
    if isinstance(node, Custom) or node.extra_attributes is not None:
        return True
    return any(isinstance(piece, Node) and uses_escape_hatch(piece) for piece in pieces_of(node))
