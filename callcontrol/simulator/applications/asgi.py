"""Exchanges with an ASGI application, on the event loop of the simulator."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast
from urllib.parse import unquote

from callcontrol._fork import renewed_in_children
from callcontrol._handlers import named
from callcontrol._urls import parts_of, port_of
from callcontrol.simulator.applications.application_loop import ApplicationLoop
from callcontrol.simulator.applications.asgi_types import ASGIApplication, AsgiMessage
from callcontrol.simulator.applications.base import (
    MAX_REPLY,
    SEND_BYTES,
    ApplicationError,
    application_error,
)
from callcontrol.simulator.applications.exceptions import described
from callcontrol.simulator.applications.lifespan import Lifespan
from callcontrol.simulator.applications.logged_errors import CURRENT, ErrorKeeper
from callcontrol.simulator.applications.routes import with_routes
from callcontrol.simulator.core.messages import Header
from callcontrol.simulator.core.webhooks import HttpRequest, PendingReply, WebhookReply

__all__ = ["ASGI", "ASGIApplication", "AsgiMessage"]

_LIFESPAN_LIMIT = 600.0
"""Seconds of the application's own time that startup and shutdown may take."""
_SERVER_ERROR = 500
_ROUNDS = 20
"""Rounds of the event loop after a status 500 in which an exception still belongs to it."""


class ASGI:
    """Runs an ASGI application on an event loop with virtual time.

    Its startup runs before the first request and its shutdown at the end; both take no time of
    a call. A handler that takes longer than the webhook's timeout counts as late. As under a
    server it may go on, and so may the tasks that it has started; what they raise is reported.
    Without ``loop`` the application has one of its own.
    """

    def __init__(self, app: ASGIApplication, loop: ApplicationLoop | None = None) -> None:
        self._app = app
        self._loop = loop or ApplicationLoop()
        self._owns_loop = loop is None
        self._lifespan: Lifespan | None = None
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Start the application anew."""
        self._lifespan = None

    def deliver(self, request: HttpRequest) -> WebhookReply | PendingReply:
        """Return the reply of the application, at once or when virtual time has passed.

        :raises ApplicationError: for what the application raises before that, and a wrong reply.
        """
        exchange = _Exchange(self._loop, request, self._running().state)
        path = parts_of(request.url).path or "/"
        self._loop.start(exchange.run(self._app), f"{request.method} {path}")
        if exchange.outcome is None:
            return exchange.pending.map(
                partial(with_routes, request=request, application=self._app)
            )
        self._loop.withdraw(exchange)
        if isinstance(exchange.outcome, Exception):
            raise exchange.outcome
        return with_routes(exchange.outcome, request, self._app)

    def close(self) -> None:
        """Run the shutdown; the loop, if it is its own, cancels what the application left."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None:
            self._loop.run_alone(lifespan.stop(), _LIFESPAN_LIMIT)
        if self._owns_loop:
            self._loop.close()

    def _running(self) -> Lifespan:
        if self._lifespan is None:
            self._lifespan = Lifespan()
            # An application that does not end its startup runs without the protocol.
            self._loop.run_alone(self._lifespan.start(self._app), _LIFESPAN_LIMIT)
        return self._lifespan


class _GoneError(ConnectionError):
    """The platform does not wait for the reply any more."""


class _Exchange(ErrorKeeper):
    """One request to an application, and its outcome."""

    def __init__(
        self, loop: ApplicationLoop, request: HttpRequest, state: dict[str, object]
    ) -> None:
        self.outcome: WebhookReply | ApplicationError | None = None
        self.pending = PendingReply(lambda: loop.run_until(lambda: self.outcome is not None))
        self._loop = loop
        self._request = request
        self._scope = _scope(request) | {"state": dict(state)}
        self._began = loop.now
        self._is_late = False
        self._messages: list[AsgiMessage] = [
            {"type": "http.request", "body": request.body, "more_body": False}
        ]
        self._line: tuple[int, tuple[Header, ...]] | None = None
        self._body = bytearray()
        self._refusal: WebhookReply | None = None
        """A reply with status 500, whose exception may follow it."""
        self._ended = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None

    @property
    def _handler(self) -> str:
        """The endpoint, which Starlette and FastAPI write into the scope."""
        endpoint = self._scope.get("endpoint")
        return "" if endpoint is None else named(endpoint)

    async def run(self, app: ASGIApplication) -> None:
        """Run the application."""
        CURRENT.set(self)
        self._task = asyncio.current_task()
        self._loop.work.find_limiter()
        self._began = self._loop.now
        limit = asyncio.get_running_loop().call_later(self._request.timeout, self._expire)
        try:
            await app(self._scope, self._receive, self._send)
        except ApplicationError as error:
            self._fail(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - an application may raise anything
            if not (self._is_late and _is_about_lateness(error)):
                self._fail(application_error(error))
        except asyncio.CancelledError:
            self._end(ApplicationError("the application cancelled the task of the request"))
            raise
        else:
            incomplete = "reply: expected a complete reply, got none or a part of it"
            self._end(self._refusal or ApplicationError(incomplete))
        finally:
            limit.cancel()

    def hand_over(self) -> None:
        """Give the reply to the engine."""
        if self.outcome is not None:
            self.pending.settle(self.outcome)

    def _fail(self, error: ApplicationError) -> None:
        """Take an exception: as the outcome, or as a failure after the reply."""
        if self.outcome is None and self._refusal is None:
            self._end(error)
            return
        self._loop.report(error)
        if self._refusal is not None and error.__cause__ is not None:
            self._end(replace(self._refusal, detail=described(error.__cause__, self._handler)))

    def _expire(self) -> None:
        self._is_late = True
        self._loop.expect_late(self._task)
        timeout = self._request.timeout
        late = f"waited {timeout:g} s"
        self._end(WebhookReply(failure="timeout", waited=timeout, detail=late))

    def _end(self, outcome: WebhookReply | ApplicationError) -> None:
        if self.outcome is None:
            if isinstance(outcome, WebhookReply):
                outcome = replace(outcome, handler=self._handler)
            else:
                outcome.handler = self._handler
            self.outcome = outcome
            self._ended.set()
            self._loop.finish(self)

    async def _receive(self) -> AsgiMessage:
        if self._messages:
            return self._messages.pop()
        await self._ended.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: AsgiMessage) -> None:
        if self._is_late:
            raise _GoneError("the platform does not wait for this reply any more")
        kind = message.get("type")
        if kind == "http.response.start":
            self._line = _status(message.get("status")), _headers(message.get("headers", ()))
        elif kind == "http.response.body" and self._line is not None:
            self._add(message.get("body", b""))
            if not message.get("more_body", False):
                self._reply(*self._line)
            if self._refusal is None:
                # The engine gets a reply before the application goes on, which may take time.
                await asyncio.sleep(0)
        else:
            raise ApplicationError(f"reply: expected http.response.start first, got {kind!r:.60}")

    def _add(self, piece: object) -> None:
        if not isinstance(piece, bytes):
            kind = type(piece).__name__
            raise ApplicationError(f"reply: expected a body made of bytes, got {kind}{SEND_BYTES}")
        self._body += piece[: MAX_REPLY + 1 - len(self._body)]

    def _reply(self, status: int, headers: tuple[Header, ...]) -> None:
        waited = round(self._loop.now - self._began, 6)
        reply = WebhookReply(status=status, headers=headers, body=bytes(self._body), waited=waited)
        if status < _SERVER_ERROR:
            self._end(reply)
        elif self.exception is not None:
            self._loop.report(application_error(self.exception))
            self._end(replace(reply, detail=described(self.exception, self._handler)))
        else:
            self._refusal = reply
            self._end_later(reply, _ROUNDS)

    def _end_later(self, reply: WebhookReply, rounds: int) -> None:
        """Give a framework the chance to raise the exception behind a status 500 first."""
        if rounds:
            asyncio.get_running_loop().call_soon(self._end_later, reply, rounds - 1)
        else:
            self._end(reply)


def _is_about_lateness(error: BaseException | None) -> bool:
    """Whether an exception comes from sending a reply that is not waited for any more."""
    while error is not None and not isinstance(error, _GoneError):
        error = error.__cause__ or error.__context__
    return error is not None


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
