"""The journal of a run: one SQLite file, one row for each call, written before each request.

It holds the documents, which may contain credentials of the application, so that a run can be
resumed: the file is readable by its owner only. Phone numbers in texts are masked. Commits survive
the end of the process (SIGKILL); only a power failure may lose the last ones.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from callcontrol.bulk.errors import JournalError
from callcontrol.bulk.lock import held
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
    maybe_twice INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    sent_at REAL,
    finished_at REAL
);
CREATE INDEX by_state ON calls (state, number);
"""
_SELECT = (
    "SELECT number, call_id, action, body, url, state, attempts, maybe_twice, detail, document,"
    " sent_at, finished_at FROM calls LEFT JOIN documents ON hash = document"
)
_INTERRUPTED = "the process ended before the reply came"


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """The change that one call gets."""

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
    maybe_twice: int
    detail: str
    document: str | None
    """SHA-256 of the body."""
    sent_at: float | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class RowChange:
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

    @classmethod
    def create(
        cls, path: "str | os.PathLike[str]", calls: Iterable[PlannedCall], about: Mapping[str, str]
    ) -> "Journal":
        """Create the file with all calls planned, at once or not at all.

        :raises JournalError: if the file exists, or cannot be written.
        """
        target = Path(path)
        # Filled under another name, so that no other process sees a part of it.
        partial = target.with_name(f".{target.name}.{os.getpid()}.new")
        try:
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            try:
                with closing(_connect(partial)) as connection:
                    journal = cls(target, connection)
                    journal._fill(calls, {"version": VERSION, **about})
                os.link(partial, target)
            finally:
                partial.unlink()
        except FileExistsError:
            text = "the journal exists; resume it, or choose another name"
            raise JournalError(f"{target}: {text}") from None
        except (OSError, ValueError) as error:
            raise JournalError(f"{target}: {getattr(error, 'strerror', error)}") from error
        return cls(target, _connect(target))

    @classmethod
    def open(cls, path: "str | os.PathLike[str]") -> "Journal":
        """Open an existing journal.

        :raises JournalError: if it is missing, damaged or of another version.
        """
        target = Path(path)
        if not target.is_file():
            raise JournalError(f"{target}: expected a journal, got no such file")
        _expect_version(target)
        return cls(target, _connect(target))

    def _fill(self, calls: Iterable[PlannedCall], about: Mapping[str, str]) -> None:
        with self._writing():
            self._insert(calls, about)

    def _insert(self, calls: Iterable[PlannedCall], about: Mapping[str, str]) -> None:
        # Not executescript, which would commit before the rows are there.
        for statement in _SCHEMA.split(";"):
            self._connection.execute(statement)
        self._connection.executemany("INSERT INTO about VALUES (?, ?)", list(about.items()))
        hashes: dict[bytes | None, str | None] = {None: None}
        for call in calls:
            if call.body is not None and call.body not in hashes:
                digest = hashes[call.body] = hashlib.sha256(call.body).hexdigest()
                self._connection.execute(
                    "INSERT INTO documents VALUES (?, ?)", (digest, bytes(call.body))
                )
            self._connection.execute(
                "INSERT OR IGNORE INTO calls (call_id, action, document, url, state)"
                " VALUES (?, ?, ?, ?, 'planned')",
                (call.call_id, call.action, hashes[call.body], call.url),
            )

    @contextmanager
    def running(self) -> Generator[None]:
        """Hold the journal for this process; the operating system frees it if the process dies.

        :raises JournalError: if another process runs it.
        """
        with held(self.path):
            yield

    @contextmanager
    def _writing(self) -> Generator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise _journal_error(self.path, error) from error

    def _rows(self, query: str, *values: object) -> Sequence[tuple[object, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise _journal_error(self.path, error) from error

    def about(self) -> Mapping[str, str]:
        """Return who runs it, why, where, for which account, and with which version."""
        return dict(cast("Sequence[tuple[str, str]]", self._rows("SELECT key, value FROM about")))

    def set_about(self, values: Mapping[str, str]) -> None:
        """Set some of these."""
        with self._writing():
            self._connection.executemany(
                "INSERT OR REPLACE INTO about VALUES (?, ?)", list(values.items())
            )

    def planned(self, limit: int, after: int = 0) -> Sequence[Row]:
        """Return the next planned rows after a row number, in their order."""
        query = f"{_SELECT} WHERE state = 'planned' AND number > ? ORDER BY number LIMIT ?"
        return [_row(values) for values in self._rows(query, after, limit)]

    def rows(self, *states: RowState) -> Sequence[Row]:
        """Return the rows in one of these states, or all."""
        wanted = states or STATES
        marks = ", ".join("?" * len(wanted))
        query = f"{_SELECT} WHERE state IN ({marks}) ORDER BY number"
        return [_row(values) for values in self._rows(query, *wanted)]

    def counts(self) -> Mapping[RowState, int]:
        """Return the number of calls in each state."""
        rows = self._rows("SELECT state, count(*) FROM calls GROUP BY state")
        found = dict(cast("Sequence[tuple[RowState, int]]", rows))
        return {state: found.get(state, 0) for state in STATES}

    def documents(self) -> Sequence[str]:
        """Return the hashes of the documents."""
        return [str(row[0]) for row in self._rows("SELECT hash FROM documents ORDER BY hash")]

    def maybe_twice(self) -> int:
        """Return the number of calls that may have been changed twice."""
        [(count,)] = self._rows("SELECT count(*) FROM calls WHERE maybe_twice")
        return cast("int", count)

    def mark_sent(self, numbers: Sequence[int], at: float) -> None:
        """Write that requests are about to be sent, before they are."""
        with self._writing():
            self._connection.executemany(
                "UPDATE calls SET state = 'sent', attempts = attempts + 1, sent_at = ?"
                " WHERE number = ?",
                [(at, number) for number in numbers],
            )

    def mark_twice(self, numbers: Iterable[int]) -> None:
        """Write that requests were started more than once."""
        with self._writing():
            self._connection.executemany(
                "UPDATE calls SET maybe_twice = 1 WHERE number = ?", [(each,) for each in numbers]
            )

    def apply(self, changes: Sequence[RowChange]) -> None:
        """Write new states, all or none."""
        with self._writing():
            self._connection.executemany(
                "UPDATE calls SET state = ?, detail = ?, finished_at = ? WHERE number = ?",
                [(change.state, change.detail, change.at, change.number) for change in changes],
            )

    def settle_interrupted(self, *, repeat: bool) -> None:
        """Decide about requests of a process that died: unknown, or planned again."""
        with self._writing():
            self._connection.execute(
                "UPDATE calls SET state = 'unknown', detail = ? WHERE state = 'sent'",
                (_INTERRUPTED,),
            )
            if repeat:
                self._connection.execute(
                    "UPDATE calls SET state = 'planned', maybe_twice = 1 WHERE state = 'unknown'"
                )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _row(values: tuple[object, ...]) -> Row:
    return cast("Callable[..., Row]", Row)(*values)


def _expect_version(path: Path) -> None:
    """Look at a file before anything is written to it.

    :raises JournalError: if it is damaged or of another version.
    """
    expected = f"expected a journal of version {VERSION}"
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", timeout=10, uri=True)
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not {"about", "calls", "documents"} <= tables:
                raise JournalError(f"{path}: {expected}, got another file")
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise JournalError(f"{path}: {expected}, got a damaged one")
            found = dict(connection.execute("SELECT key, value FROM about")).get("version")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise JournalError(f"{path}: {expected}, got a damaged or another file: {error}") from error
    if found != VERSION:
        raise JournalError(f"{path}: {expected}, got version {found}")


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    except sqlite3.Error as error:
        raise _journal_error(path, error) from error
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.Error as error:
        connection.close()
        raise _journal_error(path, error) from error
    return connection


def _journal_error(path: Path, error: sqlite3.Error) -> JournalError:
    return JournalError(f"{path}: the journal cannot be read or written: {error}")
