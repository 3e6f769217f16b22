"""The journal of a run: one SQLite file, one row for each call, written before each request.

It holds the documents, which may contain credentials of the application, so that a run can be
resumed: the file is readable by its owner only. Phone numbers are masked.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from callcontrol.bulk.errors import JournalError
from callcontrol.bulk.work import Action

VERSION = "1"
"""Version of the form; a journal of another one is refused."""

RowState = Literal["planned", "sent", "done", "gone", "refused", "unknown", "skipped"]
STATES: tuple[RowState, ...] = (
    "planned",
    "sent",
    "done",
    "gone",
    "refused",
    "unknown",
    "skipped",
)

_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (hash TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE calls (
    number INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL UNIQUE,
    action TEXT NOT NULL,
    document TEXT REFERENCES documents (hash),
    url TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    sent_at REAL,
    finished_at REAL
);
CREATE INDEX by_state ON calls (state, number);
"""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """What one call gets."""

    call_id: str
    action: Action
    body: bytes | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the journal."""

    number: int
    call_id: str
    action: Action
    body: bytes | None
    url: str | None
    state: RowState
    attempts: int
    detail: str
    sent_at: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """The new state of a row."""

    number: int
    state: RowState
    detail: str = ""
    at: float | None = None
    """Seconds since 1970."""


class Journal:
    """An open journal; one process at a time may run it, others may read and abort it."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock_file: int | None = None

    @classmethod
    def create(
        cls, path: "str | os.PathLike[str]", calls: Iterable[PlannedCall], about: Mapping[str, str]
    ) -> "Journal":
        """Create the file with all calls planned, at once or not at all.

        :raises JournalError: if the file exists, or cannot be written.
        """
        target = Path(path)
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            text = "the journal exists; resume it, or choose another name"
            raise JournalError(f"{target}: {text}") from None
        except OSError as error:
            raise JournalError(f"{target}: {error.strerror}") from error
        try:
            journal = cls(target, _connect(target))
            with journal._writing():
                journal._fill(calls, {"version": VERSION, **about})
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return journal

    @classmethod
    def open(cls, path: "str | os.PathLike[str]") -> "Journal":
        """Open an existing journal.

        :raises JournalError: if it is missing, damaged or of another version.
        """
        target = Path(path)
        if not target.is_file():
            raise JournalError(f"{target}: the journal does not exist")
        journal = cls(target, _connect(target))
        version = journal.about().get("version")
        if version != VERSION:
            journal.close()
            text = f"expected a journal of version {VERSION}, got {version or 'another file'}"
            raise JournalError(f"{target}: {text}")
        return journal

    def _fill(self, calls: Iterable[PlannedCall], about: Mapping[str, str]) -> None:
        # Not executescript, which would commit before the rows are there.
        for statement in _SCHEMA.split(";"):
            self._connection.execute(statement)
        self._connection.executemany("INSERT INTO about VALUES (?, ?)", list(about.items()))
        hashes: dict[bytes, str] = {}
        for call in calls:
            digest = None
            if call.body is not None:
                digest = hashes.get(call.body)
                if digest is None:
                    digest = hashes[call.body] = hashlib.sha256(call.body).hexdigest()
                    self._connection.execute(
                        "INSERT OR IGNORE INTO documents VALUES (?, ?)", (digest, call.body)
                    )
            self._connection.execute(
                "INSERT OR IGNORE INTO calls (call_id, action, document, url, state)"
                " VALUES (?, ?, ?, ?, 'planned')",
                (call.call_id, call.action, digest, call.url),
            )

    @contextmanager
    def running(self) -> Generator[None]:
        """Hold the journal for this process; the operating system frees it if the process dies.

        :raises JournalError: if another process runs it.
        """
        import fcntl

        lock = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise JournalError(f"{self.path}: another process runs this journal") from None
        try:
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _writing(self) -> Generator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise _journal_error(self.path, error) from error

    def _rows(self, query: str, *values: object) -> Sequence[tuple[object, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise _journal_error(self.path, error) from error

    def about(self) -> Mapping[str, str]:
        """Return who runs it, why, where, for which account, and with which version."""
        try:
            rows = self._connection.execute("SELECT key, value FROM about").fetchall()
        except sqlite3.OperationalError:
            return {}  # another file
        except sqlite3.DatabaseError as error:
            raise _journal_error(self.path, error) from error
        return dict(rows)

    def set_about(self, key: str, value: str) -> None:
        """Set one of them."""
        with self._writing():
            self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def planned(self, limit: int, after: int = 0) -> Sequence[Row]:
        """Return the next planned rows after a row number, in their order."""
        return [
            _row(values)
            for values in self._rows(
                f"{_SELECT} WHERE state = 'planned' AND number > ? ORDER BY number LIMIT ?",
                after,
                limit,
            )
        ]

    def rows(self, *states: RowState) -> Iterator[Row]:
        """Yield the rows in one of these states, or all."""
        wanted = states or STATES
        marks = ", ".join("?" * len(wanted))
        query = f"{_SELECT} WHERE state IN ({marks}) ORDER BY number"
        yield from map(_row, self._rows(query, *wanted))

    def counts(self) -> Mapping[RowState, int]:
        """Return the number of calls in each state."""
        rows = self._rows("SELECT state, count(*) FROM calls GROUP BY state")
        found = dict(cast("Sequence[tuple[RowState, int]]", rows))
        return {state: found.get(state, 0) for state in STATES}

    def mark_sent(self, numbers: Sequence[int], at: float) -> None:
        """Write that requests are about to be sent, before they are."""
        with self._writing():
            self._connection.executemany(
                "UPDATE calls SET state = 'sent', attempts = attempts + 1, sent_at = ?"
                " WHERE number = ?",
                [(at, number) for number in numbers],
            )

    def apply(self, changes: Sequence[Change]) -> None:
        """Write new states, all or none."""
        with self._writing():
            self._connection.executemany(
                "UPDATE calls SET state = ?, detail = ?, finished_at = ? WHERE number = ?",
                [(change.state, change.detail, change.at, change.number) for change in changes],
            )

    def settle_interrupted(self, *, repeat: bool) -> None:
        """Decide about requests of a process that died: unknown, or planned again."""
        state = "planned" if repeat else "unknown"
        found = ("sent", "unknown") if repeat else ("sent",)
        with self._writing():
            self._connection.executemany(
                "UPDATE calls SET state = ?, detail = 'the process ended before the reply came'"
                " WHERE state = ?",
                [(state, old) for old in found],
            )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


_SELECT = (
    "SELECT number, call_id, action, body, url, state, attempts, detail, sent_at"
    " FROM calls LEFT JOIN documents ON hash = document"
)


def _row(values: tuple[object, ...]) -> Row:
    make: Callable[..., Row] = Row
    return make(*values)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=10, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        # A commit survives the end of the process; only a power failure may lose the last ones.
        connection.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.Error as error:
        raise _journal_error(path, error) from error
    return connection


def _journal_error(path: Path, error: sqlite3.Error) -> JournalError:
    return JournalError(f"{path}: {error}")
