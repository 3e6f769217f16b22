"""Every attribute of every element: what it takes, what it refuses, what is assumed without it.

The table below says what the vendor documents, by hand; nothing in it is read from the classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from lxml import etree

from bxml import Node, ValidationError
from bxml._element import Element

Build = Callable[..., Node]
Parsed = Callable[[Node], etree._Element]


@dataclass(frozen=True, slots=True)
class Values:
    """Values that must be accepted and come out the other side, and values that must be refused."""

    good: tuple[object, ...]
    bad: tuple[object, ...]
    default: object = None
    needed: bool = False
    beside: Mapping[str, object] = field(default_factory=dict[str, object])
    """Attributes that must be set at the same time."""

    def __call__(self, default: object) -> "Values":
        """Return the same values with what the platform assumes without them."""
        return replace(self, default=default)


def number(low: float, high: float | None, default: float | None = None) -> Values:
    """Return both limits and the values just beyond them, and what is no number."""
    exact, step = Decimal(str(low)), Decimal("0.01")
    top = high or 10**9
    beyond = (low - 1, exact - step, float(exact - step))
    above = () if high is None else (high + 1, high + 0.25, Decimal(str(high)) + step)
    good = (low, top, float(top), exact + step, low + 0.25, exact * Decimal("1.00"))
    return Values(good, (*beyond, *above, *NOT_NUMBERS, Decimal("NaN")), default)


def whole(low: int, high: int | None, default: int | None = None) -> Values:
    """Return both limits, the values just beyond them, and fractions."""
    above = () if high is None else (high + 1,)
    fractions = (float(low + 1), low + 0.5, Decimal(low + 1))
    return Values((low, high or 10**9), (low - 1, *above, *fractions, *NOT_NUMBERS), default)


def one_of(*words: str, default: str | None = None) -> Values:
    """Return the words of a closed list, and words beside it."""
    cased = tuple(word.swapcase() for word in words)
    return Values(words, (*cased, "", "bogus", f" {words[0]}", *NOT_TEXTS), default)


def flag(default: bool) -> Values:  # noqa: FBT001 - a default is data
    """Return true and false, and what only looks like them."""
    return Values((True, False), ("true", "false", "", 0, 1, 0.0, b"1"), default)


def needed(values: Values, good: str) -> Values:
    """Return the values of an attribute that must be there; ``good`` is one of them."""
    assert good in values.good
    return replace(values, needed=True)


def pattern(*good: str, bad: tuple[str, ...]) -> Values:
    """Return texts on both sides of a pattern."""
    return Values(good, (*bad, *NOT_TEXTS, *ILLEGAL))


NOT_NUMBERS = ("5", "", "many", True, b"5", [5], 5j, float("nan"), float("inf"))
NOT_TEXTS = (5, 1.5, True, b"x", ["x"], ("x",))
ILLEGAL = ("a\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff")
ODD = "<&>\"' ]]> &amp; \u00e9\U0001f600 \t\n\r"
SMILE = "\U0001f600"
UUI = "aGk=;encoding=base64"

text = pattern("", "x", ODD, "x" * 5000, bad=())
password = text
named = pattern("x", " ", ODD, bad=("",))
tag = pattern("", ODD, "x" * 256, SMILE * 256, bad=("x" * 257, SMILE * 257))
method = one_of("GET", "POST", default="POST")
url = pattern(
    *("https://a.example/x?y=1&z=2", "HTTP://a.example", "/rel", "next", "?q=<&'\">", "a/b:c"),
    bad=("", " ", "a b", " /a", "/a ", "ftp://a.example", "mailto:a", "http://", "a:b", "/a\u0000"),
)
socket = pattern(
    *("wss://a.example/s", "ws://a.example:8080", "WSS://a?b=<&>"),
    bad=("", "https://a.example", "/s", "a.example", "wss://", "wss://a b"),
)
numbers = ("+12", "+19195551234", "+" + "1" * 15)
no_numbers = ("19195551234", "+1", "+0123", "+" + "1" * 16, "+1919555abcd", " +19195551234")
words = ("Restricted", "Anonymous", "Private", "Unavailable")
caller = pattern(*numbers, *words, bad=(*no_numbers, "restricted", "Nobody", ""))
caller_or_empty = pattern(*numbers, *words, "", bad=(*no_numbers, "restricted", "Nobody", " "))
destination = pattern(
    *(*numbers, "sip:desk@a.example", "SIPS:desk@a.example"),
    bad=(*no_numbers, "", "desk@a.example", "sip:", "sip:a b", "tel:+19195551234"),
)
display_name = pattern(
    *("", "Bandwidth, Inc.", SMILE * 256, "<&>\"'"), bad=("x" * 257, "a\tb", "a\nb", "a\rb", "\x7f")
)
uui = pattern(
    *(UUI, "a;purpose=x;isdn;encoding=jwt", f"0a;encoding=hex,{UUI}", f"{'a' * 337};encoding=jwt"),
    bad=("", "aGk=", "a;encoding=rot13", f"{UUI},", f"{UUI}, {UUI}", f"{'a' * 338};encoding=jwt"),
)
keys = pattern("", "0123456789*#abcdABCD", bad=("e", "1 2", "w", ",", "+"))
call_ids = pattern("", "c-1", "c-1,c-2,c-3", bad=(",", "c-1,", "c-1,,c-2", "c-1, c-2", "c 1"))
locale = pattern("en", "en-US", "zh_Hant_TW", bad=("", "e", "english", "en US", "en-", "en-U"))
locales = pattern("en-US", "en-US,fr-CA,es", bad=("", "en-US,", "en-US, fr-CA", "en-US fr-CA"))
transcription = pattern("a", "Z9_-", "x" * 255, bad=("", "x" * 256, "a b", "a.b", "\u00e9"))
param_name = pattern("x", ODD, SMILE * 256, bad=("", "x" * 257))
param_value = pattern("", ODD, SMILE * 2048, bad=("x" * 2049,))
reason = one_of(
    *("unknown", "user-busy", "no-answer", "unavailable", "unconditional", "time-of-day"),
    *("do-not-disturb", "deflection", "follow-me", "out-of-service", "away"),
    default="unknown",
)
tracks = one_of("inbound", "outbound", "both", default="inbound")

CREDENTIALS = {"username": text, "password": password}
FALLBACK = {"fallback_username": text, "fallback_password": password}
DIVERSION = {
    "diversion_treatment": one_of("none", "propagate", "stack", default="none"),
    "diversion_reason": reason,
}
RECORDING = {
    "recording_available_url": url,
    "recording_available_method": method,
    "transcribe": flag(default=False),
    "detect_language": flag(default=False),
    "transcription_available_url": url,
    "transcription_available_method": method,
    "file_format": one_of("mp3", "wav", default="wav"),
    "recording_name": text,
}
LEG = {
    "transfer_answer_url": url,
    "transfer_answer_method": method,
    "transfer_answer_fallback_url": url,
    "transfer_answer_fallback_method": method,
    "transfer_disconnect_url": url,
    "transfer_disconnect_method": method,
    **CREDENTIALS,
    **FALLBACK,
    "tag": tag,
    "uui": uui,
}
PARAM = {"name": needed(param_name, "x"), "value": needed(param_value, "")}


def webhook(name: str) -> dict[str, Values]:
    """Return the URL and method of a webhook that has a fallback."""
    return {
        f"{name}_url": url,
        f"{name}_method": method,
        f"{name}_fallback_url": url,
        f"{name}_fallback_method": method,
    }


DOCUMENTED: Mapping[str, Mapping[str, Values]] = {
    "Bridge": {
        **webhook("bridge_complete"),
        **webhook("bridge_target_complete"),
        **CREDENTIALS,
        **FALLBACK,
        "tag": tag,
    },
    "Conference": {
        "mute": flag(default=False),
        "hold": flag(default=False),
        "call_ids_to_coach": call_ids,
        **webhook("conference_event"),
        **CREDENTIALS,
        **FALLBACK,
        "tag": tag,
        "callback_timeout": number(1, 25),
    },
    "Connect": {"event_callback_url": url, "event_fallback_url": url},
    "CustomParam": PARAM,
    "Forward": {
        "to": needed(destination, "+12"),
        "from_": caller,
        "privacy": flag(default=False),
        "caller_display_name": display_name,
        "call_timeout": number(1, 300, default=30),
        **DIVERSION,
        "uui": uui,
    },
    "Gather": {
        **webhook("gather"),
        **CREDENTIALS,
        **FALLBACK,
        "tag": tag,
        "terminating_digits": keys(""),
        "max_digits": whole(1, 50, default=50),
        "inter_digit_timeout": number(1, 60, default=5),
        "first_digit_timeout": number(0, 60, default=5),
        "repeat_count": whole(1, None, default=1),
        "input_": one_of("dtmf", "speech", "dtmf_speech", default="dtmf"),
        "hints": text,
        "language": locale,
        "partial_result_callback": url,
        "partial_result_callback_method": method,
        "profanity_filter": flag(default=True),
        "speech_model": text,
        "speech_timeout": whole(0, None, default=5),
    },
    "Pause": {"duration": number(0.1, 86400, default=1)},
    "PhoneNumber": LEG,
    "PlayAudio": CREDENTIALS,
    "Record": {
        **webhook("record_complete"),
        **RECORDING,
        **CREDENTIALS,
        **FALLBACK,
        "tag": tag,
        "terminating_digits": keys("#"),
        "max_duration": whole(1, 10800, default=60),
        "silence_timeout": number(0, 10800, default=0),
    },
    "Redirect": {
        **webhook("redirect"),
        "redirect_url": needed(url, "next"),
        **CREDENTIALS,
        **FALLBACK,
        "tag": tag,
    },
    "Refer": {"refer_complete_url": url, "refer_complete_method": method, "tag": tag},
    "Ring": {"duration": number(0.1, 86400, default=5), "answer_call": flag(default=True)},
    "SendDtmf": {
        "tone_duration": number(50, 5000, default=200),
        "tone_interval": number(50, 5000, default=400),
    },
    "SipUri": LEG,
    "SpeakSentence": {
        "voice": named,
        "gender": one_of("female", "male", default="female"),
        "locale": named("en_US"),
    },
    "StartGather": {
        "dtmf_url": needed(url, "next"),
        "dtmf_method": method,
        **CREDENTIALS,
        "tag": tag,
    },
    "StartRecording": {
        **RECORDING,
        **CREDENTIALS,
        "tag": tag,
        "multi_channel": flag(default=False),
    },
    "StartStream": {
        "name": text,
        "mode": one_of("unidirectional", "bidirectional", default="unidirectional"),
        "tracks": tracks,
        "destination": needed(socket, "wss://a.example/s"),
        "destination_username": text,
        "destination_password": password,
        "stream_event_url": url,
        "stream_event_method": method,
        **CREDENTIALS,
    },
    "StartTranscription": {
        "name": transcription,
        "tracks": tracks,
        "transcription_event_url": url,
        "transcription_event_method": method,
        **CREDENTIALS,
        "destination": socket,
        "stabilized": flag(default=True),
        "detect_language": flag(default=False),
        "preferred_languages": locales("en-US"),
    },
    "StopStream": {"name": needed(named, "x"), "wait": flag(default=False)},
    "StopTranscription": {"name": named},
    "StreamParam": PARAM,
    "Transfer": {
        "transfer_caller_id": caller_or_empty,
        "privacy": flag(default=False),
        "transfer_caller_display_name": display_name,
        "call_timeout": number(1, 300, default=30),
        **webhook("transfer_complete"),
        **CREDENTIALS,
        **FALLBACK,
        "tag": tag,
        **DIVERSION,
    },
    "break": {
        "strength": one_of(
            "none", "x-weak", "weak", "medium", "strong", "x-strong", default="medium"
        ),
        "time": pattern(
            *("0s", "9.99s", "10s", "010.00s", "0.5ms", "9999.9ms", "10000ms"),
            bad=("", "1", "s", ".5s", "10.01s", "11s", "10000.1ms", "10001ms", "1 s", "-1s", "1S"),
        ),
    },
    "emphasis": {"level": one_of("strong", "moderate", "reduced")},
    "lang": {"lang": needed(named, "x")},
    "phoneme": {"ph": needed(named, "x"), "alphabet": text},
    "prosody": {
        "pitch": pattern(
            *("x-low", "low", "medium", "high", "x-high", "default", "+5%", "-0.5%", "10%"),
            bad=("", "Low", "5", "+5Hz", "%", "+%", "5.%"),
        ),
        "rate": pattern(
            *("x-slow", "slow", "medium", "fast", "x-fast", "80.5%"), bad=("", "-5%", "+5%", "80")
        ),
        "volume": pattern(
            *("silent", "x-soft", "soft", "medium", "loud", "x-loud", "default", "+6dB", "-0.5dB"),
            bad=("", "6dB", "+6", "+6db", "Loud"),
        ),
    },
    "say-as": {
        "interpret_as": replace(
            needed(
                one_of("date", "time", "telephone", "characters", "cardinal", "ordinal"), "time"
            ),
            beside={"format": "mdy"},
        ),
        "format": one_of("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y"),
    },
    "sub": {"alias": needed(named, "x")},
}
EACH = [(name, attribute) for name, held in DOCUMENTED.items() for attribute in held]


def wire(value: object) -> str:
    """Return the text that a value must have in the document."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | Decimal):
        return format(Decimal(str(value)).normalize(), "f")
    return str(value)


def test_the_table_is_complete(elements: Mapping[str, Element]) -> None:
    """Every attribute of every element is documented, and nothing else is an attribute."""
    known = {
        name: {attribute.name for attribute in element.attributes}
        for name, element in elements.items()
        if element.attributes
    }
    assert known == {name: set(held) for name, held in DOCUMENTED.items()}


@pytest.mark.parametrize(("name", "attribute"), EACH)
def test_default_and_need_are_the_documented_ones(
    name: str, attribute: str, elements: Mapping[str, Element]
) -> None:
    """What the platform assumes without the attribute, and whether it may be left out."""
    found = elements[name].attribute(attribute)
    values = DOCUMENTED[name][attribute]
    assert found is not None
    assert (found.default, type(found.default)) == (values.default, type(values.default))
    assert found.required == values.needed


@pytest.mark.parametrize(("name", "attribute"), EACH)
def test_default_is_a_value_of_the_attribute(
    name: str, attribute: str, elements: Mapping[str, Element], build: Build
) -> None:
    """What the platform assumes could also be given; it is never written unless it is given."""
    found = elements[name].attribute(attribute)
    assert found is not None
    if found.default is not None:
        assert getattr(build(name, **{attribute: found.default}), attribute) == found.default
    if not found.required:
        assert getattr(build(name), attribute) is None


@pytest.mark.parametrize(("name", "attribute"), EACH)
def test_good_values_come_out_the_other_side(
    name: str, attribute: str, elements: Mapping[str, Element], build: Build, parsed: Parsed
) -> None:
    """Each good value is accepted and stands in the document under the BXML name."""
    found = elements[name].attribute(attribute)
    assert found is not None
    spelt = found.wire.replace("xml:", "{http://www.w3.org/XML/1998/namespace}")
    values = DOCUMENTED[name][attribute]
    for value in values.good:
        node = build(name, **{attribute: value, **values.beside})
        assert wire(getattr(node, attribute)) == wire(value)
        assert parsed(node).get(spelt) == wire(value)


@pytest.mark.parametrize(("name", "attribute"), EACH)
def test_bad_values_are_refused_by_name(name: str, attribute: str, build: Build) -> None:
    """Each bad value raises one problem that names element and attribute."""
    owner = build(name).element.owner
    for value in DOCUMENTED[name][attribute].bad:
        with pytest.raises(ValidationError) as caught:
            build(name, **{attribute: value})
        (problem,) = caught.value.problems
        assert problem.path == f"{owner}.{attribute}"
        assert problem.severity == "error"
        assert problem.message.startswith(f"{owner}.{attribute}: expected ")
        assert ", got " in problem.message


@pytest.mark.parametrize(("name", "attribute"), EACH)
def test_none_is_the_same_as_leaving_out(name: str, attribute: str, build: Build) -> None:
    """None leaves an attribute out; one that is needed refuses it."""
    if not DOCUMENTED[name][attribute].needed:
        assert build(name, **{attribute: None}) == build(name)
        return
    with pytest.raises(ValidationError) as caught:
        build(name, **{attribute: None})
    (problem,) = caught.value.problems
    assert problem.message.endswith("got None")
