"""Connections of a journal to its SQLite file, which no fork may meet.

SQLite counts its locks in the memory of the process. A child would inherit the counts without the
locks, take itself for safe, and lose the file's log to another process. So a fork waits until no
thread uses a connection, and all of them are closed before it; parent and child open others when
they need them.
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, get_ident
from weakref import WeakSet

_WAIT = 10.0
"""Seconds to wait for another program that has locked the file."""


class SQLiteConnections:
    """Open connections that no thread uses at the moment, the last one used first."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self._path = path
        self._synchronous = "FULL" if durable else "NORMAL"
        self._condition = Condition()
        self._idle: list[sqlite3.Connection] = []
        self._in_use = 0
        self._forks = 0
        self._closed = False
        _registered.add(self)

    @contextmanager
    def use(self) -> Generator[sqlite3.Connection]:
        """Yield a connection; it is closed if SQLite fails."""
        with self._condition:
            while self._forks:
                self._condition.wait()
            self._in_use += 1
            connection = self._idle.pop() if self._idle else None
        try:
            if connection is None:
                connection = self._connect()
            yield connection
        except sqlite3.Error:
            if connection:
                connection.close()
                connection = None
            raise
        finally:
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection | None) -> None:
        with self._condition:
            self._in_use -= 1
            if connection and self._closed:
                connection.close()
            elif connection:
                self._idle.append(connection)
            if self._forks:
                self._condition.notify_all()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_WAIT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the connections: those in use when their use ends."""
        with self._condition:
            self._closed = True
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def before_fork(self) -> None:
        """Wait until no thread uses a connection, close them all, and let none be opened."""
        with self._condition:
            self._forks += 1
            while self._in_use:
                self._condition.wait()
            self._close_idle()

    def after_fork_in_parent(self) -> None:
        """Let connections be opened again."""
        with self._condition:
            self._forks -= 1
            self._condition.notify_all()

    def after_fork_in_child(self) -> None:
        """Let connections be opened again; the threads that wait are the parent's."""
        self._condition = Condition()
        self._forks = 0


_registered: WeakSet[SQLiteConnections] = WeakSet()
_stopped: dict[int, list[SQLiteConnections]] = {}
"""The objects that each forking thread has stopped."""


def _before_fork() -> None:
    stopped = _stopped[get_ident()] = list(_registered)
    for connections in stopped:
        connections.before_fork()


def _after_fork_in_parent() -> None:
    for connections in _stopped.pop(get_ident(), ()):
        connections.after_fork_in_parent()


def _after_fork_in_child() -> None:
    _stopped.clear()
    for connections in list(_registered):
        connections.after_fork_in_child()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
