"""Connections of urllib3 with a deadline for each reply, which are replaced when they were idle.

urllib3 restarts its timeout with every byte and reads replies of any size. Here the socket's
timeout is the time for the whole reply, and the head of a reply has a maximum size.
"""

import http.client
import io
import socket
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection

from callcontrol._fork import renewed_in_children
from callcontrol._http import retry
from callcontrol._http.after_fork import disconnect
from callcontrol._http.bounds import LargeReply
from callcontrol._http.exchange import MAX_REPLY
from callcontrol._http.pool import Hands, hands_of, is_stale, keepalive_options

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST = 3600.0
"""Seconds for a reply on a socket without a timeout."""


class _DeadlineReader(io.RawIOBase):
    """The receiving half of a socket, up to a deadline and a number of bytes."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = monotonic() + (sock.gettimeout() or LONGEST)
        self.left = MAX_REPLY
        """Bytes that may still be received."""
        self.ended = False
        """Whether the other side has closed the connection."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        seconds = self._deadline - monotonic()
        if seconds <= 0:
            raise TimeoutError("the reply took too long")
        self._sock.settimeout(seconds)
        count = self._raw.readinto(buffer)
        self.ended = count == 0
        self.left -= count or 0
        if self.left < 0:
            raise LargeReply
        return count

    def renew_deadline(self, seconds: float) -> None:
        """Let the rest arrive within some seconds from now."""
        self._deadline = monotonic() + seconds

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Reply(http.client.HTTPResponse):
    """A reply whose deadline is the socket's timeout at its start, and whose head is bounded."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **kwargs)
        self._reader = _DeadlineReader(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._reader)

    def renew_deadline(self, seconds: float) -> None:
        """Let the rest arrive within some seconds from now."""
        self._reader.renew_deadline(seconds)

    def begin(self) -> None:
        super().begin()
        self._reader.left = sys.maxsize  # the reader of the body counts
        # http.client treats headers that break off as complete, and the reply as empty.
        if self._reader.ended:
            raise http.client.RemoteDisconnected("the connection was closed inside the headers")


class Connection(HTTPConnection):
    """A connection that sends headers and body in one piece; a forked child never shares it."""

    # Skips urllib3's check for headers to omit, which are never used here.
    putheader = http.client.HTTPConnection.putheader
    deadline = 0.0
    """When the reply that is being received must be complete, on the monotonic clock."""
    _last_used: Hands = (0.0, 0.0)
    _held: "list[bytes] | None" = None
    _reply: _Reply | None = None

    def connect(self) -> None:
        self.socket_options = [*(self.socket_options or ()), *keepalive_options()]
        renewed_in_children(self)
        super().connect()

    @property
    def is_connected(self) -> bool:
        return super().is_connected and not is_stale(self._last_used, retry.SYSTEM)

    def renew_after_fork(self) -> None:
        if self.sock is not None and self.sock.fileno() >= 0:
            disconnect(self.sock)

    def response_class(self, *args: Any, **kwargs: Any) -> _Reply:  # type: ignore[override] # noqa: ANN401
        """Return the reply that is about to be received (``http.client`` calls it)."""
        self._reply = _Reply(*args, **kwargs)
        return self._reply

    def renew_deadline(self, seconds: float) -> None:
        """Let the rest of the reply arrive within some seconds from now."""
        if self._reply is not None:
            self._reply.renew_deadline(seconds)

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        held: list[bytes] = []
        self._held = held
        try:
            super().request(*args, **kwargs)
        finally:
            self._held = None
        super().send(b"".join(held))

    def send(self, data: Any) -> None:  # noqa: ANN401
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3 does
        timeout = self.timeout
        self.deadline = monotonic() + (timeout if isinstance(timeout, int | float) else LONGEST)
        response = super().getresponse()
        self._last_used = hands_of(retry.SYSTEM)
        return response


class SecureConnection(Connection, HTTPSConnection):  # pyright: ignore[reportIncompatibleVariableOverride] # response_class is called, whatever it is
    """The same over TLS."""
