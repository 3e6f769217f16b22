"""A connection of the server: uvicorn's, with a limit on silence and without a log."""

import asyncio
import socket
from contextlib import suppress
from logging import CRITICAL, Logger
from math import inf

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

MAX_CONNECTIONS = 1_000
"""Connections of a server. Further ones replace those silent for longest, or get a 503."""
_FRESH = 1.0
"""Seconds for which a silent connection is not replaced."""
_SILENT = Logger("callcontrol.simulator", CRITICAL + 1)  # noqa: LOG001 - outside the user's tree


class ServedConnection(H11Protocol):
    """Ends after ``timeout_keep_alive`` seconds of silence, whether in a request or before one."""

    def __init__(self, config: Config, state: ServerState) -> None:
        super().__init__(config, state, {})
        self.logger = _SILENT
        self.access_log = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for a request, in the place of silent clients if there are too many."""
        super().connection_made(transport)
        # asyncio does so for sockets that name their protocol; without it a reply takes 40 ms more.
        options = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock: socket.socket = transport.get_extra_info(
            "socket"
        )  # a lost TLS transport has none
        self.sock.setsockopt(*options)
        self._wait()
        excess = len(self.connections) - MAX_CONNECTIONS
        if excess > 0:
            others = [it for it in self.connections if type(it) is ServedConnection]
            stale = [it for it in others if it.ends_at < self.ends_at - _FRESH]
            for connection in sorted(stale, key=lambda it: it.ends_at)[:excess]:
                connection.transport.abort()

    @property
    def ends_at(self) -> float:
        """When it ends if the client stays silent; infinite if it waits for a reply."""
        timer = self.timeout_keep_alive_task
        return inf if timer is None else timer.when()

    def data_received(self, data: bytes) -> None:
        """Read a piece of a request."""
        super().data_received(data)
        self._limit_silence()

    def on_response_complete(self) -> None:
        """Go on with the next request, which may have come in part."""
        super().on_response_complete()
        self._limit_silence()

    def _limit_silence(self) -> None:
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:  # type: ignore[redundant-expr] # None at first
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the copies of the connection, too, that forked processes hold."""
        with suppress(OSError):  # the client has closed it
            self.sock.shutdown(socket.SHUT_RDWR)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection after what is still to be sent."""
        self.transport.close()

    def _wait(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
