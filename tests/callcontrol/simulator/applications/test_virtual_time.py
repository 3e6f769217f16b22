"""Virtual time in applications: the same timeline in every run, and what it cannot wait for."""

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi import Response as Reply
from starlette.background import BackgroundTask

from bxml import MEDIA_TYPE, Response
from callcontrol.explorer import explore
from callcontrol.simulator import RealTimeWarning, Simulator, SimulatorError
from tests.callcontrol.simulator.applications.timed_cases import (
    BYE,
    CASES,
    LISTEN,
    TO,
    Case,
    Voice,
    echoing,
    later,
    serving,
    timeline,
)

TIMELINES = Path(__file__).parent / "timed_cases.txt"
LONG = 30
"""Real seconds that no test takes."""


def expected() -> dict[str, str]:
    """Return the recorded timelines by the names of their cases."""
    found = TIMELINES.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    return {text.partition("\n")[0]: text for text in found}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_three_runs_are_equal(case: Case) -> None:
    """C19: every run gives the recorded timeline, to the byte."""
    assert [timeline(case) for _ in range(3)] == [expected()[case.__name__]] * 3


# --- failures after the reply ---------------------------------------------------------------


def replying_then(work: Callable[..., object]) -> FastAPI:
    """Return an application that replies and calls ``work`` in the background."""
    app = FastAPI()

    @app.post("/")
    async def voice() -> Reply:
        return Reply(LISTEN.to_bytes(), media_type=MEDIA_TYPE, background=BackgroundTask(work))

    return app


async def divide() -> None:
    """Fail."""
    _ = 1 / 0


def test_a_failing_background_task_leaves_the_reply(simulator: Simulator) -> None:
    """A9: as under a server the reply stands, and the exception is reported."""
    call = simulator.dial_in(replying_then(divide), to=TO)
    assert call.hears("Please hold")
    [error] = simulator.webhooks.forgive()
    assert str(error) == "the application raised ZeroDivisionError: division by zero"
    assert isinstance(error.__cause__, ZeroDivisionError)


def test_a_failing_task_is_reported(simulator: Simulator) -> None:
    """An exception that no code waits for is the application's own."""

    async def handler(_: Voice) -> Response:
        later(divide())
        return LISTEN

    call = simulator.dial_in(serving(handler), to=TO)
    assert call.hears("Please hold")
    gc.collect()  # asyncio reports it when the task goes
    assert [type(error.__cause__) for error in simulator.webhooks.forgive()] == [ZeroDivisionError]


def test_a_failure_after_the_timeout_is_reported(simulator: Simulator) -> None:
    """A handler goes on after the platform has given up, and what it raises is not lost."""

    async def handler(_: Voice) -> Response:
        await asyncio.sleep(20)
        raise LookupError("late")

    call = simulator.dial_in(serving(handler), to=TO)
    assert call.cause == "callback-error"
    assert simulator.webhooks.errors == ()
    call.waits(seconds=10)
    [error] = simulator.webhooks.forgive()
    assert str(error) == "the application raised LookupError: late"


def test_a_logged_exception_belongs_to_its_own_request(simulator: Simulator) -> None:
    """Of two requests at once only the one that is answered with a 500 is reported."""
    app = FastAPI()

    @app.post("/{name}")
    async def voice(name: str) -> Reply:
        await asyncio.sleep(1)
        try:
            raise LookupError(name)  # noqa: TRY301 - as in an application
        except LookupError:
            logging.getLogger("voice").exception("handled")
        await asyncio.sleep(1)
        status = 500 if name == "b" else 200
        return Reply(LISTEN.to_bytes(), media_type=MEDIA_TYPE, status_code=status)

    calls = [simulator.dial_in(app, to=TO, url=f"/{name}", run=False) for name in "abc"]
    calls[0].waits(seconds=5)
    [error] = simulator.webhooks.forgive()
    assert str(error) == "the application raised LookupError: b"


# --- what virtual time does not wait for ------------------------------------------------------


def test_virtual_time_waits_for_a_thread_up_to_a_limit() -> None:
    """A thread that takes longer is named, and the call goes on without it."""
    ends = threading.Event()

    def look_up_the_caller() -> None:
        ends.wait(LONG)

    async def handler(_: Voice) -> Response:
        later(asyncio.to_thread(look_up_the_caller))
        return LISTEN

    simulator = Simulator(real_wait=0.1)
    with pytest.warns(RealTimeWarning, match=r"stood still for 0\.1 s .* a thread \(.*look_up_the"):
        call = simulator.dial_in(serving(handler), to=TO)
    assert call.hears("Please hold")
    call.waits(seconds=600)  # it is not waited for again
    ends.set()
    with pytest.warns(RealTimeWarning):
        simulator.stop()


def test_a_handler_in_a_thread_that_hangs_is_late() -> None:
    """The limit holds for AnyIO's worker threads; the call then ends by its timeout."""
    ends = threading.Event()
    app = FastAPI()

    @app.post("/")
    def voice() -> Reply:
        ends.wait(LONG)
        return Reply(LISTEN.to_bytes(), media_type=MEDIA_TYPE)

    simulator = Simulator(real_wait=0.1)
    with pytest.warns(RealTimeWarning, match="waited for 1 worker thread of AnyIO;"):
        call = simulator.dial_in(app, to=TO)
    assert call.cause == "callback-error"
    ends.set()
    simulator.stop()


def test_virtual_time_waits_for_a_socket_up_to_a_limit() -> None:
    """A peer that does not reply is named by its address; an idle connection is no such peer."""
    with echoing(0, silent_at=b"two") as port:

        async def handler(_: Voice) -> Response:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(writer):
                writer.write(b"one")
                await reader.readexactly(3)
                await asyncio.sleep(10)
                writer.write(b"two")
                await reader.readexactly(3)
            return LISTEN

        simulator = Simulator(real_wait=0.1)
        with pytest.warns(RealTimeWarning, match=f"waited for a socket to 127.0.0.1:{port};"):
            call = simulator.dial_in(serving(handler), to=TO)
        assert call.cause == "callback-error"
        simulator.stop()


def test_an_unseen_thread_is_diagnosed(simulator: Simulator) -> None:
    """A thread of the application's own is not waited for, and its call says so."""
    may_call = threading.Event()
    threads: list[threading.Thread] = []

    async def handler(_: Voice) -> Response:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def look_up() -> None:
            may_call.wait(LONG)
            loop.call_soon_threadsafe(done.set)

        threads.append(threading.Thread(target=look_up, name="lookup"))
        threads[0].start()
        await done.wait()
        return LISTEN

    call = simulator.dial_in(serving(handler), to=TO, run=False)
    may_call.set()
    threads[0].join()
    with pytest.warns(RealTimeWarning, match="the thread 'lookup' called the event loop"):
        call.waits(seconds=1)
    assert "Please hold" in call.history


def test_tasks_at_the_end_are_named() -> None:
    """C19: a task that a webhook has started is not cancelled without a word."""
    seen: list[str] = []

    async def push_later() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("cancelled")

    async def handler(_: Voice) -> Response:
        later(push_later())
        return BYE

    simulator = Simulator()
    simulator.dial_in(serving(handler), to=TO)
    with pytest.warns(RealTimeWarning, match=r"cancelled 1 task .*push_later\. Let time pass"):
        simulator.stop()
    assert seen == ["cancelled"]


def test_real_clocks_stay_real(simulator: Simulator) -> None:
    """Only the time of the event loop is virtual."""
    seen: dict[str, float] = {}

    async def handler(_: Voice) -> Response:
        began, virtual = time.time(), asyncio.get_running_loop().time()
        await asyncio.sleep(14)
        seen["real"] = time.time() - began
        seen["virtual"] = asyncio.get_running_loop().time() - virtual
        return BYE

    simulator.dial_in(serving(handler), to=TO)
    assert seen["virtual"] == pytest.approx(14)
    assert seen["real"] < 14


# --- callers ----------------------------------------------------------------------------------


def test_a_test_may_be_a_coroutine(simulator: Simulator) -> None:
    """In a thread with an event loop of its own the application runs in another thread."""

    async def handler(_: Voice) -> Response:
        await asyncio.sleep(1)
        return BYE

    async def test() -> None:
        call = simulator.dial_in(serving(handler), to=TO)
        assert call.hears("Goodbye")
        simulator.stop()

    asyncio.run(test())
    names = [thread.name for thread in threading.enumerate()]
    assert "simulator-asgi" not in names


@pytest.mark.parametrize("action", ["advance", "stop"])
def test_a_handler_cannot_move_the_clock(simulator: Simulator, action: str) -> None:
    """A call from inside is refused instead of waiting for itself."""

    async def handler(_: Voice) -> Response:
        with pytest.raises(SimulatorError, match="from outside the webhook handlers"):
            simulator.stop() if action == "stop" else simulator.advance(1)
        return BYE

    assert simulator.dial_in(serving(handler), to=TO).ended


def test_delays_and_waits_count_together(simulator: Simulator) -> None:
    """A planned delay comes on top of the time that the handler takes."""

    async def handler(_: Voice) -> Response:
        await asyncio.sleep(10)
        return BYE

    app = serving(handler)
    simulator.webhooks.delay(4)
    call = simulator.dial_in(app, to=TO)
    assert call.ended
    assert "after 14.0 s" in call.history
    simulator.webhooks.delay(6)
    assert simulator.dial_in(app, to=TO).cause == "callback-error"


def test_the_explorer_finds_a_slow_handler() -> None:
    """Virtual seconds count as slow, and cost no real ones."""

    async def handler(_: Voice) -> Response:
        await asyncio.sleep(8)
        return BYE

    began = time.monotonic()
    report = explore(serving(handler), slow=5)
    assert [fault.kind for fault in report.faults] == ["slow-reply"]
    assert time.monotonic() - began < LONG
