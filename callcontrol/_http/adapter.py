"""The requests adapter that bounds every reply in time and size and does each piece of work once.

Plain requests waits for the next byte without end, as long as one comes now and then, and reads
whatever comes; here the whole reply, first byte to last and decompressed, has one deadline and a
largest size. The reply is read where urllib3 can still
repeat a request whose reply breaks off. Looking up the connection pool and collecting cookies
for each request, which costs requests a third of its time, is left out.
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
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from callcontrol._fork import renewed_in_children
from callcontrol._http.after_fork import disconnect
from callcontrol._http.bounds import LargeReply, plain_body, read_body
from callcontrol._http.pool import ConnectionPool, keep_alive

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from callcontrol._http.retry import PolicyRetry

__all__ = ["PolicyAdapter"]

POOL_SIZE = 64
"""Connections kept open per host: enough for as many threads."""


LONGEST = 3600.0
"""Seconds for a reply on a socket that, against our rule, has no timeout."""


class _DeadlineReader(io.RawIOBase):
    """The receiving half of a socket, up to a deadline and a number of bytes."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float, limit: int) -> None:
        self._raw = raw
        self._sock = sock
        self.deadline = monotonic() + seconds
        self.left = limit
        """Bytes that may still come."""
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
    """Refuses announced lengths that could not be received, before it makes room for them."""

    def __init__(self, reader: _DeadlineReader) -> None:
        super().__init__(reader)
        self._reader = reader

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._reader.left + io.DEFAULT_BUFFER_SIZE:
            raise LargeReply
        return super().read(size)


class _Reply(http.client.HTTPResponse):
    """A reply whose deadline is the socket's timeout at the time when it is begun.

    ``limit`` is the number of bytes that its head, and then its body, may have.
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
        # http.client takes headers that break off for complete ones, and the reply for empty.
        if self._reader.ended:
            raise http.client.RemoteDisconnected("the connection was closed inside the headers")


class _Connection(HTTPConnection):
    """A connection that sends headers and body in one piece; a child never shares it."""

    response_class = _Reply
    # Past urllib3's look for its mark of a header to leave out, which nobody sets here.
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
    """A pool that reads each reply to its end while the request can still be repeated."""

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
    """Sends requests under one retry policy; several of them may share their connections."""

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
        """Return the connections through a proxy (a SOCKS proxy keeps its own kind)."""
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
        """Return the pool for the request; proxies and certificates never change for one host."""
        scheme, _, rest = (request.url or "").partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        pool = self._pools.get(origin)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            if isinstance(pool, ConnectionPool):  # that of a SOCKS proxy is of another kind
                pool.clock = self._clock
            self._pools[origin] = pool
        return pool

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Return the path and query, or for a proxy the whole URL."""
        if proxies:
            return super().request_url(request, proxies)
        return "/" + (request.url or "").split("/", 3)[3]

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:  # noqa: ANN401
        """Return the reply, completely read and decompressed, as requests knows it."""
        body = self._body(resp)
        response = Response()
        response.status_code = resp.status
        response.reason = resp.reason
        response.headers = CaseInsensitiveDict(resp.headers)
        response.encoding = "utf-8"
        resp._original_response = None  # noqa: SLF001 - or Session.send looks for cookies in it
        response.raw = resp
        response.url = req.url or ""
        response.request = req
        response._content = body  # noqa: SLF001 - for hooks: requests would read it again
        return response

    def _body(self, resp: Any) -> bytes:  # noqa: ANN401
        limit = self._max_reply
        reply = resp._original_response  # noqa: SLF001 - it has the deadline
        if not isinstance(reply, _Reply):  # a SOCKS proxy has connections of its own
            seconds = getattr(resp.connection, "timeout", None) or LONGEST
            return read_body(resp, limit, monotonic() + seconds)
        encoding = resp.headers.get("Content-Encoding", "")
        return plain_body(resp.data or b"", encoding, limit, reply.deadline)

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()
        super().close()
