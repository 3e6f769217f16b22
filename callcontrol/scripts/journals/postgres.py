"""A journal in PostgreSQL: for several machines.

A commit survives the end of the process, and a power failure of the server unless it runs with
``synchronous_commit = off``. If the connection is cut during a commit, the journal asks the
server by the number of the transaction whether it was committed, and repeats it if not.

The lock of a run is an advisory lock of a transaction that stays open while the lock is held, on a
connection of its own; commits go over another one. The transaction keeps its backend, so the lock
works through a pooler in transaction mode as ``SELECT ... FOR UPDATE`` would, and unlike that it
needs no row, writes nothing, and does not keep VACUUM from removing old rows. The server frees it
when the connection ends: at once when the process dies, after half a minute when its machine loses
its power. If the connection is cut while the process lives, another process may take the lock; the
keys of the entries then decide which of the two writes the step.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar

from bxml._once import FIRST_IMPORT
from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals import _checks as checks
from callcontrol.scripts.journals import _tables as tables
from callcontrol.scripts.journals._postgres_connections import Cut, PostgresConnections, is_cut
from callcontrol.scripts.journals._run_locks import RunLocks, busy
from callcontrol.scripts.journals._sql import Found, Row, SqlJournal, Statements

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[object, ...]]

T = TypeVar("T")

_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_BEGIN_WRITING = (
    # A backend whose client vanished in a transaction must not keep its rows.
    f"{_BEGIN}; SET LOCAL idle_in_transaction_session_timeout = 10000;"
    " SET LOCAL lock_timeout = 10000; SELECT txid_current()"
).encode()
_BEGIN_LOCKING = (
    f"{_BEGIN}; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0;"
    " SET LOCAL tcp_keepalives_idle = 10; SET LOCAL tcp_keepalives_interval = 5;"
    " SET LOCAL tcp_keepalives_count = 3;"
)
_LONGEST = 2**31 - 1
"""The longest timeout in milliseconds."""
_MAKING = 0x63616C6C
"""The advisory lock under which the tables are made."""
_KINDS = {
    "double": "DOUBLE PRECISION",
    "serial": "BIGSERIAL PRIMARY KEY",
    "collate": 'COLLATE "C"',
}


class PostgresJournal(SqlJournal):
    """A journal in a PostgreSQL database, whose tables are made if they are missing.

    Needs ``pip install 'bxml-callcontrol[postgres]'``. Each lock that is held takes a connection,
    and each operation another one for its time.

    :param url: such as ``postgresql://user:password@host/database``, or another connection string
        of libpq. The user must be allowed to make tables when the journal is used first.
    :param patience: seconds for which an operation waits for a server that went away.
    :raises JournalError: if psycopg is missing, the server cannot be reached, or the database has
        the tables of another version.
    """

    _contains = "strpos"
    _for_update = " FOR UPDATE"

    def __init__(self, url: str, *, patience: float = 5.0) -> None:
        self._patience = patience
        self._locks = RunLocks()
        self._connections = PostgresConnections(url, patience)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"PostgresJournal({self._connections.name!r})"

    def _prepare(self) -> None:
        [(there,)] = self._read("SELECT to_regclass('callcontrol_about') IS NOT NULL")
        if there:
            self._expect_version(self._read(tables.ABOUT))
        else:
            self._write(self._make_tables)

    def _expect_version(self, rows: Sequence[Row]) -> None:
        found = [row[0] for row in rows]
        if found != [tables.VERSION]:
            expected = f"expected a journal of call scripts of version {tables.VERSION}"
            advice = "use the release of this library that made it, or another database"
            raise JournalError(
                f"{self._connections.name}: {expected}, got version {found}; {advice}"
            )

    def _make_tables(self, transaction: Statements) -> None:
        transaction.execute("SELECT pg_advisory_xact_lock(?)", (_MAKING,))
        there = transaction.execute("SELECT to_regclass('callcontrol_about')", ()).fetchall()
        if there != [(None,)]:  # another process was quicker
            self._expect_version(transaction.execute(tables.ABOUT, ()).fetchall())
            return
        for statement in tables.SCHEMA:
            transaction.execute(statement.format(**_KINDS), ())

    def _read(self, query: str, *values: object) -> Sequence[Row]:
        if not all(checks.is_storable(value) for value in values if isinstance(value, str)):
            return ()

        def attempt() -> Sequence[Row]:
            with self._connections.use() as connection:
                return connection.execute(_translated(query), values).fetchall()

        return self._connections.persistently(attempt)

    def _write(self, work: Callable[[Statements], T]) -> T:
        return self._connections.persistently(lambda: self._attempt(work))

    def _attempt(self, work: Callable[[Statements], T]) -> T:
        with self._connections.use() as connection:
            number = _begin(connection)
            try:
                result = work(_Transaction(connection))
            except BaseException:
                _roll_back(connection)
                raise
            cut = _commit(connection)
        if cut and not self._was_committed(number):
            raise Cut(cut)
        return result

    def _was_committed(self, number: object) -> bool:
        """Find out about a transaction whose connection was cut while it was committed."""
        deadline = monotonic() + self._patience
        while True:
            [(status,)] = self._read("SELECT txid_status(?)", number)
            if status != "in progress":
                return status == "committed"
            if monotonic() > deadline:
                text = "the connection was cut in a commit, which may yet be carried out"
                raise JournalError(f"{self._connections.name}: {text}")
            sleep(0.01)

    @contextmanager
    def _locked(self, run_id: str, timeout: float) -> Generator[None]:
        with self._locks.hold(run_id, timeout) as deadline:
            holder = self._connections.persistently(lambda: self._acquire(run_id, deadline))
            if holder is None:
                raise busy(run_id, timeout)
            try:
                yield
            finally:
                _roll_back(holder)
                self._connections.give_back(holder)

    def _acquire(self, run_id: str, deadline: float) -> "Connection | None":
        """Return the connection that holds the lock; None if it is not free before the deadline."""
        connection = self._connections.take()
        try:
            with self._connections.errors(connection):
                if _lock(connection, run_id, deadline):
                    return connection
            _roll_back(connection)
        except BaseException:
            self._connections.give_back(connection)
            raise
        self._connections.give_back(connection)
        return None

    def lock(self, run_id: str, *, timeout: float) -> AbstractContextManager[None]:
        """Hold the lock of a run: one holder at a time among all threads, processes and machines.

        The lock is free again when its holder's connection ends, however it ends.

        :param timeout: seconds to wait for it.
        :raises JournalBusyError: if it was not free within that time.
        """
        return self._locked(run_id, timeout)

    def close(self) -> None:
        """Release connections; the journal cannot be used afterwards."""
        self._connections.close()


class _Transaction:
    """Executes statements that are written for SQLite."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def execute(self, statement: str, values: tuple[object, ...]) -> Found:
        return self._connection.execute(_translated(statement), values or None)


@lru_cache(maxsize=256)
def _translated(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()


def _begin(connection: "Connection") -> object:
    """Begin a transaction that writes; return its number."""
    return _last(connection.execute(_BEGIN_WRITING))


def _last(cursor: "psycopg.Cursor[Row]") -> object:
    """Return the value that the last of several statements returned."""
    while cursor.nextset():
        pass
    [(value,)] = cursor.fetchall()
    return value


def _commit(connection: "Connection") -> "psycopg.Error | None":
    """Commit; return the error if the connection was cut, which leaves the outcome open."""
    with FIRST_IMPORT:
        import psycopg

    try:
        connection.execute(b"COMMIT")
    except psycopg.Error as error:
        if is_cut(error, connection):
            return error
        raise
    return None


def _roll_back(connection: "Connection") -> None:
    with FIRST_IMPORT:
        import psycopg

    with suppress(psycopg.Error):  # a connection that was cut has done it
        connection.execute(b"ROLLBACK")


def _lock(connection: "Connection", run_id: str, deadline: float) -> bool:
    """Begin a transaction that holds the lock of a run, if it is free before the deadline."""
    with FIRST_IMPORT:
        import psycopg

    digest = blake2b(run_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    key, left = int.from_bytes(digest, signed=True), int(1000 * (deadline - monotonic()))
    wait = f"SET LOCAL lock_timeout = {min(left, _LONGEST)}; SELECT pg_advisory_xact_lock({key})"
    look = f"SELECT pg_try_advisory_xact_lock({key})"
    begin = f"{_BEGIN_LOCKING} {wait if left > 0 else look}"  # a timeout of 0 would be no limit
    try:
        return _last(connection.execute(begin.encode())) is not False
    except psycopg.errors.LockNotAvailable:
        return False
