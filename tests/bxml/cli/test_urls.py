"""``bxml check URL``: replies of a real server on loopback, and how they are judged."""

import gzip
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from bxml._replies import ErrorReply, status_advice
from bxml.cli.commands import cli
from bxml.documents import MAX_BYTES
from tests.waiting import refused_port

FINE = b"<Response><Hangup/></Response>"
WRONG = b'<Response><Pause duration="x"/></Response>'


@dataclass
class Application:
    """A web application that replies as a test says, and remembers what it was asked."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/xml"})
    body: bytes = FINE
    length: int | None = None
    """Content-Length to claim instead of the true one."""
    port: int = 0
    asked: list[tuple[str, str, bytes]] = field(default_factory=list[tuple[str, str, bytes]])
    seen: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def url(self) -> str:
        """Return the address of the application."""
        return f"http://127.0.0.1:{self.port}"


def handler(application: Application) -> type[BaseHTTPRequestHandler]:
    """Return the request handler of an application."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            application.asked.append((self.command, self.path, self.rfile.read(length)))
            application.seen.update(self.headers.items())
            self.send_response(application.status)
            for name, value in application.headers.items():
                self.send_header(name, value)
            claimed = application.length
            self.send_header("Content-Length", str(claimed or len(application.body)))
            self.end_headers()
            self.wfile.write(application.body)

        do_GET = answer  # noqa: N815 - the name that http.server looks for
        do_POST = answer  # noqa: N815 - same

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            del format, args

    return Handler


@pytest.fixture
def application() -> Iterator[Application]:
    """Return an application that runs on a free port of loopback until the test ends."""
    served = Application()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(served))
    served.port = server.server_port
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep loopback out of the proxies of the machine that runs the tests."""
    monkeypatch.setenv("NO_PROXY", "*")


def bxml(*arguments: str) -> Result:
    """Run ``bxml check`` in this process."""
    return CliRunner().invoke(cli, ["check", *arguments])


def test_replies_are_checked(application: Application) -> None:
    """The document of a reply is judged like a file, under the URL as its name."""
    application.body = WRONG
    result = bxml(f"{application.url}/answer")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{application.url}/answer:1:18: error: Response/Pause/@dur")
    assert application.asked == [("GET", "/answer", b"")]
    assert application.seen["Accept"] == "application/xml, text/xml"


def test_webhooks_can_be_posted(application: Application) -> None:
    """--data sends JSON as a webhook does, --method POST alone an empty object."""
    assert bxml("--data", '{"eventType": "gather"}', application.url).exit_code == 0
    assert bxml("--method", "POST", application.url).exit_code == 0
    assert application.asked == [("POST", "/", b'{"eventType": "gather"}'), ("POST", "/", b"{}")]
    assert application.seen["Content-Type"] == "application/json"


def test_webhooks_can_be_read_from_a_file(application: Application, tmp_path: Path) -> None:
    """--data @FILE posts the content of a file, @- that of standard input."""
    event = tmp_path / "event.json"
    event.write_bytes(b'{"digits": "1"}')
    assert bxml("--data", f"@{event}", application.url).exit_code == 0
    arguments = ["check", "--data", "@-", application.url]
    assert CliRunner().invoke(cli, arguments, input="[2]").exit_code == 0
    assert [body for *_, body in application.asked] == [b'{"digits": "1"}', b"[2]"]


def test_credentials_and_parameters_are_not_shown(application: Application) -> None:
    """The URL is used as given, and shown without what may be secret."""
    application.status = 500
    url = application.url.replace("//", "//user:secret@")
    result = bxml(f"{url}/a?token=hidden", url.replace("http", "HTTP") + "/b#part")
    assert application.asked[0][1] == "/a?token=hidden"
    assert application.seen["Authorization"].startswith("Basic ")
    assert "secret" not in result.output
    assert "hidden" not in result.output
    assert f"bxml: {application.url}/a: expected" in result.stderr


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "404 Not Found"),
        (500, "500 Internal Server Error"),
        (304, "304 Not Modified"),
        (799, "799"),
    ],
)
def test_other_statuses_are_told(application: Application, status: int, said: str) -> None:
    """A reply that the platform would take for a failure is not checked."""
    application.status = status
    application.body = b"" if status == 304 else f"{said}\n".encode()
    result = bxml(application.url)
    assert result.exit_code == 2
    told = status_advice(ErrorReply(status=status))
    advice = f": {told}" if told else ""
    expected = f"bxml: {application.url}: expected a reply with status 200, got {said}{advice}\n"
    assert result.stderr == expected


def test_a_url_that_takes_webhooks(application: Application) -> None:
    """A GET that is not allowed names the option that helps; a POST does not."""
    application.status = 405
    advice = "; webhooks come by POST: give --method POST, or --data with the JSON of a webhook\n"
    assert bxml(application.url).stderr.endswith(advice)
    assert "--method" not in bxml(application.url, "--method", "POST").stderr


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(application: Application, status: int) -> None:
    """Nothing says that webhooks follow redirects, and credentials stay with the first host."""
    application.status = status
    application.headers["Location"] = "http://user:secret@other.example/next?token=1"
    result = bxml(application.url)
    assert result.exit_code == 2
    assert result.stderr == (
        f"bxml: {application.url}: expected a document, got a redirect ({status}) to "
        "http://other.example/next; webhooks may not follow it: give that address instead\n"
    )
    assert len(application.asked) == 1


def test_empty_replies(application: Application) -> None:
    """No body is a fine answer where nothing has to be said, and a mistake elsewhere."""
    application.status, application.body = 204, b""
    wrong = bxml("--context", "call-webhook-reply", application.url)
    assert "document: expected a BXML document, got no element [malformed-xml]" in wrong.stdout
    assert wrong.exit_code == 1
    for context in ("conference-webhook-reply", "async-webhook-reply"):
        assert bxml("--context", context, application.url).exit_code == 0


@pytest.mark.parametrize(
    ("content_type", "note"),
    [
        ("application/xml; charset=utf-8", None),
        ("TEXT/XML", None),
        ("application/soap+xml", None),
        ("text/html; charset=utf-8", "'text/html'"),
        ("application/json", "'application/json'"),
        ("", "nothing"),
    ],
)
@pytest.mark.parametrize("style", ["text", "json", "github"])
def test_content_types_are_judged(
    application: Application, content_type: str, note: str | None, style: str
) -> None:
    """Another content type is worth a note, whatever the format; the document is checked."""
    application.headers["Content-Type"] = content_type
    result = bxml("--format", style, application.url)
    assert result.exit_code == 0
    said = f"{application.url}: expected Content-Type application/xml, got {note}"
    assert (said in result.output) is (note is not None)


def test_no_more_is_read_than_the_limit(application: Application) -> None:
    """A reply that never ends is refused as too large as soon as that is certain."""
    application.body = b"<" * (MAX_BYTES + 2)
    application.length = 10**12
    result = bxml(application.url)
    assert "[document-too-large]" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 50_000_000])
def test_no_more_is_decompressed_than_the_limit(application: Application, size: int) -> None:
    """A small reply that decompresses to a large one is refused as too large."""
    application.body = gzip.compress(b" " * size)
    application.headers["Content-Encoding"] = "gzip"
    tracemalloc.start()
    try:
        result = bxml(application.url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "[document-too-large]" in result.stdout
    assert result.exit_code == 1
    assert peak < 20_000_000


def test_compressed_documents(application: Application) -> None:
    """A compressed document is checked like any other."""
    application.body = gzip.compress(WRONG)
    application.headers["Content-Encoding"] = "gzip"
    assert "Pause.duration" in bxml(application.url).stdout.replace("/@", ".")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (
            {"Content-Encoding": "gzip"},
            "expected a reply that can be decompressed, got invalid data",
        ),
        ({}, "expected a complete reply, got part of one"),
    ],
    ids=["not gzip", "broken off"],
)
def test_broken_replies_are_told(
    application: Application, headers: dict[str, str], said: str
) -> None:
    """A body that cannot be read to its end gives no half document."""
    application.headers.update(headers)
    application.length = None if headers else 100
    application.body = FINE
    result = bxml("--timeout", "5", application.url)
    assert result.stderr == f"bxml: {application.url}: {said}\n"
    assert result.exit_code == 2


def test_slow_replies_end_in_time() -> None:
    """A server that accepts and then says nothing is given up after the timeout."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        result = bxml("--timeout", "0.2", url)
        connection, _ = listener.accept()
        connection.close()
    assert result.stderr == f"bxml: {url}: expected a reply within 0.2 seconds, got none\n"
    assert result.exit_code == 2


def test_nobody_listening() -> None:
    """A port without a server is told as an application that does not run."""
    with refused_port() as port:
        url = f"http://127.0.0.1:{port}"
        result = bxml(url)
    assert result.stderr == f"bxml: {url}: expected a running application, got no connection\n"


def test_no_tls(application: Application) -> None:
    """A plain server behind https is told as what it is, not with a stack of causes."""
    result = bxml(application.url.replace("http", "https"))
    expected = "expected a TLS certificate that this machine trusts, got an untrusted one"
    assert expected in result.stderr


@pytest.mark.parametrize(
    "url",
    ["http://", "http://[", "http:///x", "http://a b/", "https://user:secret@[/x", "http://.."],
)
def test_urls_that_cannot_be_asked(url: str) -> None:
    """A URL without a host that can be asked is one clear line, without its credentials."""
    result = bxml(url)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "expected a URL with a valid host, got another" in result.stderr
    assert "secret" not in result.stderr


def test_proxies_that_refuse(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that does not let the request through is named as the reason."""
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", application.url)
    application.status = 407
    result = bxml("https://198.51.100.1/menu")
    assert "expected a proxy that forwards the request, got a refusal" in result.stderr
