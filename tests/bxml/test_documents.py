"""The two roots: growing, iterating, writing, and the limits of a whole document."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bxml import (
    MEDIA_TYPE,
    Bxml,
    Custom,
    Document,
    Gather,
    Hangup,
    Pause,
    PlayAudio,
    Record,
    Redirect,
    Response,
    SpeakSentence,
    Tag,
    Transfer,
    ValidationError,
    Verb,
    ssml,
)
from bxml.documents import MAX_BYTES

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
EMPTY = len(f"{HEAD}<Response><SpeakSentence></SpeakSentence></Response>")
ROOTS = pytest.mark.parametrize("root", [Response, Bxml])


@ROOTS
def test_documents_are_sequences_of_verbs(root: type[Response | Bxml]) -> None:
    """Iterating, length and ``verbs`` give the verbs; an empty document is still true."""
    first, second = Pause(), Hangup()
    document = root(first, second)
    assert document.verbs == (first, second)
    assert list(document) == [first, second]
    assert len(document) == 2
    assert second in document
    assert len(root()) == 0
    assert bool(root())
    assert root().verbs == ()


@ROOTS
def test_append_returns_a_new_document(root: type[Response | Bxml]) -> None:
    """Appending several verbs, or none, leaves the document as it was."""
    document = root(Pause())
    assert document.append(Hangup(), Tag("a")) == root(Pause(), Hangup(), Tag("a"))
    assert document.append() == document == root(Pause())
    extra = root(extra_attributes={"a": "b"})
    assert extra.append(Hangup()) == root(Hangup(), extra_attributes={"a": "b"})


@ROOTS
def test_text_and_bytes(root: type[Response | Bxml]) -> None:
    """The text has a declaration and one line; the bytes are the same in UTF-8."""
    document = root(SpeakSentence("\u00e9\U0001f600"), Hangup())
    name = root.__name__
    said = "<SpeakSentence>\u00e9\U0001f600</SpeakSentence><Hangup/>"
    assert document.to_bxml() == f"{HEAD}<{name}>{said}</{name}>"
    assert document.to_bytes() == document.to_bxml().encode()
    assert etree.fromstring(root().to_bytes()).tag == name


def test_media_type() -> None:
    """What a reply with a document is called."""
    assert MEDIA_TYPE == "application/xml"


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f600"])
def test_the_longest_document(letter: str) -> None:
    """65,536 bytes of UTF-8 are allowed, one more is not."""
    size = len(letter.encode())
    most, rest = divmod(MAX_BYTES - EMPTY, size)
    fits = letter * most + "x" * rest
    assert len(Response(SpeakSentence(fits)).to_bytes()) == MAX_BYTES == 65_536
    assert_too_long(Response(SpeakSentence(fits + "x")), MAX_BYTES + 1)


def assert_too_long(document: Document, size: int, *, pretty: bool = False) -> None:
    """Assert that a document is refused because of its size."""
    with pytest.raises(ValidationError) as caught:
        document.to_bxml(pretty=pretty)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.path) == ("document-too-large", document.element.name)
    assert problem.message.endswith(f"expected at most 65536 bytes, got {size}")


def test_the_limit_counts_what_is_written() -> None:
    """References count as they stand, and so does the white space of a pretty document."""
    assert_too_long(Response(SpeakSentence("&" * 14_000)), EMPTY + 5 * 14_000)
    many = Bxml(*[Hangup()] * 6_000)
    assert len(many.to_bytes()) < MAX_BYTES
    assert_too_long(many, len(many._xml()) + len(HEAD) + 6_000 * 3 + 3, pretty=True)
    with pytest.raises(ValidationError):
        many.append(*[Hangup()] * 6_000).to_bytes()


def test_documents_of_many_megabytes() -> None:
    """Far beyond the limit the answer is the same, before any parser sees the text."""
    assert_too_long(Response(SpeakSentence("x" * 11_000_000)), 11_000_000 + EMPTY)
    attribute = Response(extra_attributes={"a": "x" * 11_000_000})
    with pytest.raises(ValidationError, match="expected at most 65536 bytes"):
        attribute.to_bxml()


@ROOTS
def test_verbs_come_in_any_order(root: type[Response | Bxml]) -> None:
    """The same verb may come several times, and verbs that never run may follow."""
    document = root().hangup().redirect("/a").hangup().pause().pause()
    assert document.to_bxml().count("<Hangup/>") == 2


def test_the_schema_has_the_last_word() -> None:
    """A value that got past the constructors is found when the document is written."""
    wrong = Pause._make((-1, None))
    for document in (Response(wrong), Bxml(Hangup(), wrong), Response(wrong, Custom("Novelty"))):
        for write in (document.to_bxml, document.to_bytes):
            with pytest.raises(ValidationError, match="'-1'") as caught:
                write()
            assert caught.value.problems[0].rule == "schema"
            assert "/Pause" in caught.value.problems[0].path


def test_a_refused_verb_is_not_remembered() -> None:
    """The second try is refused like the first, also beside verbs that are valid."""
    wrong = Response(Tag("fine"), Pause._make((90_000, None)))
    for _ in range(2):
        with pytest.raises(ValidationError, match="90000"):
            wrong.to_bxml()


@st.composite
def verbs(draw: st.DrawFn) -> Verb:
    """Return a verb of some kind with a few attributes."""
    said = SpeakSentence(draw(st.text("ab<&", min_size=1)) + ".", ssml.break_(time="1s"))
    number = draw(st.integers(1, 20))
    makers: list[Callable[[], Verb]] = [
        lambda: said,
        lambda: Gather(*[said] * (number % 3), max_digits=number, repeat_count=1),
        lambda: Pause(duration=draw(st.floats(0.1, 100))),
        lambda: PlayAudio(f"/{number}.wav"),
        lambda: Record(max_duration=number, transcribe=draw(st.booleans())),
        lambda: Redirect("/next", tag=draw(st.text("ab \n", max_size=5))),
        lambda: Transfer(tag="t").phone_number("+12"),
        Hangup,
    ]
    return draw(st.sampled_from(makers))()


@given(st.lists(verbs(), max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_constructors_accept_can_be_written(held: list[Verb]) -> None:
    """Every document of valid verbs passes the schema, grown either way."""
    document = Response(*held)
    grown = Response()
    for verb in held:
        grown = grown.append(verb)
    assert grown == document
    assert grown.to_bxml() == document.to_bxml()
    root = etree.fromstring(document.to_bytes())
    assert [each.tag for each in root] == [each.element.name for each in held]


def test_documents_in_many_threads() -> None:
    """Values are shared freely; each thread writes the same text."""
    document = Response(SpeakSentence("a & b"), Gather(SpeakSentence("c"), gather_url="/d"))
    expected = document.to_bxml()
    with ThreadPoolExecutor(8) as pool:
        written = [pool.submit(document.to_bxml) for _ in range(200)]
    assert {each.result() for each in written} == {expected}
