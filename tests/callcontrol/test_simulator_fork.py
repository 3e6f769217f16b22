"""Processes forked while a simulator or a recorder runs: they neither disturb it nor hang."""

import asyncio
import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests

from bxml import Response
from callcontrol.cli.signals import stopping
from callcontrol.recorder import Recorder, read_recording
from callcontrol.simulator import Simulator, SimulatorError
from callcontrol.simulator.applications import Router
from callcontrol.simulator.applications.asgi import ASGI
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.live import LiveSimulator
from tests.forks.children import Child, forked
from tests.servers import served

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PATIENCE = 60
REQUEST = HttpRequest(
    method="POST", url="http://application.test/voice", headers=(), body=b"{}", timeout=PATIENCE
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


@contextmanager
def _meanwhile(act: Callable[[], object]) -> Generator[Child, None, None]:
    """Keep a child alive as long as the block runs; then it does ``act``."""
    ours, theirs = socket.socketpair()

    def wait_and_act() -> object:
        theirs.sendall(b"x")
        theirs.recv(1)
        return act()

    with ours, theirs:
        child = forked(wait_and_act)
        ours.recv(1)  # it runs, and its copies are renewed
        try:
            yield child
        finally:
            ours.sendall(b"x")


def _nothing() -> str:
    return "done"


def _call(simulator: Simulator) -> str:
    return simulator.receive_call(from_="+19195551234", to="+19195550000").call_id


def test_a_child_is_a_client() -> None:
    """A child reaches its parent's simulator over the port, whatever lock was held at the fork."""
    held, done = Event(), Event()
    with Simulator() as simulator:
        client, call_id = simulator.client(), _call(simulator)

        def hold() -> None:
            with simulator._platform.lock:
                held.set()
                done.wait(PATIENCE)

        def act() -> list[object]:
            got = client.get_call_state(call_id).call_id
            return [got, len(simulator.calls), len(simulator.requests)]

        client.get_call_state(call_id)
        before = len(simulator.requests)
        holder = Thread(target=hold)
        holder.start()
        assert held.wait(PATIENCE)
        child = forked(act)
        done.set()
        holder.join()
        assert child.value() == [call_id, 1, before]
        assert len(simulator.requests) > before


def test_a_child_does_not_keep_the_port() -> None:
    """The parent stops at once, and its port is free, while a child goes on."""
    simulator = Simulator()
    simulator.start()
    port = simulator._server.port if simulator._server else 0
    with socket.create_connection(("127.0.0.1", port)) as idle, _meanwhile(_nothing) as child:
        stopped = Thread(target=simulator.stop, daemon=True)
        stopped.start()
        stopped.join(PATIENCE)
        assert not stopped.is_alive()
        assert idle.recv(1) == b""
        socket.create_server(("127.0.0.1", port)).close()
    assert child.value() == "done"


def test_a_child_stops_only_itself() -> None:
    """What a child does with its copy is nothing to the parent; it may start one of its own."""

    def act() -> list[object]:
        simulator.stop()
        with pytest.raises(SimulatorError):
            _ = simulator.base_url
        with simulator:
            return [simulator.client().get_call_state(call_id).call_id, simulator.base_url]

    with Simulator() as simulator:
        client, call_id = simulator.client(), _call(simulator)
        client.get_call_state(call_id)
        value: Any = forked(act).value()
        assert value[0] == call_id
        assert value[1] != simulator.base_url
        assert client.get_call_state(call_id).call_id == call_id


def test_live_in_a_child() -> None:
    """A child has no clock: what would need one says so, and stopping ends."""

    def act() -> str:
        text = ""
        try:
            live.dial_in(to="+19195551234")
        except SimulatorError as error:
            text = str(error)
        live.stop()
        return text

    with LiveSimulator(application_url="http://127.0.0.1:9/voice") as live:
        assert (
            forked(act).value()
            == "LiveSimulator: it runs in the process that this one is a fork of"
        )
        assert live.dial_in(to="+19195551234")


def _hello(environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    start("200 OK", [("Content-Type", "application/xml")])
    return [Response().hangup().to_bytes()]


def test_recording_goes_on(tmp_path: Path) -> None:
    """A child that stops its copy of a recorder ends neither the parent's port nor its file."""
    path = tmp_path / "calls.jsonl"
    held, done = Event(), Event()

    def hold() -> None:
        with recorder._lock, recorder._ready, recorder._writer._lock:  # type: ignore[union-attr]
            held.set()
            done.wait(PATIENCE)

    def act() -> str:
        recorder.stop()
        return "done"

    with served(_hello) as origin, Recorder(f"{origin}/voice", path) as recorder:
        holder = Thread(target=hold)
        holder.start()
        assert held.wait(PATIENCE)
        child = forked(act)
        done.set()
        holder.join()
        assert child.value() == "done"
        assert requests.get(recorder.url, timeout=PATIENCE).status_code == 200
    assert len(read_recording(path).exchanges) == 1


class _Carrier:
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
    router = Router(_Carrier(path))
    router.hold(REQUEST, None)

    def act() -> str:
        router.close()
        return "done"

    assert forked(act).value() == "done"
    router.close()
    assert path.read_bytes() == REQUEST.body


async def _threaded(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own types
    """Reply after work in a thread, whose end has to wake the event loop."""
    if scope["type"] == "http":
        del receive
        pid = await asyncio.to_thread(os.getpid)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(pid).encode()})


def test_asgi_in_a_child() -> None:
    """A child runs an ASGI application anew, and leaves the parent's event loop alone."""
    application = ASGI(_threaded)

    def act() -> list[object]:
        pid = application.deliver(REQUEST).body.decode()
        application.close()
        application._parents.get_loop().close()
        gc.collect()
        return [pid, str(os.getpid())]

    application.deliver(REQUEST)
    value: Any = forked(act).value()
    assert value[0] == value[1]
    assert application.deliver(REQUEST).body.decode() == str(os.getpid())
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
