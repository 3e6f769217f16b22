"""What holds for every valid document: reading, writing, judging and rebuilding it."""

import copy
import pickle
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given
from hypothesis import strategies as st

import bxml
from bxml import Document, Response, SpeakSentence, check, parse, ssml, to_python
from bxml._node import ELEMENTS
from bxml.cli.formatting import format_document
from bxml.documents import MAX_BYTES
from bxml.strategies import customs, documents, speech_text, ssml_nodes, verbs
from bxml.strategies._tree import XmlElement, tag_of
from bxml.strategies._values import wordings

NOISE = ("", " ", "\n\t", "<!-- <Gather> & \u00e9 -->", "<?editor fold?>", " <!----> ")
"""What may stand between tags without meaning anything."""

NEW_NAMES: tuple[str, ...] = ("x-new", "_a", "newAttribute")

CONTROLS = {"\t": "&#9;", "\r": "&#xD;", "\n": "&#10;"}
"""How white space survives in an attribute."""

ABOUT_SPELLING = {"audio-url-padded", "encoding-not-utf-8"}
"""Rules about how a document is written rather than about what it says."""


def rules_of(source: str | bytes | Document) -> Counter[str]:
    """Return how often each rule is found."""
    return Counter(each.rule for each in check(source) if each.rule not in ABOUT_SPELLING)


@given(documents())
def test_written_documents_read_back_equal(document: Document) -> None:
    """Compact and pretty text hold the value, and reading it loses nothing."""
    text = document.to_bxml()
    assert parse(text) == document
    assert parse(text).to_bxml() == text
    assert parse(document.to_bytes()) == document
    assert parse(document.to_bxml(pretty=True)) == document


@given(document=documents())
def test_checking_finds_no_error_and_engines_agree(
    document: Document, verdicts: Callable[[str], set[bool]]
) -> None:
    """What the constructors accept is valid to check, to libxml2 and to xmlschema."""
    text = document.to_bxml()
    assert {each.severity for each in check(text)} <= {"warning"}
    assert verdicts(text) == {True}


@given(documents())
def test_value_and_text_are_judged_alike(document: Document) -> None:
    """Checking a document made in Python finds what checking its text finds."""
    assert rules_of(document) == rules_of(document.to_bxml())


@given(documents())
def test_code_rebuilds_the_document(document: Document) -> None:
    """The output of to_python, and repr, are programs for the same value."""
    scope: dict[str, object] = {}
    exec(to_python(document.to_bxml()), scope)  # noqa: S102 - our own output
    assert scope["document"] == document
    names = {name: getattr(bxml, name) for name in bxml.__all__} | {"Decimal": Decimal}
    assert eval(repr(document), names) == document  # noqa: S307 - our own repr


@given(documents(), documents())
def test_values_are_values(document: Document, other: Document) -> None:
    """Equality is that of the text; hashes, copies and pickles go with it."""
    assert (document == other) == (document.to_bxml() == other.to_bxml())
    assert copy.deepcopy(document) == document
    again = pickle.loads(pickle.dumps(document))  # noqa: S301 - our own bytes
    assert again == document
    assert hash(again) == hash(document)
    assert hash(parse(document.to_bxml())) == hash(document)


@given(documents())
def test_formatting_is_idempotent_and_keeps_meaning(document: Document) -> None:
    """Formatting twice is formatting once, and both read as the same document."""
    once = format_document(document.to_bytes())
    assert format_document(once.text.encode()) == once
    assert parse(once.text) == document
    assert once.dropped == ()


def spelt(draw: st.DrawFn, text: str) -> Iterator[str]:
    """Yield a text with its characters written in one of the ways that XML has."""
    for piece in re.split("(.{1,7})", text, flags=re.DOTALL):
        way = draw(st.integers(0, 3)) if piece else 0
        if way == 1 and "]]>" not in piece and "\r" not in piece:
            yield f"<![CDATA[{piece}]]>"
        elif way == 2:
            yield "".join(f"&#{ord(each)};" for each in piece)
        else:
            yield escape(piece, {"\r": "&#13;"})
        if way == 3:
            yield draw(st.sampled_from(("<!-- x -->", "<?x?>")))


def tagged(draw: st.DrawFn, tag: XmlElement) -> Iterator[str]:
    """Yield an element written by somebody with other habits."""
    yield f"<{tag.name}"
    for name, value in draw(st.permutations(list(tag.attributes.items()))):
        space = draw(st.sampled_from((" ", "\n    ", "\t")))
        equals = draw(st.sampled_from(("=", " = ")))
        yield f"{space}{name}{equals}{quoteattr(value, CONTROLS)}"
    yield draw(st.sampled_from(("", " ", "\n")))
    if not tag.content and draw(st.booleans()):
        yield "/>"
        return
    yield ">"
    form = ELEMENTS[tag.name].element.content.form
    loose = form in ("children", "none")
    for piece in tag.content:
        if loose:
            yield draw(st.sampled_from(NOISE))
        yield from spelt(draw, piece) if isinstance(piece, str) else tagged(draw, piece)
    if loose:
        yield draw(st.sampled_from(NOISE))
    yield f"</{tag.name}{draw(st.sampled_from(('', ' ')))}>"


@st.composite
def respelt(draw: st.DrawFn) -> tuple[Document, bytes]:
    """Return a document and bytes in which another writer would have put it."""
    document = draw(documents(max_size=3))
    body = "".join(tagged(draw, tag_of(document)))
    around = st.sampled_from([each for each in NOISE if each])
    before, after = draw(around), draw(around)
    encoding = draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16")))
    declared = f"<?xml version='1.0' encoding='{encoding.removesuffix('-sig')}'?>"
    head = declared if draw(st.booleans()) else ""
    written = f"{head}{before}{body}{after}".encode(encoding)
    return document, written if len(written) <= MAX_BYTES else document.to_bytes()


@given(respelt())
def test_spelling_does_not_change_meaning(pair: tuple[Document, bytes]) -> None:
    """Quotes, order, white space, comments, references, sections and encodings are all the same."""
    document, body = pair
    assert parse(body) == document
    assert rules_of(body) == rules_of(document)
    assert parse(format_document(body).text) == document


@given(st.lists(wordings() | ssml_nodes(), max_size=4))
def test_speech_markup_reads_back(pieces: list[str | ssml.SsmlNode]) -> None:
    """What a SpeakSentence writes between its tags is markup for the same speech."""
    sentence = SpeakSentence("0", *pieces)
    text = Response(sentence).to_bxml()
    inner = text.partition("<SpeakSentence>")[2].rpartition("</SpeakSentence>")[0]
    assert tuple(ssml.parse(inner)) == sentence.content


@given(speech_text())
def test_texts_never_become_markup(text: str) -> None:
    """Whatever is said, it comes back as that text and nothing else."""
    read = parse(Response(SpeakSentence(text)).to_bxml())
    assert read == Response(SpeakSentence(text))


@st.composite
def documents_beyond(draw: st.DrawFn) -> Document:
    """Return a document with elements and attributes that bxml does not know."""
    held = draw(st.lists(customs() | verbs(), min_size=1, max_size=3))
    extras = draw(st.dictionaries(st.sampled_from(NEW_NAMES), wordings(), max_size=2))
    return Response(*held, extra_attributes=extras)


@given(documents_beyond())
def test_the_ways_past_the_table_read_back_on_request(document: Document) -> None:
    """With allow_unknown the document comes back whole, and check reports the ways out."""
    text = document.to_bxml()
    assert parse(text, allow_unknown=True) == document
    assert parse(document.to_bxml(pretty=True), allow_unknown=True) == document
    errors = [each.rule for each in check(text) if each.severity == "error"]
    assert ("escape-hatch" in rules_of(document)) == bool(errors)
    assert set(errors) <= {"unknown-element", "unknown-attribute"}
