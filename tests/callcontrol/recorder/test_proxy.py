"""The proxy: what it hands on, what it writes down, and what it does when something is wrong."""

import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote, urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bxml import Response
from callcontrol.events import InitiateEvent
from callcontrol.recorder import Exchange, Recorder, RecordingError, read_recording
from callcontrol.recorder import proxy as proxy_module
from callcontrol.simulator import Simulator
from callcontrol.simulator.core.wav import wav
from tests.servers import served
from tests.waiting import PATIENCE, refused_port

SOUND = wav(1.5)
EVENT = InitiateEvent(from_="+12125557001", to="+12125557002", call_id="c-1", account_id="5501234")
HELLO = (
    Response()
    .speak_sentence("Hello, +12125557001.")
    .redirect("/next?token=hunter2hunter2", username="me", password="hunter2hunter2")
)
over = Event()
asked: list[tuple[str, dict[str, str], bytes]] = []
"""Query, headers and body of every request that reached the application."""


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Serve documents, sound and trouble."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    headers = {name: str(item) for name, item in environ.items() if name.startswith("HTTP_")}
    headers["CONTENT_TYPE"] = environ.get("CONTENT_TYPE", "")
    asked.append((environ["QUERY_STRING"], headers, body))
    path = environ["PATH_INFO"]
    if path == "/never":
        over.wait(PATIENCE)
    if path == "/sound.wav":
        start("206 Partial Content", [("Content-Type", "audio/wav"), ("X-A", "1"), ("X-A", "2")])
        return [SOUND]
    if path == "/odd":
        start("299 Odd", [("Content-Type", "text/plain")])
        return [b"odd"]
    if path == "/login":
        start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="a"')])
        return [b"the password is hunter2hunter2"]
    if path == "/home":
        start("200 OK", [("Content-Type", "application/xml")])
        url = f"http://{environ['HTTP_HOST']}/voice"
        return [Response().redirect(url).to_bytes()]
    if path == "/bytes":
        start("200 OK", [("Content-Type", "application/xml")])
        return [b"\xff\xfe\x00\xd8"]
    start("200 OK", [("Content-Type", "application/xml"), ("Set-Cookie", "id=hunter2hunter2")])
    return [HELLO.to_bytes()]


@pytest.fixture(autouse=True)
def not_over() -> None:
    """Hold back the reply that never comes, whatever tests ran before."""
    over.clear()


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    """Yield the origin of a running application."""
    with served(app) as origin:
        yield origin
        over.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a new recording."""
    asked.clear()
    return tmp_path / "calls.jsonl"


def send(
    recorder: Recorder,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[HTTPResponse, bytes]:
    """Send a request to the proxy."""
    connection = HTTPConnection(urlsplit(recorder.url).netloc, timeout=PATIENCE)
    connection.request(method, target, body, headers or {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def post(recorder: Recorder, target: str) -> tuple[HTTPResponse, bytes]:
    """Send a webhook to the proxy."""
    kind = {"Content-Type": "application/json"}
    return send(recorder, "POST", target, EVENT.to_json().encode(), kind)


@contextmanager
def answering(answer: bytes) -> Generator[str]:
    """Yield the URL of a server that answers one request with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join()


def last(path: Path) -> Exchange:
    """Return what was recorded last."""
    return read_recording(path).exchanges[-1]


def test_a_webhook_goes_through_unchanged(application: str, path: Path) -> None:
    """Host, credentials and type reach the application; status, headers and body come back."""
    with Recorder(f"{application}/voice", path) as recorder:
        host = urlsplit(recorder.url).netloc
        headers = {"Content-Type": "application/json", "Authorization": "Basic aHVudGVyMg=="}
        headers |= {"Cookie": "id=hunter2hunter2", "X-Forwarded-Proto": "https"}
        response, body = send(
            recorder, "POST", "/voice?token=hunter2hunter2", EVENT.to_json().encode(), headers
        )
    assert (response.status, body) == (200, HELLO.to_bytes())
    assert response.getheader("Set-Cookie") == "id=hunter2hunter2"
    query, seen, sent = asked[0]
    assert (query, sent.decode()) == ("token=hunter2hunter2", EVENT.to_json())
    assert (seen["HTTP_HOST"], seen["CONTENT_TYPE"]) == (host, "application/json")
    assert seen["HTTP_AUTHORIZATION"] == "Basic aHVudGVyMg=="
    assert (seen["HTTP_COOKIE"], seen["HTTP_X_FORWARDED_PROTO"]) == ("id=hunter2hunter2", "https")
    text = path.read_text()
    for secret in ("hunter2", "aHVudGVyMg", "12125557001", "12125557002", "5501234"):
        assert secret not in text
    exchange = last(path)
    assert exchange.event == "initiate"
    assert "+19195550100" in exchange.request.body
    assert exchange.reply.body is not None
    assert 'password="masked-1"' in exchange.reply.body


def test_a_webhook_in_a_query_is_recorded(application: str, path: Path) -> None:
    """GET delivery, with parameters of the application before those of the event."""
    with Recorder(f"{application}/voice?x=1", path) as recorder:
        assert recorder.url.endswith("/voice?x=1")
        send(recorder, "GET", f"/voice?x=1&{EVENT.to_query()}")
    exchange = last(path)
    assert (exchange.event, exchange.request.method) == ("initiate", "GET")
    assert "x=1" in exchange.request.query
    assert "12125557001" not in path.read_text()


def test_sound_goes_through_and_is_not_recorded(application: str, path: Path) -> None:
    """Only that it was fetched."""
    with Recorder(application, path) as recorder:
        response, body = send(recorder, "GET", "/sound.wav?token=hunter2", headers={"Range": "a"})
        head, nothing = send(recorder, "HEAD", "/sound.wav")
    assert (response.status, body) == (206, SOUND)
    assert response.headers.get_all("X-A") == ["1", "2"]
    assert (head.status, nothing) == (206, b"")
    exchange = read_recording(path).exchanges[0]
    assert (exchange.event, exchange.request.query) == (None, "")
    assert (exchange.reply.status, exchange.reply.content_type) == (206, "audio/wav")
    assert (exchange.reply.size, exchange.reply.body) == (len(SOUND), None)


def test_foreign_requests_are_not_recorded_in_full(application: str, path: Path) -> None:
    """Whatever a client sends to an open port."""
    with Recorder(application, path) as recorder:
        send(recorder, "POST", "/12125557001", b'{"card": "4111111111111111"}')
    text = path.read_text()
    assert "4111" not in text
    assert "12125557001" not in text
    assert (last(path).event, last(path).request.size) == (None, 28)


def test_the_body_of_an_error_is_not_recorded(application: str, path: Path) -> None:
    """Pages about errors show what is inside an application."""
    with Recorder(application, path) as recorder:
        response, body = post(recorder, "/login")
    assert (response.status, body) == (401, b"the password is hunter2hunter2")
    assert response.getheader("WWW-Authenticate") == 'Basic realm="a"'
    assert (last(path).event, last(path).reply.status, last(path).reply.body) == (
        "initiate",
        401,
        None,
    )


def test_an_odd_status_goes_through(application: str, path: Path) -> None:
    """Also one that no list has."""
    with Recorder(application, path) as recorder:
        response, body = post(recorder, "/odd")
    assert (response.status, body) == (299, b"odd")
    assert last(path).reply.body == "odd"


def test_bytes_that_are_no_text_are_not_recorded(application: str, path: Path) -> None:
    """They go through."""
    with Recorder(application, path) as recorder:
        assert post(recorder, "/bytes")[1] == b"\xff\xfe\x00\xd8"
    assert (last(path).reply.size, last(path).reply.body) == (4, None)


def test_the_application_has_no_address_in_the_file(application: str, path: Path) -> None:
    """So that it may have another one when the recording is played."""
    with Recorder(application, path) as recorder:
        assert recorder.url.encode() in post(recorder, "/home")[1]
    assert last(path).reply.body is not None
    assert 'redirectUrl="http://application.example/voice"' in (last(path).reply.body or "")


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
        b"HTTP/1.1 777 Odd\r\nContent-Length: 1\r\n\r\nx",
    ],
)
def test_garbage_becomes_a_502(path: Path, answer: bytes) -> None:
    """And is recorded as a failure."""
    with answering(answer) as url, Recorder(url, path) as recorder:
        response, body = post(recorder, "/voice")
    assert response.status == 502
    assert body.startswith(b"the application did not reply: ")
    assert last(path).event == "initiate"
    assert (last(path).reply.status, last(path).reply.failure) in {(502, "garbage"), (502, "reset")}


def test_header_fields_that_are_not_http_do_not_end_a_call(path: Path) -> None:
    """Control characters are replaced, and fields without a valid name are left out."""
    answer = b"HTTP/1.1 200 OK\r\nX-A: 1\x01 2 \r\nX B: 3\r\nContent-Length: 1\r\n\r\nx"
    with answering(answer) as url, Recorder(url, path) as recorder:
        response, body = post(recorder, "/voice")
    assert (response.status, body) == (200, b"x")
    assert response.getheader("X-A") == "1 2"
    assert response.getheader("X B") is None


def test_nobody_there_becomes_a_502(path: Path) -> None:
    """The platform gets an answer at once."""
    with refused_port() as port, Recorder(f"http://127.0.0.1:{port}/", path) as recorder:
        assert post(recorder, "/voice")[0].status == 502
    assert (last(path).event, last(path).reply.failure) == ("initiate", "unreachable")


def test_a_late_reply_becomes_a_504(application: str, path: Path) -> None:
    """The limit is the proxy's own."""
    with Recorder(application, path, timeout=0.2) as recorder:
        assert post(recorder, "/never")[0].status == 504
    over.set()
    assert last(path).reply.failure == "timeout"


def test_a_reply_without_end_is_not_handed_on(
    application: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No part of it is forwarded."""
    monkeypatch.setattr(proxy_module, "MAX_REPLY", 100)
    with Recorder(application, path) as recorder:
        assert send(recorder, "GET", "/sound.wav")[0].status == 502
    assert last(path).reply.failure == "garbage"


def test_every_exchange_is_in_the_file_at_once(application: str, path: Path) -> None:
    """Before its reply is handed on, so that a crash loses the one under way at most."""
    with Recorder(application, path) as recorder:
        for count in range(1, 4):
            post(recorder, "/voice")
            assert len(read_recording(path).webhooks) == count


def test_many_at_once_are_whole_lines(application: str, path: Path) -> None:
    """Each thread writes its own."""
    with Recorder(application, path) as recorder:
        threads = [Thread(target=post, args=(recorder, f"/voice?n={n}")) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(read_recording(path).webhooks) == 20


def test_a_full_disk_does_not_end_a_call(
    application: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply is forwarded, and ``failure`` says why it is not in the file."""
    with Recorder(application, path) as recorder:
        post(recorder, "/voice")

        def fail(*_: object) -> None:
            raise RecordingError("calls.jsonl: cannot be written: no space")

        monkeypatch.setattr(recorder._writer, "write", fail)
        assert post(recorder, "/voice")[0].status == 200
        monkeypatch.undo()
    assert str(recorder.failure) == "calls.jsonl: cannot be written: no space"
    assert len(read_recording(path).webhooks) == 1


def test_a_recording_goes_on_only_if_it_is_told_to(application: str, path: Path) -> None:
    """An existing file is kept, added to, or replaced."""
    with Recorder(application, path) as recorder:
        post(recorder, "/voice")
    with pytest.raises(RecordingError, match="the file already exists"):
        Recorder(application, path).start()
    with Recorder(application, path, mode="append") as recorder:
        post(recorder, "/voice")
    assert len(read_recording(path).sessions) == len(read_recording(path).exchanges) == 2
    with Recorder(application, path, mode="overwrite") as recorder:
        pass
    assert read_recording(path).exchanges == ()


def test_a_taken_port_leaves_no_file(application: str, path: Path) -> None:
    """What cannot begin leaves nothing behind."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(RecordingError, match="port: expected a free port, got"),
    ):
        Recorder(application, path, port=taken.getsockname()[1]).start()
    assert not path.exists()


@pytest.mark.parametrize(
    ("url", "port", "finding"),
    [
        ("ftp://h/", 0, "url: expected an http URL without a password, got another value"),
        ("http://me:hunter2@h/", 0, "url: expected an http URL without a password"),
        ("", 0, "url: expected"),
        ("http://h/", -1, "port: expected 0 to 65535, got -1"),
    ],
)
def test_impossible_settings_are_refused(path: Path, url: str, port: int, finding: str) -> None:
    """Before anything is opened, and without quoting a password."""
    with pytest.raises(RecordingError) as caught:
        Recorder(url, path, port=port)
    assert str(caught.value).startswith(finding)
    assert "hunter2" not in str(caught.value)


def test_nothing_secret_is_in_a_repr(application: str, path: Path) -> None:
    """Neither of the proxy nor of what it has read."""
    seen: list[Exchange] = []
    with Recorder(application, path, seen=seen.append) as recorder:
        post(recorder, f"/voice?token={quote('hunter2hunter2')}")
        for shown in (repr(recorder), repr(seen), repr(vars(recorder))):
            assert "hunter2" not in shown
            assert "12125557001" not in shown
            assert "SpeakSentence" not in shown


def test_a_simulated_call_runs_through_it(application: str, path: Path) -> None:
    """The caller hears what the application says."""
    with Recorder(f"{application}/voice", path) as recorder, Simulator() as simulator:
        call = simulator.dial_in(recorder.url, to="+12125557002", from_="+12125557001")
        assert call.hears("Hello")
    assert read_recording(path).webhooks[0].event == "initiate"
