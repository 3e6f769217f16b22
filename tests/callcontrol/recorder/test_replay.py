"""Replaying: the same application compares equal, a changed one says what has changed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from bxml import PhoneNumber, Response
from callcontrol.errors import CallControlError
from callcontrol.events import GatherEvent, InitiateEvent, TransferCompleteEvent, parse_event
from callcontrol.recorder import (
    Exchange,
    RecordedReply,
    Recorder,
    Recording,
    RecordingError,
    ReplayError,
    ReplayReport,
    Session,
    read_recording,
    replay,
)
from callcontrol.recorder.capture import RawExchange, capture_exchange, event_of
from callcontrol.recorder.pseudonyms import Pseudonyms
from callcontrol.recorder.redaction import Redactor
from callcontrol.simulator import Simulator
from callcontrol.simulator.applications import transport_for
from callcontrol.simulator.applications.asgi import AsgiMessage
from callcontrol.simulator.core.webhooks import HttpRequest
from callcontrol.simulator.rest.messages import RestRequest
from tests.servers import served
from tests.waiting import refused_port

EXAMPLE = Path(__file__).parents[3] / "examples" / "applications" / "ivr_flask.py"
CALLER, CALLED = "+13125557777", "+12125551234"
XML = [("Content-Type", "application/xml")]


def example(old: str = "", new: str = "") -> Flask:
    """Return the example application, with one piece of its source replaced."""
    source = EXAMPLE.read_text()
    assert old in source
    module = ModuleType("ivr_flask")
    exec(compile(source.replace(old, new), str(EXAMPLE), "exec"), module.__dict__)  # noqa: S102 - ours
    app: object = module.__dict__["app"]
    assert isinstance(app, Flask)
    return app


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """Yield the origin of the example on a real port."""
    with served(example()) as origin:
        yield origin


@pytest.fixture(scope="module")
def path(running: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the recording of two calls: one is transferred, one gives up."""
    path = tmp_path_factory.mktemp("calls") / "ivr.jsonl"
    with Recorder(f"{running}/voice", path) as recorder, Simulator() as simulator:
        call = simulator.dial_in(recorder.url, to=CALLED, from_=CALLER)
        call.press("7")
        call.press("1")
        assert call.transferring_to == ["+19195550111"]
        call.hang_up()
        other = simulator.dial_in(recorder.url, to=CALLED, from_="+14155550000")
        other.press("3")
        other.hang_up()
    return path


def test_an_unchanged_application_compares_equal(path: Path, running: str) -> None:
    """Under its address and inside the process."""
    for application in (running, example()):
        report = replay(path, application)
        assert report, str(report)
        assert report.changes == ()
        assert len(report.exchanges) == 5
    assert str(replay(path, running)) == "5 webhooks replayed, nothing changed"


def test_a_changed_application_says_what_has_changed(path: Path) -> None:
    """By path and value, for each reply that is another one."""
    report = replay(read_recording(path), example("call_timeout=20", "call_timeout=40"))
    assert not report
    assert str(report) == (
        "1 of 5 replies changed\n"
        "  gather (POST /chosen)\n"
        "    Response/Transfer/@callTimeout: 20 -> 40"
    )
    (change,) = report.changes
    assert (change.before, change.after) == (20, 40)
    goodbye = replay(path, example("Press 3 for our opening hours.", "Press 3 for hours."))
    assert [len(exchange.changes) for exchange in goodbye.exchanges] == [1, 1, 0, 1, 1]


def test_a_verb_more_is_one_change(path: Path) -> None:
    """However many verbs come after it."""
    new = 'Response()\n                .ring(duration=1)\n                .speak_sentence(f"Conn'
    report = replay(path, example('Response()\n                .speak_sentence(f"Conn', new))
    assert list(map(str, report.changes)) == ['Response/Ring: added <Ring duration="1"/>']


def test_a_number_that_is_another_one_of_the_range_is_seen(path: Path) -> None:
    """Made-up numbers stand for themselves, so that examples can be compared."""
    report = replay(path, example("+19195550111", "+19195550133"))
    assert list(map(str, report.changes)) == [
        'Response/Transfer/PhoneNumber: "+19195550111" -> "+19195550133"'
    ]


def test_an_error_is_a_status(path: Path) -> None:
    """An exception inside is what the platform would see, and its kind is named."""

    def broken(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        del start
        raise KeyError(environ["PATH_INFO"])

    report = replay(path, broken)
    assert str(report.changes[0]) == "status: 200 -> 500"
    assert report.exchanges[0].detail == "the application raised KeyError"


# --- applications of our own -----------------------------------------------------------------

Voice = Callable[[object, WSGIEnvironment], Response]


def serving(voice: Voice) -> WSGIApplication:
    """Return an application that replies with documents."""

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start("200 OK", XML)
        return [voice(event, environ).to_bytes()]

    return app


def recording_of(
    app: WSGIApplication, *events: tuple[str, str], keep_digits: bool = False
) -> Recording:
    """Return the recording of webhooks: pairs of a path and a body."""
    redactor = Redactor(Pseudonyms(), keep_digits=keep_digits)
    carrier = transport_for(app)
    exchanges: list[Exchange] = []
    for target, body in events:
        path, _, query = target.partition("?")
        headers = {"content-type": "application/json"}
        request = RestRequest("POST", path, query, headers, body.encode())
        url = f"http://application.example{target}"
        sent = HttpRequest(method="POST", url=url, body=body.encode())
        reply = carrier.deliver(sent).wait()
        heard = RawExchange(0, request, reply, reply.status, event_of(request))
        exchanges.append(capture_exchange(redactor, heard))
    carrier.close()
    return Recording("test", (Session("http://h/", keep_digits, tuple(exchanges)),))


INITIATE = InitiateEvent(from_=CALLER, to=CALLED, call_id="c-1").to_json()


def gather(digits: str) -> str:
    """Return the body of a gather webhook."""
    return GatherEvent(from_=CALLER, to=CALLED, call_id="c-1", digits=digits).to_json()


def test_numbers_of_the_application_are_known_again() -> None:
    """Real values in replies get their recorded pseudonyms, and come back in webhooks."""
    sales, support = "+12125559001", "+12125559002"

    def voice(event: object, environ: WSGIEnvironment) -> Response:
        del environ
        match event:
            case TransferCompleteEvent(transfer_to=to) if to == sales:
                return Response().speak_sentence("You spoke to sales.")
            case TransferCompleteEvent():
                return Response().speak_sentence("You spoke to somebody else.")
            case _:
                return Response().transfer(PhoneNumber(support), PhoneNumber(sales))

    done = TransferCompleteEvent(from_=CALLER, to=CALLED, call_id="c-1", transfer_to=sales)
    recording = recording_of(serving(voice), ("/", INITIATE), ("/", done.to_json()))
    assert "9001" not in repr(recording.exchanges[1].request.body)
    report = replay(recording, serving(voice))
    assert report, str(report)


def test_a_number_before_the_others_does_not_shift_them() -> None:
    """Numbers are known by their place, not only by their order."""
    first, second, new = PhoneNumber("+12125559001"), PhoneNumber("+12125559002"), "+12125550009"

    def before(event: object, environ: WSGIEnvironment) -> Response:
        del environ
        verbs = (first, second) if isinstance(event, InitiateEvent) else (second,)
        return Response().transfer(*verbs)

    def after(event: object, environ: WSGIEnvironment) -> Response:
        return Response().speak_sentence(f"Call {new}.").append(*before(event, environ))

    recording = recording_of(serving(before), ("/", INITIATE), ("/", gather("1")))
    changes = replay(recording, serving(after)).changes
    assert [(change.path, change.kind) for change in changes] == [
        ("Response/SpeakSentence", "added")
    ] * 2
    assert "9001" not in str(changes)
    assert "0009" not in str(changes)


def test_tokens_of_the_application_go_with_its_addresses() -> None:
    """A token that is new in every run is the same value, and is sent back as it is now."""
    tokens = iter(f"token{place}secret" for place in range(100))
    valid: list[str] = []

    def voice(event: object, environ: WSGIEnvironment) -> Response:
        if isinstance(event, InitiateEvent):
            valid.append(next(tokens))
            return Response().gather(gather_url=f"/?token={valid[-1]}")
        known = environ["QUERY_STRING"] == f"token={valid[-1]}"
        return Response().speak_sentence("Welcome." if known else "Who are you?")

    app = serving(voice)
    recording = recording_of(app, ("/", INITIATE), ("/?token=token0secret", gather("1")))
    assert "token0secret" not in repr(recording.exchanges[0].reply.body)
    assert recording.exchanges[1].request.query == "token=masked-1"
    report = replay(recording, app)
    assert report, str(report)
    assert len(valid) == 2


def test_originals_can_be_sent() -> None:
    """For applications that look at a number or a PIN."""

    def voice(event: object, environ: WSGIEnvironment) -> Response:
        del environ
        match event:
            case GatherEvent(digits="4711"):
                return Response().speak_sentence("Right: 4711.")
            case InitiateEvent(to=to) if to == CALLED:
                return Response().speak_sentence(f"This is {CALLED}.")
            case _:
                return Response().speak_sentence("Wrong.")

    app = serving(voice)
    recording = recording_of(app, ("/", INITIATE), ("/", gather("4711")))
    assert len(replay(recording, app).changes) == 2
    originals = {"+19195550101": CALLED, "0001": "4711"}
    report = replay(recording, app, originals=originals)
    assert report, str(report)
    kept = recording_of(app, ("/", gather("4711")), keep_digits=True)
    assert replay(kept, app)


def test_an_application_may_have_moved() -> None:
    """Its own address in its replies is no difference."""

    def voice(event: object, environ: WSGIEnvironment) -> Response:
        del event
        return Response().redirect(f"http://{environ['HTTP_HOST']}/next")

    recording = recording_of(serving(voice), ("/", INITIATE))
    masked = replace(
        recording.exchanges[0].reply,
        body=Response().redirect("http://application.example/next").to_bxml(),
    )
    exchange = replace(recording.exchanges[0], reply=masked)
    moved = Recording("test", (Session("http://h/", exchanges=(exchange,)),))
    assert replay(moved, serving(voice), base_url="http://localhost:5000")
    assert replay(moved, serving(voice), base_url="https://ivr.example.com/voice")


def test_what_the_platform_does_not_read_is_not_compared() -> None:
    """The reply to a disconnect may say anything."""
    words = iter(("one", "two"))

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        del environ
        start("200 OK", XML)
        return [next(words).encode()]

    body = json.dumps({"eventType": "disconnect", "from": CALLER, "to": CALLED, "callId": "c"})
    assert replay(recording_of(app, ("/", body)), app)


def test_credentials_are_sent() -> None:
    """An application that asks for them gets them."""

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        wanted = environ.get("HTTP_AUTHORIZATION") == "Basic bWU6aHVudGVyMg=="
        start("200 OK" if wanted else "401 Unauthorized", XML)
        return [b"<Response/>"]

    recording = recording_of(app, ("/", INITIATE))
    good = replace(
        recording.exchanges[0], reply=RecordedReply(200, "application/xml", 0, "<Response/>")
    )
    recording = Recording("test", (Session("http://h/", exchanges=(good,)),))
    assert replay(recording, app, username="me", password="hunter2")
    assert list(map(str, replay(recording, app).changes)) == ["status: 200 -> 401"]


def test_an_asgi_application_is_replayed() -> None:
    """Its event loop is closed afterwards."""

    async def app(
        scope: AsgiMessage,
        receive: Callable[[], Awaitable[AsgiMessage]],
        send: Callable[[AsgiMessage], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            return
        await receive()
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"<Response/>"})

    def before(event: object, environ: WSGIEnvironment) -> Response:
        del event, environ
        return Response().hangup()

    recording = recording_of(serving(before), ("/", INITIATE))
    kinds = [change.path for change in replay(recording, app).changes]
    assert kinds == ["Content-Type", "Response/Hangup"]


@settings(max_examples=30)
@given(
    st.lists(st.from_regex(r"\+[1-9][0-9]{9,14}", fullmatch=True), min_size=1, max_size=6),
    st.lists(st.from_regex("[A-Z][a-z0-9]{9,12}", fullmatch=True), min_size=1, max_size=3),
    st.lists(st.from_regex("[0-9]{1,12}", fullmatch=True), min_size=1, max_size=4),
)
def test_any_unchanged_application_compares_equal(
    numbers: list[str], secrets: list[str], keys: list[str]
) -> None:
    """Whatever numbers and secrets it has of its own, and whatever it repeats."""

    def voice(event: object, environ: WSGIEnvironment) -> Response:
        place = int(environ["QUERY_STRING"].rpartition("=")[2] or 0)
        number, secret = numbers[place % len(numbers)], secrets[place % len(secrets)]
        assert isinstance(event, InitiateEvent | GatherEvent)
        typed = event.digits if isinstance(event, GatherEvent) else ""
        return (
            Response()
            .speak_sentence(f"{event.from_} has typed {typed}; call {number[1:]}.")
            .transfer(PhoneNumber(number), PhoneNumber(numbers[-1]), tag=f"token={secret}")
            .gather(gather_url=f"/?secret={secret}&caller={number[1:]}&n={place + 1}")
        )

    events = [("/", INITIATE)]
    events += [(f"/?n={place}", gather(each)) for place, each in enumerate(keys, 1)]
    recording = recording_of(serving(voice), *events)
    report = replay(recording, serving(voice))
    assert report, str(report)


# --- what cannot be --------------------------------------------------------------------------


def test_nobody_there_is_an_error(path: Path) -> None:
    """Nothing can be compared then."""
    with refused_port() as port, pytest.raises(ReplayError) as caught:
        replay(path, f"http://127.0.0.1:{port}")
    assert str(caught.value) == (
        f"http://127.0.0.1:{port}: no connection to the application (connection refused)"
    )


def test_a_recording_without_webhooks_is_no_success(tmp_path: Path, running: str) -> None:
    """A test that compares nothing must not pass."""
    path = tmp_path / "empty.jsonl"
    with Recorder(running, path):
        pass
    with pytest.raises(RecordingError, match="has no webhooks to replay"):
        replay(path, running)


@pytest.mark.parametrize(
    "wrong",
    [
        {"application": "ftp://h/"},
        {"application": 5},
        {"application": None},
        {"timeout": 0},
        {"base_url": "x"},
    ],
)
def test_impossible_settings_are_refused(path: Path, wrong: dict[str, object]) -> None:
    """With one of our errors."""
    arguments = {"application": example(), **wrong}
    with pytest.raises(CallControlError, match="expected"):
        replay(path, **arguments)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_report_shows_nothing_that_is_masked(path: Path) -> None:
    """Neither in its text nor in its repr."""
    report = replay(path, example("call_timeout=20", "call_timeout=40"))
    assert isinstance(report, ReplayReport)
    for shown in (repr(report), str(report), repr(report.exchanges)):
        assert CALLER[1:] not in shown
        assert "Welcome" not in shown
