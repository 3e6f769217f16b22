"""Strategies for elements, derived from the table: attributes, text, children and speech."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import TypeVar, cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml import _writer
from bxml._element import Content, Element
from bxml._invariants import GATHER_PROMPTS, INVARIANTS, Violation
from bxml._node import ELEMENTS, Node
from bxml._once import once
from bxml._speech import MAX_SPEECH_DEPTH
from bxml._types import PRIVACY_WORDS
from bxml.ssml import P, SsmlNode
from bxml.strategies._values import speech_text, values, wordings
from bxml.verbs.flow import SipUri

Fields = dict[str, object]
Repair = Callable[[object, int], object]
"""Takes an invalid value and the number of children; returns a value that keeps the rule."""


def _https(url: object, _: int) -> object:
    return f"https{str(url)[4:]}"


def _shown_name(name: object, _: int) -> object:
    return PRIVACY_WORDS[len(str(name)) % len(PRIVACY_WORDS)]


def _without_attributes(children: object, _: int) -> object:
    return [SipUri(child.uri) for child in cast("list[SipUri]", children)]


REPAIRS: Mapping[str, Repair] = {
    "display-name-keyword-with-privacy": _shown_name,
    "gather-repeat-limit": lambda _, prompts: GATHER_PROMPTS // prompts,
    "record-credentials-need-https": _https,
    "refer-sip-uri-has-attributes": _without_attributes,
    "ssml-date-needs-format": lambda _, __: "mdy",
    "start-recording-credentials-need-https": _https,
    "start-stream-credentials-need-https": _https,
    "start-transcription-credentials-need-https": _https,
    "transfer-display-name-keyword-with-privacy": _shown_name,
}
"""Repair by the id of its cross-field rule."""


def _findings(element: Element, fields: Fields) -> list[tuple[str, Violation]]:
    node = cast("Node", SimpleNamespace(**fields))
    return [
        (invariant.rule, finding)
        for invariant in INVARIANTS.get(element.name, ())
        for finding in invariant.find(node, str)
    ]


def repaired(
    element: Element, pieces: list[str | Node], attributes: Mapping[str, object]
) -> tuple[list[str | Node], Fields]:
    """Return content and attributes with a repair of every broken cross-field rule."""
    blank = {attribute.name: None for attribute in element.attributes}
    held = {**blank, **attributes, element.content.name: pieces}
    for rule, finding in _findings(element, held):
        name = finding.attribute or element.content.name
        held[name] = REPAIRS[rule](held[name], len(pieces))
    given = {name: held[name] for name in blank if held[name] is not None}
    return cast("list[str | Node]", held[element.content.name]), given


N = TypeVar("N", bound=Node)
Piece = str | Node
Pieces = list[Piece]

SPEECH_BYTES = 2_000
CHILDREN_BYTES = 30_000
"""Most bytes of the children of one element; with them, any verb fits into a document."""

FEW = 4
DEPTH = 2
"""Levels of SSML inside SSML, except in chains of the maximum depth."""
MAX_PIECES = {DEPTH: FEW, 1: 2, 0: 2}
"""Most pieces of speech, by the remaining levels of SSML."""
MAX_CHAIN = MAX_SPEECH_DEPTH - DEPTH - 1


def classes(*kinds: str) -> list[type[Node]]:
    """Return the element classes of these kinds, the simplest first."""
    found = [element for element in ELEMENTS.values() if element.element.kind in kinds]
    return sorted(
        found, key=lambda cls: (cls.element.content.form != "none", len(cls.element.attributes))
    )


def nested_in(name: str) -> list[type[Node]]:
    """Return the classes that are allowed in the element of this name, the simplest first."""
    return [cls for cls in classes("verb", "noun") if name in cls.element.parents]


def size(piece: Piece) -> int:
    """Return the size of the piece in a pretty document, in bytes."""
    text = _writer.text(piece) if isinstance(piece, str) else _writer.indented(piece, "    ")
    return len(text.encode()) + 1


def fitting(pieces: Sequence[Piece], room: int, *, always: int = 1) -> Pieces:
    """Return the first pieces that fit into ``room`` bytes, but at least ``always`` of them."""
    kept = list(pieces[:always])
    room -= sum(map(size, kept))
    for piece in pieces[always:]:
        room -= size(piece)
        if room < 0:
            break
        kept.append(piece)
    return kept


def _repeated(pieces: Pieces, count: int) -> Pieces:
    return (pieces * count)[:count]


def _children(name: str, content: Content) -> SearchStrategy[Pieces]:
    """Return a strategy for a few children, or for about the maximum number."""
    allowed: SearchStrategy[Piece] = st.one_of([elements(cls) for cls in nested_in(name)])
    most = content.maximum or FEW
    some = st.lists(allowed, min_size=content.minimum, max_size=min(most, FEW))
    if most > FEW:
        seeds = st.lists(allowed, min_size=1, max_size=2)
        some |= st.builds(_repeated, seeds, st.integers(most - 1, most))
    return some.map(partial(fitting, room=CHILDREN_BYTES))


def _alone(piece: Piece) -> Pieces:
    return [piece]


def _joined(first: Pieces, others: Pieces) -> Pieces:
    return [*first, *others]


def _speech(content: Content, depth: int) -> SearchStrategy[Pieces]:
    texts: list[SearchStrategy[Piece]] = [wordings()] if content.words else []
    nodes: list[SearchStrategy[Piece]] = []
    if depth:
        nodes = [_valid(cls.element.name, depth - 1) for cls in classes("ssml")]
    if not texts and not nodes:
        return st.just([])
    pieces = st.lists(st.one_of([*texts, *nodes]), max_size=MAX_PIECES[depth])
    if content.required:
        tags: SearchStrategy[Piece] = ssml_nodes()
        spoken = speech_text().map(_alone) | st.lists(tags, min_size=1, max_size=2)
        pieces = st.builds(_joined, spoken, pieces)
    return pieces.map(partial(fitting, room=SPEECH_BYTES))


def _content(cls: type[Node], depth: int) -> SearchStrategy[Pieces]:
    content = cls.element.content
    if content.form == "children":
        return _children(cls.element.name, content)
    if content.form == "speech":
        return _speech(content, depth)
    if content.kind is None:
        return st.just([])
    text = cast("SearchStrategy[str]", values(content.kind))
    return text.map(_alone)


@st.composite  # st.builds would print values as calls of this function
def _made(
    draw: st.DrawFn,
    cls: type[N],
    content: SearchStrategy[Pieces],
    attributes: SearchStrategy[dict[str, object]],
) -> N:
    pieces, fields = repaired(cls.element, draw(content), draw(attributes))
    construct = cast("Callable[..., N]", cls)
    return construct(*pieces, **fields)


def built(
    cls: type[N],
    *,
    content: SearchStrategy[Pieces] | None = None,
    given: Mapping[str, SearchStrategy[object]] | None = None,
    others: bool = True,
    depth: int = DEPTH,
) -> SearchStrategy[N]:
    """Return a strategy for valid elements with this content and the ``given`` attributes.

    Without ``others``, it adds no optional attributes.
    """
    required = {
        attribute.name: values(attribute.kind)
        for attribute in cls.element.attributes
        if attribute.required
    } | dict(given or {})
    optional = {
        attribute.name: values(attribute.kind)
        for attribute in cls.element.attributes
        if others and attribute.name not in required
    }
    attributes = st.fixed_dictionaries(required, optional=optional)
    return _made(cls, _content(cls, depth) if content is None else content, attributes)


@once
def _valid(name: str, depth: int) -> SearchStrategy[Node]:
    return built(ELEMENTS[name], depth=depth)


def elements(cls: type[N]) -> SearchStrategy[N]:
    """Return the strategy for the valid elements of a class."""
    return cast("SearchStrategy[N]", _valid(cls.element.name, DEPTH))


def sparse(cls: type[N]) -> SearchStrategy[N]:
    """Return a strategy for small elements with only the required content and attributes."""
    content = cls.element.content
    held: SearchStrategy[Pieces] = _content(cls, 0)
    if content.form == "speech":
        held = speech_text().map(_alone) if content.words else st.just([])
    elif content.form == "children":
        least = content.minimum
        needed = [sparse(noun) for noun in nested_in(cls.element.name)]
        some: SearchStrategy[Piece] = st.one_of(needed)
        held = st.lists(some, min_size=least, max_size=least)
    return built(cls, content=held, others=False)


@st.composite
def _chains(draw: st.DrawFn, nodes: SearchStrategy[SsmlNode]) -> SsmlNode:
    node = draw(nodes)
    for _ in range(draw(st.integers(1, MAX_CHAIN) | st.just(MAX_CHAIN))):
        node = P(node)
    return node


@once
def ssml_nodes() -> SearchStrategy[SsmlNode]:
    """Return a strategy for SSML nodes of every tag, nested in any order.

    Some are chains of the maximum depth of a SpeakSentence. Shrinks to ``ssml.P()``.
    """
    made = [cast("SearchStrategy[SsmlNode]", elements(cls)) for cls in classes("ssml")]
    nodes = st.one_of(made)
    return nodes | _chains(nodes)
