"""Rules about text that a program made, and the advice for values of the wrong kind."""

import html
from collections.abc import Callable
from typing import Any

import pytest

from bxml import (
    Bridge,
    Conference,
    Endpoint,
    Gather,
    PhoneNumber,
    PlayAudio,
    Redirect,
    Response,
    SipUri,
    SpeakSentence,
    Tag,
    ValidationError,
    check,
    ssml,
)


async def load() -> str:
    """Return a name, for those who await it."""
    return "Mira"


def repr_of_coroutine() -> str:
    """Return what an f-string makes of a coroutine."""
    coroutine = load()
    coroutine.close()
    return f"Hello {coroutine}"


def found(document: Response) -> set[str]:
    """Return the rules that a document breaks, the same made in Python and read from XML."""
    rules = {each.rule for each in check(document)}
    for _ in range(2):  # the second time the shape may be known as clean
        assert {each.rule for each in check(document.to_bxml())} == rules
    return rules


def say(*pieces: ssml.SpeechPiece) -> Response:
    """Return a document that says this, after one of the same shape was found clean."""
    assert check(Response(SpeakSentence("Hello Mira.")).to_bxml()) == []
    return Response(SpeakSentence(*pieces))


TEXTS = {
    "B3": (say(html.escape("Ben & Jerry's")), "text-escaped-twice"),
    "B3-sub": (say(ssml.sub("W3C", alias="A &amp; B")), "text-escaped-twice"),
    "B3-emphasis": (say(ssml.emphasis("&lt;b&gt;"), "now"), "text-escaped-twice"),
    "B3-url": (Response(Redirect("/next?a=1&amp;b=2")), "text-escaped-twice"),
    "B3-tag": (Response(Tag("a&#39;b")), "text-escaped-twice"),
    "B3-audio": (Response(PlayAudio("/a.wav?x=1&amp;y=2")), "text-escaped-twice"),
    "B4": (say(repr_of_coroutine()), "text-is-a-python-object"),
    "B4-function": (say(f"Hello {load}"), "text-is-a-python-object"),
    "B4-method": (say(f"Hello {'x'.upper}"), "text-is-a-python-object"),
    "B4-none": (say(f"Hello {None}"), "text-is-a-python-object"),
    "B4-only-none": (say("None"), "text-is-a-python-object"),
    "B4-none-stop": (say(f"Good morning, {None}."), "text-is-a-python-object"),
    "B4-dict": (say(f"{ {'a': 1} }"), "text-is-a-python-object"),
    "B4-list": (say(f"Your items: {['tea', 'milk']}"), "text-is-a-python-object"),
    "B4-object": (say(f"Hello {object()}"), "text-is-a-python-object"),
    "B4-class": (say(f"Hello {str}"), "text-is-a-python-object"),
    "B4-url": (Response(Redirect(f"/next?at={load}".replace(" ", "%20"))), None),
    "B4-tag": (Response(Tag(f"{ {'a': 1} }")), "text-is-a-python-object"),
    "C11": (Response(Redirect("/next/{{call}}")), "template-not-filled-in"),
    "C11-f": (say("Hello {name}"), "template-not-filled-in"),
    "C11-dollar": (Response(Redirect("https://${HOST}/next")), "template-not-filled-in"),
    "C11-percent": (say("Hello %(name)s"), "template-not-filled-in"),
}


@pytest.mark.parametrize(("document", "rule"), TEXTS.values(), ids=TEXTS)
def test_text_that_a_program_made(document: Response, rule: str | None) -> None:
    """Each is a warning, in every place where text stands."""
    assert found(document) == ({rule} if rule else set())


@pytest.mark.parametrize(
    "text",
    [
        "Ben & Jerry's",
        "AT&T; then dial 5",
        "None of our agents is free.",
        "Press 1 for all. None of them will wait.",
        "Say yes, or none.",
        "It costs 5 < 6 at 0x",
        "don't {stop",
        "We are open at 9.",
        "Rock 'n' roll",
        "A {1} B",
    ],
)
def test_ordinary_words_are_not_questioned(text: str) -> None:
    """People write ampersands, apostrophes and the word none."""
    assert found(say(text)) == set()


class Url:
    """An object of a web framework that its str describes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


Url.__name__ = "URL"
LAZY = Url("Hello")

ADVICE: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], str]] = {
    "C8": (PhoneNumber, ("sip:a@b.c",), {}, "SipUri"),
    "C8-number": (SipUri, ("+19195551234",), {}, "PhoneNumber"),
    "C8-dashes": (SipUri, ("(919) 555-1234",), {}, "PhoneNumber"),
    "C8-address": (PhoneNumber, ("desk@example.com",), {}, "SipUri"),
    "C8-tel": (PhoneNumber, ("tel:+19195551234",), {}, "leave tel: out"),
    "C9": (Gather, (), {"gather_url": Url("https://a.example/x")}, "got a URL object; write str("),
    "C9-text": (SpeakSentence, (LAZY,), {}, "write str(...) around it"),
    "C9-audio": (PlayAudio, (Url("/a.wav"),), {}, "write str(...) around it"),
    "C9-tag": (Redirect, ("/x",), {"tag": 5}, "write str(...) around it"),
    "C9-function": (SpeakSentence, (load,), {}, "call it"),
    "C9-bridge": (Bridge, (Url("c-1"),), {}, "write str(...) around it"),
    "C9-endpoint": (Endpoint, (Url("e-1"),), {}, "write str(...) around it"),
    "C9-conference": (Conference, (Url("room"),), {}, "write str(...) around it"),
    "C11": (Gather, (), {"gather_url": "{{ url }}"}, "template that was not filled in"),
    "C11-django": (Gather, (), {"gather_url": "{% url 'x' %}"}, "template that was not filled in"),
    "C11-erb": (Redirect, ("<%= url %>",), {}, "template that was not filled in"),
    "C11-number": (PhoneNumber, ("{number}",), {}, "template that was not filled in"),
    "C12": (ssml.break_, (), {"time": "1"}, "the unit is missing"),
    "C12-space": (ssml.break_, (), {"time": "1 s"}, "right behind the number"),
    "C12-word": (ssml.break_, (), {"time": "1sec"}, "the units are s and ms"),
    "C12-comma": (ssml.break_, (), {"time": "1,5s"}, "full stop"),
    "C12-rate": (ssml.prosody, ("a",), {"rate": "80"}, "the unit is missing"),
    "C12-pitch": (ssml.prosody, ("a",), {"pitch": "+10"}, "the unit is missing"),
    "C12-volume": (ssml.prosody, ("a",), {"volume": "3"}, "the unit is missing"),
}


@pytest.mark.parametrize(("cls", "given", "named", "advice"), ADVICE.values(), ids=ADVICE)
def test_the_error_says_what_to_write(
    cls: Callable[..., object], given: tuple[Any, ...], named: dict[str, Any], advice: str
) -> None:
    """The refusal points to what was meant."""
    with pytest.raises(ValidationError) as caught:
        cls(*given, **named)
    assert advice in str(caught.value)


def test_c12_a_pause_that_is_too_long_is_not_said_to_lack_a_unit() -> None:
    """The same rule, other advice."""
    with pytest.raises(ValidationError, match="write several breaks"):
        ssml.break_(time="15s")


def test_u37_legacy_voices_are_not_questioned() -> None:
    """The vendor's toolkit has two names that the table of 49 lacks."""
    for voice in ("emily", "samuel"):
        assert check(Response(SpeakSentence("Hello.", voice=voice))) == []
    assert [each.rule for each in check(Response(SpeakSentence("Hello.", voice="emely")))] == [
        "unknown-voice"
    ]
