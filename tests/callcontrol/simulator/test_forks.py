"""Processes forked while a simulator or a recorder runs: they neither disturb it nor hang."""

import asyncio
import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from bxml import Response
from callcontrol.cli.signals import stopping
from callcontrol.client import Client
from callcontrol.recorder import Recorder, read_recording
from callcontrol.simulator import Simulator, SimulatorError
from callcontrol.simulator.applications import Remote, Router
from callcontrol.simulator.applications.asgi import ASGI, ASGIApplication
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.live import LiveSimulator
from tests.forks.children import forked
from tests.servers import served

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PATIENCE = 60
"""Seconds after which a process counts as hung."""
ONE, OTHER = "+19195550100", "+19195550101"
REQUEST = HttpRequest(
    method="POST", url="http://application.test/voice", headers=(), body=b"{}", timeout=PATIENCE
)

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@contextmanager
def staying(action: Callable[[], object]) -> Generator[None, None, None]:
    """Run something in a child that stays as long as the block runs, which begins after it."""
    ours, theirs = socket.socketpair()

    def act_and_stay() -> str:
        action()
        theirs.sendall(b"x")
        theirs.recv(1)
        return "done"

    with ours, theirs:
        child = forked(act_and_stay)
        ours.settimeout(PATIENCE)
        try:
            assert ours.recv(1) == b"x"
            yield
        finally:
            ours.sendall(b"x")
            value = child.value()
        assert value == "done"


def nothing() -> None:
    """Do nothing."""


@contextmanager
def held(*locks: Any) -> Generator[None, None, None]:  # noqa: ANN401 - locks have no common type
    """Let another thread hold locks as long as the block runs."""
    holding, done = Event(), Event()

    def hold() -> None:
        for lock in locks:
            lock.acquire()
        holding.set()
        done.wait(PATIENCE)
        for lock in locks:
            lock.release()

    thread = Thread(target=hold)
    thread.start()
    assert holding.wait(PATIENCE)
    try:
        yield
    finally:
        done.set()
        thread.join()


def port_of(simulator: Simulator) -> int:
    """Return the port that a simulator listens on."""
    return urlsplit(simulator.base_url).port or 0


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


def test_a_child_is_a_client() -> None:
    """A child reaches its parent's simulator over the port, whatever lock was held at the fork."""
    with Simulator() as simulator:
        client = simulator.client()
        call_id = simulator.receive_call(from_=ONE, to=OTHER).call_id

        def act() -> list[object]:
            got = client.get_call_state(call_id).call_id
            return [got, len(simulator.calls), len(simulator.requests)]

        client.get_call_state(call_id)
        before = len(simulator.requests)
        with held(simulator.platform.lock):
            child = forked(act)
        assert child.value() == [call_id, 1, before]
        assert len(simulator.requests) > before


def test_a_held_lock_does_not_stop_the_child() -> None:
    """A simulator that is not started can be read and stopped in the child as well."""
    simulator = Simulator()

    def act() -> list[object]:
        calls: list[object] = [*simulator.calls]
        simulator.stop()
        return calls

    with held(simulator.platform.lock):
        assert forked(act).value() == []


@pytest.mark.parametrize("kind", [Simulator, LiveSimulator])
def test_a_child_does_not_keep_the_port(kind: type[Simulator | LiveSimulator]) -> None:
    """The parent stops at once, and its port is free, while a child goes on."""
    running = kind()
    running.start()
    port = port_of(running if isinstance(running, Simulator) else running.simulator)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as idle, staying(nothing):
        stopped = Thread(target=running.stop, daemon=True)
        stopped.start()
        stopped.join(PATIENCE)
        assert not stopped.is_alive()
        assert idle.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        with LiveSimulator(port=port) as again:
            assert listed(again.simulator) == 0


def test_connections_end_although_a_child_was_forked_meanwhile() -> None:
    """The peer sees the end at once, not when the child ends as well."""
    with (
        LiveSimulator() as live,
        socket.create_connection(("127.0.0.1", port_of(live.simulator)), PATIENCE) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401")
        with staying(nothing):
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(65_536):
                pass


def test_a_child_that_leaves_the_block_stops_nothing() -> None:
    """Its end of the with statement returns, and the simulator of its parent still answers."""
    with LiveSimulator() as live:
        live.simulator.client().list_calls()

        def leave() -> None:
            live.__exit__(None, None, None)
            live.simulator.stop()

        with staying(leave):
            live.simulator.receive_call(from_=ONE, to=OTHER)
            assert [listed(live.simulator) for _ in range(20)] == [1] * 20


def test_a_child_stops_only_itself() -> None:
    """What a child does with its copy is nothing to the parent; it may start one of its own."""

    def act() -> list[object]:
        simulator.stop()
        with pytest.raises(SimulatorError):
            _ = simulator.base_url
        with simulator:
            return [simulator.client().get_call_state(call_id).call_id, simulator.base_url]

    with Simulator() as simulator:
        client = simulator.client()
        call_id = simulator.receive_call(from_=ONE, to=OTHER).call_id
        client.get_call_state(call_id)
        value: Any = forked(act).value()
        assert value[0] == call_id
        assert value[1] != simulator.base_url
        assert client.get_call_state(call_id).call_id == call_id


def test_an_address_is_asked_for_before_a_fork() -> None:
    """A child does not open a port that its parent would not know of."""
    with Simulator() as simulator:

        def act() -> str:
            with pytest.raises(SimulatorError) as caught:
                _ = simulator.base_url
            return str(caught.value)

        assert forked(act).value() == "Simulator: expected its address to be read before the fork"


def test_a_child_has_an_event_loop_of_its_own() -> None:
    """A child that serves, and its own child, disturb no connection of the parent."""

    def serve() -> list[object]:
        with Simulator() as simulator:
            found = listed(simulator)
            return [found, forked(lambda: listed(simulator)).value()]

    with Simulator() as simulator, simulator.client() as client:
        list(client.list_calls())
        children = [forked(serve) for _ in range(2)]
        assert list(client.list_calls()) == []
        assert [child.value() for child in children] == [[0, 0]] * 2
        assert list(client.list_calls()) == []


def test_live_in_a_child() -> None:
    """A child reaches the simulator by its addresses; what needs the clock says where it runs."""
    with LiveSimulator(application_url="http://127.0.0.1:9/voice") as live:
        live.simulator.receive_call(from_=ONE, to=OTHER)

        def act() -> list[object]:
            with pytest.raises(SimulatorError) as caught:
                live.dial_in(to=OTHER)
            count = listed(live.simulator)
            live.stop()
            return [count, str(caught.value)]

        text = "LiveSimulator: it runs in the parent of this forked process"
        assert forked(act).value() == [1, text]
        assert live.dial_in(to=OTHER)


def _hang_up(environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    start("200 OK", [("Content-Type", "application/xml")])
    return [Response().hangup().to_bytes()]


def test_recording_goes_on(tmp_path: Path) -> None:
    """A child that stops its copy of a recorder ends neither the parent's port nor its file."""
    path = tmp_path / "calls.jsonl"
    with served(_hang_up) as origin, Recorder(f"{origin}/voice", path) as recorder:
        writer = recorder._writer
        assert writer is not None
        with held(recorder._lock, recorder._ready, writer._lock), staying(recorder.stop):
            pass
        with staying(recorder.stop):
            assert requests.get(recorder.url, timeout=PATIENCE).status_code == 200
            recorder.stop()
            address = urlsplit(recorder.url)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", address.port or 0), timeout=PATIENCE)
    assert len(read_recording(path).exchanges) == 1


class _CountingTransport:
    """Counts what arrives, in a file that parent and children share."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def deliver(self, request: HttpRequest) -> WebhookReply:
        with self.path.open("ab") as file:
            file.write(request.body)
        return WebhookReply(status=204)

    def close(self) -> None:
        """Do nothing."""


def test_held_webhooks_arrive_once(tmp_path: Path) -> None:
    """A webhook that is held back is delivered by the parent alone."""
    path = tmp_path / "arrived"
    router = Router(_CountingTransport(path))
    router.hold(REQUEST, None)

    def act() -> str:
        router.close()
        return "done"

    assert forked(act).value() == "done"
    router.close()
    assert path.read_bytes() == REQUEST.body


@pytest.fixture
def echo() -> Iterator[str]:
    """Yield the origin of a server that keeps connections open and replies with the path."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each body waits for the receipt of its head

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
    child = forked(lambda: ask("child", 200))
    ask("parent", 200)
    assert child.value() is None
    remote.close()


async def _threaded(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own types
    """Reply after work in a thread, whose end has to wake the event loop."""
    if scope["type"] == "http":
        del receive
        pid = await asyncio.to_thread(os.getpid)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(pid).encode()})


async def _hello(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own types
    """Reply at once, without the lifespan protocol."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


@pytest.mark.parametrize("app", [_threaded, _hello])
def test_asgi_in_a_child(app: ASGIApplication) -> None:
    """A child runs an ASGI application anew, and leaves the parent's event loop alone."""
    application = ASGI(app)

    def act() -> list[object]:
        pid = application.deliver(REQUEST).wait().body.decode()
        application.close()
        parent = application._loop._parent_loop
        assert parent is not None
        parent.close()
        gc.collect()
        return [pid, str(os.getpid())]

    application.deliver(REQUEST)
    assert forked(application.close).value() is None
    value: Any = forked(act).value()
    assert value[0] == value[1]
    assert application.deliver(REQUEST).wait().body.decode() == str(os.getpid())
    application.close()


@pytest.fixture
def interruptible() -> Generator[None, None, None]:
    """Let Ctrl-C interrupt, also where the tests run in the background, with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("interruptible")
def test_signals_end_children(number: signal.Signals) -> None:
    """A process that an application forks under ``record`` or ``explore`` ends when it is told."""
    ours, theirs = os.pipe()
    with stopping(signal.SIGTERM) as stop:
        pid = os.fork()
        if pid == 0:
            try:
                os.write(theirs, b"x")
                time.sleep(PATIENCE)
            except KeyboardInterrupt:
                os._exit(3)
            os._exit(4)
        assert os.read(ours, 1) == b"x"  # Python drops signals that come during the fork
        os.kill(pid, number)
        _, status = os.waitpid(pid, 0)
        expected = 3 if number == signal.SIGINT else -signal.SIGTERM
        assert os.waitstatus_to_exitcode(status) == expected
        assert not stop.is_set()
    os.close(ours)
    os.close(theirs)
