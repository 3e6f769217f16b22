"""Scripts that cannot work: the text names the line, and what to write instead."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from re import escape
from typing import Any, cast

import pytest

from bxml import PhoneNumber, Response, SpeakSentence
from callcontrol.events import DisconnectEvent, InitiateEvent, RecordingAvailableEvent
from callcontrol.scripts import (
    Call,
    Script,
    ScriptMistakeError,
    ScriptRequest,
    Scripts,
    Signal,
    script,
    whisper,
)
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.simulator import Simulator

GO = Signal("go", str)
INITIATE = InitiateEvent(call_id="c-1", from_="+19195550100", to="+19195551234")
_FILE = Path(__file__).name


def _line_of(text: str) -> int:
    """Return the line of this file with a mark."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (found,) = (number for number, line in enumerate(lines, 1) if line.endswith(f"# {text}"))
    return found


def failure(function: Callable[[Call], Coroutine[Any, Any, None]], **options: Any) -> str:  # noqa: ANN401 - those of Scripts
    """Return the text of the mistake that a script makes at its first webhook."""
    journal = MemoryJournal()
    app = Scripts(script("desk")(function), journal=journal, **options)
    reply = app.handle(ScriptRequest(body=INITIATE.to_json().encode()))
    assert b"We are sorry" in reply.body
    run = journal.run("c-1")
    assert run is not None
    assert run.state == "failed"
    notes = [entry.value for entry in journal.entries("c-1") if entry.kind == "note"]
    return f"{run.detail}\n{notes[0]}"


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.CRITICAL, "callcontrol.scripts"):
        yield


def test_a_forgotten_await() -> None:
    """Before another await, and at the end."""

    async def early(call: Call) -> None:
        call.gather(SpeakSentence("Key?"))  # type: ignore[unused-coroutine] # pyright: ignore[reportUnusedCoroutine] # forgotten
        await call.pause(duration=1)

    async def late(call: Call) -> None:
        call.wait_for(GO)  # type: ignore[unused-coroutine] # pyright: ignore[reportUnusedCoroutine] # late

    text = f"Gather at {_FILE}:{_line_of('forgotten')}: write `await call.gather(...)`"
    assert text in failure(early)
    assert f"{_FILE}:{_line_of('late')}: write `await call.wait_for(...)`" in failure(late)


def test_waiting_without_the_caller() -> None:
    """Asyncio has no part in a script."""

    async def no_sleep(_: Call) -> None:
        await asyncio.sleep(0)

    async def sleep(_: Call) -> None:
        await asyncio.sleep(1)

    async def task(call: Call) -> None:
        asyncio.create_task(call.gather())  # noqa: RUF006 - a mistake

    assert "await call.pause(duration=1)" in failure(no_sleep)
    assert "a script has no event loop: write `await call.wait_for(...)`" in failure(sleep)
    assert "`await call.first(a, b)` for asyncio.gather and create_task" in failure(task)


def test_doing_two_things_at_a_time() -> None:
    """A call does one; in a server's event loop too."""

    async def both(call: Call) -> None:
        await asyncio.gather(call.gather(), call.record())

    async def serve() -> str:
        return failure(both)

    assert "await call.first(a, b)" in asyncio.run(serve())


def test_a_returned_document() -> None:
    """Verbs are called, and results are kept by functions."""

    async def document(_: Call) -> None:
        return Response(SpeakSentence("Hello."))  # type: ignore[return-value] # pyright: ignore[reportReturnType]

    async def number(_: Call) -> None:
        return 5  # type: ignore[return-value] # pyright: ignore[reportReturnType]

    assert "script: expected None, got a Response" in failure(document)
    assert "call the verbs instead: call.speak_sentence(...)" in failure(document)
    assert "expected None, got 5; keep results with `await call.run(save, result)`" in failure(
        number
    )


def test_an_event_while_the_call_is_up() -> None:
    """It would never come in time."""

    async def desk(call: Call) -> None:
        await call.event(RecordingAvailableEvent)  # up

    expected = (
        f"event at {_FILE}:{_line_of('up')}: the call is up; write call.hangup() before, or "
        "call.wait_for(RecordingAvailableEvent)"
    )
    assert expected in failure(desk)


def test_a_function_that_was_called() -> None:
    """`run` calls it."""

    async def desk(call: Call) -> None:
        await call.run(cast("Callable[..., int]", int("5")))

    async def later() -> int:
        return 5

    async def coroutine(call: Call) -> None:
        await call.run(cast("Callable[..., int]", later()))

    for function in (desk, coroutine):
        text = failure(function)
        assert "run at" in text
        assert "expected a function, got" in text
        assert "write `call.run(f, 1)` for `call.run(f(1))`" in text


def test_a_result_that_is_no_json() -> None:
    """It could not be replayed."""

    async def desk(call: Call) -> None:
        await call.run(object)

    text = failure(desk)
    assert "RunFailedError: run at" in text
    assert "expected a result that JSON can hold, got an object" in text


def test_a_function_that_takes_too_long() -> None:
    """The caller would hear nothing."""
    import time

    async def desk(call: Call) -> None:
        await call.run(time.sleep, 30, limit=0.05)

    text = failure(desk)
    assert "RunTimeoutError: run at" in text
    assert "sleep took longer than 0.05 seconds; give `hold=`" in text


def test_a_loop_that_outlives_its_call() -> None:
    """`except Exception` around an await catches the end of the call again and again."""
    rounds: list[int] = []

    @script("desk")
    async def desk(call: Call) -> None:
        while True:
            try:
                await call.gather(SpeakSentence("Key?"))
            except Exception:  # noqa: BLE001 - the mistake
                rounds.append(1)

    journal = MemoryJournal()
    app = Scripts(desk, journal=journal)
    app.handle(ScriptRequest(body=INITIATE.to_json().encode()))
    end = DisconnectEvent(call_id="c-1", cause="hangup")
    app.handle(ScriptRequest(body=end.to_json().encode()))
    run = journal.run("c-1")
    assert run is not None
    assert len(rounds) > 100
    assert "write `except CallEndedError: raise` before `except Exception`" in run.detail


def test_what_the_runtime_sets() -> None:
    """URLs, methods and credentials."""

    async def desk(call: Call) -> None:
        await call.gather(gather_url="/keys")  # type: ignore[call-overload] # pyright: ignore # noqa: PGH003

    async def transfer(call: Call) -> None:
        await call.transfer(PhoneNumber("+19195550111", transfer_answer_url="/brief"))

    assert "leave out gather_url: the runtime sets it" in failure(desk)
    assert "PhoneNumber at" in failure(transfer)
    assert "leave out transfer_answer_url: the runtime sets it" in failure(transfer)


def test_verbs_of_another_call() -> None:
    """A script has its own call only."""
    calls: list[Call] = []

    async def first(call: Call) -> None:
        calls.append(call)
        await call.gather()

    async def second(_: Call) -> None:
        await calls[0].gather()

    app = Scripts(script("desk")(first))
    app.handle(ScriptRequest(body=INITIATE.to_json().encode()))
    assert "this call is not the one that runs here" in failure(second)


def test_interrupting_without_a_client() -> None:
    """Nothing could."""

    async def desk(call: Call) -> None:
        await call.first(call.gather(), GO)

    async def no_verb(call: Call) -> None:
        await call.first(cast("Coroutine[Any, Any, str]", GO), GO)

    assert "needs Scripts(client=..., base_url=...)" in failure(desk)
    assert "begin with a verb that reports" in failure(no_verb)


def test_verbs_that_a_whisper_cannot_have() -> None:
    """And those that only a whisper has."""

    async def desk(call: Call) -> None:
        call.refuse()

    async def unmarked(call: Call) -> None:
        await call.transfer(PhoneNumber("+19195550111"), answered=desk)  # type: ignore[call-overload] # pyright: ignore # noqa: PGH003

    assert "only a whisper can refuse; write call.hangup()" in failure(desk)
    assert "expected a function decorated with @whisper" in failure(unmarked)


@pytest.fixture
def desk() -> Script:
    """Return a script."""

    @script("desk")
    async def desk(call: Call) -> None:
        call.speak_sentence("Hello.")

    return desk


def test_definitions(desk: Script) -> None:
    """Of scripts, whispers, and applications."""

    def plain(_: Call) -> None:
        """Do nothing."""

    with pytest.raises(
        ScriptMistakeError, match=escape("script desk: expected `async def plain`, got `def plain`")
    ):
        script("desk")(cast("Any", plain))
    with pytest.raises(
        ScriptMistakeError, match=escape("whisper: expected `async def plain`, got `def plain`")
    ):
        whisper(cast("Any", plain))
    with pytest.raises(
        ScriptMistakeError,
        match=escape(
            "expected one script desk@1, got two; give one of them another name or version"
        ),
    ):
        Scripts(desk, desk)
    with pytest.raises(ScriptMistakeError, match=escape("expected at least one script, got none")):
        Scripts()
    with pytest.raises(
        ScriptMistakeError,
        match=escape("expected a Signal or the class of one kind of event, got 'x'"),
    ):
        desk.after(cast("Any", "x"))
    with pytest.raises(
        ScriptMistakeError, match=escape("activate: there is no script desk@7 here")
    ):
        Scripts(desk).activate("desk", "7")


def test_addresses(desk: Script, simulator: Simulator) -> None:
    """That cannot work."""
    with pytest.raises(
        ScriptMistakeError,
        match=escape("Scripts.base_url: expected an absolute http or https URL without a query"),
    ):
        Scripts(desk, base_url="/calls")
    with pytest.raises(
        ScriptMistakeError,
        match=escape("Scripts.base_url: expected https with credentials, got http"),
    ):
        Scripts(desk, base_url="http://example.com/", credentials=[("a", "b")])
    with pytest.raises(
        ScriptMistakeError,
        match=escape(
            "Scripts.base_url: expected the public address of this application with client"
        ),
    ):
        Scripts(desk, client=simulator.client())
    with pytest.raises(ScriptMistakeError, match=escape("sweep: needs Scripts(client=...)")):
        Scripts(desk).sweep()


def test_what_is_no_signal(desk: Script) -> None:
    """Its name alone does not say the type of its values."""
    scripts, name = Scripts(desk), cast("Any", "go")
    for act in (
        lambda: scripts.signal("c-1", name, "x"),
        lambda: scripts.signal_first(name, "x"),
        lambda: scripts.waiting(name),
        lambda: scripts.withdraw("c-1", name),
    ):
        with pytest.raises(ScriptMistakeError, match="signal: expected a Signal, got 'go'; define"):
            act()
    with pytest.raises(ScriptMistakeError, match="override: expected a document or None, got 'x'"):
        scripts.override(cast("Any", "x"))


def test_values_of_signals(desk: Script) -> None:
    """Have the type of the signal."""
    with pytest.raises(
        ScriptMistakeError, match=escape("signal go: expected a value of type str, got an int")
    ):
        Scripts(desk).signal("c-1", cast("Any", GO), 5)
