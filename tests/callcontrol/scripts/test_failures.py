"""Functions of a script that fail in ways of their own: the call ends, the process goes on."""

import asyncio
import gc
import io
import logging
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from wsgiref.util import setup_testing_defaults

import pytest

from bxml import PhoneNumber, SpeakSentence
from callcontrol.events import (
    DisconnectEvent,
    GatherEvent,
    InitiateEvent,
    RecordingAvailableEvent,
    RedirectEvent,
)
from callcontrol.scripts import (
    Call,
    RunFailedError,
    ScriptMistakeError,
    ScriptReply,
    ScriptRequest,
    Scripts,
    Signal,
    script,
    whisper,
)
from callcontrol.scripts.asks import Hold
from callcontrol.scripts.journals import MemoryJournal, Run
from callcontrol.scripts.webhooks import Security
from callcontrol.simulator import Simulator
from tests.callcontrol.scripts.conftest import NUMBER, MakeSite
from tests.callcontrol.scripts.test_processes import query_of

INITIATE = InitiateEvent(call_id="c-1", from_="+19195550100", to=NUMBER).to_json().encode()
GO: Signal[list[object]] = Signal("go", list)
Function = Callable[[Call], Coroutine[object, object, None]]


class UnprintableError(Exception):
    """Its text cannot be made."""

    def __str__(self) -> str:
        raise ValueError


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.CRITICAL, "callcontrol.scripts"):
        yield


def started(function: Function, *, cached: int = 1) -> tuple[Scripts, ScriptReply]:
    """Return an application, and its reply to the first webhook of a call."""
    app = Scripts(script("desk")(function), journal=MemoryJournal(), cached=cached)
    return app, app.handle(ScriptRequest(body=INITIATE))


def run_of(app: Scripts) -> Run:
    """Return the run of the call."""
    run = app.journal.run("c-1")
    assert run is not None
    return run


ERRORS = {
    "SystemExit: 3": SystemExit(3),
    "GeneratorExit: ": GeneratorExit(),
    "CancelledError: ": asyncio.CancelledError(),
    "ValueError: \\ud800 \\x00": ValueError("\ud800 \0"),
    "UnprintableError: (its text cannot be made)": UnprintableError(),
}


@pytest.mark.parametrize("text", ERRORS)
def test_a_script_that_raises_anything(text: str) -> None:
    """The run fails with a text that every journal can keep."""

    async def desk(_: Call) -> None:
        raise ERRORS[text]

    app, reply = started(desk)
    assert b"We are sorry" in reply.body
    assert (run_of(app).state, run_of(app).detail) == ("failed", text)


@pytest.mark.parametrize("text", ERRORS)
def test_a_function_that_raises_anything(text: str) -> None:
    """The script gets it at once, not after the limit."""
    caught: list[str] = []

    def work() -> None:
        raise ERRORS[text]

    async def desk(call: Call) -> None:
        try:
            await call.run(work, limit=600)
        except RunFailedError as error:
            caught.append(str(error))

    started(desk)
    assert caught == [f"work raised {text}"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("cached", [0, 1])
def test_a_loop_that_catches_everything(cached: int) -> None:
    """It is stopped when its call has ended, and when it is put away."""

    async def desk(call: Call) -> None:
        while True:
            with suppress(BaseException):  # the mistake
                await call.gather(SpeakSentence("Key?"))

    app, _ = started(desk, cached=cached)
    app.put_away()
    assert run_of(app).state == "running"
    end = DisconnectEvent(call_id="c-1", cause="hangup")
    assert app.handle(ScriptRequest(body=end.to_json().encode())).status == 204
    assert "CallEndedError was caught 100 times" in run_of(app).detail
    gc.collect()


def test_a_loop_that_calls_without_a_pause() -> None:
    """Trying again at once would fill the journal."""
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise OSError

    async def desk(call: Call) -> None:
        while True:
            try:
                await call.run(work)
            except RunFailedError:
                continue

    app, _ = started(desk)
    assert len(tries) == 1000
    assert "called 1000 times without waiting for the caller" in run_of(app).detail


def test_a_secret_in_an_exception(caplog: pytest.LogCaptureFixture) -> None:
    """The keys are in the text of a KeyError, which is kept nowhere."""
    names = {"4711": "Ann"}

    async def desk(call: Call) -> None:
        await call.gather(SpeakSentence("PIN?"), secret=True, then=names.__getitem__)

    app, reply = started(desk)
    keys = GatherEvent(call_id="c-1", digits="73519").to_json().encode()
    with caplog.at_level(logging.DEBUG, "callcontrol.scripts"):
        app.handle(ScriptRequest(body=keys, query=query_of(reply.body.decode())))
    assert "has failed" in caplog.text
    assert "__getitem__ raised KeyError; its text is left out" in run_of(app).detail
    assert "73519" not in f"{app.journal.entries('c-1')}{run_of(app)}{caplog.text}"


HOLDS: dict[str, Callable[[], object]] = {
    "exit": lambda: sys.exit(1),
    "number": lambda: 5,
    "text": lambda: "abc",
}


@pytest.mark.parametrize("kind", HOLDS)
def test_a_hold_that_fails_in_a_later_round(kind: str) -> None:
    """The caller hears silence, and waits on."""
    rounds: list[int] = []

    def hold() -> object:
        rounds.append(1)
        return SpeakSentence("Wait.") if len(rounds) == 1 else HOLDS[kind]()

    made: Hold = hold  # type: ignore[assignment] # pyright: ignore[reportAssignmentType] # a mistake

    async def desk(call: Call) -> None:
        await call.wait_for(GO, hold=made)

    app, reply = started(desk)
    query = query_of(reply.body.decode())
    body = RedirectEvent(call_id="c-1").to_json().encode()
    reply = app.handle(ScriptRequest(body=body, query=query))
    assert b'<Pause duration="5"/><Redirect' in reply.body
    assert query_of(reply.body.decode()) == query
    assert run_of(app).state == "running"


@pytest.mark.parametrize(
    "result", [object(), float("nan"), ("a", 1)], ids=["object", "nan", "tuple"]
)
def test_results_of_a_whisper(site: MakeSite, simulator: Simulator, result: object) -> None:
    """They are what JSON keeps, or the whisper has failed."""

    @whisper
    async def ask(call: Call) -> object:
        await call.gather(SpeakSentence("Take it?"), max_digits=1)
        return result

    @script("desk")
    async def desk(call: Call) -> None:
        talk = await call.transfer(PhoneNumber("+19195550111"), answered=ask)
        await call.gather(SpeakSentence(f"{talk.outcome} {talk.value}."))

    caller = simulator.dial_in(site(desk), to=NUMBER)
    callee = caller.legs[0]
    callee.answer()
    callee.press("1")
    if not callee.ended:
        callee.hang_up()
    assert caller.hears("talked ['a', 1]." if isinstance(result, tuple) else "failed None.")


def test_values_that_no_signal_has() -> None:
    """Mistakes in a definition, and values of the right type with others inside."""
    for name, kind in (("", str), ("a\0", str), ("x", bytes), ("x", list[str])):
        with pytest.raises(ScriptMistakeError, match="Signal"):
            Signal(name, kind)
    app = Scripts(script("desk")(_waiting))
    values: list[list[object]] = [[object()], [float("nan")], [b"x"]]
    for value in values:
        with pytest.raises(ScriptMistakeError, match="signal go: expected a value that JSON can"):
            app.signal("c-1", GO, value)


async def _waiting(call: Call) -> None:
    await call.wait_for(GO)


def test_a_negative_number_of_calls() -> None:
    """Is refused; it would forget the call of each webhook."""
    with pytest.raises(ScriptMistakeError, match="cached: expected 0 or more calls, got -1"):
        Scripts(script("desk")(_waiting), cached=-1)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "post"])
def test_methods_of_no_webhook(method: str) -> None:
    """The event is not taken."""
    app = Scripts(script("desk")(_waiting))
    reply = app.handle(ScriptRequest(method=method, body=INITIATE))
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")
    assert app.journal.run("c-1") is None


@pytest.mark.parametrize("length", ["abc", "-1", "²", "9" * 5000])
def test_a_length_that_is_none(length: str) -> None:
    """A body is neither read to its end nor taken."""
    environ: dict[str, object] = {}
    setup_testing_defaults(environ)
    body = io.BytesIO(INITIATE)
    environ.update({"REQUEST_METHOD": "POST", "CONTENT_LENGTH": length, "wsgi.input": body})
    statuses: list[str] = []
    app = Scripts(script("desk")(_waiting))
    assert app.wsgi(environ, lambda status, *_: statuses.append(status))  # type: ignore[arg-type]
    assert statuses == ["400 Bad Request"]
    assert body.tell() == 0


def test_lone_surrogates_in_a_request() -> None:
    """They are no text of a signed address, and no path."""
    app, reply = started(_waiting)
    query = f"{query_of(reply.body.decode())}\udc80"
    assert app.handle(ScriptRequest(body=INITIATE, query=query)).status == 401
    assert app.handle(ScriptRequest(method="GET", path="/\ud800")).status == 404


def test_credentials_are_in_no_repr() -> None:
    """Not even in those of the parts."""
    app = Scripts(script("desk")(_waiting), credentials=[("hook", "a password")])
    parts = [value for value in vars(app).values() if isinstance(value, Security)]
    assert parts
    assert "a password" not in repr(parts)


async def _seconds_of_a_run(call: Call) -> None:
    await call.run(len, "abc", limit=float("inf"))  # no limit


async def _seconds_of_a_wait(call: Call) -> None:
    await call.wait_for(GO, timeout=float("nan"))  # no timeout


async def _keys_that_are_not_secret(call: Call) -> None:
    await call.gather(then=len)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue,reportArgumentType] # not secret


async def _keys_for_nothing(call: Call) -> None:
    await call.gather(secret=True, then=None)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue,reportArgumentType] # no function


async def _an_unknown_field(call: Call) -> None:
    call.hangup()
    await call.event(RecordingAvailableEvent, recordng_id="r-1")  # no field


MISTAKES: dict[str, Function] = {
    "limit: expected 0 to 31536000 seconds, got inf": _seconds_of_a_run,
    "timeout: expected 0 to 31536000 seconds, got nan": _seconds_of_a_wait,
    "then: needs secret=True": _keys_that_are_not_secret,
    "expected a function, got a NoneType; write `then=f`": _keys_for_nothing,
    "names of fields of a RecordingAvailableEvent, got recordng_id": _an_unknown_field,
}


@pytest.mark.parametrize("text", MISTAKES)
def test_arguments_that_would_be_ignored_or_lose_the_call(text: str) -> None:
    """The text names the line."""
    app, _ = started(MISTAKES[text])
    line = MISTAKES[text].__code__.co_firstlineno
    assert text in run_of(app).detail
    assert any(f"at test_failures.py:{line + more}:" in run_of(app).detail for more in (1, 2))


def test_agents_who_are_free_at_once() -> None:
    """Of eight, one gets the only caller who waits; an old race showed in one of eight rounds."""
    for _ in range(40):
        app, _ = started(_waiting)
        with ThreadPoolExecutor(8) as pool:
            values: list[list[object]] = [[number] for number in range(8)]
            found = [*pool.map(partial(app.signal_first, GO), values)]
        assert sorted(found, key=str) == [*[None] * 7, "c-1"]
        assert len(app.journal.inbox("c-1")) == 1
