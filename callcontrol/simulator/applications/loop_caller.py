"""The thread in which the event loop of a simulator runs: that of the caller, if it can."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import RLock, Thread
from typing import TypeVar

from callcontrol.simulator.errors import SimulatorError

_T = TypeVar("_T")
_Job = Callable[[], None]


class LoopCaller:
    """Runs functions that run an event loop, one at a time.

    They run in the thread of the caller, which is quick, and good for a debugger. A caller that is
    itself in a coroutine has them run in another thread: a thread runs one event loop at a time.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._thread: _LoopThread | None = None

    def call(self, function: Callable[[], _T], loop: asyncio.AbstractEventLoop) -> _T:
        """Return the result of ``function``, which runs ``loop``, or raise its exception.

        :raises SimulatorError: in a coroutine of ``loop`` itself.
        """
        running = _running_loop()
        if running is None:
            with self._lock:
                return function()
        expect_outside(loop)
        with self._lock:
            self._thread = self._thread or _LoopThread("simulator-asgi")
            return self._thread.call(function)

    def close(self) -> None:
        """End the thread, if there is one."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close()


def expect_outside(loop: asyncio.AbstractEventLoop | None) -> None:
    """Refuse a call from a coroutine of ``loop``, which would wait for itself.

    :raises SimulatorError: for such a call.
    """
    if loop is not None and _running_loop() is loop:
        raise SimulatorError("simulator: expected a call from outside the webhook handlers")


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class _LoopThread:
    """Carries out one function after the other."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        # A daemon that does not know its owner: an owner that is not closed does not keep it.
        self._thread = Thread(target=_work, args=(self._jobs,), name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], _T]) -> _T:
        """Return the result of ``function``, or raise its exception."""
        results: SimpleQueue[_T] = SimpleQueue()
        failures: list[BaseException] = []

        def job() -> None:
            try:
                results.put(function())
            except BaseException as error:  # noqa: BLE001 - goes to the caller
                failures.append(error)
                results.put(None)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - wakes the caller

        self._jobs.put(job)
        result = results.get()
        if failures:
            raise failures.pop()
        return result

    def close(self) -> None:
        """End the thread and wait for it."""
        self._jobs.put(None)
        self._thread.join()

    def __del__(self) -> None:
        self._jobs.put(None)


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # it may be what keeps the owner alive
