"""What holds for any text at all: no crash, sound problems, and the same verdict as a schema."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bxml import Bxml, Document, ParseError, Problem, Response, check, parse
from bxml._node import ELEMENTS
from bxml.documents import MAX_BYTES
from bxml.rules import CONTEXTS, RULES
from bxml.strategies import InvalidDocument, documents, invalid_documents
from bxml.strategies._rule_faults import cross_field_faults
from bxml.strategies._structure_faults import structure_faults
from bxml.strategies._tree import XmlElement, document, tag_of
from bxml.strategies._value_faults import CANDIDATES, value_faults
from bxml.strategies._values import AWKWARD, MARKUP, values, wordings

KINDS = {attribute.kind: None for cls in ELEMENTS.values() for attribute in cls.element.attributes}
WIRES = sorted(
    {attribute.wire for cls in ELEMENTS.values() for attribute in cls.element.attributes}
)
NAMES = (*ELEMENTS, "Say", "mark", "gather", "SpeakSentences")
TOKENS: tuple[str, ...] = (
    *(*MARKUP, *AWKWARD, "\x00", "\ud800", "\ufffe", "/", "=", "xmlns", "xml:", ":", "<!", "<?"),
    *(f"<{name}>" for name in NAMES),
    *(f"</{name}>" for name in NAMES),
    *(f' {wire}="' for wire in WIRES),
    *(
        '<?xml version="1.0" encoding="UTF-16"?>',
        ' xmlns="urn:x"',
        ' xmlns:x="urn:x"',
        "<x:Gather>",
    ),
)
"""Pieces that mean something to a reader of BXML."""

wire_texts = st.one_of(
    [values(kind).map(kind.write) for kind in KINDS] + [st.sampled_from(CANDIDATES), wordings()]
)


def sound(problem: Problem, lines: list[str]) -> None:
    """Demand that a problem names a known rule and a place that exists."""
    assert problem.severity == RULES[problem.rule].severity
    assert problem.line is not None
    assert problem.column is not None
    assert 1 <= problem.line <= len(lines)
    assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    assert problem.message.startswith(f"{problem.path}: expected ")
    assert ", got " in problem.message
    assert "\n" not in str(problem)


def judged(source: str | bytes, context: str | None = None) -> list[Problem]:
    """Return the problems of a source, after holding reading and checking to each other."""
    problems = check(source, context=context)
    errors = [each for each in check(source) if each.severity == "error"]
    refused: tuple[Problem, ...] = ()
    read: Document | None = None
    try:
        read = parse(source)
    except ParseError as error:
        refused = error.problems
    assert list(refused) == errors
    if read is not None:
        assert isinstance(read, Response | Bxml)
        assert not errors
        if len(source) < MAX_BYTES // 2:  # the usual spelling can be longer than this one
            assert parse(read.to_bxml()) == read
    return problems


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(body: bytes) -> None:
    """Bytes of any sort give problems, never another error."""
    assert all(problem.rule in RULES for problem in judged(body))


@st.composite
def garbled(draw: st.DrawFn) -> str:
    """Return the text of a document after a few accidents."""
    faulty = invalid_documents().map(lambda bad: bad.xml)
    text = draw(documents(max_size=2).map(Document.to_bxml) | faulty)[: MAX_BYTES + 100]
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        between = draw(st.sampled_from(("", text[start:end] * 2, *TOKENS)) | wordings())
        text = text[:start] + between + text[end:]
    return text


@given(garbled(), st.none() | st.sampled_from(tuple(CONTEXTS)))
def test_garbled_documents_get_sound_problems(text: str, context: str | None) -> None:
    """Every problem has a rule, a place inside the text and a message of the one grammar."""
    problems = judged(text, context)
    lines = re.split("\r\n|\r|\n", text.removeprefix("\ufeff"))
    for problem in problems:
        sound(problem, lines)
    places = [(problem.line, problem.column) for problem in problems]
    assert places == sorted(places, key=lambda place: (place[0] or 0, place[1] or 0))


@given(garbled(), st.sampled_from(("utf-8", "utf-16", "utf-16-le", "latin-1", "utf-7", "cp037")))
def test_any_encoding_is_judged(text: str, encoding: str) -> None:
    """A document in an encoding that it does not declare is read, or refused with a reason."""
    declared = text.replace("UTF-8", encoding, 1)
    for body in (text.encode(encoding, "replace"), declared.encode(encoding, "replace")):
        assert all(problem.rule in RULES for problem in judged(body))


@st.composite
def _changed(draw: st.DrawFn, tag: XmlElement) -> XmlElement:
    """Return the element with one thing changed, as far as names and places go."""
    at = draw(st.integers(0, len(tag.content)))
    change = draw(st.sampled_from(("name", "set", "unset", "text", "element", "drop", "repeat")))
    known = ELEMENTS[tag.name].element.attributes if tag.name in ELEMENTS else ()
    own = [each.wire for each in known]
    if change == "name":
        return replace(tag, name=draw(st.sampled_from(NAMES)))
    if change == "set":
        return tag.with_attribute(draw(st.sampled_from([*own, *WIRES, "colour"])), draw(wire_texts))
    if change == "unset":
        return tag.without_attribute(draw(st.sampled_from([*tag.attributes, ""])))
    if change == "text":
        return tag.with_piece(draw(wire_texts), at)
    if change == "element":
        return tag.with_piece(XmlElement(draw(st.sampled_from(NAMES))), at)
    pieces = tag.content[at:] if change == "drop" else tag.content * draw(st.integers(2, 21))
    return replace(tag, content=pieces)


@st.composite
def _edited(draw: st.DrawFn, tag: XmlElement) -> XmlElement:
    """Return the element with one thing changed in it or in something inside."""
    inner = [index for index, each in enumerate(tag.content) if isinstance(each, XmlElement)]
    deeper = draw(st.booleans())
    if inner and deeper:
        index = draw(st.sampled_from(inner))
        child = tag.content[index]
        assert isinstance(child, XmlElement)
        pieces = (*tag.content[:index], draw(_edited(child)), *tag.content[index + 1 :])
        return replace(tag, content=pieces)
    return draw(_changed(tag))


@st.composite
def tangled(draw: st.DrawFn) -> str:
    """Return well-formed XML that was a document before a few careless edits."""
    tag = tag_of(draw(documents(max_size=3)))
    for _ in range(draw(st.integers(1, 4))):
        tag = draw(_edited(tag))
    return document(tag)


@given(text=tangled())
def test_checking_and_schemas_agree_on_any_tree(
    text: str, verdicts: Callable[[str], set[bool]], beyond_schemas: Mapping[str, str]
) -> None:
    """A schema engine refuses a tree exactly when check finds an error that a schema can tell."""
    errors = {each.rule for each in judged(text) if each.severity == "error"}
    if "document-too-large" in errors or "nested-too-deep" in errors:
        return
    assert verdicts(text) == {errors <= set(beyond_schemas)}


PLANTED = [
    rule
    for rule in (*value_faults(), *structure_faults(), *cross_field_faults())
    if rule != "text-not-allowed"  # said once of each element
]


@given(invalid_documents(rules=PLANTED), st.integers(2, 200))
def test_as_many_mistakes_as_problems(bad: InvalidDocument, times: int) -> None:
    """The verbs of a document repeated have each error as often, and no other."""
    found = re.fullmatch(r"(.*\?><(Response|Bxml)>)(.+)(</\2>)", bad.xml, re.DOTALL)
    if found is None:  # the fault is an attribute of the root
        return
    start, _, inside, end = found.groups()
    times = max(1, min(times, (MAX_BYTES - 200) // len(inside.encode())))
    errors = [each for each in check(start + inside * times + end) if each.severity == "error"]
    assert [error.rule for error in errors] == [bad.rule] * times
    assert len({error.path for error in errors}) == times
