"""The asyncio event loop of the applications of a simulator, whose time is virtual.

A loop that has nothing to do moves the clock to its next timer, up to the horizon: the next action
of the platform. While real work is pending (see ``real_work``) it waits for it and the clock
stands still.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import Context
from functools import partial
from selectors import BaseSelector, DefaultSelector, SelectorKey
from threading import current_thread, get_ident
from time import monotonic
from typing import Any, TypeVar, TypeVarTuple

from callcontrol.simulator.applications.real_work import RealWork, ThreadCall
from callcontrol.simulator.applications.virtual_time import Horizon, VirtualTime, micros_in

_BUSY_ROUNDS = 20_000
"""Rounds of the loop without rest, after which each takes time."""
_ROUND = 0.001
"""Seconds of virtual time of each round after that."""
_POLLED = 64
"""Rounds without rest after which sockets are looked at."""
_LONGEST_WAIT = 30.0
"""Real seconds to wait for the startup, the shutdown, and a reply without a platform."""
_POLL = 0.005
"""Real seconds between two looks at work whose end does not wake the loop."""
_KNOWN_THREADS = ("asyncio_", "waitpid-", "AnyIO worker")
"""Beginnings of the names of the threads of asyncio and AnyIO."""

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
Events = list[tuple[SelectorKey, int]]


class VirtualSelector(BaseSelector):
    """Waits for sockets in real time only while real work is pending."""

    def __init__(self, time: VirtualTime, work: RealWork) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.is_quiet = True
        """Whether the loop has nothing to do at this moment."""
        self.is_held = False
        """Whether the horizon keeps a busy loop from moving the clock."""
        self.next_due: int | None = None
        """When the next timer of a quiet loop is due, in microseconds."""
        self.diagnoses: list[str] = []
        """Warnings for people."""
        self.delayed: list[Callable[[], None]] = []
        """Threads to start as soon as the loop has nothing else to do."""
        self.waits_really = False
        """Whether virtual time is not to pass as long as there is real work, however long."""
        self._real = DefaultSelector()
        self._time = time
        self._work = work
        self._own_files: frozenset[int] = frozenset()
        self._rounds = 0
        self._still_since = 0.0
        self._times_stuck = 0

    def begin(self, horizon: Horizon | None) -> None:
        """Prepare for a run of the loop."""
        self._time.horizon = horizon
        self.is_quiet = self.is_held = False
        self._still_since = monotonic()

    def select(self, timeout: float | None = None) -> Events:
        """Return the sockets that are ready; ``timeout`` is in virtual seconds."""
        if timeout is not None and timeout <= 0:
            return self._continue()
        self._rounds = 0
        self._start_delayed()
        events = self._poll(0)
        if events or self._wait(events):
            return events
        self._rest(timeout)
        return []

    def _continue(self) -> Events:
        """Let the loop go on with work that is ready; work without end takes virtual time."""
        self._rounds += 1
        if self._rounds % _POLLED:
            return [] if self._rounds <= _BUSY_ROUNDS else self._slow_down()
        self._start_delayed()
        pending = self._pending()
        if pending and monotonic() - self._still_since > self._patience:
            self._set_aside(pending)
        elif pending:
            self._rounds -= _POLLED  # how many there are depends on the machine
        return self._poll(0)

    def _start_delayed(self) -> None:
        delayed, self.delayed = self.delayed, []
        for start in delayed:
            start()

    def _slow_down(self) -> Events:
        if not self._time.move(_ROUND):
            self.is_held = True
            self._stop()
        return []

    def _wait(self, events: Events) -> bool:
        """Wait for real work; return whether there may be something to do."""
        pending = self._pending()
        if not pending:
            return False
        while pending and not events:
            remaining = self._still_since + self._patience - monotonic()
            if remaining <= 0:
                self._set_aside(pending)
                return False
            events += self._poll(remaining if self._work.wakes else min(_POLL, remaining))
            pending = self._pending()
        return True

    def _rest(self, timeout: float | None) -> None:
        """Move to the next timer, or stop the loop if it is beyond the horizon."""
        if timeout is not None and self._time.move(timeout):
            self._still_since = monotonic()
            return
        self.next_due = None if timeout is None else self._time.micros + micros_in(timeout)
        self.is_quiet = True
        self._stop()

    def _stop(self) -> None:
        if self.loop is not None:
            self.loop.stop()

    @property
    def _patience(self) -> float:
        if self.waits_really:
            return _LONGEST_WAIT
        return self._time.real_wait * 0.5**self._times_stuck

    def _set_aside(self, pending: list[str]) -> None:
        self._work.set_aside(self._files())
        self.diagnoses.append(
            f"virtual time stood still for {self._patience:g} s while the application waited for "
            f"{', '.join(pending)}; it now runs on without waiting, so that results depend on the "
            "speed of the machine. Simulator(real_wait=...) sets another limit"
        )
        self._times_stuck += 1

    # --- files ------------------------------------------------------------------------------

    def _pending(self) -> list[str]:
        return self._work.pending(self._files())

    def _files(self) -> list[SelectorKey]:
        """Return the files that the loop watches, without those of its own."""
        if not self.has_files:
            return []
        return [key for key in self._real.get_map().values() if key.fd not in self._own_files]

    @property
    def has_files(self) -> bool:
        """Whether the loop watches files of the application."""
        return len(self._real.get_map()) > len(self._own_files)

    def _poll(self, seconds: float) -> Events:
        events = self._real.select(seconds)
        for key, _ in events:
            self._work.on_event(key.fd)
        return events

    def keep_own_files(self) -> None:
        """Take the files registered so far as the loop's own."""
        self._own_files = frozenset(key.fd for key in self._real.get_map().values())

    def fileno(self) -> int | None:
        """Return the file descriptor of the real selector, None if it has none."""
        number: Callable[[], int] | None = getattr(self._real, "fileno", None)
        return None if number is None else number()

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:  # noqa: ANN401
        """Watch a file."""
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> SelectorKey:  # noqa: ANN401 - as in the base
        """Watch a file no longer."""
        key = self._real.unregister(fileobj)
        self._work.forget(key.fd)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:  # noqa: ANN401
        """Watch a file for other events."""
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, SelectorKey]:
        """Return what is watched."""
        return self._real.get_map()

    def close(self) -> None:
        """Close the real selector."""
        self._real.close()


class VirtualEventLoop(asyncio.SelectorEventLoop):
    """An event loop on a ``VirtualSelector``."""

    def __init__(self, time: VirtualTime, work: RealWork) -> None:
        self.selector = VirtualSelector(time, work)
        self.was_called = False
        """Whether a thread has called since the last run."""
        self._virtual_time = time
        self._work = work
        self.thread_id = get_ident()
        """The thread that ran it last."""
        self._named: set[str] = set()
        super().__init__(self.selector)
        self.selector.loop = self
        self.selector.keep_own_files()

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._virtual_time.seconds()

    def call_soon_threadsafe(
        self,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Call back from another thread; one that is not waited for is diagnosed."""
        if get_ident() != self.thread_id:
            self.was_called = True
            self._diagnose(current_thread().name)
        return super().call_soon_threadsafe(callback, *args, context=context)

    def _diagnose(self, name: str) -> None:
        is_known = self._work.has_threads or name.startswith(_KNOWN_THREADS)
        if not is_known and name not in self._named:
            self._named.add(name)
            self.selector.diagnoses.append(
                f"the thread {name!r} called the event loop of the application, but virtual time "
                "does not wait for threads that the loop has not started: use asyncio.to_thread, "
                "or loop.run_in_executor"
            )

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """Call in a thread that starts when the loop has nothing else to do.

        So the order of what a thread and the loop do does not depend on the machine.
        """
        future: asyncio.Future[_T] = self.create_future()
        call = ThreadCall(partial(func, *args), future)
        self._work.calls.append(call)
        start = partial(super().run_in_executor, executor, call)
        self.selector.delayed.append(partial(_start, start, future))
        return future

    async def create_connection(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as in the base
        """Connect, and watch what the connection sends and receives."""
        transport, protocol = await super().create_connection(*args, **options)
        self._work.watch(transport)
        return transport, protocol

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as in the base
        """Connect, and watch what the connection sends and receives."""
        transport, protocol = await super().create_unix_connection(*args, **options)
        self._work.watch(transport)
        return transport, protocol


def _start(run_in_executor: Callable[[], asyncio.Future[Any]], future: asyncio.Future[Any]) -> None:
    """Start a delayed call in a thread and hand its result to ``future``."""
    if future.done():  # cancelled before
        return
    try:
        inner = run_in_executor()
    except RuntimeError as error:  # the executor is shut down
        future.set_exception(error)
        return
    future.add_done_callback(lambda _: inner.cancel())
    inner.add_done_callback(lambda _: _hand_over(inner, future))


def _hand_over(inner: asyncio.Future[Any], future: asyncio.Future[Any]) -> None:
    if inner.cancelled():
        future.cancel()
    elif future.done():
        inner.exception()  # retrieved
    elif error := inner.exception():
        future.set_exception(error)
    else:
        future.set_result(inner.result())
