"""HTTP to and from an application of scripts: ASGI, WSGI, and plain values for the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, cast
from wsgiref.types import StartResponse, WSGIEnvironment

from bxml.documents import MEDIA_TYPE

MOST_BYTES = 1_048_576
"""Longest body of a webhook."""

_MOST_DIGITS = 18
"""Longer numbers are no lengths."""

Scope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ScriptRequest:
    """A request to an application of scripts."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    """Without the question mark."""
    body: bytes = field(default=b"", repr=False)
    authorization: str | None = field(default=None, repr=False)
    """The header of that name."""


@dataclass(frozen=True, slots=True)
class ScriptReply:
    """The reply to it."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further headers."""

    @classmethod
    def document(cls, text: str) -> "ScriptReply":
        """Return the reply with a document."""
        return cls(200, text.encode(), MEDIA_TYPE)

    @classmethod
    def text(cls, status: int, text: str) -> "ScriptReply":
        """Return a reply with a line for people."""
        return cls(status, f"{text}\n".encode(errors="backslashreplace"))

    @property
    def header_items(self) -> list[tuple[str, str]]:
        """All headers."""
        kind = [("Content-Type", self.content_type)] if self.body else []
        return [*kind, ("Content-Length", str(len(self.body))), *self.headers.items()]


class Handler(Protocol):
    """Serves requests."""

    def handle(self, request: ScriptRequest) -> ScriptReply:
        """Return the reply to a request."""
        ...


_NO_LENGTH = ScriptReply.text(400, "Content-Length: expected a number of bytes, got another text")
_TOO_LONG = ScriptReply.text(413, f"body: expected at most {MOST_BYTES} bytes")


def serve_wsgi(
    handler: Handler, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Serve one request of a WSGI server."""
    length = _length(environ.get("CONTENT_LENGTH") or "0")
    reply = _NO_LENGTH if length is None else _TOO_LONG
    if length is not None and length <= MOST_BYTES:
        request = ScriptRequest(
            environ["REQUEST_METHOD"],
            environ.get("PATH_INFO", "/"),
            environ.get("QUERY_STRING", ""),
            environ["wsgi.input"].read(length),
            environ.get("HTTP_AUTHORIZATION"),
        )
        reply = handler.handle(request)
    phrase = HTTPStatus(reply.status).phrase
    start_response(f"{reply.status} {phrase}", reply.header_items)
    return [reply.body]


def _length(text: str) -> int | None:
    """Return the value of a Content-Length; None if it is no number."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None


async def serve_asgi(handler: Handler, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one connection of an ASGI server; the work is done in a thread."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["type"] != "http":
        return
    body = await _body(receive)
    reply = _TOO_LONG
    if body is not None:
        reply = await asyncio.to_thread(handler.handle, _request(scope, body))
    headers = [(name.lower().encode(), value.encode()) for name, value in reply.header_items]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _request(scope: Scope, body: bytes) -> ScriptRequest:
    headers = dict(cast("Iterable[tuple[bytes, bytes]]", scope["headers"]))
    authorization = headers.get(b"authorization")
    return ScriptRequest(
        scope["method"],
        scope["path"],
        scope["query_string"].decode("latin-1"),
        body,
        None if authorization is None else authorization.decode("latin-1"),
    )


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request, None if it is too long."""
    body = b""
    while True:
        message = await receive()
        body += cast("bytes", message.get("body", b""))
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return body


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
