"""The quick pass over a document in which nothing is wrong, as in most.

It makes the same values as ``Reader`` and keeps no positions. At the first thing that ``Reader``
might report it gives up, and the document is read again with positions.
"""

import re
from collections.abc import Callable
from pyexpat import ExpatError, ParserCreate
from typing import Never

from bxml._invariants import INVARIANTS, Invariant
from bxml._kinds import quick_reader
from bxml._node import Node
from bxml._reading.frames import ReadingSpec, shapes
from bxml._reading.reader import MAX_DEPTH, WHITE
from bxml._speech import merged
from bxml._wording import InvalidValue

Piece = str | Node

LIMIT = 4096
"""Combinations of an element and its attributes whose plans are kept."""

_WHITE_RUN = re.compile(f"[{WHITE}]+")


class _Doubt(Exception):  # noqa: N818 - internal signal
    """There is something that may be wrong."""


class Plan:
    """How one element with certain attributes, in their order, is read."""

    __slots__ = (
        "blank",
        "children",
        "given",
        "hold",
        "invariants",
        "name",
        "readers",
        "speaks",
        "spec",
    )

    def __init__(self, spec: ReadingSpec, given: tuple[str, ...]) -> None:
        self.spec = spec
        self.name = spec.element.name
        self.given = given
        """Wire names of the attributes."""
        self.blank = spec.blank
        self.children = spec.children
        self.readers = [spec.readers[wire] for wire in given]
        self.invariants = [each for each in _invariants(spec) if _applies(each, spec, given)]
        self.speaks = spec.form == "speech" and spec.element.kind == "verb"
        self.hold: Callable[[list[Piece]], object] = _HOLDERS[spec.form](spec)
        """Turns text and children into the content."""


def _invariants(spec: ReadingSpec) -> tuple[Invariant, ...]:
    return INVARIANTS.get(spec.element.name, ())


def _applies(invariant: Invariant, spec: ReadingSpec, given: tuple[str, ...]) -> bool:
    names = {each.name for each in spec.element.attributes if each.wire in given}
    return not invariant.only_with or not names.isdisjoint(invariant.only_with)


def _breaks(node: Node, invariants: list[Invariant]) -> bool:
    return any(True for each in invariants for _ in each.find(node, str))


_plans: dict[tuple[str, ...], Plan] = {}


def _plan(key: tuple[str, ...]) -> Plan:
    """Return the plan for a name and the names of attributes, made on first use."""
    tag, *given = key
    spec = shapes().get(tag)
    if spec is None or not spec.readers.keys() >= set(given):
        raise _Doubt
    if any(attribute.wire not in given for _, attribute in spec.required):
        raise _Doubt
    if len(_plans) >= LIMIT:
        _plans.clear()
    plan = _plans[key] = Plan(spec, tuple(given))
    return plan


class _Start:
    """A start tag: one object for all elements of a document that begin with the same one."""

    __slots__ = ("plan", "values", "verb")

    def __init__(self, tag: str, given: list[str]) -> None:
        key = (tag, *given[::2])
        self.plan = plan = _plans.get(key) or _plan(key)
        self.values = plan.blank
        if given:
            self.values = plan.blank.copy()
            for (index, read), text in zip(plan.readers, given[1::2], strict=True):
                self.values[index] = read(text)
        self.verb: Node | None = None
        """The first verb with nothing but words between such tags."""


Elements = list[tuple[Plan, Node]]
Open = list[tuple[_Start, Plan, int]]
"""Open elements with the number of items before them."""


def read_quickly(body: bytes, *, words: bool = True) -> tuple[Node, Elements] | None:
    """Return the document and its elements; None if it has to be read with positions.

    With ``words=False`` the words of a SpeakSentence without tags are not kept: all that have the
    same start tag become one value, which is among the elements once. This is enough for the
    rules, but for those about text.
    """
    elements: Elements = []
    opened: Open = []
    items: list[Piece] = []  # text and finished children of all open elements
    parser = ParserCreate("UTF-8")
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = _starting(opened, items)
    parser.EndElementHandler = _ending(opened, items, elements, words=words)
    parser.CharacterDataHandler = items.append
    parser.StartDoctypeDeclHandler = _give_up
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat's own signature
    except (ExpatError, InvalidValue, _Doubt):
        return None
    root = items[0]
    return (root, elements) if isinstance(root, Node) else None


def _starting(opened: Open, items: list[Piece]) -> Callable[[str, list[str]], None]:
    starts: dict[tuple[str, ...], _Start] = {}

    def start(tag: str, given: list[str]) -> None:
        key = (tag, *given)
        found = starts.get(key)
        if found is None:
            found = starts[key] = _Start(tag, given)
        plan = found.plan
        if opened:
            if tag not in opened[-1][1].children or len(opened) >= MAX_DEPTH:
                raise _Doubt
        elif plan.spec.element.kind != "root":
            raise _Doubt
        opened.append((found, plan, len(items)))

    return start


def _ending(
    opened: Open, items: list[Piece], elements: Elements, *, words: bool
) -> Callable[[str], None]:
    def end(_: str) -> None:
        start, plan, begun = opened.pop()
        if plan.speaks and len(items) == begun + 1:
            piece = items[begun]
            if type(piece) is str and piece.strip(WHITE):
                verb = start.verb
                if verb is None or words:
                    verb = start.verb = plan.spec.fill([(piece,), *start.values[1:]])
                    elements.append((plan, verb))
                items[begun] = verb
                return
        values = start.values.copy()
        content = plan.hold(items[begun:])
        if content is not None:
            values[0] = content
        node = plan.spec.fill(values)
        if plan.invariants and _breaks(node, plan.invariants):
            raise _Doubt
        items[begun:] = (node,)
        elements.append((plan, node))

    return end


def _give_up(*_: object) -> Never:
    raise _Doubt


def _no_words(pieces: list[Piece]) -> None:
    for piece in pieces:
        if type(piece) is str and piece.strip(WHITE):
            raise _Doubt


def _nothing(_: ReadingSpec) -> Callable[[list[Piece]], None]:
    return _no_words


def _children(spec: ReadingSpec) -> Callable[[list[Piece]], object]:
    content = spec.element.content
    low, high = content.minimum, content.maximum if content.maximum is not None else 1 << 30

    def hold(pieces: list[Piece]) -> tuple[Piece, ...]:
        children = tuple([piece for piece in pieces if type(piece) is not str])
        if len(children) != len(pieces):
            _no_words(pieces)
        if not low <= len(children) <= high:
            raise _Doubt
        return children

    return hold


def _text(spec: ReadingSpec) -> Callable[[list[Piece]], object]:
    content = spec.element.content
    assert content.kind is not None  # noqa: S101 - the form says so
    read, collapses = quick_reader(content.kind), content.trim == "collapse"
    padding_is_reported = spec.element.name == "PlayAudio"

    def hold(pieces: list[Piece]) -> object:
        raw = "".join([piece for piece in pieces if isinstance(piece, str)])
        text = raw.strip(WHITE)
        if collapses:
            text = _WHITE_RUN.sub(" ", text)
        if (content.required and not text) or (padding_is_reported and raw != text):
            raise _Doubt
        return read(text)

    return hold


def _speech(spec: ReadingSpec) -> Callable[[list[Piece]], object]:
    content = spec.element.content

    def hold(pieces: list[Piece]) -> object:
        joined = merged(pieces)
        worded = any(isinstance(each, Node) or each.strip(WHITE) for each in joined)
        if content.required and not worded:
            raise _Doubt
        return joined

    def hold_elements(pieces: list[Piece]) -> object:
        _no_words(pieces)
        return tuple([piece for piece in pieces if not isinstance(piece, str)])

    return hold if content.words else hold_elements


_HOLDERS: dict[str, Callable[[ReadingSpec], Callable[[list[Piece]], object]]] = {
    "none": _nothing,
    "text": _text,
    "children": _children,
    "speech": _speech,
}
