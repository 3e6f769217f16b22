"""Servers and frameworks that scripts run in, and the cache of their functions."""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path

import fastapi
import flask
import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bxml import SpeakSentence
from callcontrol.events import DisconnectEvent, InitiateEvent
from callcontrol.scripts import Call, ScriptRequest, Scripts, Signal, script
from callcontrol.scripts.journals import SQLiteJournal
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.simulator import Simulator
from callcontrol.simulator.applications import ApplicationTarget
from tests.callcontrol.scripts.conftest import NUMBER

GO = Signal("go", str)


@script("desk")
async def desk(call: Call) -> None:
    """Repeat a key."""
    keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
    await call.pause(duration=1)
    call.speak_sentence(f"Key {keys.digits}.")


def in_fastapi(app: Scripts) -> ApplicationTarget:
    """Return an application with scripts below a path."""
    site = fastapi.FastAPI()
    site.mount("/deep/calls", app)
    return site


def in_flask(app: Scripts) -> ApplicationTarget:
    """Return an application with scripts below a path."""
    site = flask.Flask("site")
    return DispatcherMiddleware(site.wsgi_app, {"/deep/calls": app.wsgi})


@pytest.mark.parametrize("mounted", [in_fastapi, in_flask])
@pytest.mark.parametrize("url", ["/deep/calls/", "/deep/calls/desk"])
def test_below_a_path(
    simulator: Simulator, mounted: Callable[[Scripts], ApplicationTarget], url: str
) -> None:
    """Addresses in documents lead back there."""
    app = Scripts(desk)
    caller = simulator.dial_in(mounted(app), to=NUMBER, url=url, status_url=url)
    caller.press("5")
    assert caller.hears("Key 5.")


def test_in_an_event_loop() -> None:
    """`ahandle` and `asignal` work in threads."""
    app = Scripts(desk)
    event = InitiateEvent(call_id="c-1")

    async def serve() -> tuple[int, str]:
        reply = await app.ahandle(ScriptRequest(body=event.to_json().encode()))
        return reply.status, await app.asignal("c-1", GO, "x")

    assert asyncio.run(serve()) == (200, "waiting")


def test_the_health_of_an_application() -> None:
    """It is ready as long as its journal is."""
    app = Scripts(desk)
    request = ScriptRequest(method="GET", path="/calls/health")
    assert app.handle(request).status == 200
    app.close()
    assert app.handle(request).status == 503


def test_the_health_says_nothing_about_the_journal(tmp_path: Path) -> None:
    """Its place is for the log: anyone may ask for the health."""
    path = tmp_path / "calls.db"
    app = Scripts(desk, journal=SQLiteJournal(path))
    request = ScriptRequest(method="GET", path="/calls/health")
    assert app.handle(request).status == 200
    path.unlink()
    reply = app.handle(request)
    assert (reply.status, reply.body) == (503, b"the journal cannot be used; the log says why\n")
    app.close()


def test_an_inbound_call_without_an_id_begins_no_run() -> None:
    """It would share the run of every other such call."""
    app = Scripts(desk)
    body = b'{"eventType": "initiate", "callId": "", "direction": "inbound"}'
    reply = app.handle(ScriptRequest(body=body))
    assert reply.status == 200
    assert b"<Hangup" in reply.body
    assert list(app.journal.runs()) == []


def test_what_is_no_webhook() -> None:
    """Gets a line that says so; long bodies are refused."""
    app = Scripts(desk)
    reply = app.handle(ScriptRequest(method="GET", path="/music.wav"))
    assert (reply.status, reply.body.partition(b":")[0]) == (404, b"GET /music.wav")


@pytest.mark.parametrize("cached", [0, 1])
def test_functions_that_are_put_away_do_nothing(cached: int) -> None:
    """Of 200 calls at a time one is kept; `finally` acts when its call has ended, not before."""
    cleaned: list[str] = []

    @script("desk")
    async def cleaning(call: Call) -> None:
        try:
            for number in range(3):
                await call.gather(SpeakSentence(f"Key {number}?"), max_digits=1)
        finally:
            await call.run(cleaned.append, call.call_id)

    journal = MemoryJournal()
    app = Scripts(cleaning, journal=journal, cached=cached)
    ids = [f"c-{number}" for number in range(200)]
    for call_id in ids:
        app.handle(ScriptRequest(body=InitiateEvent(call_id=call_id).to_json().encode()))
    app.put_away()
    del app
    gc.collect()
    assert cleaned == []
    app = Scripts(cleaning, journal=journal, cached=cached)
    for call_id in ids:
        end = DisconnectEvent(call_id=call_id, cause="hangup")
        assert app.handle(ScriptRequest(body=end.to_json().encode())).status == 204
        assert cleaned[-1] == call_id
    assert cleaned == ids
