"""Carries out a journal with threads, or with an executor of the user's own."""

import pickle
import signal
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, Queue
from threading import current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol.bulk.dispatcher import Dispatcher
from callcontrol.bulk.errors import BulkError, JournalError
from callcontrol.bulk.journal import Journal
from callcontrol.bulk.options import Settings
from callcontrol.bulk.report import Report
from callcontrol.bulk.turns import Turns
from callcontrol.bulk.work import Outcome, WorkUnit, perform, perform_here

if TYPE_CHECKING:
    from callcontrol.client import Client

Submit = Callable[[WorkUnit], "Future[Outcome]"]

REPEATING = ("distributed",)
"""Packages whose executors run the work of a lost worker again, finished work included."""
INTERRUPTED = "interrupted"
SHORTEST_WAIT = 0.001
"""Seconds."""


def run(
    journal: Journal, client: "Client", settings: Settings, executor: Executor | None = None
) -> Report:
    """Carry out a journal that this process holds, and return the totals.

    :raises BulkError: for an executor that repeats work, unless ``unknown`` is ``"repeat"``.
    :raises JournalError: if the journal is of another account, or cannot be written.
    """
    expect_account(journal, client.account_id)
    expect_executor(executor, settings)
    dispatcher = Dispatcher(journal, settings)
    with _submitting(journal, client, settings, executor) as submit:
        _Run(dispatcher, submit, settings).carry_out()
    return dispatcher.complete()


def expect_account(journal: Journal, account_id: str) -> None:
    """Raise JournalError if a journal belongs to another account."""
    account = journal.about().get("account", "")
    if account != account_id:
        text = f"expected a journal of account {account_id}, got one of account {account}"
        raise JournalError(f"{journal.path}: {text}")


def expect_executor(executor: Executor | None, settings: Settings) -> None:
    """Raise BulkError for an executor that cannot take the work, or may repeat it."""
    if executor is None:
        return
    if _repeats_work(executor):
        if settings.unknown != "repeat":
            raise BulkError(
                f"executor: {type(executor).__name__} runs the work of a lost worker again, so "
                'calls may be changed twice; accept it with unknown="repeat"'
            )
    elif settings.options.skip_if is not None:
        try:
            pickle.dumps(settings.options.skip_if)
        except (pickle.PicklingError, AttributeError, TypeError):
            text = "expected a function that can be pickled, at the top of a module, got another"
            raise BulkError(f"skip_if: {text}") from None


def _repeats_work(executor: Executor) -> bool:
    """Return whether an executor runs units again by itself."""
    return type(executor).__module__.partition(".")[0] in REPEATING


@contextmanager
def _submitting(
    journal: Journal, client: "Client", settings: Settings, executor: Executor | None
) -> Generator[Submit]:
    """Yield the function that starts a unit; an executor that was handed in is not shut down."""
    if executor is None:
        quick = client.with_options(max_retries=0)  # repeats are paced here, for all workers
        threads = ThreadPoolExecutor(settings.options.workers, "callcontrol bulk")
        waits = True
        try:
            yield lambda unit: threads.submit(perform, quick, unit)
        except KeyboardInterrupt:
            waits = False
            raise
        finally:
            threads.shutdown(wait=waits, cancel_futures=True)
    elif _repeats_work(executor):
        with FIRST_IMPORT:
            from callcontrol.bulk.dask import counting

        with counting(executor) as counted:
            try:
                yield counted.submit
            finally:
                journal.mark_twice(counted.repeated())
    else:
        yield lambda unit: executor.submit(perform_here, unit)


class _Run:
    """One run of a journal, in the thread that called it."""

    def __init__(self, dispatcher: Dispatcher, submit: Submit, settings: Settings) -> None:
        self._dispatcher = dispatcher
        self._submit = submit
        self._clock = settings.options.monotonic
        self._turns = Turns(dispatcher, settings)
        self._finished: Queue[tuple[WorkUnit, Future[Outcome]]] = Queue()

    def carry_out(self) -> None:
        """Hand out work until there is none, or the run stops.

        The first Ctrl-C stops the run and waits for what is under way, the second does not wait.
        After an error, such as a full disk, the outcomes of what is under way are awaited too.
        """
        with _interrupting(partial(self._dispatcher.stop, INTERRUPTED)):
            try:
                self._until_over(self._turns.end)
                self._turns.last()
            except Exception as error:
                self._dispatcher.stop(f"{type(error).__name__}: {error}")
                with suppress(JournalError):
                    self._until_over(self._turns.end_quietly)
                    self._dispatcher.write()
                    self._dispatcher.complete()
                raise

    def _until_over(self, end_of_turn: Callable[[float], None]) -> None:
        dispatcher = self._dispatcher
        while not dispatcher.is_over:
            now = self._clock()
            for unit in dispatcher.next_units(now):
                self._start(unit)
            self._receive(dispatcher.seconds_to_wait(now))
            end_of_turn(now)

    def _start(self, unit: WorkUnit) -> None:
        try:
            future = self._submit(unit)
        except Exception as error:  # noqa: BLE001 - a broken or closed executor
            text = f"the executor takes no more work: {type(error).__name__}"
            self._dispatcher.finished(unit, Outcome("rejected", text), self._clock())
        else:
            future.add_done_callback(partial(self._collect, unit))

    def _collect(self, unit: WorkUnit, future: "Future[Outcome]") -> None:
        self._finished.put((unit, future))

    def _receive(self, seconds: float) -> None:
        """Record outcomes; wait for the first one for some seconds at most."""
        try:
            unit, future = self._finished.get(timeout=max(SHORTEST_WAIT, seconds))
            while True:
                self._dispatcher.finished(unit, _outcome(future), self._clock())
                unit, future = self._finished.get_nowait()
        except Empty:
            return


def _outcome(future: "Future[Outcome]") -> Outcome:
    """Return the outcome of a future; one that failed or was cancelled says nothing certain."""
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - whatever an executor raises
        return Outcome("unknown", f"the worker failed: {type(error).__name__}")


@contextmanager
def _interrupting(stop: Callable[[], None]) -> Generator[None]:
    """Let the first Ctrl-C call ``stop``; only the main thread can listen to signals.

    A handler of the application's own is left in place.
    """
    default = signal.default_int_handler
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not default:
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, default)
        stop()

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, default)
