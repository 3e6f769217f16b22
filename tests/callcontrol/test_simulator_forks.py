"""A simulator or a recorder in a process that forks: the child neither answers nor hangs."""

import os
import signal
import socket
import warnings
from collections.abc import Callable, Generator, Iterator, MutableMapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bxml import Response
from callcontrol.client import Client
from callcontrol.recorder import Recorder, read_recording
from callcontrol.simulator import Simulator, SimulatorError
from callcontrol.simulator.applications import Remote
from callcontrol.simulator.applications.asgi import ASGI
from callcontrol.simulator.core.webhooks import HttpRequest
from callcontrol.simulator.live import LiveSimulator
from tests.servers import served

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
PATIENCE = 60
"""Seconds after which a process counts as hung."""
ONE, OTHER = "+19195550100", "+19195550101"


@contextmanager
def forked(action: Callable[[], object]) -> Generator[Callable[[], None]]:
    """Run something in a child that then stays; yield what waits until it has been done."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which are the point here
        child = os.fork()
    if not child:
        signal.alarm(PATIENCE)
        try:
            action()
            os.write(writing, b"done")
            signal.pause()
        finally:
            os._exit(1)
    os.close(writing)

    def wait() -> None:
        with os.fdopen(os.dup(reading), "rb", buffering=0) as pipe:
            assert pipe.read(4) == b"done"

    try:
        yield wait
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def nothing() -> None:
    """Do nothing."""


def port_of(live: LiveSimulator) -> int:
    """Return the port that a simulator listens on."""
    return urlsplit(live.simulator.base_url).port or 0


def listed(simulator: Simulator) -> int:
    """Ask a simulator for its calls with a new client and return how many there are."""
    with Client(
        simulator.account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
    ) as client:
        return len(list(client.list_calls()))


def test_a_child_that_leaves_the_block_stops_nothing() -> None:
    """Its end of the with statement returns, and the simulator of its parent still answers."""
    with LiveSimulator() as live:
        live.simulator.client().list_calls()

        def leave() -> None:
            live.__exit__(None, None, None)
            live.simulator.stop()

        with forked(leave) as wait:
            wait()
            live.simulator.receive_call(from_=ONE, to=OTHER)
            assert [listed(live.simulator) for _ in range(20)] == [1] * 20


def test_a_child_that_stays_does_not_hold_up_the_end() -> None:
    """The parent stops, and its port is free although the child had a copy of the socket."""
    live = LiveSimulator()
    live.start()
    port = port_of(live)
    with forked(nothing) as wait:
        wait()
        live.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        with LiveSimulator(port=port) as again:
            assert listed(again.simulator) == 0


def test_connections_end_although_a_child_was_forked_meanwhile() -> None:
    """The peer sees the end at once, not when the child ends as well."""
    with (
        LiveSimulator() as live,
        socket.create_connection(("127.0.0.1", port_of(live)), timeout=PATIENCE) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401")
        with forked(nothing) as wait:
            wait()
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(65_536):
                pass


def test_a_child_reaches_the_simulator_over_its_addresses_only() -> None:
    """A client of its own works; dialling in says where the simulator runs."""
    with LiveSimulator(application_url="http://127.0.0.1:9/") as live:
        live.simulator.receive_call(from_=ONE, to=OTHER)

        def use() -> None:
            assert listed(live.simulator) == 1
            with pytest.raises(SimulatorError, match="in the process that this one is a fork of"):
                live.dial_in(to=OTHER)

        with forked(use) as wait:
            wait()


def test_a_lock_that_was_held_does_not_stop_the_child() -> None:
    """Another thread may hold it at the very moment of the fork."""
    simulator = Simulator()
    held, done = Event(), Event()

    def hold() -> None:
        with simulator._platform.lock:
            held.set()
            done.wait(PATIENCE)

    thread = Thread(target=hold)
    thread.start()
    held.wait(PATIENCE)

    def look() -> None:
        assert simulator.calls == ()
        simulator.stop()

    with forked(look) as wait:
        wait()
    done.set()
    thread.join()


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Reply with the path."""
    start("200 OK", [("Content-Type", "application/xml")])
    return [Response().speak_sentence(environ["PATH_INFO"]).to_bytes()]


def test_a_child_of_a_recorder_leaves_it_alone(tmp_path: Path) -> None:
    """The recording goes on in the parent, and ends there."""
    path = tmp_path / "calls.jsonl"
    with served(app) as origin:
        recorder = Recorder(f"{origin}/voice", path)
        recorder.start()
        with forked(recorder.stop) as wait:
            wait()
            address = urlsplit(recorder.url)
            connection = HTTPConnection(f"{address.hostname}:{address.port}", timeout=PATIENCE)
            connection.request("GET", "/voice")
            assert connection.getresponse().status == 200
            connection.close()
            recorder.stop()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", address.port or 0), timeout=PATIENCE)
    assert len(read_recording(path).exchanges) == 1


@pytest.fixture
def echo() -> Iterator[str]:
    """Yield the origin of a server that keeps connections open and replies with the path."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.path)))
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_webhooks_of_a_child_go_over_connections_of_its_own(echo: str) -> None:
    """No reply reaches the other process."""
    remote = Remote()

    def ask(who: str, count: int) -> None:
        for number in range(count):
            reply = remote.deliver(HttpRequest(method="GET", url=f"{echo}/{who}/{number}"))
            assert reply.body == f"/{who}/{number}".encode()

    ask("before", 1)
    with forked(lambda: ask("child", 200)) as wait:
        ask("parent", 200)
        wait()
    remote.close()


async def hello(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401
    """Reply with hello."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def test_an_asgi_application_runs_anew_in_a_child() -> None:
    """The thread of its event loop is not there; neither a request nor the end waits for it."""
    application = ASGI(hello)
    request = HttpRequest(method="GET", url="http://app.test/")

    def deliver() -> None:
        assert application.deliver(request).body == b"hello"

    def use() -> None:
        deliver()
        application.close()

    deliver()
    with forked(application.close) as wait:
        wait()
    with forked(use) as wait:
        wait()
    deliver()
    application.close()
