"""The platform on a local port in real time, with webhooks to a real server.

with LiveSimulator(application_url="http://localhost:5000/voice") as live:
    live.dial_in(to="+19195551234")
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from callcontrol._urls import origin_of
from callcontrol.simulator.applications import OwnHosts, Remote, Transport
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.observations import Changed, Observation, Observer, Warned
from callcontrol.simulator.core.scheduler import PendingExchange
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.webhooks import Target
from callcontrol.simulator.errors import SimulatorError, expect_number
from callcontrol.simulator.rest.hosts import AllowedHosts
from callcontrol.simulator.simulator import Simulator

__all__ = ["LiveSimulator"]

T = TypeVar("T")

_LIVENESS_INTERVAL = 0.5
"""Seconds between checks that the clock thread runs."""

_TICK = 0.02
"""Seconds between two steps of the clock."""
_CALLER = "+19195550100"
_MAX_SPEED = 1_000_000


class LiveSimulator:
    """The platform on a port of 127.0.0.1, its clock driven by the real one.

    ``application_url`` receives the webhooks of inbound calls, and ``status_url`` their
    disconnect. ``speed`` is how many seconds of the calls pass in one real second, up to a
    million; replies of the application take real time. Outbound calls and
    transfer targets pick up after ``answer_after`` seconds, or ring until ``answer``
    is called if it is None. ``allow_hosts`` are the host names, without a port, of tunnels and
    containers that lead to the port; requests to other names than these and loopback ones are
    refused. With ``tls`` the addresses are https; clients trust ``simulator.authority_file``,
    which is removed at the end. Audio is fetched from hosts that webhooks go to and from those of
    the URLs in ``reach``; at others it lasts ``Assumptions.audio_seconds``. Times are today's,
    unless the ``simulator`` has a ``start``. Every method may be called from any thread. In a
    forked process its addresses and credentials still work, but only the process that started it
    can dial, press and stop.
    """

    def __init__(  # noqa: PLR0913 - all keyword-only, all optional
        self,
        *,
        port: int = 0,
        application_url: str | None = None,
        status_url: str | None = None,
        speed: float = 1,
        answer_after: float | None = 2,
        allow_hosts: Iterable[str] = (),
        reach: Iterable[str] = (),
        tls: bool = False,
        simulator: Simulator | None = None,
        transport: Transport | None = None,
    ) -> None:
        expect_number("LiveSimulator.speed", speed, 0.001)
        if speed > _MAX_SPEED:
            raise SimulatorError(f"LiveSimulator.speed: expected at most {_MAX_SPEED}, got {speed}")
        urls = [("application_url", application_url), ("status_url", status_url)]
        urls += [("reach", url) for url in reach]
        for name, url in urls:
            if url is not None and origin_of(url) is None:
                raise SimulatorError(f"LiveSimulator.{name}: expected an http URL, got {url!r}")
        self.simulator = simulator or Simulator()
        """The REST interface: addresses, credentials, calls and requests."""
        self._port = port
        self._allow_hosts = allow_hosts if isinstance(allow_hosts, str) else tuple(allow_hosts)
        AllowedHosts(self._allow_hosts)  # checks the names before anything is started
        self.application_url = application_url
        """Receives the webhooks of inbound calls."""
        self._tls = tls
        self._status_url = status_url
        self._speed = speed
        self._answer_after = answer_after
        self._platform = self.simulator.platform
        self._engine = Engine(self._platform)
        self._engine.observers.append(self._schedule_answer)
        # Not SimpleQueue: its get(timeout=) waits without end after the process was stopped.
        self._actions: Queue[Callable[[], None]] = Queue()
        self._stopping = Event()
        self._thread: Thread | None = None
        own = [url for _, url in urls if url is not None]
        self._transport = transport or OwnHosts(Remote(), own)
        self._failures: list[Exception] = []
        self._process = os.getpid()

    @property
    def observers(self) -> list[Observer]:
        """Called with every observation; append to it before the start."""
        return self._engine.observers

    # --- life -----------------------------------------------------------------------------

    def start(self) -> None:
        """Listen on the port and let time pass.

        :raises SimulatorError: if the port is taken.
        """
        self._process = os.getpid()
        if self._platform.settings.start is None:
            with self._platform.lock:
                self._platform.clock.move_to(datetime.now(UTC))
        self._platform.is_live = True
        self.simulator.start(port=self._port, allow_hosts=self._allow_hosts, tls=self._tls)
        _ = self.simulator.base_url  # opens the port: webhooks to other processes hold the address
        self._thread = Thread(target=self._run_clock, name="simulator-clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the clock and close the port; a forked process stops nothing.

        :raises Exception: the first error that the simulator met while it ran.
        """
        if self._process != os.getpid():
            return
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._transport.close()
        self.simulator.stop()
        if self._failures:
            raise self._failures[0]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # --- actions of callers ---------------------------------------------------------------

    def dial_in(self, *, to: str, from_: str = _CALLER) -> str:
        """Call a number of the application and return the call id."""
        if self.application_url is None:
            raise SimulatorError("dial_in: the LiveSimulator has no application_url")
        status = None if self._status_url is None else Target(url=self._status_url)
        application = VoiceApplication(initiated=Target(url=self.application_url), status=status)
        return self._call(
            partial(self._engine.dial_in, from_=from_, to=to, application=application)
        )

    def press(self, call_id: str, digits: str) -> None:
        """Press keys on a leg."""
        self._call(partial(self._engine.press, call_id, digits))

    def say(self, call_id: str, text: str) -> None:
        """Speak on a leg."""
        self._call(partial(self._engine.say, call_id, text))

    def hang_up(self, call_id: str) -> None:
        """Hang up."""
        self._call(partial(self._engine.hang_up, call_id))

    def answer(self, call_id: str) -> None:
        """Pick up an outbound call or a leg of a Transfer."""
        self._call(partial(self._engine.answer, call_id))

    def busy(self, call_id: str) -> None:
        """Let the far end of an outbound call be busy."""
        self._call(partial(self._engine.busy, call_id))

    def decline(self, call_id: str) -> None:
        """Let the far end of an outbound call refuse it."""
        self._call(partial(self._engine.decline, call_id))

    def run(self, action: Callable[[Engine], T]) -> T:
        """Run an action on the engine between two steps of the clock and return its result."""
        return self._call(partial(action, self._engine))

    def _call(self, action: Callable[[], T]) -> T:
        """Run an action on the clock thread and return its result."""
        if self._process != os.getpid():
            raise SimulatorError("LiveSimulator: it runs in the parent of this forked process")
        if self._thread is None or self._stopping.is_set():
            raise SimulatorError("LiveSimulator: it is not running")
        result: Future[T] = Future()

        def act() -> None:
            try:
                result.set_result(action())
            except Exception as error:  # noqa: BLE001 - goes to the thread that asked
                result.set_exception(error)

        self._actions.put(act)
        while not result.done() and self._thread.is_alive():
            wait([result], timeout=_LIVENESS_INTERVAL)
        if not result.done():
            cause = self._failures[0] if self._failures else None
            raise SimulatorError("LiveSimulator: the clock thread has stopped") from cause
        return result.result()

    # --- the clock thread -----------------------------------------------------------------

    def _run_clock(self) -> None:
        try:
            self._keep_time()
        except Exception as error:  # noqa: BLE001 - kept for the thread that stops the simulator
            self._failures.append(error)
        while not self._actions.empty():
            self._actions.get()()

    def _keep_time(self) -> None:
        began, start = monotonic(), self._engine.now
        while not self._stopping.is_set():
            with suppress(Empty):
                self._actions.get(timeout=_TICK)()
            passed = (monotonic() - began) * self._speed
            behind = passed - (self._engine.now - start).total_seconds()
            self._warn_if_not_simulated(partial(self._engine.advance, max(0.0, behind)))
            while (exchange := self._engine.next_exchange()) is not None:
                # Daemons, so that a server that does not reply does not delay the end.
                Thread(target=self._deliver, args=(exchange,), daemon=True).start()

    def _warn_if_not_simulated(self, action: Callable[[], object]) -> None:
        """Run an action; report a call that ended because its verb is not simulated."""
        try:
            action()
        except NotSimulatedError as error:
            warning = Warned(at=self._engine.now, call_id="", text=str(error))
            for observer in self.observers:
                observer(warning)

    def _deliver(self, exchange: PendingExchange) -> None:
        reply = self._transport.deliver(exchange.request).wait()
        # The exchange has taken real time already, which the clock follows.
        complete = partial(self._engine.complete, exchange, replace(reply, seconds=0))
        self._actions.put(partial(self._warn_if_not_simulated, complete))

    def _schedule_answer(self, seen: Observation) -> None:
        """Answer a ringing call after ``answer_after`` seconds."""
        if self._answer_after is None or not isinstance(seen, Changed):
            return
        call = self._platform.calls.get(seen.call_id)
        if seen.state == "initiated" and call is not None and call.direction == "outbound":
            self._platform.clock.call_later(
                self._answer_after, partial(self._answer_ringing, seen.call_id)
            )

    def _answer_ringing(self, call_id: str) -> None:
        call = self._platform.calls.get(call_id)
        if call is not None and call.state == "initiated":
            self._platform.calls.answer(call_id)
