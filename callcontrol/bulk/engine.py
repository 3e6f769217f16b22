"""Carries out a journal with threads, or with an executor of the user's own."""

from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from queue import Empty, Queue
from typing import TYPE_CHECKING

from callcontrol.bulk.dispatcher import POLL, Dispatcher, RunOptions
from callcontrol.bulk.errors import BulkError, JournalError
from callcontrol.bulk.journal import Journal
from callcontrol.bulk.report import Report
from callcontrol.bulk.work import Outcome, WorkUnit, perform, perform_here

if TYPE_CHECKING:
    from callcontrol.client import Client

Submit = Callable[[WorkUnit], "Future[Outcome]"]

DEFAULTS = RunOptions()
_REPEATING = ("distributed", "dask", "ray", "ipyparallel")
"""Packages whose executors run the work of a lost worker again, finished work included."""


@dataclass
class _Executors:
    """How work is handed to an executor."""

    submit: Submit
    repeats: bool = False
    starts: dict[int, int] = field(default_factory=dict[int, int])
    """Starts of each unit, as far as an executor that repeats work tells them."""


def run(
    journal: Journal, client: "Client", options: RunOptions, executor: Executor | None = None
) -> Report:
    """Carry out a journal, close it, and return the totals.

    :raises BulkError: for an executor that repeats work, unless ``unknown`` is ``"repeat"``.
    :raises JournalError: if the journal is run elsewhere, is of another account, or cannot be
        written.
    """
    try:
        expect_account(journal, client.account_id)
        expect_executor(executor, options)
        with journal.running(), _submitting(client, options, executor) as submit:
            return _Run(Dispatcher(journal, options), submit, options).complete()
    finally:
        journal.close()


def expect_account(journal: Journal, account_id: str) -> None:
    """Raise JournalError if a journal belongs to another account."""
    account = journal.about().get("account", "")
    if account != account_id:
        text = f"expected a journal of account {account_id}, got one of account {account}"
        raise JournalError(f"{journal.path}: {text}")


def expect_executor(executor: Executor | None, options: RunOptions) -> None:
    """Raise BulkError for an executor that repeats work which may not be repeated."""
    if executor is not None and repeats_work(executor) and options.unknown != "repeat":
        raise BulkError(
            f"executor: {type(executor).__name__} runs the work of a lost worker again, so calls "
            'may be changed twice; accept it with unknown="repeat"'
        )


def repeats_work(executor: Executor) -> bool:
    """Return whether an executor runs units again by itself."""
    return type(executor).__module__.partition(".")[0] in _REPEATING


@contextmanager
def _submitting(
    client: "Client", options: RunOptions, executor: Executor | None
) -> Generator[Submit]:
    """Yield the function that starts a unit; an executor that was handed in is not shut down."""
    if executor is not None:
        yield lambda unit: executor.submit(perform_here, unit)
        return
    quick = client.with_options(max_retries=0)  # repeats are paced here, for all workers
    with ThreadPoolExecutor(options.workers, "callcontrol bulk") as threads:
        yield lambda unit: threads.submit(perform, quick, unit)


class _Run:
    """One run of a journal, in the thread that called it."""

    def __init__(self, dispatcher: Dispatcher, submit: Submit, options: RunOptions) -> None:
        self._dispatcher = dispatcher
        self._submit = submit
        self._options = options
        self._finished: Queue[tuple[WorkUnit, Future[Outcome]]] = Queue()
        self._next_look = 0.0

    def complete(self) -> Report:
        """Hand out work until there is none, or the run stops; Ctrl-C waits for what is under way.

        A second Ctrl-C does not wait.
        """
        try:
            self._loop()
        except KeyboardInterrupt:
            self._dispatcher.stop("interrupted")
            self._loop()
        report = self._dispatcher.report()
        if self._options.on_progress is not None:
            self._options.on_progress(report)
        return report

    def _loop(self) -> None:
        dispatcher, clock = self._dispatcher, self._options.monotonic
        while not dispatcher.is_over:
            now = clock()
            for unit in dispatcher.next_units(now):
                self._submit(unit).add_done_callback(partial(self._collect, unit))
            self._receive(dispatcher.seconds_to_wait(now))
            dispatcher.write()
            if now >= self._next_look:
                self._next_look = now + POLL
                dispatcher.check_abort()
                if self._options.on_progress is not None:
                    self._options.on_progress(dispatcher.report())
        dispatcher.write()

    def _collect(self, unit: WorkUnit, future: "Future[Outcome]") -> None:
        self._finished.put((unit, future))

    def _receive(self, seconds: float) -> None:
        """Take note of outcomes; wait for the first one for so many seconds at most."""
        try:
            unit, future = self._finished.get(timeout=max(0.001, seconds))
            while True:
                self._dispatcher.finished(unit, _outcome(future), self._options.monotonic())
                unit, future = self._finished.get_nowait()
        except Empty:
            return


def _outcome(future: "Future[Outcome]") -> Outcome:
    """Return the outcome of a future; one that failed or was cancelled says nothing certain."""
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - whatever an executor raises
        return Outcome("unknown", f"the worker failed: {type(error).__name__}")


def resume(
    journal: "str | PathLike[str]",
    client: "Client",
    options: RunOptions = DEFAULTS,
    *,
    executor: Executor | None = None,
) -> Report:
    """Go on with a journal after a crash, an abort, Ctrl-C or a stop, and return all totals.

    Requests under way when the process ended count as unknown. With ``options.unknown`` set to
    ``"repeat"`` these and other unknown ones are sent again, which restarts the prompt of a call
    that had the new document already.

    :raises JournalError: for a journal that cannot be used.
    """
    opened = Journal.open(journal)
    try:
        expect_account(opened, client.account_id)
        with opened.running():
            opened.settle_interrupted(repeat=options.unknown == "repeat")
            opened.set_about("aborted", "")
    except BaseException:
        opened.close()
        raise
    return run(opened, client, options, executor)


def abort(journal: "str | PathLike[str]", reason: str = "aborted") -> None:
    """Make the process that runs a journal stop handing out requests, within a second.

    :raises JournalError: for a journal that cannot be used.
    """
    opened = Journal.open(journal)
    try:
        opened.set_about("aborted", reason)
    finally:
        opened.close()
