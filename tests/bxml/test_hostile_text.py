"""No text that a caller supplies can add or change an element, and every text comes back equal.

Documents are built with markup in every place that takes text, written, and read back by lxml and
by expat. What was read must be what was built, element by element and text by text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import cast
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bxml import (
    Custom,
    Document,
    Gather,
    Node,
    Response,
    SpeakSentence,
    Tag,
    ValidationError,
    Verb,
    ssml,
)
from bxml._element import Attribute, Element
from bxml._kinds import Text
from bxml._node import ELEMENTS

Build = Callable[..., Node]
Tree = tuple[str, dict[str, str], list["str | Tree"]]
"""An element: its name, its attributes, and the texts and elements inside."""

XML = "{http://www.w3.org/XML/1998/namespace}"
WHITE = " \t\r\n"

FRAGMENTS = (
    "</SpeakSentence><Transfer><PhoneNumber>+19005550100</PhoneNumber></Transfer><SpeakSentence>",
    '"/><Hangup/><Pause duration="1',
    "'/><Hangup/><Pause duration='1",
    '" transferAnswerUrl="https://evil.example/',
    "</Response><Response>",
    "<Hangup/>",
    "<",
    ">",
    "&",
    '"',
    "'",
    "&lt;",
    "&amp;lt;",
    "&#60;Hangup/&#62;",
    "&#x0;",
    "&quot;",
    "&xxe;",
    "]]>",
    "<![CDATA[<Hangup/>]]>",
    "<!--",
    "-->",
    "<!-- <Hangup/> -->",
    "<?xml version='1.0'?>",
    '<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>',
    "\t",
    "\n",
    "\r",
    "\r\n",
    "  ",
    "\u00a0",
    "\u0085",
    "\u2028",
    "\u200b",
    "\ufeff",
    "\ufffd",
    "e\u0301",
    "\u202e",
    "\U0001f600",
    "\U0010ffff",
    "\x7f",
    "%s{0}\\",
    "xml:lang",
)
ILLEGAL = (
    *(chr(code) for code in range(0x20) if chr(code) not in WHITE),
    *("\ud800", "\udbff", "\udc00", "\udfff", "\ufffe", "\uffff"),
)

legal = st.characters(
    exclude_categories=["Cs"], exclude_characters=[each for each in ILLEGAL if each < "\ud800"]
).filter(lambda each: each not in "\ufffe\uffff")
hostile = st.lists(st.sampled_from(FRAGMENTS) | st.text(legal, max_size=8), max_size=6).map("".join)
worded = hostile.filter(lambda text: bool(text.strip(WHITE)))


def without(text: str, characters: str) -> str:
    """Return the text without some characters."""
    return "".join(each for each in text if each not in characters)


def words(text: str) -> str:
    """Return the text without white space but single spaces between words."""
    return " ".join(re.sub(f"[{WHITE}]+", " ", text).strip(WHITE).split(" "))


Shape = Callable[[str], str]
SHAPES_BY_RULE: Mapping[str, Shape] = {
    "bad-url": lambda text: f"/a?q={without(text, WHITE)}",
    "stream-destination-not-websocket": lambda text: f"wss://a.example/?q={without(text, WHITE)}",
    "transcription-destination-not-websocket": lambda text: f"ws://a?q={without(text, WHITE)}",
}
SHAPES: Mapping[str, Shape] = {
    "to": lambda text: f"sip:a@b.example;x={without(text, WHITE)}",
    "uri": lambda text: f"sips:a@b.example;x={without(text, WHITE)}",
    "caller_display_name": lambda text: without(text, "\t\n\r\x7f"),
    "transfer_caller_display_name": lambda text: without(text, "\t\n\r\x7f"),
    "call_ids_to_coach": lambda text: f"c{without(text, WHITE + ',')}",
    "uui": lambda text: f"a{without(text, WHITE + ',;')[:300]};encoding=hex",
    "target_call": lambda text: words(f"c{text}"),
    "endpoint_id": lambda text: words(f"e {text}"),
}
"""How to put hostile text into a value with a pattern that still takes it."""
CLOSED = {
    *("from_", "transfer_caller_id", "terminating_digits", "language", "preferred_languages"),
    *("time", "pitch", "rate", "volume", "number", "digits"),
    *("Conference.name", "StartTranscription.name"),
}
"""Texts whose pattern leaves no room for markup."""


def shaped(name: str, field: str, kind: Text, text: str) -> str:
    """Return the text in the form that a field takes."""
    shape = SHAPES_BY_RULE.get(kind.rule) or SHAPES.get(field)
    made = (shape(text) if shape else text)[: kind.max_length]
    return made if len(made) >= kind.min_length else f"{name}{made}"


def open_fields(element: Element) -> Iterator[tuple[str, Text]]:
    """Yield name and kind of each place of an element that markup fits into."""
    content = element.content
    if content.kind is not None:
        yield content.name, content.kind
    for attribute in element.attributes:
        if isinstance(attribute.kind, Text):
            yield attribute.name, attribute.kind


OPEN = [
    (name, field, kind)
    for name, cls in ELEMENTS.items()
    for field, kind in open_fields(cls.element)
    if field not in CLOSED and f"{name}.{field}" not in CLOSED
]


def wire(value: object) -> str:
    """Return the text of an attribute in the document."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def spelt(attribute: Attribute) -> str:
    """Return the name of an attribute as parsers give it."""
    return attribute.wire.replace("xml:", XML)


def built(node: Node) -> Tree:
    """Return the tree that a value stands for."""
    element = node.element
    values = {spelt(attribute): getattr(node, attribute.name) for attribute in element.attributes}
    given = {name: wire(value) for name, value in values.items() if value is not None}
    content = getattr(node, element.content.name) if element.content.form != "none" else ()
    pieces = (content,) if isinstance(content, str) else cast("tuple[str | Node, ...]", content)
    inside = [piece if isinstance(piece, str) else built(piece) for piece in pieces if piece != ""]
    tag = node.name if isinstance(node, Custom) else element.name
    return tag, {**given, **(node.extra_attributes or {})}, inside


def found(element: "etree._Element | ET.Element") -> Tree:
    """Return the tree that a parser read."""
    inside: list[str | Tree] = [element.text] if element.text else []
    for child in element:
        assert isinstance(child.tag, str)
        inside.append(found(child))
        inside += [child.tail] if child.tail else []
    return str(element.tag), {str(k): str(v) for k, v in element.attrib.items()}, inside


def assert_read_back(document: Document) -> None:
    """Assert that two parsers read exactly what was built, from text and from bytes."""
    expected = built(document)
    body = document.to_bytes()
    assert body == document.to_bxml().encode()
    assert found(etree.fromstring(body)) == expected
    assert found(ET.fromstring(body)) == expected  # noqa: S314 - our own document


def holding(node: Node) -> Response:
    """Return a document with the element where it may stand."""
    if isinstance(node, Verb):
        return Response(node)
    if isinstance(node, ssml.SsmlNode):
        return Response(SpeakSentence("a", node))
    parent = node.element.parents[0]
    given = {"destination": "wss://a.example"} if parent == "StartStream" else {}
    make = cast("Build", ELEMENTS[parent])
    return Response(cast("Verb", make(node, **given)))


def with_text(build: Build, name: str, field: str, text: str) -> Node:
    """Return an element with the text in one field."""
    content = ELEMENTS[name].element.content
    if field == content.name:
        return cast("Build", ELEMENTS[name])(text)
    return build(name, **{field: text})


@pytest.mark.parametrize(
    ("name", "field", "kind"), OPEN, ids=[f"{name}.{field}" for name, field, _ in OPEN]
)
def test_markup_in_every_field(name: str, field: str, kind: Text, build: Build) -> None:
    """Each fragment of markup in each field that takes it is nothing but text."""
    for fragment in FRAGMENTS:
        text = shaped(name, field, kind, fragment)
        node = with_text(build, name, field, text)
        assert getattr(node, field) == (text.strip(WHITE) if isinstance(node, Tag) else text)
        assert_read_back(holding(node))


def test_only_patterns_without_markup_are_left_out(build: Build) -> None:
    """Fields that the test above leaves out refuse every character that markup needs."""
    left = 0
    for name, cls in ELEMENTS.items():
        for field, _ in open_fields(cls.element):
            if field in CLOSED or f"{name}.{field}" in CLOSED:
                left += 1
                for fragment in "<>&\"'":
                    with pytest.raises(ValidationError):
                        with_text(build, name, field, fragment)
    assert left == 14


@pytest.mark.parametrize("root", ["Response", "Bxml"])
@given(text=worded, other=hostile, name=st.sampled_from(["fooBar", "_a-b.c9"]))
@settings(max_examples=60, deadline=None)
def test_markup_in_the_ways_out(root: str, text: str, other: str, name: str) -> None:
    """Values of extra attributes and content of custom elements are nothing but text."""
    make = cast("Build", ELEMENTS[root])
    document = make(
        Custom("Novelty", text, Custom("Inner", other, attributes={name: other}), other),
        SpeakSentence(
            text, Custom("mark", attributes={name: text}), extra_attributes={name: other}
        ),
        extra_attributes={name: text},
    )
    assert isinstance(document, Document)
    assert_read_back(document)


def node_of(tag: str, inside: list[object], texts: list[str]) -> ssml.SsmlNode:
    """Return an SSML node with hostile attributes where it takes free text."""
    first, second = (*texts, "x", "x")[:2]
    made: dict[str, Callable[[], ssml.SsmlNode]] = {
        "emphasis": lambda: ssml.emphasis(*pieces(inside)),
        "lang": lambda: ssml.lang(*pieces(inside), lang=first or "x"),
        "p": lambda: ssml.p(*pieces(inside)),
        "phoneme": lambda: ssml.phoneme(*pieces(inside), ph=first or "x", alphabet=second),
        "prosody": lambda: ssml.prosody(*pieces(inside), rate="slow"),
        "s": lambda: ssml.s(*pieces(inside)),
        "say-as": lambda: ssml.say_as(*pieces(inside), interpret_as="characters"),
        "sub": lambda: ssml.sub(*pieces(inside), alias=first or "x"),
    }
    return made[tag]()


def pieces(inside: list[object]) -> list[ssml.SpeechPiece]:
    """Return drawn pieces as what speech takes."""
    return cast("list[ssml.SpeechPiece]", inside)


TAGS = ("emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub")
speech = st.recursive(
    hostile | st.just(ssml.break_(time="1s")),
    lambda inner: st.builds(
        node_of, st.sampled_from(TAGS), st.lists(inner, max_size=3), st.lists(hostile, max_size=2)
    ),
    max_leaves=8,
)


@given(first=worded, rest=st.lists(speech, max_size=4), voice=worded)
@settings(max_examples=150, deadline=None)
def test_markup_in_speech(first: str, rest: list[object], voice: str) -> None:
    """Speech with SSML, however nested, holds exactly the nodes and texts it was given."""
    said = pieces([first, *rest])
    sentence = SpeakSentence(*said, voice=voice)
    assert sentence == SpeakSentence(ssml.fragment(*said), voice=voice)
    assert_read_back(Response(sentence, Gather(sentence, sentence)))
    texts = [each for each in rest if isinstance(each, str)]
    joined = "".join(each for each in sentence.content if isinstance(each, str))
    assert joined == "".join([first, *texts])


@given(texts=st.lists(st.tuples(st.sampled_from(OPEN), hostile), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_markup_in_whole_documents(
    texts: list[tuple[tuple[str, str, Text], str]], build: Build
) -> None:
    """A document of many elements with hostile texts holds exactly those elements."""
    nodes = [
        with_text(build, name, field, shaped(name, field, kind, text))
        for (name, field, kind), text in texts
    ]
    assert_read_back(Response(*(verb for node in nodes for verb in holding(node))))


@given(text=hostile, said=worded)
@settings(max_examples=15, deadline=None)
def test_a_second_schema_engine_reads_the_same(
    text: str, said: str, pure_schema: xmlschema.XMLSchema, build: Build
) -> None:
    """The XSD engine written in Python accepts what was built too."""
    document = Response(SpeakSentence(said), Tag(text)).append(
        cast("Verb", build("Redirect", tag=text, username=text, password=text))
    )
    assert pure_schema.is_valid(document.to_bxml())


@pytest.mark.parametrize("character", ILLEGAL, ids=lambda each: f"U+{ord(each):04X}")
def test_illegal_characters_are_refused_everywhere(character: str, build: Build) -> None:
    """A character that XML cannot carry is refused in every text, with its index."""
    text = f"ab{character}c"
    code = f"got U+{ord(character):04X} at index 2"
    attempts: list[Callable[[], object]] = [
        partial(with_text, build, name, field, text)
        for name, cls in ELEMENTS.items()
        for field, _ in open_fields(cls.element)
    ]
    attempts += [
        lambda: SpeakSentence(text),
        lambda: SpeakSentence("\u00e9", text),
        lambda: ssml.p(text),
        lambda: ssml.fragment(text),
        lambda: Custom("Novelty", text),
        lambda: Custom("Novelty", attributes={"a": text}),
        lambda: Response(extra_attributes={"a": text}),
        lambda: build("Pause", extra_attributes={"a": text}),
    ]
    for attempt in attempts:
        with pytest.raises(ValidationError) as caught:
            attempt()
        assert code in str(caught.value)
        assert caught.value.problems[0].rule == "malformed-xml"


class Sly(str):
    """A text that lies about itself."""

    __slots__ = ()

    def isprintable(self) -> bool:
        """Claim to be harmless."""
        return True

    isascii = isalnum = isprintable

    def __contains__(self, part: object) -> bool:
        return False

    def __str__(self) -> str:
        return "harmless"

    def __format__(self, form: str) -> str:
        return "<Hangup/>"

    def __len__(self) -> int:
        return 1

    def replace(self, *_: object) -> str:
        """Refuse to be escaped."""
        return "<Hangup/>"

    def strip(self, *_: object) -> str:
        """Refuse to be trimmed."""
        return "<Hangup/>"


def test_subclasses_of_str_cannot_lie(build: Build) -> None:
    """The characters count, not what the methods of a subclass say about them."""
    sly = Sly(' <a b="c">&\n')
    plain = "".join(list(sly))
    for name, field, kind in OPEN:
        if kind.pattern is None:
            node = with_text(build, name, field, sly)
            assert type(getattr(node, field)) is str
            assert getattr(node, field).strip(WHITE) == plain.strip(WHITE)
            assert_read_back(holding(node))
    spoken = SpeakSentence(sly, ssml.s(sly), Custom("a", sly, attributes={"b": sly}))
    assert_read_back(Response(spoken))
    with pytest.raises(ValidationError, match="at index 1"):
        SpeakSentence(Sly("a\x00"))
