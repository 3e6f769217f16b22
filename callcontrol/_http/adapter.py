"""The requests adapter that bounds every reply in time and size.

requests restarts its timeout with every byte and reads replies of any size; here the whole reply,
decompressed, has one deadline and a maximum size. It is read inside urllib3's retry loop, so that
a request whose reply breaks off can be repeated. The adapter looks up the connection pool once per
host and collects no cookies, which saves a third of the time of a request.
"""

import http.client
import io
import socket
import sys
from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from callcontrol._fork import renewed_in_children
from callcontrol._http.after_fork import disconnect
from callcontrol._http.bounds import LargeReply, plain_body, read_body
from callcontrol._http.pool import ConnectionPool, keep_alive

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from callcontrol._http.retry import PolicyRetry

POOL_SIZE = 64
"""Connections kept open per host: enough for as many threads."""


LONGEST = 3600.0
"""Seconds for a reply on a socket without a timeout."""


class _DeadlineReader(io.RawIOBase):
    """The receiving half of a socket, up to a deadline and a number of bytes."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float, limit: int) -> None:
        self._raw = raw
        self._sock = sock
        self.deadline = monotonic() + seconds
        self.left = limit
        """Bytes that may still be received."""
        self.ended = False
        """Whether the other side has closed the connection."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        seconds = self.deadline - monotonic()
        if seconds <= 0:
            raise TimeoutError("the reply took too long")
        self._sock.settimeout(seconds)
        count = self._raw.readinto(buffer)
        self.ended = count == 0
        self.left -= count or 0
        if self.left < 0:
            raise LargeReply
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Buffer(io.BufferedReader):
    """Refuses announced lengths above the limit before it allocates memory for them."""

    def __init__(self, reader: _DeadlineReader) -> None:
        super().__init__(reader)
        self._reader = reader

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._reader.left + io.DEFAULT_BUFFER_SIZE:
            raise LargeReply
        return super().read(size)


class _Reply(http.client.HTTPResponse):
    """A reply whose deadline is the socket's timeout at its start.

    ``limit`` is the most bytes of its head, and again of its body.
    """

    def __init__(
        self,
        sock: socket.socket,
        *args: Any,  # noqa: ANN401
        limit: int = sys.maxsize,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(sock, *args, **kwargs)
        self._limit = limit
        self._reader = _DeadlineReader(self.fp.detach(), sock, sock.gettimeout() or LONGEST, limit)
        self.fp = _Buffer(self._reader)

    @property
    def deadline(self) -> float:
        """When the reply must be complete, on the monotonic clock."""
        return self._reader.deadline

    def begin(self) -> None:
        super().begin()
        self._reader.left = self._limit
        # http.client treats headers that break off as complete, and the reply as empty.
        if self._reader.ended:
            raise http.client.RemoteDisconnected("the connection was closed inside the headers")


class _Connection(HTTPConnection):
    """A connection that sends headers and body in one piece; a forked child never shares it."""

    response_class = _Reply
    # Skips urllib3's check for headers to omit, which are never used here.
    putheader = http.client.HTTPConnection.putheader
    _held: "list[bytes] | None" = None

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        keep_alive(sock)
        renewed_in_children(self)
        return sock

    def renew_after_fork(self) -> None:
        sock = getattr(self, "sock", None)
        if sock is not None and sock.fileno() >= 0:
            disconnect(sock)

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


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(ConnectionPool):
    """A pool that reads each reply to its end inside the retry loop."""

    ConnectionCls: Any = _Connection

    def urlopen(self, *args: Any, **kwargs: Any) -> BaseHTTPResponse:  # noqa: ANN401
        kwargs |= {"preload_content": True, "decode_content": False}
        return super().urlopen(*args, **kwargs)

    def _make_request(
        self,
        conn: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> BaseHTTPResponse:
        conn.response_class = partial(_Reply, limit=kwargs["retries"].max_reply)
        return super()._make_request(conn, *args, **kwargs)


class _SecurePool(_Pool, HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls: Any = _SecureConnection


POOLS: Any = {"http": _Pool, "https": _SecurePool}


class PolicyAdapter(HTTPAdapter):
    """Sends requests under one retry policy; adapters may share their connections."""

    def __init__(self, retry: "PolicyRetry", shared: "PolicyAdapter | None" = None) -> None:
        self._pools: dict[str, Any] = {}
        self._max_reply = retry.max_reply
        self._clock = retry.clock
        super().__init__(pool_maxsize=POOL_SIZE, max_retries=retry)
        self.poolmanager.pool_classes_by_scheme = POOLS
        if shared is not None:
            self.poolmanager = shared.poolmanager
            self.proxy_manager = shared.proxy_manager

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401
        """Return the pool manager of a proxy (a SOCKS proxy keeps its own pool classes)."""
        manager = super().proxy_manager_for(proxy, **options)
        if type(manager) is ProxyManager:
            manager.pool_classes_by_scheme = POOLS
        return manager

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Any,  # noqa: ANN401
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Return the cached pool of the host, whose proxies and certificates never change."""
        scheme, _, rest = (request.url or "").partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        pool = self._pools.get(origin)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            if isinstance(pool, ConnectionPool):  # a SOCKS proxy has another class
                pool.clock = self._clock
            self._pools[origin] = pool
        return pool

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Return the path and query, or for a proxy the whole URL."""
        if proxies:
            return super().request_url(request, proxies)
        return "/" + (request.url or "").split("/", 3)[3]

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:  # noqa: ANN401
        """Return the reply, completely read and decompressed, as a ``requests.Response``."""
        body = self._body(resp)
        response = Response()
        response.url = req.url or ""
        response.status_code = resp.status
        response.headers = resp.headers
        resp._original_response = None  # noqa: SLF001 - it holds a reference to the connection
        response.raw = resp
        response._content = body  # noqa: SLF001 - requests would read it again
        return response

    def _body(self, resp: Any) -> bytes:  # noqa: ANN401
        limit = self._max_reply
        reply = resp._original_response  # noqa: SLF001 - holds the deadline
        if not isinstance(reply, _Reply):  # from the connection of a SOCKS proxy
            seconds = getattr(resp.connection, "timeout", None) or LONGEST
            return read_body(resp, limit, monotonic() + seconds)
        encoding = resp.headers.get("Content-Encoding", "")
        return plain_body(resp.data or b"", encoding, limit, reply.deadline)

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()
        super().close()
