"""Many clients of one simulator: slow ones, all at once, long bodies, requests ahead of replies."""

import resource
import socket
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, RemoteDisconnected
from urllib.parse import urlsplit

from callcontrol.simulator import Simulator

__all__ = ["CONNECTIONS"]

CLIENTS = 2_000
THREADS_AT_ONCE = 200
PATIENCE = 60
LONG = 10_000_000
SPARE = 50
"""Threads of a server and of its event loop, at most."""
PATH = "/api/v2/accounts/9900000/calls"


class Outcome(Counter[str]):
    """How many requests ended in which way: a status, or ``closed`` without one."""

    def expect(self, *allowed: str) -> str:
        """Return the outcome as a text; fail if it has another way, or no success."""
        assert not self.keys() - set(allowed), self
        assert self["200"], self
        return ", ".join(f"{count} {way}" for way, count in sorted(self.items()))


def _address(simulator: Simulator) -> tuple[str, int]:
    parts = urlsplit(simulator.base_url)
    return str(parts.hostname), int(parts.port or 0)


def _headers(simulator: Simulator) -> Mapping[str, str]:
    pair = f"{simulator.username}:{simulator.password}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _ask(simulator: Simulator, body: bytes | None = None) -> str:
    connection = HTTPConnection(*_address(simulator), timeout=PATIENCE)
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, PATH, body, dict(_headers(simulator)))
        return str(connection.getresponse().status)
    except (ConnectionError, RemoteDisconnected):
        return "closed"
    finally:
        connection.close()


def _slow(simulator: Simulator) -> str:
    """Begin 2,000 requests without ending them; a client between them is served."""
    before = threading.active_count()
    served = Outcome()
    with ExitStack() as stack:
        for number in range(CLIENTS):
            slow = stack.enter_context(socket.create_connection(_address(simulator), PATIENCE))
            slow.sendall(b"POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
            if number % (CLIENTS // 20) == 0:
                served[_ask(simulator)] += 1
        time.sleep(2)  # the slow ones are not fresh any more, and lose their places
        for _ in range(5):
            assert _ask(simulator) == "200"
        assert threading.active_count() < before + SPARE
    return served.expect("200", "503")


def _at_once(simulator: Simulator) -> str:
    """Connect 2,000 clients, then ask on each of them."""
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    request += "".join(f"{name}: {value}\r\n" for name, value in _headers(simulator).items())
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(_address(simulator), PATIENCE))
            for _ in range(CLIENTS)
        ]
        for client in clients:
            with suppress(ConnectionError):
                client.sendall(f"{request}\r\n".encode())
        return Outcome(map(_status, clients)).expect("200", "503", "closed")


def _status(client: socket.socket) -> str:
    received = b""
    with suppress(ConnectionError):
        while piece := client.recv(65_536):
            received += piece
    return received[9:12].decode() or "closed"


def _in_threads(simulator: Simulator) -> str:
    """Let 200 threads make 2,000 requests, each over a new connection."""
    with ThreadPoolExecutor(THREADS_AT_ONCE) as pool:
        return Outcome(pool.map(_ask, [simulator] * CLIENTS)).expect("200", "503")


def _long(simulator: Simulator) -> str:
    """Send ten million bytes twenty times at once."""
    with ThreadPoolExecutor(20) as pool:
        statuses = Outcome(pool.map(_ask, [simulator] * 20, [bytes(LONG)] * 20))
    statuses[_ask(simulator)] += 1
    return statuses.expect("200", "415", "400")


def _pipelined(simulator: Simulator) -> str:
    """Send 2,000 requests before reading a reply."""
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n"
    request += "".join(f"{name}: {value}\r\n" for name, value in _headers(simulator).items())
    sent = (
        f"{request}\r\n".encode() * (CLIENTS - 1) + f"{request}Connection: close\r\n\r\n".encode()
    )
    with socket.create_connection(_address(simulator), PATIENCE) as client:
        sender = threading.Thread(target=client.sendall, args=(sent,))
        sender.start()
        received = b""
        while piece := client.recv(1_000_000):
            received += piece
        sender.join()
    replies = received.count(b"HTTP/1.1 200 OK\r\n")
    assert replies == CLIENTS, replies
    return f"{replies} 200"


def _with_simulator(attack: Callable[[Simulator], str]) -> str:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Simulator() as simulator:
        return attack(simulator)


CONNECTIONS: Mapping[str, Callable[[], str]] = {
    "simulator: slow connections": lambda: _with_simulator(_slow),
    "simulator: connections at once": lambda: _with_simulator(_at_once),
    "simulator: requests in threads": lambda: _with_simulator(_in_threads),
    "simulator: long bodies": lambda: _with_simulator(_long),
    "simulator: pipelined requests": lambda: _with_simulator(_pipelined),
}
"""Attacks by name. Each returns what happened, and fails if that is no sane answer."""
