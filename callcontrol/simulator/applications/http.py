"""Exchanges with running servers, over real connections."""

import os
from collections.abc import Collection
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from time import monotonic
from typing import Any

from urllib3 import (
    BaseHTTPResponse,
    HTTPConnectionPool,
    HTTPSConnectionPool,
    PoolManager,
    Timeout,
)
from urllib3.exceptions import HTTPError

from callcontrol._http.adapter import _Connection, _SecureConnection
from callcontrol._http.failures import diagnose
from callcontrol.simulator.applications.base import MAX_REPLY, origin_of
from callcontrol.simulator.core.webhooks import Failure, HttpRequest, Reply

__all__ = ["Remote"]

_PIECE = 65_536
_LOST = (IncompleteRead, RemoteDisconnected)
"""What http.client also counts among malformed replies."""


class _Pool(HTTPConnectionPool):
    ConnectionCls: Any = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls: Any = _SecureConnection


_POOLS: dict[str, type[HTTPConnectionPool] | type[HTTPSConnectionPool]] = {
    "http": _Pool,
    "https": _SecurePool,
}


class Remote:
    """Sends requests to the server that each URL names.

    Connecting and receiving the whole reply may each take the webhook's timeout, in real seconds,
    however slowly the bytes drip. Redirects are not followed, so credentials stay with their
    host; proxies and ``.netrc`` are not looked at. A reply is read to one byte after ``limit``.
    ``only`` names the origins that may be asked; other requests are foreign and not sent. A
    process that was forked has connections of its own.
    """

    def __init__(self, *, limit: int = MAX_REPLY, only: Collection[str] | None = None) -> None:
        self._limit = limit
        self._only = only
        self._process, self._pools = os.getpid(), _pools()

    def deliver(self, request: HttpRequest) -> Reply:
        """Return the reply of the server; it costs the real seconds that it took."""
        if self._only is not None and origin_of(request.url) not in self._only:
            return Reply(failure="foreign", detail=f"expected a URL of {', '.join(self._only)}")
        began = monotonic()
        try:
            response = self._open(request)
            body = _body(response, self._limit)
        except (HTTPError, OSError, ValueError) as error:
            failure, detail = _failed(error, request.timeout)
            return Reply(failure=failure, detail=detail, seconds=monotonic() - began)
        return Reply(
            status=response.status,
            headers=tuple(response.headers.items()),
            body=body,
            seconds=monotonic() - began,
        )

    def _open(self, request: HttpRequest) -> BaseHTTPResponse:
        if self._process != os.getpid():
            # Two processes on one connection would take each other's replies.
            self._process, self._pools = os.getpid(), _pools()
        return self._pools.urlopen(
            request.method,
            request.url,
            headers={"Accept-Encoding": "identity", **dict(request.headers)},
            body=request.body or None,
            timeout=Timeout(connect=request.timeout, read=request.timeout),
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )

    def close(self) -> None:
        """Close all connections of this process."""
        if self._process == os.getpid():
            self._pools.clear()


def _pools() -> PoolManager:
    made = PoolManager(maxsize=8)
    made.pool_classes_by_scheme = _POOLS
    return made


def _body(response: BaseHTTPResponse, limit: int) -> bytes:
    body = bytearray()
    while len(body) <= limit and (piece := response.read1(_PIECE, decode_content=False)):
        body += piece
    if len(body) > limit:
        response.close()  # a connection with unread rest cannot carry another exchange
    else:
        response.release_conn()
    return bytes(body[: limit + 1])


def _failed(error: Exception, timeout: float) -> tuple[Failure, str]:
    """Return what went wrong, and what there is to add to it."""
    if any(isinstance(each, HTTPException) and not isinstance(each, _LOST) for each in error.args):
        return "garbage", ""
    fault = diagnose(error)
    if "time" in fault.got:
        return "timeout", f"waited {timeout:g} s"
    return ("reset", "") if fault.sent else ("unreachable", fault.got)
