"""Exchanges with running servers, over real connections."""

import socket
import ssl
from collections.abc import Collection
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from time import monotonic

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from callcontrol._fork import renewed_in_children
from callcontrol._http.adapter import POOLS
from callcontrol._http.after_fork import renew_pools
from callcontrol._http.exchange import TLS_FAILED
from callcontrol._http.failures import diagnose
from callcontrol._urls import host_of, origin_of, port_of
from callcontrol.simulator.applications.base import MAX_REPLY
from callcontrol.simulator.core.reply_findings import SPEAKS_HTTP, SPEAKS_HTTPS
from callcontrol.simulator.core.webhooks import Failure, HttpRequest, WebhookReply

_PIECE = 65_536
_PROBE = 2.0
"""Seconds for each step of finding out whether a port speaks https."""
_LOST = (IncompleteRead, RemoteDisconnected)
"""Lost connections that http.client counts as malformed replies."""


class Remote:
    """Sends requests to the server that each URL names.

    Connecting and receiving the whole reply may each take the webhook's timeout, in real seconds.
    Redirects are not followed, so credentials stay with their host; proxies and ``.netrc`` are
    ignored. A reply is read to one byte after ``limit``. ``only`` has the allowed origins; requests
    to others are foreign and not sent.
    """

    def __init__(self, *, limit: int = MAX_REPLY, only: Collection[str] | None = None) -> None:
        self._limit = limit
        self._only = only
        self._pools = PoolManager(maxsize=8)
        self._pools.pool_classes_by_scheme = POOLS
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Replace the connections, which belong to the parent."""
        renew_pools(self._pools)

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Return the reply of the server; its seconds are real ones."""
        if self._only is not None and origin_of(request.url) not in self._only:
            return WebhookReply(
                failure="foreign", detail=f"expected a URL of {', '.join(self._only)}"
            )
        began = monotonic()
        try:
            response = self._open(request)
            body = _body(response, self._limit)
        except (HTTPError, OSError, ValueError) as error:
            failure, detail = _failure_of(error, request)
            return WebhookReply(failure=failure, detail=detail, seconds=monotonic() - began)
        return WebhookReply(
            status=response.status,
            headers=tuple(response.headers.items()),
            body=body,
            seconds=monotonic() - began,
        )

    def _open(self, request: HttpRequest) -> BaseHTTPResponse:
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
        """Close all connections."""
        self._pools.clear()


def _body(response: BaseHTTPResponse, limit: int) -> bytes:
    body = bytearray()
    while len(body) <= limit and (piece := response.read1(_PIECE, decode_content=False)):
        body += piece
    if len(body) > limit:
        response.close()  # a connection with an unread rest cannot be used again
    else:
        response.release_conn()
    return bytes(body[: limit + 1])


def _failure_of(error: Exception, request: HttpRequest) -> tuple[Failure, str]:
    """Return the failure and its details."""
    if any(isinstance(arg, HTTPException) and not isinstance(arg, _LOST) for arg in error.args):
        return "garbage", _protocol_of(request.url)
    fault = diagnose(error)
    if "time" in fault.got:
        return "timeout", f"waited {request.timeout:g} s"
    if not fault.sent:
        return "unreachable", fault.got
    return "reset", SPEAKS_HTTP if fault.got == TLS_FAILED.got else _protocol_of(request.url)


def _protocol_of(url: str) -> str:
    """Return that a port which has not answered in HTTP speaks https, by trying; else nothing."""
    if not url.lower().startswith("http://"):
        return ""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # nothing is sent on this connection
    context.verify_mode = ssl.CERT_NONE
    host = host_of(url)
    try:
        with (
            socket.create_connection((host, port_of(url)), _PROBE) as connection,
            context.wrap_socket(
                connection, server_hostname=host, do_handshake_on_connect=False
            ) as protected,
        ):
            protected.do_handshake()
            return SPEAKS_HTTPS
    except (OSError, ValueError):
        return ""
