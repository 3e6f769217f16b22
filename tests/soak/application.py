"""The application that a soak calls: writes down each webhook before it replies.

python -m tests.soak.application LOG primary|fallback PRIMARY_PORT FALLBACK_PORT
"""

import os
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bxml import Response
from callcontrol.events import AnswerEvent, InitiateEvent, RedirectEvent, parse_event
from tests.soak.logs import Received, Server, is_recorded, write

__all__ = ["Application"]


class Application(ThreadingHTTPServer):
    """Serves documents of one process, and appends to a log that survives it."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, log: Path, server: Server, ports: Mapping[Server, int]) -> None:
        super().__init__(("127.0.0.1", ports[server]), _Handler)
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._server: Server = server
        self._primary, self._fallback = (
            f"http://127.0.0.1:{ports[name]}/voice" for name in ("primary", "fallback")
        )

    def receive(self, body: bytes) -> bytes:
        """Write down a webhook and return the reply to it."""
        event = parse_event(body)
        call_id = str(getattr(event, "call_id", ""))
        entry = Received(call_id, event.event_type, self._server)
        os.write(self._log, write(entry).encode("ascii"))  # in one piece, whoever else writes
        match event:
            case InitiateEvent() | AnswerEvent():
                return self._greeting(call_id).to_bytes()
            case RedirectEvent():
                return Response().speak_sentence("Goodbye.").pause(duration=1).hangup().to_bytes()
            case _:
                return b""

    def _greeting(self, call_id: str) -> Response:
        document = Response()
        if is_recorded(call_id):
            document = document.start_recording(recording_available_url=self._primary)
        return document.speak_sentence("Hello.").redirect(
            redirect_url=self._primary, redirect_fallback_url=self._fallback
        )

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep silent about a simulator that has given up waiting."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one webhook."""
        assert isinstance(self.server, Application)
        reply = self.server.receive(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Write no log of its own."""


def main(log: str, server: str, primary_port: str, fallback_port: str) -> None:
    """Serve until the process is killed."""
    ports: Mapping[Server, int] = {"primary": int(primary_port), "fallback": int(fallback_port)}
    made = Application(Path(log), "primary" if server == "primary" else "fallback", ports)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    made.serve_forever(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
