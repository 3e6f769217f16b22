"""Connections that were idle too long: never used again, so that no request waits on a dead one."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from callcontrol._http.aiohttp_transport import AiohttpTransport
from callcontrol._http.pool import IDLE, keep_alive, keepalive_options
from callcontrol._http.retry import RetryClock
from callcontrol.client import Client
from callcontrol.simulator.applications import Remote
from callcontrol.simulator.core.webhooks import HttpRequest
from tests.callcontrol.conftest import Step
from tests.callcontrol.drivers import BOTH

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform, StillClock

CLIENTS = BOTH
CALL = "c-1"


def _create(client: Client) -> str:
    return client.create_call(
        to="+19195551234",
        from_="+19195550000",
        application_id="app",
        answer_url="https://example.com",
    ).call_id


@pytest.fixture
def forgetful(platform: "Platform") -> "Platform":
    """Return a platform that answers the first request on a connection and swallows the rest."""
    reply = platform.json({"callId": CALL})
    answered: set[socket.socket] = set()

    def act(conn: socket.socket) -> bool:
        if conn in answered:
            return platform.silence().act(conn)
        answered.add(conn)
        return reply.act(conn)

    platform.answer(Step(act))
    return platform


def test_first_try_after_a_minute(
    forgetful: "Platform", client: Client, clock: "StillClock"
) -> None:
    """The first ``create_call`` after an idle minute succeeds, although a NAT has forgotten all."""
    client.get_call_state(CALL)
    clock.time += 60
    assert _create(client) == CALL
    assert [seen.method for seen in forgetful.requests] == ["GET", "POST"]
    assert forgetful.connections == 2
    assert clock.slept == []


@pytest.mark.parametrize(("idle", "connections"), [(IDLE, 1), (IDLE + 0.1, 2)])
def test_limit(
    platform: "Platform", client: Client, clock: "StillClock", idle: float, connections: int
) -> None:
    """A connection is used again until it was idle for 30 seconds, counted from its last use."""
    platform.answer(platform.json({"callId": CALL}))
    for _ in range(3):
        client.get_call_state(CALL)
        clock.time += IDLE - 1
    client.get_call_state(CALL)
    clock.time += idle
    client.get_call_state(CALL)
    assert platform.connections == connections


class _Suspended(RetryClock):
    """A clock of which only one hand moves."""

    def __init__(self) -> None:
        self.hands = {"monotonic": 1000.0, "now": 1_767_225_600.0}

    def monotonic(self) -> float:
        return self.hands["monotonic"]

    def now(self) -> float:
        return self.hands["now"]


@pytest.mark.parametrize(
    ("hand", "seconds", "connections"),
    [("monotonic", 60, 2), ("now", 60, 2), ("now", 5, 1), ("now", -3600, 1)],
)
def test_suspended(  # noqa: PLR0913, PLR0917 - fixtures, and the columns of a table
    client_class: type[Client],
    platform: "Platform",
    monkeypatch: pytest.MonkeyPatch,
    hand: str,
    seconds: float,
    connections: int,
) -> None:
    """Whichever clock has gone on during a suspension counts; one set back does no harm."""
    clock = _Suspended()
    monkeypatch.setattr("callcontrol._http.retry.SYSTEM", clock)
    platform.answer(platform.json({"callId": CALL}))
    with client_class("1", username="u", password="p", base_url=platform.base_url) as client:
        client.get_call_state(CALL)
        clock.hands[hand] += seconds
        client.get_call_state(CALL)
    assert platform.connections == connections


PROGRAM = f"""
import sys
from callcontrol import Client
from callcontrol._http import pool
pool.IDLE = 0.5
with Client("1", username="u", password="p", base_url=sys.argv[1], timeout=60) as client:
    client.get_call_state("{CALL}")
    print("ready", flush=True)
    input()
    print(client.create_call(to="+19195551234", from_="+19195550000", application_id="app",
                             answer_url="https://example.com").call_id)
"""


def test_frozen_process(forgetful: "Platform") -> None:
    """A process that was stopped for longer than the limit starts with a fresh connection."""
    command = [sys.executable, "-c", PROGRAM, forgetful.base_url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGCONT)
        output, _ = process.communicate("\n", timeout=60)
    assert output == f"{CALL}\n"
    assert forgetful.connections == 2
    assert [seen.method for seen in forgetful.requests] == ["GET", "POST"]


@pytest.mark.usefixtures("clock")
def test_webhooks_too(forgetful: "Platform", clock: "StillClock") -> None:
    """The simulator's webhooks go by the same rule."""
    forgetful.answer(forgetful.reply(204))
    request = HttpRequest(
        method="POST", url=f"{forgetful.origin}/voice", headers=(), body=b"", timeout=5
    )
    remote = Remote()
    statuses = [remote.deliver(request).status]
    clock.time += 60
    statuses.append(remote.deliver(request).status)
    remote.close()
    assert statuses == [204, 204]
    assert forgetful.connections == 2


def _sockets(client: Client) -> "Iterator[socket.socket]":
    transport: Any = client._driver.transport
    if isinstance(transport, AiohttpTransport):
        for connections in transport._by_loop.values():
            yield from connections.connector._sockets
    else:
        for pool in transport.session.get_adapter("http://")._pools.values():
            yield from (each.sock for each in pool.pool.queue if each is not None)


def test_keepalive(platform: "Platform", client: Client) -> None:
    """The operating system probes connections, and gives up a dead one within 30 seconds."""
    platform.answer(platform.json({"callId": CALL}))
    client.get_call_state(CALL)
    (sock,) = set(_sockets(client))
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
    values = [sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names]
    assert values == [15, 5, 3]
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_keepalive_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first option of macOS has another name; some systems have none of them."""
    on, first = (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), socket.TCP_KEEPIDLE
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        monkeypatch.delattr(socket, name)
    with monkeypatch.context() as mac:
        mac.setattr(socket, "TCP_KEEPALIVE", first, raising=False)
        assert [*keepalive_options()] == [on, (socket.IPPROTO_TCP, first, 15)]
    assert [*keepalive_options()] == [on]
    with socket.socket() as sock:
        keep_alive(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
