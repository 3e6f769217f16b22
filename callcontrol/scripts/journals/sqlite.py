"""A journal in a SQLite file: for one machine with any number of processes.

A commit survives the end of the process, SIGKILL included; after a power failure the last commits
may be missing, unless the journal is ``durable``. Two files beside the database hold locks: one of
the runs, and one in which writers queue, because SQLite itself would poll.
"""

import os
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from bxml._once import FIRST_USE
from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals import _tables as tables
from callcontrol.scripts.journals._file_locks import RunRanges, WriterQueue
from callcontrol.scripts.journals._file_systems import refusal
from callcontrol.scripts.journals._run_locks import RunLocks, busy
from callcontrol.scripts.journals._sql import Row, SqlJournal, Statements
from callcontrol.scripts.journals._sqlite_connections import SQLiteConnections

T = TypeVar("T")

_ADVICE = {
    sqlite3.SQLITE_FULL: "free some space; calls go on from their last step then",
    sqlite3.SQLITE_NOTADB: "it is not a journal; choose another path",
    sqlite3.SQLITE_CORRUPT: "restore a backup, or move the file and its -wal away to begin anew,"
    " without the calls in it",
    sqlite3.SQLITE_BUSY: "another program has locked it; end that program",
    sqlite3.SQLITE_READONLY: "check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "check that the folder exists, and its permissions",
    sqlite3.SQLITE_IOERR: "check the disk, its free space, and limits of the process",
}
_PRIMARY_CODE = 0xFF
"""The part of SQLite's error codes that ``_ADVICE`` goes by."""


class SQLiteJournal(SqlJournal):
    """A journal in a file, which is made if it is missing, readable by its owner only.

    :param path: the file; it must be on a local disk.
    :param durable: whether commits survive a power failure, at the cost of a write to the disk for
        each.
    :raises JournalError: if the file cannot be used, is not a journal or one of another version, or
        is on a network or on the layers of a container.
    """

    _contains = "instr"
    _for_update = ""

    def __init__(self, path: str | os.PathLike[str], *, durable: bool = False) -> None:
        self._path = Path(os.path.abspath(path))  # noqa: PTH100 - keeps symbolic links
        if find_spec("fcntl") is None:
            raise JournalError(f"{self._path}: locks need a Unix; use PostgresJournal")
        if refused := refusal(self._path):
            raise JournalError(f"{self._path}: {refused}")
        self._closed = False
        self._file: tuple[int, int] | None = None
        self._locks = RunLocks()
        self._ranges = RunRanges(f"{self._path}-runs.lock")
        self._queue = WriterQueue(f"{self._path}-writers.lock")
        self._connections = SQLiteConnections(self._path, durable=durable)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"SQLiteJournal({str(self._path)!r})"

    def _prepare(self) -> None:
        with FIRST_USE:  # closing a descriptor of the file releases this process's locks on it
            self._make_file()
        self._file = _identity(self._path)
        with self._use() as connection, self._queue.turn():
            if not _expect_journal(self._path, connection):
                connection.execute("PRAGMA journal_mode=WAL")
                _transact(connection, _make_tables)

    def _make_file(self) -> None:
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            return
        except (OSError, ValueError) as error:
            text = getattr(error, "strerror", error)
            raise JournalError(f"{self._path}: the journal cannot be made: {text}") from error

    @contextmanager
    def _use(self) -> Generator[sqlite3.Connection]:
        if self._closed:
            raise JournalError(f"{self._path}: the journal is closed")
        if _identity(self._path) != self._file:
            text = "the file was removed or replaced, and the calls of this process with it"
            raise JournalError(f"{self._path}: {text}; put it back, or restart the process")
        try:
            with self._connections.use() as connection:
                yield connection
        except sqlite3.Error as error:
            raise _journal_error(self._path, error) from error

    def _read(self, query: str, *values: object) -> Sequence[Row]:
        with self._use() as connection:
            try:
                return connection.execute(query, values).fetchall()
            except (UnicodeEncodeError, OverflowError):  # no row has such a value
                return ()

    def _write(self, work: Callable[[Statements], T]) -> T:
        with self._use() as connection, self._queue.turn():
            return _transact(connection, work)

    @contextmanager
    def _locked(self, run_id: str, timeout: float) -> Generator[None]:
        if self._closed:
            raise JournalError(f"{self._path}: the journal is closed")
        with self._locks.hold(run_id, timeout) as deadline:
            if not self._ranges.acquire(run_id, deadline):
                raise busy(run_id, timeout)
            try:
                yield
            finally:
                self._ranges.release(run_id)

    def lock(self, run_id: str, *, timeout: float) -> AbstractContextManager[None]:
        """Hold the lock of a run: one holder at a time among all threads and processes.

        The lock is free again when its holder's process ends, however it ends.

        :param timeout: seconds to wait for it.
        :raises JournalBusyError: if it was not free within that time.
        """
        return self._locked(run_id, timeout)

    def close(self) -> None:
        """Release files and connections; the journal cannot be used afterwards."""
        self._closed = True
        self._connections.close()
        self._ranges.close()
        self._queue.close()


def _transact(connection: sqlite3.Connection, work: Callable[[Statements], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _make_tables(transaction: Statements) -> None:
    for statement in tables.SCHEMA:
        kinds = {"double": "REAL", "serial": "INTEGER PRIMARY KEY", "collate": ""}
        transaction.execute(statement.format(**kinds), ())


def _expect_journal(path: Path, connection: sqlite3.Connection) -> bool:
    """Return whether the file has the tables of a journal; False if it is empty.

    :raises JournalError: if it has other tables or those of another version.
    """
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not found:
        return False
    expected = f"expected a journal of call scripts of version {tables.VERSION}"
    if "callcontrol_about" not in found:
        raise JournalError(f"{path}: {expected}, got another database; choose another path")
    [(version,)] = connection.execute(tables.ABOUT).fetchall()
    if version != tables.VERSION:
        advice = "use the release of this library that made it, or choose another path"
        raise JournalError(f"{path}: {expected}, got version {version}; {advice}")
    return True


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what another file of the same name does not have; None if there is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _journal_error(path: Path, error: sqlite3.Error) -> JournalError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    advice = f"; {_ADVICE[code]}" if code in _ADVICE else ""
    return JournalError(f"{path}: the journal cannot be read or written: {error}{advice}")
