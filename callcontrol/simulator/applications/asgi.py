"""Exchanges with an ASGI application, on an event loop of its own in a thread of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import cast
from urllib.parse import unquote, urlsplit

from callcontrol.simulator.applications.base import (
    MAX_REPLY,
    ApplicationError,
    application_error,
    port_of,
)
from callcontrol.simulator.applications.lifespan import Lifespan, Message
from callcontrol.simulator.core.webhooks import HttpRequest, Reply
from callcontrol.simulator.rest.messages import Header

__all__ = ["ASGI", "ASGIApplication"]

ASGIApplication = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
"""An ASGI 3 application: ``await app(scope, receive, send)``."""


class ASGI:
    """Runs an ASGI application; the event loop stays the same for all its requests.

    Its startup runs before the first request and its shutdown at the end. Tasks that a handler
    leaves behind go on during later requests. A handler that awaits longer than the webhook's
    timeout, in real seconds, is cancelled and counts as late.
    """

    def __init__(self, app: ASGIApplication) -> None:
        self._app = app
        self._thread = ThreadPoolExecutor(1, "simulator-asgi")
        self._runner = asyncio.Runner()
        self._lifespan: Lifespan | None = None

    def deliver(self, request: HttpRequest) -> Reply:
        """Return the reply of the application."""
        return self._thread.submit(self._runner.run, self._exchange(request)).result()

    def close(self) -> None:
        """Cancel what the application left running and close the event loop."""
        if self._lifespan is not None:
            self._thread.submit(self._runner.run, self._lifespan.stop()).result()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    async def _exchange(self, request: HttpRequest) -> Reply:
        if self._lifespan is None:
            self._lifespan = Lifespan()
            await self._lifespan.start(self._app, request.timeout)
        exchange = _Exchange(request.body)
        scope = _scope(request) | {"state": dict(self._lifespan.state)}
        limit = asyncio.timeout(request.timeout)
        try:
            async with limit:
                await self._app(scope, exchange.receive, exchange.send)
        except ApplicationError:
            raise
        except (Exception, SystemExit) as error:
            if isinstance(error, TimeoutError) and limit.expired():
                late = f"waited {request.timeout:g} s"
                return Reply(failure="timeout", seconds=request.timeout, detail=late)
            raise application_error(error) from error
        return exchange.reply()


class _Exchange:
    """The ``receive`` and ``send`` of one request."""

    def __init__(self, body: bytes) -> None:
        self._request: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._line: tuple[int, tuple[Header, ...]] | None = None
        self._body = bytearray()
        self._complete = asyncio.Event()

    async def receive(self) -> Message:
        message, self._request = self._request, None
        if message is not None:
            return message
        await self._complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        kind = message.get("type")
        if kind == "http.response.start":
            self._line = _status(message.get("status")), _headers(message.get("headers", ()))
        elif kind == "http.response.body" and self._line is not None:
            self._add(message.get("body", b""))
            if not message.get("more_body", False):
                self._complete.set()
        else:
            raise ApplicationError(f"reply: expected http.response.start first, got {kind!r:.60}")
        await asyncio.sleep(0)  # an endless reply must not keep the timeout from firing

    def _add(self, piece: object) -> None:
        if not isinstance(piece, bytes):
            kind = type(piece).__name__
            raise ApplicationError(f"reply: expected a body made of bytes, got {kind}")
        self._body += piece[: MAX_REPLY + 1 - len(self._body)]

    def reply(self) -> Reply:
        if self._line is None or not self._complete.is_set():
            raise ApplicationError("reply: expected a complete one, got none or a part of it")
        status, headers = self._line
        return Reply(status=status, headers=headers, body=bytes(self._body))


def _status(status: object) -> int:
    if isinstance(status, int) and 100 <= status <= 999:  # noqa: PLR2004 - three digits
        return int(status)
    raise ApplicationError(f"reply: expected a status of three digits, got {status!r:.60}")


def _headers(headers: object) -> tuple[Header, ...]:
    with suppress(TypeError, ValueError, AttributeError):
        return tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in cast("Iterable[tuple[bytes, bytes]]", headers)
        )
    raise ApplicationError("reply: expected headers as pairs of bytes")


def _scope(request: HttpRequest) -> dict[str, object]:
    parts = urlsplit(request.url)
    length = ("content-length", str(len(request.body)))
    headers = [("host", parts.netloc), length, *request.headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote(parts.path or "/"),
        "raw_path": (parts.path or "/").encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 0),
        "server": (parts.hostname, port_of(request.url)),
    }
