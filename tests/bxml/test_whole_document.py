"""Credentials and absolute URLs for a whole document: what changes, and that nothing else does."""

import pickle
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from bxml import (
    Bxml,
    Custom,
    Document,
    Gather,
    Hangup,
    Node,
    PlayAudio,
    Record,
    Redirect,
    Refer,
    Response,
    SipUri,
    SpeakSentence,
    ValidationError,
    check,
    parse,
    to_python,
)
from bxml._node import ELEMENTS, pieces_of
from bxml._types import is_absolute
from bxml.strategies import documents
from callcontrol._urls import resolve

BASE = "https://ivr.example.com/voice/start?day=1"
MARK = "Qx7"
SECRETS = (f"{MARK}-user", f"{MARK}-secret\"'&")
NESTED = Bxml(
    Gather(PlayAudio("a.wav"), SpeakSentence("Hi"), gather_url="/m", gather_fallback_url="?f"),
    Redirect("//other.example/x"),
    Refer(SipUri("sip:a@b"), refer_complete_url="/r"),
    Custom("New", "text", Redirect("/q"), attributes={"newUrl": "/kept"}),
    Hangup(),
)


PLAIN = NESTED._with("verbs", tuple(verb for verb in NESTED if not isinstance(verb, Custom)))
"""The same without the element that cannot be read back."""


def walk(node: Node) -> Iterator[Node]:
    """Yield an element and everything in it."""
    yield node
    for piece in pieces_of(node):
        if isinstance(piece, Node):
            yield from walk(piece)


def without(document: Document, *names: str) -> list[tuple[type[Node], tuple[object, ...]]]:
    """Return each element with the values of its fields, except these and the nested elements."""
    return [
        (type(node), tuple(_value(node, name) for name in node._names if name not in names))
        for node in walk(document)
    ]


def _value(node: Node, name: str) -> object:
    nested = name == node.element.content.name and pieces_of(node)
    return [piece for piece in nested if isinstance(piece, str)] if nested else getattr(node, name)


def made_or_dropped(make: Callable[[], Document], rule: str) -> Document:
    """Return what is made; drop documents that break this rule, and no other."""
    error: ValidationError | None = None
    try:
        return make()
    except ValidationError as refused:
        error = refused
    assert all(problem.rule.endswith(rule) for problem in error.problems)
    assert MARK not in str(error)
    return reject()


def absolute(document: Document) -> Document:
    """Return the document on the base; drop those whose references have no host, such as ``//``."""
    return made_or_dropped(lambda: document.with_base_url(BASE), "bad-url")


URLS = {name for cls in ELEMENTS.values() for name in cls.element.urls}
PAIRS = [(cls.element, pair) for cls in ELEMENTS.values() for pair in cls.element.credentials()]
CREDENTIALS = {name for _, pair in PAIRS for name in (pair.username, pair.password)}


# --- URLs ---------------------------------------------------------------------------------


@given(documents())
@example(NESTED)
def test_a_document_with_a_base_has_no_relative_url(document: Document) -> None:
    """Each is what the simulator makes of it; all other fields and absolute URLs are the same."""
    made = absolute(document)
    for old, new in zip(walk(document), walk(made), strict=True):
        for name in old.element.urls:
            before, after = getattr(old, name), getattr(new, name)
            if before is None or is_absolute(before):
                assert after == before
            else:
                assert is_absolute(after)
                assert after == resolve(BASE, before)
    assert without(made, *URLS) == without(document, *URLS)
    assert type(made) is type(document)
    assert "relative-url-without-base" not in {
        problem.rule for problem in check(made, context="call-update")
    }


@given(documents())
@example(PLAIN)
def test_a_base_is_set_once(document: Document) -> None:
    """A second base changes nothing, and the result is a document that can be written."""
    made = absolute(document)
    assert made.with_base_url("https://other.example/") is made
    assert parse(made.to_bxml()) == made


def test_references_are_resolved_like_those_of_a_page() -> None:
    """On the host, beside the last part of the path, on the same path, on another host."""
    made = NESTED.with_base_url(BASE)
    gather, redirect, refer, custom, _ = made.verbs
    assert isinstance(gather, Gather)
    assert gather.gather_url == "https://ivr.example.com/m"
    assert gather.gather_fallback_url == "https://ivr.example.com/voice/start?f"
    assert gather.children[0] == PlayAudio("https://ivr.example.com/voice/a.wav")
    assert redirect == Redirect("https://other.example/x")
    assert refer == Refer(SipUri("sip:a@b"), refer_complete_url="https://ivr.example.com/r")
    assert custom == Custom(
        "New",
        "text",
        Redirect("https://ivr.example.com/q"),
        attributes={"newUrl": "/kept"},
    )


@pytest.mark.parametrize(
    ("url", "finding"),
    [
        ("/voice", "expected an absolute http or https URL, got '/voice'"),
        ("ftp://host/", "expected an absolute http or https URL, got 'ftp://host/'"),
        ("https:///voice", "expected a URL with a host, got 'https:///voice'"),
        ("https://host:x/", "expected a URL with a host, got 'https://host:x/'"),
        ("https://[x/", "expected a URL with a host, got 'https://[x/'"),
        (
            "https://u:p@host/",
            (
                "expected a URL without a user name and a password, got one with '@'; "
                "with_credentials(username, password) gives them to every verb"
            ),
        ),
    ],
)
def test_a_base_is_an_absolute_url_of_a_host(url: str, finding: str) -> None:
    """Anything else is refused, even for a document without URLs."""
    with pytest.raises(ValidationError) as caught:
        Response().with_base_url(url)
    assert str(caught.value) == f"with_base_url.url: {finding}"


def test_every_reference_without_a_host_is_named() -> None:
    """With its place in the document; a password in it is not shown."""
    document = Response(Redirect("//[x"), Gather(PlayAudio("//u:secret@"), gather_url="/ok"))
    with pytest.raises(ValidationError) as caught:
        document.with_base_url(BASE)
    assert [problem.path for problem in caught.value.problems] == [
        "Response.verbs[0].redirect_url",
        "Response.verbs[1].children[0].audio_uri",
    ]
    assert "secret" not in str(caught.value)


# --- credentials --------------------------------------------------------------------------


def with_secrets(document: Document, *, fallback: bool, replace: bool) -> Document:
    """Return the document with credentials; drop those with http where the vendor demands https."""
    return made_or_dropped(
        lambda: document.with_credentials(*SECRETS, fallback=fallback, replace=replace),
        "-need-https",
    )


@given(documents(), st.booleans(), st.booleans())
@example(NESTED, True, False)  # noqa: FBT003 - an example of the strategies
def test_credentials_are_where_they_are_sent(
    document: Document,
    fallback: bool,  # noqa: FBT001 - filled by the strategy
    replace: bool,  # noqa: FBT001 - same
) -> None:
    """On each element with a URL for them, and nothing but them has changed."""
    made = with_secrets(document, fallback=fallback, replace=replace)
    for old, new in zip(walk(document), walk(made), strict=True):
        for pair in old.element.credentials():
            before, after = (
                (getattr(node, pair.username), getattr(node, pair.password)) for node in (old, new)
            )
            has_url = any(getattr(old, url) is not None for url in pair.urls)
            is_set = before != (None, None)
            is_new = (replace if is_set else has_url) and (fallback or not pair.fallback)
            assert after == (SECRETS if is_new else before)
    assert without(made, *CREDENTIALS) == without(document, *CREDENTIALS)
    again = made.with_credentials(*SECRETS, fallback=fallback, replace=replace)
    assert again == made


@given(documents(), st.booleans())
@example(PLAIN, True)  # noqa: FBT003 - an example of the strategies
def test_no_text_but_the_document_shows_credentials(
    document: Document,
    fallback: bool,  # noqa: FBT001 - filled by the strategy
) -> None:
    """Neither repr nor errors; the document, its Python code and its pickle hold them."""
    made = with_secrets(document, fallback=fallback, replace=True)
    assert MARK not in repr(made)
    assert parse(made.to_bxml()) == made
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own
    assert MARK not in repr(pickle.loads(pickle.dumps(made)))  # noqa: S301 - same
    scope: dict[str, object] = {}
    exec(to_python(made), scope)  # noqa: S102 - our own output
    assert scope["document"] == made


def test_every_element_that_sends_credentials_takes_them() -> None:
    """The table, not a list of names: a noun, an audio file, a verb with two webhooks."""
    names = {element.name for element, _ in PAIRS}
    declared = {name for name, cls in ELEMENTS.items() if cls.element.attribute("username")}
    assert names == declared
    assert {"PlayAudio", "PhoneNumber", "Record", "Gather"} <= names


def test_own_credentials_stay_unless_they_are_replaced() -> None:
    """A pair is kept or replaced as a whole."""
    document = Response(Redirect("/a", username="own"), Redirect("/b"))
    kept = document.with_credentials("bandwidth", "new")
    assert kept == Response(
        Redirect("/a", username="own"), Redirect("/b", username="bandwidth", password="new")
    )
    both = document.with_credentials("bandwidth", "new", replace=True)
    assert {
        (verb.username, verb.password) for verb in both.verbs if isinstance(verb, Redirect)
    } == {("bandwidth", "new")}


def test_audio_files_can_be_left_out() -> None:
    """They may be on a host that must not see the credentials."""
    document = Response(Gather(PlayAudio("https://cdn.example/a.wav"), gather_url="/m"))
    made = document.with_credentials("bandwidth", "secret", audio=False)
    assert made == Response(
        Gather(
            PlayAudio("https://cdn.example/a.wav"),
            gather_url="/m",
            username="bandwidth",
            password="secret",
        )
    )


def test_credentials_over_http_are_refused_where_the_vendor_refuses_them() -> None:
    """With the place in the document."""
    document = Response(Hangup(), Record(record_complete_url="http://ivr.example.com/x"))
    with pytest.raises(ValidationError) as caught:
        document.with_credentials(*SECRETS)
    assert str(caught.value) == (
        "Response.verbs[1].record_complete_url: expected an https URL because username is set, "
        "got 'http://ivr.example.com/x'"
    )


@pytest.mark.parametrize("username", ["", f"{MARK}:x", f"{MARK}\x00", 7, None])
def test_credentials_that_cannot_be_sent_are_refused(username: str) -> None:
    """Without showing them; both findings come together."""
    with pytest.raises(ValidationError) as caught:
        Response().with_credentials(username, f"{MARK}\x00")
    assert [problem.path for problem in caught.value.problems] == [
        "with_credentials.username",
        "with_credentials.password",
    ]
    assert MARK not in str(caught.value)
