"""The ASGI application in front of a function from request record to reply record."""

import re
from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from callcontrol.simulator.core.messages import Header
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.refusal import Refusal

MAX_BODY = 1_048_576
"""Bytes of a body that are read; the largest document the platform takes has 65,536."""
_MAX_SKIPPED = 64 * MAX_BODY
_THREADS = 32
_WITHOUT_BODY = (204, 304)
_TARGET = re.compile(r"(?:https?://([^/?#]*))?(/[^#]*)?.*", re.IGNORECASE | re.DOTALL)


class Application:
    """Answers HTTP requests with ``handle``, which may block, up to 32 at once.

    Exceptions are answered with a 500 and kept in ``failures``.
    """

    def __init__(self, handle: Callable[[RestRequest], RestReply]) -> None:
        self.failures: list[Exception] = []
        self._handle = handle
        self._limiter = CapacityLimiter(_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        try:
            request = await _read(Request(scope, receive))
            reply = await to_thread.run_sync(self._handle, request, limiter=self._limiter)
            response = _response(reply)
        except ClientDisconnect:
            return
        except Refusal as refusal:
            response = _response(refusal.reply())
        except Exception as error:  # noqa: BLE001 - kept for the thread that stops the simulator
            self.failures.append(error)
            response = _response(Refusal(500).reply())
        await response(scope, receive, send)


async def _read(request: Request) -> RestRequest:
    """Return the record of a request.

    :raises Refusal: 400 for a target that is not a path and for a body that is too long.
    """
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    target = _TARGET.fullmatch(request.scope["raw_path"].decode("ascii"))
    if target is None or target[2] is None:
        raise Refusal(400, "There is something wrong with the request: its target is not a path")
    if target[1] is not None:
        headers["host"] = target[1]  # RFC 9112, 3.2.2: it replaces the Host header
    query = request.scope["query_string"].decode("ascii")
    return RestRequest(request.method, target[2], query, headers, await _body(request))


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length", 0)) > _MAX_SKIPPED:
        raise _too_long(("Connection", "close"))
    length, body = 0, bytearray()
    async for piece in request.stream():
        length += len(piece)
        if length <= MAX_BODY:
            body += piece
        elif length > _MAX_SKIPPED:
            raise _too_long(("Connection", "close"))
    if length > MAX_BODY:
        raise _too_long()
    return bytes(body)


def _too_long(*headers: Header) -> Refusal:
    return Refusal(400, f"Request body must contain at most {MAX_BODY} bytes", headers)


def _response(reply: RestReply) -> Response:
    response = Response(b"" if reply.status in _WITHOUT_BODY else reply.body, reply.status)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    has_length = any(name.lower() == b"content-length" for name, _ in headers)
    response.raw_headers = headers if has_length else [*headers, *response.raw_headers]
    return response
