"""Calls in real time, with a person at their phones: ``callcontrol dial`` and ``simulate``."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from select import select
from signal import SIGINT
from threading import Event

from callcontrol._urls import shown_url
from callcontrol.cli.application_watch import accepts_connections, watched
from callcontrol.cli.dial_display import SLOW, Screen
from callcontrol.cli.dial_input import KEYS, Input
from callcontrol.cli.dial_keyboard import Keyboard
from callcontrol.cli.dial_phones import LivePhones
from callcontrol.cli.signals import SelfPipe, Signals
from callcontrol.phone.call_log import CallLog
from callcontrol.phone.call_logs import CallLogs
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.script import Step
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.observations import Observation, Sent
from callcontrol.simulator.live import LiveSimulator

LATE_CHECK = 0.25
"""Seconds between two checks for late replies."""
GRACE = 3.0
"""Seconds after the end of the calls in which their last webhooks may still arrive."""
STAY = 60.0
"""Seconds of the call that the caller stays on after the end of standard input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """The call to place, and the end of the session."""

    request: CallRequest | None
    """The call that is placed at the start, and again by the step ``dial``; None for no call."""
    speed: float
    outlives_calls: bool
    """Whether other calls may come when all have ended."""
    outlives_input: bool = False
    """Whether it goes on after the end of standard input."""
    awaits_application: bool = False
    """Whether the first call waits until its application accepts connections."""
    leave_on: Sequence[int] = (SIGINT,)
    """Signals that end the session."""
    begin: Callable[[], None] | None = None
    """Called when the platform listens on its port."""


def logs_of(live: LiveSimulator, own: CallLog) -> CallLogs:
    """Return logs for all calls of a platform, ``own`` for that of the command."""
    platform = live.simulator.platform

    def find(call_id: str) -> Call | None:
        with platform.lock:
            return platform.calls.get(call_id)

    return CallLogs(own, find)


def talk(live: LiveSimulator, logs: CallLogs, screen: Screen, session: LiveSession) -> None:
    """Place the call, show all calls and do what is typed until the session is over.

    :raises SimulatorError: for a platform that cannot start and a call that cannot be placed.
    :raises KeyboardInterrupt: on the second Ctrl-C.
    """
    observations: SimpleQueue[Observation] = SimpleQueue()
    keyboard = Keyboard()
    with SelfPipe() as pipe, Signals(pipe, session.leave_on) as signals:

        def observe(observation: Observation) -> None:
            observations.put(observation)
            pipe.wake()

        live.observers.append(observe)
        # The terminal is restored first, however long the rest takes.
        with live, keyboard:
            if session.begin is not None:
                session.begin()
            if keyboard.is_terminal:
                screen.note(KEYS)
            phones = LivePhones(live, logs, screen, session.request)
            typed = Input(keyboard, screen, session.speed)
            loop = LiveLoop(session, logs, screen, phones, typed)
            with _first_call(session, screen, pipe) as may_begin:
                loop.run(observations, keyboard, pipe, signals, may_begin)


@contextmanager
def _first_call(session: LiveSession, screen: Screen, pipe: SelfPipe) -> Generator[Event]:
    """Yield an event that is set when the call of the session can be placed."""
    request = session.request
    if request is None:
        yield Event()
    elif not session.awaits_application or accepts_connections(request.url):
        may_begin = Event()
        may_begin.set()
        yield may_begin
    else:
        screen.waiting(request.url)
        with watched(request.url, pipe.wake) as is_up:
            yield is_up


class LiveLoop:
    """Shows observations and does steps, on the main thread only."""

    def __init__(
        self, session: LiveSession, logs: CallLogs, screen: Screen, phones: LivePhones, typed: Input
    ) -> None:
        self._session = session
        self._logs = logs
        self._screen = screen
        self._phones = phones
        self._input = typed
        self._leave_at: float | None = None
        """When to leave at the latest; real time, None while the session goes on."""
        self._hang_up_at: float | None = None
        """When to hang up; real time, None before the end of standard input."""
        self._next_check = 0.0
        self._late: set[int] = set()
        """Webhooks whose late reply has been mentioned."""

    def run(
        self,
        observations: SimpleQueue[Observation],
        keyboard: Keyboard,
        pipe: SelfPipe,
        signals: Signals,
        may_begin: Event,
    ) -> None:
        """Place the first call once it may begin; go on until all calls and webhooks are over."""
        self._begin_once(may_begin)
        while not self._is_over():
            files = keyboard.files
            wait = self._input.seconds_to_next(LATE_CHECK)
            ready, _, _ = select([pipe.reading, *files], [], [], wait)
            pipe.clear()
            self._begin_once(may_begin)
            self._show(observations)
            if signals.interrupted:
                self._leave()
            if any(file in ready for file in files):
                self._input.read()
            while (step := self._input.next_step()) is not None:
                self._do(step)
                self._show(observations)
            self._mention_late()
        self._show(observations)

    def _begin_once(self, may_begin: Event) -> None:
        if may_begin.is_set():
            may_begin.clear()
            self._phones.dial()

    def _show(self, observations: SimpleQueue[Observation]) -> None:
        with suppress(Empty):
            while True:
                observation = observations.get_nowait()
                self._logs.observe(observation)
                self._screen.show(observation)
        if not self._input.is_over:
            self._phones.select_one_that_is_up()

    def _do(self, step: Step) -> None:
        match step.action:
            case "leave":
                self._leave()
            case "next phone":
                self._phones.select_next()
            case _:
                self._phones.do(step)

    # --- the end --------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """Whether the calls have ended and their last webhooks have arrived or are too late."""
        now = time.monotonic()
        if self._leave_at is not None:
            is_quiet = self._logs.ended and not self._logs.is_reporting
            return is_quiet or now >= self._leave_at
        if self._input.is_over and not self._session.outlives_input:
            self._hang_up_at = self._hang_up_at or now + STAY / self._session.speed
            if now >= self._hang_up_at:
                self._leave()
        goes_on = self._session.outlives_calls and self._hang_up_at is None
        if not goes_on and self._logs.ended:
            self._leave_at = now + GRACE
            return not self._logs.is_reporting
        return False

    def _leave(self) -> None:
        """Hang up all calls, once; a second Ctrl-C leaves at once."""
        if self._leave_at is None:
            self._leave_at = time.monotonic() + GRACE
            self._phones.hang_up_all()

    def _mention_late(self) -> None:
        """Write a line for each reply that is late, once, while it is awaited."""
        if time.monotonic() < self._next_check:
            return
        self._next_check = time.monotonic() + LATE_CHECK
        late = [sent for sent, age in self._logs.waiting if age >= SLOW]
        for sent in late:
            if id(sent) not in self._late:
                self._screen.note(_waiting_for(sent))
        self._late = set(map(id, late))


def _waiting_for(sent: Sent) -> str:
    where = f"{sent.event.event_type} from {shown_url(sent.url)}"
    return f"waiting for the reply to {where} for {SLOW:g} s"
