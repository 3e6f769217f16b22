"""Exchanges with an ASGI application, on an event loop of its own in a thread of its own."""

import asyncio
import os
import selectors
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, cast
from urllib.parse import unquote

from callcontrol._fork import renewed_in_children
from callcontrol._urls import parts_of, port_of
from callcontrol.simulator.applications.base import (
    MAX_REPLY,
    ApplicationError,
    application_error,
)
from callcontrol.simulator.core.messages import Header
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply

AsgiMessage = MutableMapping[str, Any]
_SHUTDOWN_TIMEOUT = 30.0
"""Real seconds that the shutdown may take."""


class Lifespan:
    """One run of an application, from startup to shutdown.

    An application that raises does not support the protocol and runs without it.
    """

    def __init__(self) -> None:
        self.state: dict[str, object] = {}
        """State that the application sets for every request."""
        self._task: asyncio.Task[None] | None = None
        self._requests: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._failure: str | None = None

    async def start(self, app: Callable[..., Awaitable[None]], seconds: float) -> None:
        """Run the startup for at most ``seconds`` of real time.

        :raises ApplicationError: if the application reports that it failed.
        """
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        running = app({**scope, "state": self.state}, self._requests.get, self._on_message)
        self._task = asyncio.create_task(_ignore_errors(running), name="simulator-lifespan")
        await self._send_and_wait("lifespan.startup", seconds)
        if self._failure is not None:
            raise ApplicationError(f"the application did not start: {self._failure}")

    async def stop(self) -> None:
        """Run the shutdown, if the startup ran."""
        if self._task is not None and not self._task.done():
            await self._send_and_wait("lifespan.shutdown", _SHUTDOWN_TIMEOUT)

    async def _send_and_wait(self, what: str, seconds: float) -> None:
        """Send a message and wait until the application replies or returns."""
        assert self._task is not None  # noqa: S101 - made before
        self._answered.clear()
        self._requests.put_nowait({"type": what})
        answered = asyncio.create_task(self._answered.wait())
        done, _ = await asyncio.wait(
            (answered, self._task), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        answered.cancel()
        if not done:
            self._task.cancel()

    async def _on_message(self, message: AsgiMessage) -> None:
        kind = str(message.get("type"))
        if not kind.startswith("lifespan."):
            raise ApplicationError(f"lifespan: expected a lifespan message, got {kind!r:.60}")
        if kind.endswith(".failed"):
            self._failure = str(message.get("message") or "it gave no reason")
        self._answered.set()


async def _ignore_errors(running: Awaitable[None]) -> None:
    with suppress(Exception):  # how an application shows that it does not support the protocol
        await running


ASGIApplication = Callable[
    [AsgiMessage, Callable[[], Awaitable[AsgiMessage]], Callable[[AsgiMessage], Awaitable[None]]],
    Awaitable[None],
]
"""An ASGI 3 application: ``await app(scope, receive, send)``."""


class ASGI:
    """Runs an ASGI application on one event loop.

    Its startup runs before the first request and its shutdown at the end. Tasks that a handler
    starts continue during later requests. A handler that awaits longer than the webhook's
    timeout, in real seconds, is cancelled and counts as late.
    """

    def __init__(self, app: ASGIApplication) -> None:
        self._app = app
        self._thread = ThreadPoolExecutor(1, "simulator-asgi")
        self._runner = asyncio.Runner()
        self._lifespan: Lifespan | None = None
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Replace thread, event loop and lifespan, which belong to the parent."""
        with suppress(RuntimeError):  # it is closed
            _detach_selector(self._runner.get_loop())
        # Kept open: closing it could wait for a lock of the parent's threads.
        self._parent_runner = self._runner
        self._thread = ThreadPoolExecutor(1, "simulator-asgi")
        self._runner = asyncio.Runner()
        self._lifespan = None

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Return the reply of the application."""
        return self._thread.submit(self._runner.run, self._exchange(request)).result()

    def close(self) -> None:
        """Cancel what the application left running and close the event loop."""
        if self._lifespan is not None:
            self._thread.submit(self._runner.run, self._lifespan.stop()).result()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    async def _exchange(self, request: HttpRequest) -> WebhookReply:
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
                return WebhookReply(failure="timeout", seconds=request.timeout, detail=late)
            raise application_error(error) from error
        return exchange.reply()


def _detach_selector(loop: asyncio.AbstractEventLoop) -> None:
    """Keep a loop of the parent from removing files from the epoll that the processes share."""
    selector: Any = getattr(loop, "_selector", None)
    kind = getattr(selectors, "EpollSelector", None)  # only Linux has one that a child shares
    if kind is not None and isinstance(selector, kind):
        with kind() as own:
            os.dup2(own.fileno(), selector.fileno(), inheritable=False)


class _Exchange:
    """The ``receive`` and ``send`` of one request."""

    def __init__(self, body: bytes) -> None:
        self._request: AsgiMessage | None = {
            "type": "http.request",
            "body": body,
            "more_body": False,
        }
        self._line: tuple[int, tuple[Header, ...]] | None = None
        self._body = bytearray()
        self._complete = asyncio.Event()

    async def receive(self) -> AsgiMessage:
        message, self._request = self._request, None
        if message is not None:
            return message
        await self._complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: AsgiMessage) -> None:
        kind = message.get("type")
        if kind == "http.response.start":
            self._line = _status(message.get("status")), _headers(message.get("headers", ()))
        elif kind == "http.response.body" and self._line is not None:
            self._add(message.get("body", b""))
            if not message.get("more_body", False):
                self._complete.set()
        else:
            raise ApplicationError(f"reply: expected http.response.start first, got {kind!r:.60}")
        await asyncio.sleep(0)  # an infinite reply must not keep the timeout from firing

    def _add(self, piece: object) -> None:
        if not isinstance(piece, bytes):
            kind = type(piece).__name__
            raise ApplicationError(f"reply: expected a body made of bytes, got {kind}")
        self._body += piece[: MAX_REPLY + 1 - len(self._body)]

    def reply(self) -> WebhookReply:
        if self._line is None or not self._complete.is_set():
            raise ApplicationError("reply: expected a complete reply, got none or a part of it")
        status, headers = self._line
        return WebhookReply(status=status, headers=headers, body=bytes(self._body))


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
    parts = parts_of(request.url)
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
