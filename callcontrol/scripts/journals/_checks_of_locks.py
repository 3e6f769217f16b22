"""Checks of a journal that several threads and processes use at once."""

import os
import signal
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from traceback import print_exc

from callcontrol.scripts.errors import EntryExistsError, JournalBusyError
from callcontrol.scripts.journals._expectations import (
    Open,
    entry_of,
    expect,
    expect_raises,
    opened,
    run_of,
)
from callcontrol.scripts.journals.model import Changes
from callcontrol.scripts.journals.protocol import Journal

_PATIENCE = 60.0
"""Seconds after which a lock counts as held without end, on a busy machine."""
_THREADS = 8
_STEPS = 12


def lock_has_one_holder(open_journal: Open) -> None:
    """Among all journals on the store; each run has its own lock, which an exception releases."""
    with opened(open_journal, 2) as (first, second):
        first.create(run_of("r-1"))
        with first.lock("r-1", timeout=0):
            for journal in (first, second):
                with (
                    expect_raises("lock that is held", JournalBusyError),
                    journal.lock("r-1", timeout=0.05),
                ):
                    pass
            with second.lock("r-2", timeout=_PATIENCE):  # a run that is not created yet
                first.commit("r-1", Changes((entry_of(1),)))
        with expect_raises("block under a lock", KeyError), second.lock("r-1", timeout=_PATIENCE):
            _fail()
        with first.lock("r-1", timeout=_PATIENCE), first.lock("r-3", timeout=_PATIENCE):
            pass


def lock_is_given_to_those_who_wait(open_journal: Open) -> None:
    """No two threads hold it together, and all get it."""
    with opened(open_journal, 2) as journals:
        holders, most = 0, 0

        def hold(number: int) -> None:
            nonlocal holders, most
            for _ in range(3):
                with journals[number % 2].lock("r-1", timeout=_PATIENCE):
                    holders += 1
                    most = max(most, holders)
                    time.sleep(0.001)
                    holders -= 1

        _in_threads(hold, _THREADS)
        expect("holders at once", most, 1)


def one_of_many_writers_writes_a_step(open_journal: Open) -> None:
    """Without the lock: of all threads that commit an entry, one succeeds."""
    with opened(open_journal, 2) as journals:
        journals[0].create(run_of("r-1"))
        written: list[int] = []
        _in_threads(lambda number: written.extend(_race(journals[number % 2])), _THREADS)
        expect("commits of a step", Counter(written), Counter(range(_STEPS)))
        expect("entries", len(journals[0].entries("r-1")), _STEPS)


def one_of_two_processes_writes_a_step(open_journal: Open) -> None:
    """Of the threads of two processes, too, one succeeds for each step."""
    with opened(open_journal) as [journal]:
        journal.create(run_of("r-1"))

    def compete() -> None:
        with opened(open_journal) as [own]:
            written: list[int] = []
            _in_threads(lambda _: written.extend(_race(own)), _THREADS)
            own.set_setting(f"written {os.getpid()}", str(len(written)))

    with _child(compete) as first, _child(compete) as second:
        pass
    with opened(open_journal) as [journal]:
        shares = [int(journal.setting(f"written {child}") or -1) for child in (first, second)]
        expect("commits of both processes", sum(shares), _STEPS)
        steps = sorted(entry.step for entry in journal.entries("r-1"))
        expect("steps", steps, list(range(_STEPS)))


def lock_of_a_killed_process_is_free(open_journal: Open) -> None:
    """After SIGKILL, without waiting for a time to pass that the holder was given."""
    reader, writer = os.pipe()

    def hold() -> None:
        with opened(open_journal) as [own], own.lock("r-1", timeout=_PATIENCE):
            os.write(writer, b"x")
            time.sleep(_PATIENCE)

    with opened(open_journal) as [journal]:
        with _child(hold, killed=True) as child:
            os.read(reader, 1)
            with (
                expect_raises("lock that another process holds", JournalBusyError),
                journal.lock("r-1", timeout=0.1),
            ):
                pass
            os.kill(child, signal.SIGKILL)
            with journal.lock("r-1", timeout=_PATIENCE):
                pass
        for descriptor in (reader, writer):
            os.close(descriptor)


def a_child_does_not_keep_the_lock_of_its_parent(open_journal: Open) -> None:
    """Free the lock of a killed process although a child that it forked lives on."""
    ready, is_ready = os.pipe()
    over, is_over = os.pipe()

    def live_on() -> None:
        os.close(is_over)
        os.write(is_ready, b"x")
        os.read(over, 1)  # until the test has closed the other end

    def hold() -> None:
        with opened(open_journal) as [own], own.lock("r-1", timeout=_PATIENCE), _child(live_on):
            time.sleep(_PATIENCE)

    with opened(open_journal) as [journal], _child(hold, killed=True) as child:
        os.read(ready, 1)
        os.kill(child, signal.SIGKILL)
        with journal.lock("r-1", timeout=_PATIENCE):
            os.close(is_over)
    for descriptor in (ready, is_ready, over):
        os.close(descriptor)


def a_forked_child_is_a_process_of_its_own(open_journal: Open) -> None:
    """Use the journal of a parent, whose locks the child does not hold."""
    with opened(open_journal) as [journal]:
        journal.create(run_of("r-1"))

        def use() -> None:
            expect("run in the child", journal.run("r-1"), run_of("r-1"))
            with (
                expect_raises("lock of the parent", JournalBusyError),
                journal.lock("r-1", timeout=0.05),
            ):
                pass
            with journal.lock("r-2", timeout=_PATIENCE):
                journal.commit("r-1", Changes((entry_of(1),)))

        with journal.lock("r-1", timeout=_PATIENCE):
            with _child(use):
                journal.commit("r-1", Changes((entry_of(2),)))
            with (
                expect_raises("lock after the child has ended", JournalBusyError),
                journal.lock("r-1", timeout=0.05),
            ):
                pass
        expect("steps", sorted(entry.step for entry in journal.entries("r-1")), [1, 2])


def _fail() -> None:
    raise KeyError


def _race(journal: Journal) -> Generator[int]:
    """Commit all steps; yield those that were not written before."""
    for step in range(_STEPS):
        try:
            journal.commit("r-1", Changes((entry_of(step),)))
        except EntryExistsError:
            continue
        yield step


def _in_threads(work: Callable[[int], None], count: int) -> None:
    errors: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def _child(work: Callable[[], None], *, killed: bool = False) -> Generator[int]:
    """Do some work in a forked process; wait for it, and fail if it failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forks with threads are the point
        child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - a child must not go on as its parent
            print_exc()
        finally:
            os._exit(status)
    try:
        yield child
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    _, status = os.waitpid(child, 0)
    expect("end of the process", os.waitstatus_to_exitcode(status), -9 if killed else 0)


THREAD_CHECKS = (
    lock_has_one_holder,
    lock_is_given_to_those_who_wait,
    one_of_many_writers_writes_a_step,
)
PROCESS_CHECKS = (
    one_of_two_processes_writes_a_step,
    lock_of_a_killed_process_is_free,
    a_child_does_not_keep_the_lock_of_its_parent,
    a_forked_child_is_a_process_of_its_own,
)
