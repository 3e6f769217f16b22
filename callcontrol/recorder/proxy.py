"""A recording proxy in front of the application."""

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Self

from callcontrol._fork import renewed_in_children
from callcontrol._urls import has_user, origin_of, parts_of
from callcontrol.recorder.capture import RawExchange, capture_exchange, event_of
from callcontrol.recorder.models import FAILURES, Exchange, RecordingError, Session
from callcontrol.recorder.pseudonyms import Pseudonyms
from callcontrol.recorder.redaction import Redactor
from callcontrol.recorder.storage import Mode, RecordingWriter, check_writable
from callcontrol.simulator.applications import Remote
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.rest.endpoint import serve
from callcontrol.simulator.rest.messages import RestReply as HttpReply
from callcontrol.simulator.rest.messages import RestRequest

if TYPE_CHECKING:
    from callcontrol.simulator.rest.server import Server

TIMEOUT = 30.0
"""Seconds for a reply; the platform itself waits 25 at most."""
MAX_REPLY = 64 * 1_048_576
"""Bytes of a reply that are forwarded; hours of telephone audio."""
LAST_PORT = 65_535
BAD_GATEWAY, GATEWAY_TIMEOUT = 502, 504
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Header fields of one connection, which a proxy does not forward."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\0-\x08\x0a-\x1f\x7f]+[ \t]*")
_STATUSES = range(200, 600)


class Recorder:
    """A proxy on a port of 127.0.0.1 that records the exchanges between platform and application.

    ``url`` is the application; point the platform at ``Recorder.url`` instead. If the file exists,
    ``mode`` decides: ``new`` fails, ``append`` adds to it, ``overwrite`` replaces it.
    ``keep_digits`` records typed keys unchanged, if they are too few for a number. ``timeout`` is
    in seconds, for each reply. ``seen`` is called with every exchange, in the thread of the reply.

        with Recorder("http://localhost:5000/voice", "menu.jsonl") as recorder:
            simulator.dial_in(recorder.url, to="+19195551234")
    """

    def __init__(  # noqa: PLR0913 - all keyword-only, all optional
        self,
        url: str,
        path: str | os.PathLike[str],
        *,
        port: int = 0,
        mode: Mode = "new",
        keep_digits: bool = False,
        timeout: float = TIMEOUT,
        seen: Callable[[Exchange], object] | None = None,
    ) -> None:
        if origin_of(url) is None or has_user(url):
            raise RecordingError("url: expected an http URL without a password, got another value")
        if not 0 <= port <= LAST_PORT:
            raise RecordingError(f"port: expected 0 to {LAST_PORT}, got {port}")
        self._target = parts_of(url)
        self._path = path
        self._port = port
        self._mode: Mode = mode
        self._timeout = timeout
        self._seen = seen
        self._keep_digits = keep_digits
        self._redactor = Redactor(Pseudonyms(), keep_digits=keep_digits)
        self._began = monotonic()
        self._lock = Lock()
        self._ready = Lock()
        self._server: Server | None = None
        self._writer: RecordingWriter | None = None
        self._remote = Remote(limit=MAX_REPLY)
        self._in_flight = 0
        self.failure: RecordingError | None = None
        """Why an exchange could not be written, if any; calls continue without it."""
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Do not wait for threads of the parent, which alone continues recording."""
        self._lock, self._ready = Lock(), Lock()
        self._in_flight = 0

    @property
    def url(self) -> str:
        """The URL to point the platform at."""
        port = self._server.port if self._server is not None else self._port
        path = self._target.path or "/"
        query = f"?{self._target.query}" if self._target.query else ""
        return f"http://127.0.0.1:{port}{path}{query}"

    @property
    def is_waiting(self) -> bool:
        """Whether a reply of the application is pending."""
        return self._in_flight > 0

    def start(self) -> None:
        """Open the port and the file.

        :raises RecordingError: if the port is in use or the file cannot be written.
        """
        check_writable(self._path, self._mode)
        with self._ready, ExitStack() as undo:
            try:
                self._server = serve(self._handle, "record", port=self._port)
            except SimulatorError as error:
                raise RecordingError(str(error)) from None
            except OSError as error:
                reason = error.strerror or error
                raise RecordingError(
                    f"port: expected a free port, got {self._port} ({reason})"
                ) from None
            undo.callback(self._server.close)
            url = self._redactor.url(self._target.geturl())
            session = Session(url, self._keep_digits)
            self._writer = RecordingWriter(self._path, self._mode, session)
            undo.pop_all()

    def stop(self) -> None:
        """Close the port and the file, and raise the first unexpected error of an exchange, if any.

        In a process forked from the one with the recorder it does nothing.
        """
        server, writer = self._server, self._writer
        if server is None or writer is None or not server.is_ours:
            return
        try:
            server.close()
        finally:
            writer.close()
            self._remote.close()
        # A reply that never came is not recorded, and not an error.
        failures = [
            failure for failure in server.failures if not isinstance(failure, SimulatorError)
        ]
        if failures:
            raise failures[0]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _handle(self, request: RestRequest) -> HttpReply:
        with self._ready:  # the file is open from here on
            at = monotonic() - self._began
        with self._lock:
            self._in_flight += 1
        try:
            reply = self._forward(request)
            answer = _platform_reply(request, reply)
            self._record(RawExchange(at, request, reply, answer.status, event_of(request)))
        finally:
            with self._lock:
                self._in_flight -= 1
        return answer

    def _forward(self, request: RestRequest) -> WebhookReply:
        query = f"?{request.query}" if request.query else ""
        origin = f"{self._target.scheme}://{self._target.netloc}"
        dropped = _HOP_BY_HOP | {"accept-encoding"}
        headers = {name: item for name, item in request.headers.items() if name not in dropped}
        # Compressed replies could not be recorded. A kept-open connection could be closed while the
        # next webhook, which must not be sent twice, is in transit.
        headers |= {"Accept-Encoding": "identity", "Connection": "close"}
        reply = self._remote.deliver(
            HttpRequest(
                method=request.method,
                url=f"{origin}{request.path}{query}",
                headers=tuple(headers.items()),
                body=request.body,
                timeout=self._timeout,
            )
        )
        is_odd = len(reply.body) > MAX_REPLY or reply.status not in _STATUSES
        return replace(reply, failure="garbage") if is_odd and not reply.failure else reply

    def _record(self, raw: RawExchange) -> None:
        with self._lock:  # pseudonyms are given in the order of the file
            try:
                exchange = capture_exchange(self._redactor, raw)
                if self._writer is not None:
                    self._writer.write(exchange)
            except RecordingError as error:
                self.failure = self.failure or error
                return
            except Exception as error:  # noqa: BLE001 - the call must continue; the text may hold secrets
                text = f"{os.fspath(self._path)}: an exchange could not be redacted"
                self.failure = self.failure or RecordingError(f"{text}: {type(error).__name__}")
                return
        if self._seen is not None:
            self._seen(exchange)


def _platform_reply(request: RestRequest, reply: WebhookReply) -> HttpReply:
    if reply.failure is not None:
        status = GATEWAY_TIMEOUT if reply.failure == "timeout" else BAD_GATEWAY
        text = f"the application did not reply: {FAILURES[reply.failure]}\n"
        return HttpReply(status, (("Content-Type", "text/plain"),), text.encode())
    headers = [
        (name, _CONTROL.sub(" ", value).strip())
        for name, value in reply.headers
        if name.lower() not in _HOP_BY_HOP and _NAME.fullmatch(name)
    ]
    if request.method == "HEAD" and reply.header("Content-Length").isdecimal():
        headers.append(("Content-Length", reply.header("Content-Length")))
    return HttpReply(reply.status, tuple(headers), reply.body)
