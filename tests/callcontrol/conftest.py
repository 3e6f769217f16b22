"""A scripted HTTP server on a real socket, and a clock that does not wait."""

import json
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import BinaryIO, cast

import pytest

from callcontrol._http import retry
from callcontrol.client import Client
from tests.waiting import PATIENCE, wait_until

RESET = struct.pack("ii", 1, 0)
TOKEN_PATH = "/token"


@dataclass
class Seen:
    """One request as the server read it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Step:
    """What to do with one request."""

    act: Callable[[socket.socket], bool]
    """Answers; returns whether the connection stays open."""
    read: bool = True
    """False: act on the first byte of the request, before reading it."""


@dataclass
class Platform:
    """Serves a script: each request gets the next step, all later ones the last step.

    Requests to the token path have a script of their own, by default one token for ever.
    """

    context: ssl.SSLContext | None = None
    refusing: bool = False
    """Whether connections are refused until ``open`` is called."""
    requests: list[Seen] = field(default_factory=list[Seen])
    tokens: list[Seen] = field(default_factory=list[Seen])
    unread: int = 0
    connections: int = 0
    _calls: deque[Step] = field(default_factory=deque[Step])
    _tokens: deque[Step] = field(default_factory=deque[Step])
    _open: list[socket.socket] = field(default_factory=list[socket.socket])
    _threads: list[Thread] = field(default_factory=list[Thread])
    _failures: list[Exception] = field(default_factory=list[Exception])
    _stop: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.answer_tokens(self.json({"access_token": "token-one", "expires_in": 3600}))
        if not self.refusing:
            self.open()

    def open(self) -> None:
        """Begin to accept connections."""
        self._listener.listen(64)
        self._start(self._accept)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What a client takes as ``base_url``."""
        return f"{self.origin}/api/v2"

    @property
    def token_url(self) -> str:
        """What a client takes as ``token_url``."""
        return f"{self.origin}{TOKEN_PATH}"

    @property
    def attempts(self) -> int:
        """How many requests began to arrive, token requests aside."""
        return len(self.requests) + self.unread

    def wait_for_attempts(self, count: int) -> None:
        """Wait until so many requests have arrived; a client that gave up may be ahead of them."""
        wait_until(lambda: self.attempts >= count, f"{count} attempts")
        assert self.attempts == count

    def answer(self, *steps: Step) -> None:
        """Set the script of the operations."""
        self._calls = deque(steps)

    def answer_tokens(self, *steps: Step) -> None:
        """Set the script of the token path."""
        self._tokens = deque(steps)

    def reply(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Step:
        """Return a step that sends a complete reply and keeps the connection."""

        def act(conn: socket.socket) -> bool:
            conn.sendall(
                _head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body
            )
            return True

        return Step(act)

    def json(
        self, value: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Step:
        """Return a step that sends a JSON value."""
        kind = {"Content-Type": "application/json;charset=UTF-8"}
        return self.reply(status, json.dumps(value).encode(), {**kind, **(headers or {})})

    def raw(self, data: bytes) -> Step:
        """Return a step that sends these bytes and closes the connection."""

        def act(conn: socket.socket) -> bool:
            conn.sendall(data)
            return False

        return Step(act)

    def drop(self, *, read: bool = True, reset: bool = False) -> Step:
        """Return a step that closes the connection without a reply."""

        def act(conn: socket.socket) -> bool:
            if reset:
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return False

        return Step(act, read)

    def silence(self) -> Step:
        """Return a step that says nothing until the other side gives up."""

        def act(conn: socket.socket) -> bool:
            conn.recv(1)
            return False

        return Step(act)

    def drip(self, data: bytes) -> Step:
        """Return a step that sends byte after byte, twenty a second, for ever."""

        def act(conn: socket.socket) -> bool:
            for each in iter(lambda: data, b""):
                for byte in each:
                    if self._stop.wait(0.05):
                        return False
                    conn.sendall(bytes([byte]))
            return False

        return Step(act)

    def close(self) -> None:
        """Stop serving; raise what went wrong inside."""
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in self._open:
            with suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
            conn.close()
        for thread in self._threads:
            thread.join(PATIENCE)
        if self._failures:
            raise self._failures[0]

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = Thread(target=self._guarded, args=(target, *args), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _guarded(self, target: Callable[..., None], *args: object) -> None:
        try:
            target(*args)
        except OSError:
            pass  # the other side went away, or the test is over
        except Exception as error:  # noqa: BLE001 - raised again in the test's own thread
            self._failures.append(error)

    def _accept(self) -> None:
        while True:
            conn, _ = self._listener.accept()
            self._open.append(conn)
            self.connections += 1
            self._start(self._serve, conn)

    def wait_until_closed(self) -> None:
        """Wait until every connection so far is served and closed by this side."""
        for thread in self._threads[1:]:
            thread.join(PATIENCE)

    def _serve(self, conn: socket.socket) -> None:
        sock = self.context.wrap_socket(conn, server_side=True) if self.context else conn
        with sock, sock.makefile("rb") as stream:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while stream.peek(1):
                if self._calls and not self._calls[0].read:
                    self.unread += 1
                    step = self._next(self._calls)
                else:
                    step = self._read(stream)
                if not step.act(sock):
                    return

    def _read(self, stream: BinaryIO) -> Step:
        words = stream.readline().decode("latin-1").split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/"):
            return self.drop()  # somebody speaks another protocol
        method, target, _ = words
        headers = dict(_headers(stream))
        body = stream.read(int(headers.get("content-length", "0")))
        seen = Seen(method, target, headers, body)
        is_token = target == TOKEN_PATH
        (self.tokens if is_token else self.requests).append(seen)
        return self._next(self._tokens if is_token else self._calls)

    def _next(self, script: deque[Step]) -> Step:
        with self._lock:
            return script.popleft() if len(script) > 1 else script[0]


def _headers(stream: BinaryIO) -> Iterator[tuple[str, str]]:
    for line in iter(stream.readline, b""):
        if line == b"\r\n":
            return
        name, _, value = line.decode("latin-1").partition(":")
        yield name.lower(), value.strip()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {text}" for name, text in headers.items())]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


class StillClock(retry.RetryClock):
    """Remembers how long it should have slept, and moves on by just that."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.time = 0.0
        self.on_sleep: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Move on without waiting."""
        self.slept.append(seconds)
        self.time += seconds
        self.on_sleep()

    async def wait(self, seconds: float) -> None:
        """Do the same in an event loop."""
        self.sleep(seconds)

    def monotonic(self) -> float:
        """Return the seconds slept so far."""
        return self.time

    def now(self) -> float:
        """Return the beginning of 2026, and the seconds slept so far."""
        return 1_767_225_600.0 + self.time

    def random(self) -> float:
        """Return the middle."""
        return 0.5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    """Return a clock that every client made in the test uses."""
    still = StillClock()
    monkeypatch.setattr(retry, "SYSTEM", still)
    return still


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Yield a scripted server over plain HTTP."""
    server = Platform()
    yield server
    server.close()


@pytest.fixture
def refusing_platform() -> Iterator[Platform]:
    """Yield a scripted server that refuses connections until it is opened."""
    server = Platform(refusing=True)
    yield server
    server.close()


@pytest.fixture
def certificate() -> Path:
    """Return the certificate, with its key, of the HTTPS server."""
    return Path(__file__).with_name("loopback.pem")


@pytest.fixture
def secure_platform(certificate: Path) -> Iterator[Platform]:
    """Yield a scripted server over HTTPS, with a certificate that nobody trusts by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Platform(context)
    yield server
    server.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module that has ``CLIENTS`` against each of these classes."""
    module = cast("object", metafunc.module)  # pyright: ignore[reportUnknownMemberType]
    clients: Mapping[str, type[Client]] | None = getattr(module, "CLIENTS", None)
    marks = metafunc.definition.iter_markers("parametrize")
    chosen = any("client_class" in (mark.args[0], *mark.args[0]) for mark in marks)
    if clients is not None and "client_class" in metafunc.fixturenames and not chosen:
        metafunc.parametrize("client_class", clients.values(), ids=clients, indirect=True)


@pytest.fixture
def client_class(request: pytest.FixtureRequest) -> type[Client]:
    """Return the class of clients."""
    found: type[Client] = getattr(request, "param", Client)
    return found


@pytest.fixture
def client(platform: Platform, clock: StillClock, client_class: type[Client]) -> Iterator[Client]:
    """Yield a client of the scripted server that authenticates by Basic and never really waits."""
    del clock  # must be in place first
    with client_class(
        "9900000",
        username="api-user",
        password="api-password-hunter2",
        base_url=platform.base_url,
        timeout=PATIENCE,
    ) as made:
        yield made


@pytest.fixture
def oauth_client(
    platform: Platform, clock: StillClock, client_class: type[Client]
) -> Iterator[Client]:
    """Yield a client of the scripted server that authenticates by OAuth2 and never really waits."""
    del clock  # must be in place first
    with client_class(
        "9900000",
        client_id="the-client",
        client_secret="client-secret-hunter2",
        base_url=platform.base_url,
        token_url=platform.token_url,
        timeout=PATIENCE,
    ) as made:
        yield made
