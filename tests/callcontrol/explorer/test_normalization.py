"""What differs in each call is no new state, and what else varies is named."""

import base64
import re
import secrets
import uuid
from collections.abc import Callable
from itertools import count
from random import Random
from urllib.parse import quote
from wsgiref.types import WSGIApplication

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml import (
    Gather,
    PhoneNumber,
    Response,
    SipUri,
    SpeakSentence,
    StartStream,
    StartTranscription,
)
from bxml.documents import Document
from callcontrol.events import Event, GatherEvent
from callcontrol.explorer import Bounds, Report, explore
from callcontrol.explorer.normalization import normalize

Serving = Callable[[Callable[[Event, str], Document]], WSGIApplication]
RANDOM = Random(20261128)  # noqa: S311 - no secret
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def some(characters: str, length: int) -> str:
    """Return random characters."""
    return "".join(RANDOM.choices(characters, k=length))


def token(length: int) -> str:
    """Return what ``secrets.token_urlsafe`` returns, the same in every run of the tests."""
    return base64.urlsafe_b64encode(RANDOM.randbytes(length)).decode().rstrip("=")


def uuid4() -> str:
    """Return a random UUID, the same in every run of the tests."""
    return str(uuid.UUID(bytes=RANDOM.randbytes(16), version=4))


def call_id() -> str:
    """Return the id of a call."""
    return f"c-{RANDOM.randbytes(4).hex()}-{uuid4()}"


IDS: dict[str, Callable[[], str]] = {
    "ulid": lambda: f"01KB5X{some(CROCKFORD, 20)}",
    "token_urlsafe": lambda: token(16),
    "conf-call-id": lambda: f"conf_{call_id()}",
    "upper-uuid": lambda: uuid4().upper(),
    "lower-ulid": lambda: f"01kb5x{some(CROCKFORD, 20).lower()}",
    "token_urlsafe-32": lambda: token(32),
    "nanoid": lambda: some(f"{LETTERS}_-", 21),
    "cuid": lambda: f"cl{some('abcdefghijklmnopqrstuvwxyz0123456789', 23)}",
    "ksuid": lambda: some(LETTERS, 27),
    "hex-8": lambda: RANDOM.randbytes(4).hex(),
    "upper-hex": lambda: RANDOM.randbytes(16).hex().upper(),
    "sid": lambda: f"CA{RANDOM.randbytes(16).hex()}",
    "quoted-base64": lambda: quote(base64.b64encode(RANDOM.randbytes(24)), safe=""),
    "unix-time": lambda: str(1764335471 + RANDOM.random()),
    "clock": lambda: (
        f"{RANDOM.randrange(24)}:{RANDOM.randrange(10, 60)}:{RANDOM.randrange(10, 60)}"
    ),
}
STRAY = 0.01
"""The part of random ids that may look like words."""


@pytest.mark.parametrize("url", ["/g?id={}", "/calls/{}/gather", "/room_{}", "It is {} now."])
@pytest.mark.parametrize("make", IDS.values(), ids=[f"A15-{name}" for name in IDS])
def test_a15_ids_do_not_count(make: Callable[[], str], url: str) -> None:
    """Wherever they are, alone and with a word in front."""
    found = [normalize(url.format(make())) for _ in range(1000)]
    usual = max(set(found), key=found.count)
    assert "<1>" in usual
    assert found.count(usual) >= (1 - STRAY) * len(found)


@pytest.mark.parametrize(
    "text",
    [
        "/menu-of-the-first-department",
        "/flow/Main-Menu-Level-2-Sales",
        "handleIncomingCallGather",
        "onHTTPRequestReceivedByServer",
        "wait_for_step_2_of_the_long_menu",
        "SCREAMING_SNAKE_CASE_VALUE_12",
        "Donaudampfschifffahrtsgesellschaft",
        "from=%2B19195550111&to=%2B19195550122",
        "tel:+19195550111",
        "We open at 8:30 on 2026-11-28.",
    ],
)
def test_a15_words_and_telephone_numbers_count(text: str) -> None:
    """Names of states in URLs and code are no ids."""
    assert normalize(text) == text


@given(st.text(st.sampled_from("aB1-_%+=:. <>"), max_size=80))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    """What stands for an id is not an id."""
    assert normalize(normalize(text)) == normalize(text)


# --- one state for each place ---------------------------------------------------------------


def ask(prompt: str, url: str = "/") -> Response:
    """Return a document that asks for a key."""
    return Response(Gather(SpeakSentence(prompt), gather_url=url, max_digits=1))


def explored(serving: Serving, greet: Callable[[Event], Document], ignore: str = "$^") -> Report:
    """Explore an application that says goodbye after any key."""

    def voice(event: Event, _: str) -> Document:
        if isinstance(event, GatherEvent):
            return Response().speak_sentence("Goodbye.").hangup()
        return greet(event)

    return explore(serving(voice), keys="12", bounds=Bounds(states=6), ignore=ignore)


def id_of(event: Event) -> str:
    """Return the id of the call of an event."""
    return str(getattr(event, "call_id", ""))


NAMED: dict[str, Callable[[Event], Response]] = {
    "A14": lambda event: Response(StartStream(destination="wss://x.example/ws", name=id_of(event))),
    "A14-transcription": lambda event: Response(StartTranscription(name=f"t_{id_of(event)}")),
    "A14-without-name": lambda _: Response(StartStream(destination="wss://x.example/ws")),
    "A14-two": lambda event: Response(
        StartStream(destination="wss://x.example/ws", name=f"a-{id_of(event)}"),
        StartStream(destination="wss://x.example/ws", name=secrets.token_hex(16)),
    ),
    "A14-tag": lambda event: Response().tag(f"room_{id_of(event)}"),
}


@pytest.mark.parametrize("begin", NAMED.values(), ids=list(NAMED))
def test_a14_names_are_masked(serving: Serving, begin: Callable[[Event], Response]) -> None:
    """A stream, a transcription or a tag with another name in each call is the same place."""

    def greet(event: Event) -> Document:
        return begin(event).gather(SpeakSentence("Press 1."), gather_url="/", max_digits=1)

    report = explored(serving, greet)
    assert (report.states, report.stopped, report.notes) == (2, "", ())


def test_a14_an_address_with_an_id_is_masked(serving: Serving) -> None:
    """The leg of a Transfer to a SIP address of this very call; telephone numbers do count."""

    def voice(event: Event, _: str) -> Document:
        to = SipUri(f"sip:room_{id_of(event)}@x.example")
        if isinstance(event, GatherEvent) and event.digits:
            return Response().transfer(PhoneNumber(f"+1919555011{event.digits}"))
        return Response().transfer(to) if isinstance(event, GatherEvent) else ask("Press 1.")

    report = explore(serving(voice), keys="12")
    assert report.notes == ()
    titles = [node.title for node in report.graph.nodes if node.kind == "talk"]
    assert [title for title in titles if "+1919" in title] == [
        "talks to +19195550111",
        "talks to +19195550112",
    ]
    assert len(titles) == 3


def counter() -> Callable[[Event], Document]:
    """Return an application that counts its calls in speech."""
    late = count(1)
    return lambda _: ask(f"You are late {next(late)}.")


VARYING: dict[str, tuple[Callable[[], Callable[[Event], Document]], str, str]] = {
    "A15-counter": (counter, r"late \d+", 'such as "late '),
    "A15-short-id": (
        lambda: lambda _: ask("Press 1.", f"/g?id=x{some(LETTERS, 7)}z"),
        r"id=\w+",
        'such as "id=x',
    ),
    "A15-path": (
        lambda: lambda _: ask("Press 1.", f"/calls/x{some('xyz', 6)}/gather"),
        r"calls/\w+",
        'such as "calls/x',
    ),
    "A15-name": (
        lambda: lambda _: ask(f"{some('uvwxyz', 6)} is your agent."),
        r"\w+ is",
        ' is" and "',
    ),
}


@pytest.mark.parametrize(("make", "pattern", "example"), VARYING.values(), ids=list(VARYING))
def test_a15_what_varies_is_named_and_can_be_ignored(
    serving: Serving, make: Callable[[], Callable[[Event], Document]], pattern: str, example: str
) -> None:
    """With two examples and the pattern, which makes the search complete."""
    report = explored(serving, make())
    assert report.stopped == "6 states"
    assert report.summary.startswith(f"incomplete: {len(report.faults)} fault")
    [note] = [each for each in report.notes if "--ignore" in each]
    assert f"--ignore '{pattern}'" in note
    assert example in note
    report = explored(serving, make(), ignore=pattern)
    assert (report.states, report.stopped, report.notes) == (2, "", ())
    assert report.summary.startswith("0 faults; 2 states")


def test_a15_menus_are_not_taken_for_varying_text(serving: Serving) -> None:
    """A search that is complete has nothing to say about menus that are alike."""

    def voice(event: Event, path: str) -> Document:
        state = int(path.strip("/") or 0)
        if isinstance(event, GatherEvent) and event.digits == "1" and state < 8:
            return ask(f"Menu {state + 1}.", f"/{state + 1}")
        if isinstance(event, GatherEvent):
            return Response().speak_sentence("Bye.").hangup()
        return ask("Menu 0.", "/0")

    app = serving(voice)
    assert explore(app, keys="12").notes == ()
    bounds = Bounds(depth=5)
    [note] = explore(app, keys="12", bounds=bounds).notes
    [pattern] = re.findall("if they are one place: --ignore '(.+)'", note)
    assert r"Menu \d+|" in pattern
    report = explore(app, keys="12", bounds=bounds, ignore=pattern)
    assert (report.stopped, report.states) == ("", 2)


def test_addresses_of_objects_are_ignored() -> None:
    """The repr of an object differs in each call; short numbers in hexadecimal digits count."""
    first, second = "Hi <Call object at 0x7f41d97a5630>.", "Hi <Call object at 0x7f41d97a5910>."
    assert normalize(first) == normalize(second) == "Hi <Call object at <1>>."
    assert normalize("Code 0x1F.") == "Code 0x1F."
