"""The connections of aiohttp: with a deadline for each reply, and never shared with a child."""

import asyncio
import socket
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

import aiohttp

from callcontrol._http import pool
from callcontrol._http.after_fork import disconnect

MOST = 64
"""Connections at a time; further requests wait until one is free."""

_TURNS = 10
"""Turns of the event loop within which a socket that was shut down is closed."""

_running: ContextVar["ReplyDeadline"] = ContextVar("_running")


class ReplyDeadline:
    """Ends the block of ``timeout`` if it takes longer than some seconds after it got a connection.

    Connecting has a limit of its own, and waiting for a free connection has none. It is for the
    next request of the running task.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.timeout = asyncio.timeout(None)
        """Raises a ``TimeoutError`` at the end of the time; enter it once."""
        _running.set(self)

    def start(self) -> None:
        """Begin to count."""
        self.timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)

    @property
    def left(self) -> float:
        """The seconds that are left."""
        when = self.timeout.when()
        return self._seconds if when is None else when - asyncio.get_running_loop().time()


class Connector(aiohttp.TCPConnector):
    """The connections of one event loop."""

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._is_left = False
        options: dict[str, Any] = {
            "limit": MOST,
            "keepalive_timeout": pool.IDLE,
            "socket_factory": self._made_socket,
        }
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType] # an open tuple type

    def _made_socket(self, address: tuple[Any, ...]) -> socket.socket:
        sock = socket.socket(*address[:3])
        pool.keep_alive(sock)
        self._sockets.add(sock)
        return sock

    async def connect(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as aiohttp calls it
        """Return a free connection or a new one, and start the deadline of the reply."""
        found = await super().connect(*args, **kwargs)
        _running.get().start()
        return found

    async def end(self) -> None:
        """Close all connections, those too whose TLS still waits for a last word of the server."""
        for _ in range(_TURNS):
            sockets = [sock for sock in self._sockets if sock.fileno() >= 0]
            if not sockets:
                return
            for sock in sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            await asyncio.sleep(0)

    def leave_to_parent(self) -> None:
        """Disconnect this forked child; the parent's connections are unaffected.

        The transports of the parent's event loop are not closed, because that would change the
        parent's selector, which the child shares.
        """
        self._is_left = True
        for sock in list(self._sockets):
            if sock.fileno() >= 0:
                disconnect(sock)

    def __del__(self, *args: object) -> None:
        if not self._is_left:
            super().__del__(*args)
