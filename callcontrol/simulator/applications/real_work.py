"""Real work of an application outside of its event loop, for which virtual time stands still.

Threads of ``run_in_executor`` and ``asyncio.to_thread``, worker threads of AnyIO, sockets, and
REST requests that the simulator is answering.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager, suppress
from functools import partial
from selectors import EVENT_WRITE, SelectorKey
from threading import Lock
from time import monotonic
from typing import Any, Protocol, cast
from weakref import ref

from bxml._once import FIRST_USE
from bxml.rules._texts import counted

_MOMENT = 0.02
"""Real seconds for which a connection that receives something counts as at work."""


class _Limiter(Protocol):
    """AnyIO's limiter of worker threads, as far as it is used here."""

    @property
    def borrowed_tokens(self) -> float:
        """How many worker threads are at work."""
        ...


class ThreadCall:
    """A call in a thread; ``future`` gets its result."""

    def __init__(self, call: partial[Any], future: asyncio.Future[Any]) -> None:
        self.is_set_aside = False
        self._call = call
        self._future = future
        self._is_running = False

    def __call__(self) -> object:
        """Run in the thread."""
        self._is_running = True
        try:
            return self._call()
        finally:
            self._is_running = False

    @property
    def is_over(self) -> bool:
        """Whether the thread has ended and the event loop has its result."""
        return self._future.done() and not self._is_running

    @property
    def name(self) -> str:
        """The name of the function."""
        functions = (self._call.func, *self._call.args)
        # asyncio.to_thread calls Context.run(function)
        named = (getattr(function, "__qualname__", "") for function in functions)
        return next((name for name in named if name not in ("", "Context.run")), "a function")


class _WatchedConnection:
    """A connection that the application opened.

    It is at work from what it sends to the reply, and a moment longer: a reply may have parts.
    """

    __slots__ = ("_transport", "is_waiting", "peer", "received")

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._transport = ref(transport)
        self.peer = transport.get_extra_info("peername")
        self.is_waiting = False
        self.received = -_MOMENT
        """When something arrived, in real seconds."""
        for name in ("write", "writelines"):
            self._notice(transport, name)

    def _notice(self, transport: asyncio.BaseTransport, name: str) -> None:
        method: Callable[[object], None] | None = getattr(transport, name, None)
        if method is None:
            return

        def send(data: object) -> None:
            self.is_waiting = True
            method(data)

        with suppress(AttributeError):  # a transport of another library
            setattr(transport, name, send)

    def on_event(self) -> None:
        """Record that something has arrived."""
        self.is_waiting = False
        self.received = monotonic()

    @property
    def is_receiving(self) -> bool:
        """Whether more of a reply may arrive."""
        return monotonic() - self.received < _MOMENT

    def set_aside(self) -> None:
        """Wait no longer for a reply."""
        self.is_waiting, self.received = False, -_MOMENT

    @property
    def is_open(self) -> bool:
        transport = self._transport()
        return transport is not None and not transport.is_closing()


class RealWork:
    """The real work for one event loop that is under way.

    Work that is set aside is not waited for any more: a thread until it ends, a socket until
    something arrives or is sent.
    """

    def __init__(self) -> None:
        self.calls: list[ThreadCall] = []
        self._limiter: _Limiter | None = None
        self._limiter_aside = 0
        self._connections: dict[int, _WatchedConnection] = {}
        self._aside: set[int] = set()
        """File descriptors that are set aside."""
        self._requests = 0
        self._requests_aside = 0
        self._lock = Lock()

    # --- what begins and ends ---------------------------------------------------------------

    def find_limiter(self) -> None:
        """Find AnyIO's limiter; call it in a task of the event loop."""
        if self._limiter is None and "anyio" in sys.modules:
            with FIRST_USE:
                from anyio.to_thread import current_default_thread_limiter

            self._limiter = current_default_thread_limiter()

    def watch(self, transport: asyncio.BaseTransport) -> None:
        """Watch a connection that the application has opened."""
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None:
            self._connections[sock.fileno()] = _WatchedConnection(transport)

    def on_event(self, descriptor: int) -> None:
        """Record that something has arrived."""
        self._aside.discard(descriptor)
        connection = self._connections.get(descriptor)
        if connection is not None:
            connection.on_event()

    def forget(self, descriptor: int) -> None:
        """Record that the loop does not wait for a file any more."""
        self._aside.discard(descriptor)

    @contextmanager
    def request(self) -> Generator[None]:
        """Enter while the simulator answers a REST request, in any thread."""
        with self._lock:
            self._requests += 1
        try:
            yield
        finally:
            with self._lock:
                self._requests -= 1
                self._requests_aside = min(self._requests_aside, self._requests)

    @property
    def has_threads(self) -> bool:
        """Whether a thread is at work that the loop has started."""
        return bool(self.calls) or (self._limiter is not None and self._limiter.borrowed_tokens > 0)

    # --- what is at work --------------------------------------------------------------------

    @property
    def wakes(self) -> bool:
        """Whether the end of all work wakes the event loop."""
        return not self._requests and not any(
            connection.is_receiving for connection in self._connections.values()
        )

    def pending(self, files: Collection[SelectorKey]) -> list[str]:
        """Return what is at work and not set aside, in words; ``files`` are those of the loop."""
        if self.calls:
            self.calls = [call for call in self.calls if not call.is_over]
        found = [f"a thread ({call.name})" for call in self.calls if not call.is_set_aside]
        if self._limiter is not None:
            borrowed = int(self._limiter.borrowed_tokens)
            self._limiter_aside = min(self._limiter_aside, borrowed)
            if borrowed > self._limiter_aside:
                found.append(counted(borrowed - self._limiter_aside, "worker thread") + " of AnyIO")
        if self._requests > self._requests_aside:
            found.append("a REST request")
        return found + self._pending_connections() + self._pending_files(files)

    def _pending_connections(self) -> list[str]:
        if not self._connections:
            return []
        self._connections = {
            number: connection
            for number, connection in self._connections.items()
            if connection.is_open
        }
        return [
            _socket_in_words(connection.peer)
            for connection in self._connections.values()
            if connection.is_waiting or connection.is_receiving
        ]

    def _pending_files(self, files: Collection[SelectorKey]) -> list[str]:
        """Return the other files that the loop waits for: not servers, nor their connections."""
        unknown = [
            key.fd
            for key in files
            if key.fd not in self._aside
            and (key.fd not in self._connections or key.events & EVENT_WRITE)
        ]
        if not unknown:
            return []
        served = _served_ports(files)
        sockets = {number: _addresses(number) for number in unknown}
        return [
            _socket_in_words(peer)
            for own, peer in sockets.values()
            if not (isinstance(own, tuple) and own[1] in served)
        ]

    def set_aside(self, files: Collection[SelectorKey]) -> None:
        """Wait no longer for what is at work now."""
        for call in self.calls:
            call.is_set_aside = True
        if self._limiter is not None:
            self._limiter_aside = int(self._limiter.borrowed_tokens)
        for connection in self._connections.values():
            connection.set_aside()
        self._aside = {key.fd for key in files}
        self._requests_aside = self._requests


def _addresses(descriptor: int) -> tuple[object, object]:
    """Return the own address of a socket and that of its peer; None for what is no socket."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as copy:
        own: object = copy.getsockname()
        with suppress(OSError):
            return own, copy.getpeername()
        return own, None
    return None, None


def _served_ports(files: Collection[SelectorKey]) -> set[object]:
    """Return the ports on which the application itself listens."""
    found: set[object] = set()
    for key in files:
        with suppress(OSError), socket.socket(fileno=os.dup(key.fd)) as copy:
            if copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                found.add(copy.getsockname()[1])
    return found


def _socket_in_words(peer: object) -> str:
    if isinstance(peer, tuple):
        parts = cast("tuple[object, ...]", peer)
        return f"a socket to {parts[0]}:{parts[1]}"
    return "a socket"
