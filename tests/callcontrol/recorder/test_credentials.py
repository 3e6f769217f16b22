"""Replaying what an application recorded that asks for Basic credentials (A13)."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from bxml import PhoneNumber, Response
from bxml.documents import Document
from callcontrol.events import Event, GatherEvent, parse_event
from callcontrol.recorder import Recorder, ReplayReport, replay
from callcontrol.simulator import Simulator
from tests.servers import served

USERNAME, PASSWORD = "me", "hunter2"
WANTED = "Basic bWU6aHVudGVyMg=="
XML = ("Content-Type", "application/xml")
Voice = Callable[[Event], Document]


def protected(voice: Voice, realm: str = 'Basic realm="calls"') -> WSGIApplication:
    """Return an application that answers only with credentials."""

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if environ.get("HTTP_AUTHORIZATION") != WANTED:
            start("401 Unauthorized", [("WWW-Authenticate", realm)])
            return [b"Who are you?"]
        start("200 OK", [XML])
        return [voice(parse_event(body)).to_bytes()]

    return app


def menu(event: Event) -> Document:
    """Ask for a key with credentials in the document, then dial a number."""
    if isinstance(event, GatherEvent):
        token = f"/done?token=tok-{event.call_id}-0123456789abcdef"
        return Response().transfer(PhoneNumber("+13125550000"), transfer_complete_url=token)
    return Response().gather(gather_url="/key", username=USERNAME, password=PASSWORD, max_digits=1)


def open_menu(event: Event) -> Document:
    """Give the next webhook no credentials: it is refused, and the call ends."""
    del event
    return Response().gather(gather_url="/key", max_digits=1)


def goodbye(event: Event) -> Document:
    """End the call with the first reply."""
    return Response().speak_sentence(f"Bye, {event.event_type}.")


def recorded(app: WSGIApplication, path: Path) -> ReplayReport:
    """Record a call of which every webhook is asked for credentials, and replay it."""
    with (
        served(app) as origin,
        Recorder(f"{origin}/voice", path) as recorder,
        Simulator() as simulator,
    ):
        call = simulator.dial_in(
            recorder.url, to="+12125551234", username=USERNAME, password=PASSWORD
        )
        if call.state != "disconnected":
            call.press("1")
        if call.state != "disconnected":
            call.hang_up()
    return replay(path, app, username=USERNAME, password=PASSWORD)


@pytest.mark.parametrize(
    ("voice", "realm"),
    [
        pytest.param(menu, 'Basic realm="calls"', id="A13"),
        pytest.param(open_menu, 'Basic realm="calls"', id="A13-refused-later"),
        pytest.param(menu, 'Digest realm="x", Basic realm="calls"', id="A13-two-schemes"),
        pytest.param(goodbye, "basic", id="A13-one-webhook"),
    ],
)
def test_a13_a_challenge_is_replayed_as_one(voice: Voice, realm: str, tmp_path: Path) -> None:
    """A webhook that was asked has no credentials again, and the next one has them."""
    report = recorded(protected(voice, realm), tmp_path / "calls.jsonl")
    assert report, str(report)
    statuses = [exchange.exchange.reply.status for exchange in report.exchanges]
    assert statuses[:2] == [401, 200]


def test_a13_missing_and_wrong_credentials_are_named(tmp_path: Path) -> None:
    """The status has changed, and the report says why."""
    app, path = protected(menu), tmp_path / "calls.jsonl"
    recorded(app, path)
    for username, password, text in (
        (None, None, "the application asks for credentials: --username"),
        ("me", "other", "the application refuses the credentials"),
    ):
        report = replay(path, app, username=username, password=password)
        changed = [exchange for exchange in report.exchanges if exchange.changes]
        assert {exchange.detail for exchange in changed} == {text}
        assert {str(change) for change in report.changes} == {"status: 200 -> 401"}


def test_a13_a_reply_without_text_takes_no_pseudonyms(tmp_path: Path) -> None:
    """An error that is mended since is one change, and the replies after it are as recorded."""
    failing = count()

    def flaky(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        if not next(failing):
            start("500 Oops", [])
            return []
        start("200 OK", [XML])
        return [menu(event).to_bytes()]

    path = tmp_path / "calls.jsonl"
    with (
        served(flaky) as origin,
        Recorder(f"{origin}/voice", path) as recorder,
        Simulator() as simulator,
    ):
        call = simulator.dial_in(recorder.url, to="+12125551234", fallback_url=recorder.url)
        call.press("1")
        call.hang_up()
    report = replay(path, flaky)
    assert list(map(str, report.changes)) == ["status: 500 -> 200"]
