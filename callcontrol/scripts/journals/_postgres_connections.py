"""Connections of a journal to PostgreSQL."""

import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

from bxml._once import FIRST_IMPORT, FIRST_USE
from callcontrol._fork import renewed_in_children
from callcontrol._secret import Secret
from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals._server_urls import missing_package, shown, without

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[object, ...]]

T = TypeVar("T")

_IDLE = 10
"""Connections that are kept open without use."""
_DEFAULTS: Mapping[str, str] = {
    "client_encoding": "utf8",
    "connect_timeout": "5",
    "fallback_application_name": "callcontrol",
    "keepalives_idle": "10",  # a server that lost its power is noticed within half a minute
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
_IDLE_STATUS = 0
"""PQTRANS_IDLE of libpq: no transaction is open."""
_AGAIN = ("40001", "40P01")
"""States of a transaction that was rolled back because of another one."""
_CUT = ("57P", "08")
"""Beginnings of the states of a server that ends connections."""
_FOR_NOW = ("starting up", "shutting down", "recovery", "too many")
"""Parts of refusals of a connection that the server may accept later."""
_left_by_parents: list[object] = []
"""Connections of parents, which must not be finalized: that would write to them."""


class Cut(Exception):  # noqa: N818 - it ends an attempt, and never leaves the journal
    """The connection was cut, or the transaction was rolled back: try again."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def is_cut(error: "psycopg.Error", connection: "Connection | None") -> bool:
    """Return whether an error is the end of a connection, or of an attempt to make one."""
    if error.sqlstate:
        return error.sqlstate.startswith(_CUT)
    if connection is None:  # errors of these have no state
        text = str(error)
        return "FATAL" not in text or any(reason in text for reason in _FOR_NOW)
    return connection.closed


class PostgresConnections:
    """Open connections that no thread uses at the moment, the last one used first.

    :raises JournalError: if psycopg is missing, or the URL is not one.
    """

    def __init__(self, url: str, patience: float) -> None:
        _require_psycopg()
        self.name = shown(url)
        self._patience = patience
        self._options = Secret(_options_of(url, self.name))
        self._mutex = Lock()
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._closed = False
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Leave the connections to the parent, whose server must not wait for this process.

        Without a descriptor of the socket here, the server notices when the parent ends.
        """
        nothing = os.open(os.devnull, os.O_RDWR)
        for connection in self._all:
            with suppress(Exception):  # one that is closed has no descriptor
                os.dup2(nothing, connection.fileno(), inheritable=False)
        os.close(nothing)
        _left_by_parents.append(self._all)
        self._mutex, self._all, self._idle = Lock(), set(), []

    @contextmanager
    def use(self) -> Generator["Connection"]:
        """Yield a connection for one attempt.

        :raises Cut: if it is cut, or cannot be made.
        :raises JournalError: if the server refuses something.
        """
        connection = self.take()
        try:
            with self.errors(connection):
                yield connection
        finally:
            self.give_back(connection)

    def take(self) -> "Connection":
        """Return a connection, which is to be given back.

        :raises Cut: if it cannot be made.
        :raises JournalError: if the server refuses it.
        """
        if self._closed:
            raise JournalError(f"{self.name}: the journal is closed")
        with self._mutex:
            if self._idle:
                return self._idle.pop()
        with self.errors(None):
            return self._connect()

    @contextmanager
    def errors(self, connection: "Connection | None") -> Generator[None]:
        """Raise errors of the journal in place of those of psycopg."""
        with FIRST_IMPORT:
            import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise self._failure(error, connection) from None

    def _connect(self) -> "Connection":
        with FIRST_IMPORT:
            import psycopg
            from psycopg.conninfo import make_conninfo

        # Statements are not prepared: a pooler may give each transaction to another backend.
        options = make_conninfo(**self._options.reveal())
        connection = psycopg.connect(options, autocommit=True, prepare_threshold=None)
        with self._mutex:
            self._all.add(connection)
        return connection

    def give_back(self, connection: "Connection") -> None:
        """Keep a connection for later, unless it is in a transaction or closed."""
        with self._mutex:
            usable = connection.info.transaction_status == _IDLE_STATUS and not self._closed
            if usable and connection in self._all and len(self._idle) < _IDLE:
                self._idle.append(connection)
                return
            self._all.discard(connection)
        connection.close()

    def _failure(self, error: "psycopg.Error", connection: "Connection | None") -> Exception:
        if is_cut(error, connection) or error.sqlstate in _AGAIN:
            self._close_idle()  # the server ended all of them, most likely
            return Cut(error)
        return self._error(error)

    def _error(self, error: "psycopg.Error") -> JournalError:
        options = self._options.reveal()
        secrets = (options.get("password"), options.get("user"))
        text = without(secrets, error.diag.message_primary or str(error))
        return JournalError(f"{self.name}: the journal cannot be read or written: {text}")

    def persistently(self, attempt: Callable[[], T]) -> T:
        """Repeat an attempt whose connection was cut, for the patience of the journal.

        :raises JournalError: if the server is not back in time.
        """
        deadline, pause = time.monotonic() + self._patience, 0.01
        while True:
            try:
                return attempt()
            except Cut as cut:
                if time.monotonic() + pause > deadline:
                    raise self._error(cast("psycopg.Error", cut.error)) from None
            time.sleep(pause)
            pause = min(2 * pause, 0.5)

    def close(self) -> None:
        """Close the connections: those in use when their use ends."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with self._mutex:
            idle, self._idle = self._idle, []
            self._all.difference_update(idle)
        for connection in idle:
            connection.close()


def _require_psycopg() -> None:
    with FIRST_USE:
        try:
            import_module("psycopg.conninfo")  # later imports are look-ups
        except ImportError:
            raise missing_package("PostgresJournal", "psycopg", "postgres") from None


def _options_of(url: str, name: str) -> dict[str, str]:
    with FIRST_IMPORT:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(url)
    except (psycopg.Error, ValueError):  # the text of the error may hold the password
        advice = "write characters such as @ and / in the password as %40 and %2F"
        expected = "expected a URL such as postgresql://user:password@host/database"
        raise JournalError(f"{name}: {expected}, got an invalid one; {advice}") from None
    return {**_DEFAULTS, **{key: str(value) for key, value in given.items()}}
