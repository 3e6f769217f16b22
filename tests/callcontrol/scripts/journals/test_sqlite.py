"""What is particular to a journal in a file: faults of the file, forks, and its locks."""

import os
import signal
import sqlite3
import stat
import threading
import warnings
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals import Changes, Entry, Run, SQLiteJournal, _file_locks
from callcontrol.scripts.journals.conformance import CHECKS, Check
from tests.journal_checks import failure_of
from tests.waiting import PATIENCE, wait_until

RUN = Run("r-1", "front-desk", "1", 1.0, 1.0)


def entry(step: int, value: str = "{}") -> Entry:
    """Return what resolved a step."""
    return Entry("", step, "event", 0, value)


@pytest.fixture
def path(folder: Path) -> Path:
    """Return where the journal is."""
    return folder / "calls.sqlite"


@pytest.fixture
def journal(path: Path) -> Generator[SQLiteJournal]:
    """Return a journal with a run."""
    journal = SQLiteJournal(path)
    journal.create(RUN)
    yield journal
    journal.close()


def forked(work: Callable[[], None]) -> int:
    """Do some work in a child; return its process id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks while threads run
        child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


# --- the file -----------------------------------------------------------------------------


def test_only_the_owner_reads_it(journal: SQLiteJournal, path: Path) -> None:
    """The database, its log, and the files of the locks."""
    with journal.lock("r-1", timeout=0):
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    names = ("", "-runs.lock", "-shm", "-wal", "-writers.lock")
    assert modes == {f"calls.sqlite{name}": 0o600 for name in names}


def change(path: Path, *statements: str) -> None:
    """Change a database from outside."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def another_version(path: Path) -> None:
    """As a later release of this library may write it."""
    SQLiteJournal(path).close()
    change(path, "UPDATE callcontrol_about SET version = 2")


def another_database(path: Path) -> None:
    """Of another program."""
    change(path, "CREATE TABLE mine (a)")


def no_database(path: Path) -> None:
    """But a text file."""
    path.write_text("Dear diary, " * 100)


def damaged(path: Path) -> None:
    """With bytes of another file in it."""
    journal = SQLiteJournal(path)
    for number in range(50):
        journal.create(Run(f"r-{number}", "front-desk", "1", 1.0, 1.0, arguments="x" * 500))
    journal.close()
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)


def truncated(path: Path) -> None:
    """Only the first half of it."""
    damaged(path)
    path.write_bytes(path.read_bytes()[:5000])


EXPECTED = "expected a journal of call scripts of version 1"
UNUSABLE = "the journal cannot be read or written"
FAULTS: dict[Callable[[Path], None], str] = {
    another_version: f"{EXPECTED}, got version 2; use the release of this library that made it, or"
    " choose another path",
    another_database: f"{EXPECTED}, got another database; choose another path",
    no_database: f"{UNUSABLE}: file is not a database; it is not a journal; choose another path",
    damaged: f"{UNUSABLE}: database disk image is malformed; restore a backup, or move the file and"
    " its -wal away to begin anew, without the calls in it",
    truncated: f"{UNUSABLE}: database disk image is malformed; restore a backup, or move the file"
    " and its -wal away to begin anew, without the calls in it",
    Path.mkdir: f"{UNUSABLE}: unable to open database file; check that the folder exists, and its"
    " permissions",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_file_that_cannot_be_used(fault: Callable[[Path], None], path: Path) -> None:
    """Is named with what to do, and stays unchanged."""
    fault(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(JournalError) as caught:
        SQLiteJournal(path)
    assert str(caught.value) == f"{path}: {FAULTS[fault]}"
    assert before == (path.read_bytes() if path.is_file() else b"")


def test_a_folder_that_is_missing(folder: Path) -> None:
    """It is not made: the path may be a mistake."""
    with pytest.raises(JournalError, match=r"cannot be made: No such file or directory$"):
        SQLiteJournal(folder / "missing" / "calls.sqlite")


def test_a_full_disk(journal: SQLiteJournal) -> None:
    """A commit is not written at all, and the next one is when there is room again."""
    with journal._use() as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(JournalError, match=r"disk is full; free some space; calls go on from th"):
        journal.commit("r-1", Changes((entry(1), entry(2, "x" * 100_000))))
    assert list(journal.entries("r-1")) == []
    journal.commit("r-1", Changes((entry(1), entry(2, "x" * 100_000))))
    assert len(journal.entries("r-1")) == 2


def test_a_database_that_another_program_has_locked(
    journal: SQLiteJournal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is waited for, and then named."""
    monkeypatch.setattr("callcontrol.scripts.journals._sqlite_connections._WAIT", 0.05)
    journal._connections._close_idle()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="is locked; another program has locked it; end th"):
            journal.commit("r-1", Changes((entry(1),)))
        other.execute("ROLLBACK")
    journal.commit("r-1", Changes((entry(1),)))


# --- processes ----------------------------------------------------------------------------


def test_forks_while_threads_write(journal: SQLiteJournal, path: Path) -> None:
    """No commit is lost, in parent and children, and the file stays sound."""
    stopped, forks, each = threading.Event(), 12, 5

    def write(thread: int) -> int:
        step = 0
        while not stopped.is_set():
            journal.commit("r-1", Changes((Entry(f"thread {thread}", step, "event", 0, ""),)))
            step += 1
        return step

    def write_as_child(number: int) -> None:
        for step in range(each):
            journal.commit("r-1", Changes((Entry(f"child {number}", step, "event", 0, ""),)))

    with ThreadPoolExecutor(2) as pool:
        threads = [pool.submit(write, number) for number in range(2)]
        children = [forked(lambda n=number: write_as_child(n)) for number in range(forks)]  # type: ignore[misc] # a loop variable
        ends = [os.waitpid(child, 0)[1] for child in children]
        stopped.set()
        written = sum(thread.result(PATIENCE) for thread in threads)
    assert ends == [0] * forks
    assert len(journal.entries("r-1")) == written + forks * each
    journal.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_child_that_outlives_its_parent(path: Path) -> None:
    """Its commits are in the file, whose log the parent removed when it closed the journal."""
    parent_has_gone, to_child = os.pipe()
    from_child, child_is_done = os.pipe()

    def child(journal: SQLiteJournal) -> None:
        os.close(to_child)
        os.read(parent_has_gone, 1)
        for step in range(5):
            journal.commit("r-1", Changes((entry(step),)))
        os.write(child_is_done, b"x")

    def parent() -> None:
        journal = SQLiteJournal(path)
        journal.create(RUN)
        forked(lambda: child(journal))
        journal.close()

    os.waitpid(forked(parent), 0)
    with closing(SQLiteJournal(path)) as other:
        other.run("r-1")
    os.close(to_child)
    os.close(child_is_done)
    assert os.read(from_child, 1) == b"x"
    with closing(SQLiteJournal(path)) as other:
        assert len(other.entries("r-1")) == 5
    for descriptor in (parent_has_gone, from_child):
        os.close(descriptor)


def test_a_writer_that_is_killed(journal: SQLiteJournal) -> None:
    """Frees the queue, and leaves nothing of its transaction."""
    reader, writer = os.pipe()

    def write_half() -> None:
        def work(transaction: object) -> None:
            assert isinstance(transaction, sqlite3.Connection)
            transaction.execute("UPDATE callcontrol_runs SET detail = 'half'")
            os.write(writer, b"x")
            signal.pause()

        journal._write(work)

    child = forked(write_half)
    os.read(reader, 1)
    with ThreadPoolExecutor() as pool:
        commit = pool.submit(journal.commit, "r-1", Changes((entry(1),)))
        assert not commit.done()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        commit.result(PATIENCE)
    assert journal.run("r-1") == RUN
    for descriptor in (reader, writer):
        os.close(descriptor)


OF_PROCESSES = [check for check in CHECKS if check.several_processes]


@pytest.mark.parametrize("check", OF_PROCESSES, ids=str)
def test_without_locks_of_descriptors(
    check: Check, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other systems have locks of processes only."""
    monkeypatch.setattr(_file_locks, "_has_descriptor_locks", lambda: False)
    assert failure_of(check, lambda: SQLiteJournal(path)) == ""


def test_a_journal_that_is_closed_while_it_is_used(journal: SQLiteJournal) -> None:
    """The operation ends; no connection stays open."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> bool:
        begun.set()
        return go_on.wait(PATIENCE)

    with ThreadPoolExecutor() as pool:
        operation = pool.submit(journal._write, slow)
        assert begun.wait(PATIENCE)
        closing_thread = pool.submit(journal.close)
        wait_until(lambda: journal._closed, "the journal is closed")
        go_on.set()
        assert operation.result(PATIENCE)
        closing_thread.result(PATIENCE)
    assert journal._connections._idle == []


def test_a_file_that_was_removed(tmp_path: Path) -> None:
    """Nothing is written into a file that no other process sees; it may come back."""
    path, other = tmp_path / "runs.db", tmp_path / "other.db"
    with closing(SQLiteJournal(path)) as journal:
        journal.set_setting("name", "value")
        path.rename(other)
        with pytest.raises(JournalError, match="the file was removed or replaced"):
            journal.setting("name")
        path.touch()
        with pytest.raises(JournalError, match="the file was removed or replaced"):
            journal.set_setting("name", None)
        other.replace(path)
        assert journal.setting("name") == "value"
