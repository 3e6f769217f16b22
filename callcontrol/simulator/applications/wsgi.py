"""Exchanges with a WSGI application (PEP 3333), in the thread of the caller."""

import io
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, cast
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from callcontrol._urls import parts_of, port_of
from callcontrol.simulator.applications.base import (
    ApplicationError,
    application_error,
    join_pieces,
)
from callcontrol.simulator.applications.routes import with_routes
from callcontrol.simulator.applications.views import Views
from callcontrol.simulator.core.messages import Header
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply

_PLAIN = ("CONTENT_TYPE", "CONTENT_LENGTH")
_STATUS = re.compile(r"([1-9][0-9]{2})(?: .*)?")


class WSGI:
    """Calls a WSGI application.

    The call returns when the application does: time inside it is not virtual, and nothing can
    end a handler that never returns.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._views = Views(app)

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Return the reply of the application."""
        started = _Started()
        view = self._views.of(request)
        try:
            reply = _read(started, self._app(_environ(request), started), view)
            return with_routes(reply, request, self._app)
        except ApplicationError as error:
            error.handler = view
            raise
        except (Exception, SystemExit) as error:
            failure = application_error(error)
            failure.handler = view
            raise failure from error

    def close(self) -> None:
        """Do nothing: a WSGI application holds nothing between requests."""


class _Started:
    """The ``start_response`` of one request."""

    def __init__(self) -> None:
        self.line: tuple[int, tuple[Header, ...]] | None = None
        self.written: list[bytes] = []

    def __call__(
        self,
        status: str,
        headers: list[Header],
        exc_info: object = None,
        /,
    ) -> Callable[[bytes], object]:
        if self.line is not None and exc_info is None:
            raise ApplicationError("reply: the application called start_response twice")
        self.line = _status(status), _headers(headers)
        return self.written.append


def _status(status: object) -> int:
    found = _STATUS.fullmatch(status) if isinstance(status, str) else None
    if found is None:
        raise ApplicationError(f"reply: expected a status such as '200 OK', got {status!r:.60}")
    return int(found[1])


def _headers(headers: object) -> tuple[Header, ...]:
    with suppress(TypeError, ValueError):
        pairs = tuple((name, value) for name, value in cast("Iterable[Any]", headers))
        if all(isinstance(text, str) for pair in pairs for text in pair):
            return pairs
    raise ApplicationError("reply: expected headers as pairs of texts")


def _read(started: _Started, returned: object, view: str) -> WebhookReply:
    if not isinstance(returned, Iterable) or isinstance(returned, str | bytes):
        kind = type(returned).__name__
        raise ApplicationError(f"reply: expected a list or generator of bytes, got {kind}")
    pieces = cast("Iterable[object]", returned)
    try:
        rest = join_pieces(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if callable(close):
            close()
    if started.line is None:
        raise ApplicationError(
            "reply: the application returned a body without calling start_response"
        )
    status, headers = started.line
    body = join_pieces([*started.written, rest])
    return WebhookReply(status=status, headers=headers, body=body, handler=view)


def _environ(request: HttpRequest) -> dict[str, Any]:
    parts = parts_of(request.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(port_of(request.url)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key in _PLAIN else f"HTTP_{key}"] = value
    return environ
