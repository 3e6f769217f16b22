"""Servers that do what servers of users do by mistake, by path."""

import socket
import ssl
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType

from bxml import Response, SpeakSentence

__all__ = ["CLOSED", "serving"]

CLOSED = "http://127.0.0.1:9"
CERTIFICATE = Path(__file__).parents[1] / "callcontrol" / "loopback.pem"
HTML = {"Content-Type": "text/html"}
NGINX = {**HTML, "Server": "nginx"}
XML = {"Content-Type": "application/xml"}


@dataclass(frozen=True)
class Reply:
    """A reply to every request for one path."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(XML))


CODE = Response().gather(SpeakSentence("Your code, please."), gather_url="/code", max_digits=6)
REPLIES: Mapping[str, Reply] = {
    "/voice": Reply(body=Response().speak_sentence("Hello.").to_bxml()),
    "/long": Reply(body="<Response><Pause duration='20'/></Response>"),
    "/code": Reply(body=CODE.to_bxml()),
    "/invalid": Reply(
        body='<Response><Gather maxDigits="1" gatherUrl="/voice" repeatCount="30">'
        "<SpeakSentence>Press 1.</SpeakSentence></Gather></Response>"
    ),
    "/twiml": Reply(body="<Response><Say>Hi</Say></Response>"),
    "/empty": Reply(204),
    "/ended": Reply(404, "Not Found", HTML),
    "/page": Reply(body="<html><head><title>Clinic</title></head><p>Welcome</html>", headers=HTML),
    "/session": Reply(302, headers={"Location": "/accounts/login?next=/session"}),
    "/secure": Reply(308, headers={"Location": "https://127.0.0.1/secure"}),
    "/csrf": Reply(
        403, "<html><title>403 Forbidden</title><p>CSRF verification failed.</html>", HTML
    ),
    "/challenge": Reply(401, headers={"WWW-Authenticate": 'Basic realm="voice"'}),
    "/visit": Reply(
        body="<!DOCTYPE html><html><head><title>Sign in to Tunnels</title></head>"
        "<body><br><p>Sign in</body></html>",
        headers=HTML,
    ),
    "/offline": Reply(404, "The endpoint voice.ngrok.app is offline.\n\nERR_NGROK_3200\n", HTML),
    "/gateway": Reply(
        502, "<html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>nginx</html>", NGINX
    ),
    "/busy": Reply(503, '{"detail":"no database"}', {"Server": "nginx"}),
    "/files": Reply(
        501,
        "<html><title>Error response</title><h1>Error response</h1><p>Error code: 501</p>"
        "<p>Message: Unsupported method ('POST').</p></html>",
        HTML | {"Server": "SimpleHTTP/0.6 Python/3.13"},
    ),
    "/crash": Reply(500, "Internal Server Error", {"Content-Type": "text/plain"}),
    "/airplay": Reply(403, headers={"Server": "AirTunes/870.14.1"}),
}


class _Handler(BaseHTTPRequestHandler):
    def _reply(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        if path == "/drop":
            self.close_connection = True
            return
        reply = REPLIES.get(path.removesuffix("/token").partition("/accounts")[0])
        reply = reply or Reply(404, "Not Found", HTML)
        body = reply.body.encode()
        self.send_response_only(reply.status)
        headers = {"Server": "Werkzeug/3.1", **reply.headers, "Content-Length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self._reply()

    def do_GET(self) -> None:
        self._reply()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of http.server
        """Write nothing."""


@contextmanager
def _running(server: ThreadingHTTPServer) -> Generator[str]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Write nothing about clients that do not trust the certificate."""


@contextmanager
def _secure() -> Generator[str]:
    server = _Quiet(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with _running(server) as address:
        yield address


@contextmanager
def _raw() -> Generator[str]:
    """Serve another protocol than HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1)
                    connection.sendall(b"-ERR unknown command 'POST'\r\n")

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextmanager
def serving() -> Generator[Callable[..., str]]:
    """Run the servers, and yield what fills their addresses in for ``{server}`` and others."""
    with _running(_Quiet(("127.0.0.1", 0), _Handler)) as plain, _secure() as tls, _raw() as raw:
        names = {
            "server": f"http://{plain}",
            "server_address": plain,
            "server_port": plain.partition(":")[2],
            "tls_address": tls,
            "raw_address": raw,
            "closed": CLOSED,
        }

        def fill(text: str, **more: str) -> str:
            for name, value in {**names, **more}.items():
                text = text.replace(f"{{{name}}}", value)
            return text

        yield fill
