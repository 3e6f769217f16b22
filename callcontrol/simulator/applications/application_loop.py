"""The one event loop of a simulator's ASGI applications."""

import asyncio
import logging
import os
import selectors
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from threading import get_ident
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

from bxml.rules._texts import counted
from callcontrol._fork import renewed_in_children
from callcontrol.simulator.applications.base import ApplicationError, application_error
from callcontrol.simulator.applications.logged_errors import CURRENT, LoggedErrors
from callcontrol.simulator.applications.loop_caller import LoopCaller, expect_outside
from callcontrol.simulator.applications.real_work import RealWork
from callcontrol.simulator.applications.virtual_loop import VirtualEventLoop
from callcontrol.simulator.applications.virtual_time import Horizon, VirtualTime
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import RealTimeWarning

_T = TypeVar("_T")
_CANCELLED_LIMIT = 30.0
"""Seconds of virtual time that cancelled tasks may take to end."""
_SHOWN = 5
"""Tasks that a warning names."""
_HANDLER = "the handler of "
_LOGGER = logging.getLogger("callcontrol.simulator")


def _log(error: ApplicationError) -> None:
    _LOGGER.error("an application of the simulator failed after its reply", exc_info=error)


class Finished(Protocol):
    """An exchange with a reply."""

    def hand_over(self) -> None:
        """Give the reply to the engine."""
        ...


class ApplicationLoop:
    """Runs the tasks of applications on the clock of a platform; made on first use.

    ``report`` takes exceptions of applications that no reply can show.
    """

    def __init__(self, report: Callable[[ApplicationError], None] = _log) -> None:
        self.report = report
        self.work = RealWork()
        """The real work that virtual time waits for."""
        self._time = VirtualTime()
        self._logged = LoggedErrors()
        self._finished: list[Finished] = []
        self._of_handlers: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._loop: VirtualEventLoop | None = None
        self._caller = LoopCaller()
        self._workers: ThreadPoolExecutor | None = None
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Replace the event loop, which belongs to the parent."""
        if self._loop is not None:
            _detach(self._loop)
        # Kept open: closing it could wait for a lock of the parent's threads.
        self._parent_loop = self._loop
        self._loop = None
        self._caller = LoopCaller()
        self.work = RealWork()
        self._finished.clear()

    # --- the engine's side: see ``core.event_loop.Background`` --------------------------------

    def attach(self, platform: Platform) -> None:
        """Follow the clock of ``platform`` from now on."""
        self._time.attach(platform)

    def is_due(self, horizon: datetime) -> bool:
        """Whether the loop has something to do by ``horizon``."""
        loop = self._loop
        if loop is None:
            return False
        selector = loop.selector
        if self._finished or loop.was_called or selector.has_files or not selector.is_quiet:
            return True
        return selector.next_due is not None and selector.next_due <= self._time.micros_of(horizon)

    def run(self, horizon: Horizon) -> bool:
        """Run up to a reply or to the horizon; return False at the horizon, with nothing new."""
        if self._loop is None or self.settle():
            return True
        selector, before = self._loop.selector, self._time.micros
        self._run_loop(horizon)
        is_over = (selector.is_quiet or selector.is_held) and self._time.micros == before
        return self.settle() or not is_over

    def settle(self) -> bool:
        """Hand over the replies that have come; return whether there were any."""
        finished, self._finished = self._finished, []
        for exchange in finished:
            exchange.hand_over()
        return bool(finished)

    def expect_outside(self) -> None:
        """Refuse a call from inside a handler.

        :raises SimulatorError: for such a call.
        """
        expect_outside(self._loop)

    # --- the applications' side ---------------------------------------------------------------

    @property
    def now(self) -> float:
        """The time of the loop in seconds."""
        return self._time.seconds()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin an exchange, and run until it has replied or waits for something."""
        loop = self._started()

        def begin() -> None:
            self._of_handlers.add(loop.create_task(work, name=f"{_HANDLER}{name}"))

        self._run_loop(self._time.stand_still, begin)

    def finish(self, exchange: Finished) -> None:
        """Stop the loop for a reply, which is handed over outside of it."""
        self._finished.append(exchange)
        self._started().stop()

    def expect_late(self, task: asyncio.Task[Any] | None) -> None:
        """Do not warn about the task of a handler whose lateness the call has shown."""
        if task is not None:
            self._of_handlers.discard(task)

    def withdraw(self, exchange: Finished) -> None:
        """Leave a finished exchange to its caller."""
        self._finished.remove(exchange)

    def run_alone(self, work: Coroutine[Any, Any, None], seconds: float) -> bool:
        """Run ``work`` on the loop's own time; return whether it ended within ``seconds``."""
        return self._submit(partial(self._run_alone, work, seconds))

    def run_until(self, is_done: Callable[[], bool]) -> None:
        """Run on the loop's own time until ``is_done`` or until nothing more happens."""
        loop = self._started()
        while not is_done():
            self._run_loop(None)
            if not self.settle() and loop.selector.is_quiet:
                return

    def close(self) -> None:
        """Cancel what the applications left running, and close the loop.

        Tasks that a handler of a webhook has started, and the handlers themselves, are named in a
        warning.
        """
        if self._loop is None:
            return
        left = self._caller.call(partial(self._close, self._loop), self._loop)
        self._warn(self._loop)
        self._caller.close()
        self._loop = None
        self._finished.clear()
        if left:
            more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
            warnings.warn(
                f"the simulator ended and cancelled {counted(len(left), 'task')} that a webhook "
                f"had started: {', '.join(left[:_SHOWN])}{more}. Let time pass before the end of "
                "the test, with call.waits(seconds=...)",
                RealTimeWarning,
                stacklevel=2,
            )

    # --- the loop -----------------------------------------------------------------------------

    def _started(self) -> VirtualEventLoop:
        if self._loop is None:
            self._loop = self._new_loop()
        return self._loop

    def _new_loop(self) -> VirtualEventLoop:
        loop = VirtualEventLoop(self._time, self.work)
        self._workers = ThreadPoolExecutor(thread_name_prefix="asyncio")
        loop.set_default_executor(self._workers)
        loop.set_task_factory(self._new_task)
        loop.set_exception_handler(self._on_exception)
        return loop

    def _new_task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Any,  # noqa: ANN401 - whatever asyncio accepts
        **options: Any,  # noqa: ANN401 - those of later versions of Python, too
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
        if CURRENT.get() is not None:
            self._of_handlers.add(task)
        return task

    def _on_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take an exception that no code of the application waits for."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self.report(application_error(error))
        else:
            loop.default_exception_handler(context)

    def _submit(self, function: Callable[[VirtualEventLoop], _T]) -> _T:
        loop = self._started()
        result = self._caller.call(partial(function, loop), loop)
        self._warn(loop)
        return result

    def _run_loop(
        self, horizon: Horizon | None, begin: Callable[[], object] = lambda: None
    ) -> None:
        self._submit(partial(self._run, horizon, begin))

    def _run(
        self, horizon: Horizon | None, begin: Callable[[], object], loop: VirtualEventLoop
    ) -> None:
        loop.was_called = False
        loop.thread_id = get_ident()
        loop.selector.begin(horizon)
        begin()
        with self._logged:
            loop.run_forever()

    def _run_alone(
        self, work: Coroutine[Any, Any, None], seconds: float, loop: VirtualEventLoop
    ) -> bool:
        task = loop.create_task(work)
        self._run_task(loop, task, seconds)
        if not task.done():
            task.cancel()
            self._run_task(loop, task, _CANCELLED_LIMIT)
            return False
        task.result()
        return True

    def _run_task(self, loop: VirtualEventLoop, task: asyncio.Future[Any], seconds: float) -> None:
        """Run until ``task`` is done, ``seconds`` have passed, or nothing more happens."""
        selector = loop.selector
        limit = loop.call_later(seconds, loop.stop)
        task.add_done_callback(lambda _: loop.stop())
        end = loop.time() + seconds
        while not task.done() and loop.time() < end:
            selector.waits_really = True
            self._run(None, lambda: None, loop)
            selector.waits_really = False
            if selector.is_quiet:
                break
        limit.cancel()

    def _warn(self, loop: VirtualEventLoop) -> None:
        """Warn in the thread of the test."""
        while loop.selector.diagnoses:
            warnings.warn(loop.selector.diagnoses.pop(0), RealTimeWarning, stacklevel=2)

    def _close(self, loop: VirtualEventLoop) -> list[str]:
        """Close the loop and return the names of the tasks that handlers have started."""
        running = asyncio.all_tasks(loop)
        left = sorted(_name(task) for task in running if task in self._of_handlers)
        for task in running:
            task.cancel()
        if running:
            self._run_task(loop, _all_done(loop, running), _CANCELLED_LIMIT)
        self._run_alone(loop.shutdown_asyncgens(), _CANCELLED_LIMIT, loop)
        if self._workers is not None:  # one that is still at work is not waited for
            self._workers.shutdown(wait=not self.work.has_threads, cancel_futures=True)
        loop.close()
        return left


def _all_done(
    loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]]
) -> asyncio.Future[None]:
    """Return a future that is done when all tasks are, whatever their results."""
    done: asyncio.Future[None] = loop.create_future()
    remaining = set(tasks)

    def count(task: asyncio.Task[Any]) -> None:
        remaining.discard(task)
        if not remaining and not done.done():
            done.set_result(None)

    for task in tasks:
        task.add_done_callback(count)
    return done


def _name(task: asyncio.Task[Any]) -> str:
    own = task.get_name()
    work = getattr(task.get_coro(), "__qualname__", "")
    return own if own.startswith(_HANDLER) or not work else work


def _detach(loop: VirtualEventLoop) -> None:
    """Keep a loop of the parent from removing files from the epoll that the processes share."""
    kind: Any = getattr(selectors, "EpollSelector", None)  # only Linux has one that a child shares
    number = loop.selector.fileno()
    if kind is not None and number is not None:
        with suppress(OSError), kind() as own:
            os.dup2(own.fileno(), number, inheritable=False)
