"""A client used before ``os.fork``: parent and children never share a connection or a lock."""

import atexit
import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
import requests

from callcontrol._fork import renewed_in_children
from callcontrol._http.retry import SYSTEM
from callcontrol._secret import Secret
from callcontrol.client import Client
from tests.callcontrol.conftest import Step
from tests.callcontrol.drivers import BOTH, SENDERS, requests_only, with_session
from tests.forks.cases import Case, faults_of
from tests.forks.children import forked
from tests.forks.work import Served, served

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

CLIENTS = BOTH
CALL = "c-1"
PATIENCE = 60

pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


def _client(
    client_class: type[Client],
    platform: "Platform",
    session: requests.Session | None = None,
    timeout: float = 30,
) -> Client:
    return client_class(
        "9900000",
        client_id="the-client",
        client_secret="hunter2",
        base_url=platform.base_url,
        token_url=platform.token_url,
        timeout=timeout,
        **with_session(session),
    )


@pytest.mark.parametrize(
    "case",
    [
        Case("os.fork", 2, "nothing"),
        Case("os.fork", 8, "request"),
        Case("os.fork", 4, "token"),
        Case("os.fork", 4, "retry"),
        Case("multiprocessing fork", 4, "request"),
        Case("multiprocessing spawn", 2, "nothing"),
    ],
    ids=str,
)
def test_no_reply_is_mixed_up(case: Case) -> None:
    """Parent and children get their own replies, each once; ``make forks`` tries all cases."""
    assert faults_of(case, requests=24) == []


@contextmanager
def _preloaded(platform: Served, folder: Path) -> Generator[str, None, None]:
    """Run gunicorn with two workers that are forked from a process that has used the client."""
    environment = {name: text for name, text in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    environment |= {"PLATFORM_PORT": str(platform.port), "HOME": str(folder)}
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        options = ["--preload", "--workers", "2", "--bind", f"fd://{listener.fileno()}"]
        command = [sys.executable, "-m", "gunicorn", *options, "--log-level", "error"]
        process = subprocess.Popen(
            [*command, "tests.forks.preloaded"], env=environment, pass_fds=[listener.fileno()]
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.mark.skipif(find_spec("gunicorn") is None, reason="gunicorn is not installed")
def test_gunicorn_preload(tmp_path: Path) -> None:
    """Two workers of ``gunicorn --preload`` share a client and get their own replies."""
    names = [f"call-{number}" for number in range(120)]

    def ask(name: str) -> list[str]:
        return requests.get(f"{origin}/{name}", timeout=PATIENCE).text.split()

    with served() as platform, _preloaded(platform, tmp_path) as origin:
        with ThreadPoolExecutor(6) as threads:
            replies = list(threads.map(ask, names))
        created = platform.log()["created"]
    assert [reply[1:] for reply in replies] == [[name, f"call-{name}"] for name in names]
    assert len({reply[0] for reply in replies}) == 2
    assert created == dict.fromkeys(names, 1)


Locks = Callable[[Client], "list[AbstractContextManager[object]]"]


def _token_lock(client: Client) -> "list[AbstractContextManager[object]]":
    auth = client._account.auth
    auth.renew(Secret("Bearer token-one"))
    return [client._driver.lock, auth._lock]  # type: ignore[attr-defined]


def _pool_locks(client: Client) -> "list[AbstractContextManager[object]]":
    adapter: Any = client._driver.transport.session.get_adapter("http://")
    pools: Any = adapter.poolmanager.pools
    return [pools.lock, *[pool.pool.mutex for pool in pools._container.values()]]


def _cookie_locks(client: Client) -> "list[AbstractContextManager[object]]":
    return [vars(client._driver.transport.session.cookies)["_cookies_lock"]]


@requests_only
@pytest.mark.parametrize("locks", [_token_lock, _pool_locks, _cookie_locks])
@pytest.mark.parametrize("handed_in", [False, True])
def test_locks_of_other_threads(
    client_class: type[Client], platform: "Platform", locks: Locks, *, handed_in: bool
) -> None:
    """A lock that a thread of the parent holds at the fork does not stop the child, or its end."""
    platform.answer(platform.json({"callId": CALL}))
    session = requests.Session() if handed_in else None
    held, done = Event(), Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in locks(client):
                stack.enter_context(lock)
            held.set()
            done.wait(PATIENCE)

    def act() -> str | None:
        call_id = client.get_call_state(CALL).call_id
        client.close()
        atexit._run_exitfuncs()
        return call_id

    with _client(client_class, platform, session) as client:
        client.get_call_state(CALL)
        holder = Thread(target=hold)
        holder.start()
        assert held.wait(PATIENCE)
        child = forked(act)
        try:
            assert child.value() == CALL
        finally:
            done.set()
            holder.join()


@pytest.mark.parametrize(("client_class", "handed_in"), SENDERS, indirect=["client_class"])
def test_connections_of_ones_own(
    client_class: type[Client], platform: "Platform", *, handed_in: bool
) -> None:
    """A child opens its own connections; the parent goes on with those that it had."""
    platform.answer(platform.json({"callId": CALL}))
    session = requests.Session() if handed_in else None

    def act() -> str | None:
        with client:
            client.get_call_state(CALL)
            return client.get_call_state(CALL).call_id

    with _client(client_class, platform, session) as client:
        client.get_call_state(CALL)
        assert [forked(act).value(), forked(act).value()] == [CALL, CALL]
        client.get_call_state(CALL)
        assert platform.connections == 3
        assert len(platform.tokens) == 1


def test_over_tls(
    client_class: type[Client],
    secure_platform: "Platform",
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A child that lets a TLS connection go does not end it for its parent."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    secure_platform.answer(secure_platform.json({"callId": CALL}))

    def act() -> str | None:
        call_id = client.get_call_state(CALL).call_id
        client.close()
        gc.collect()
        return call_id

    with _client(client_class, secure_platform) as client:
        client.get_call_state(CALL)
        assert forked(act).value() == CALL
        assert client.get_call_state(CALL).call_id == CALL
        assert secure_platform.connections == 2


def _exit_code(pid: int) -> int:
    """Return how a child ended; one that hangs is ended."""
    deadline = monotonic() + PATIENCE
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0 and monotonic() < deadline:
        sleep(0.01)
    if ended[0] == 0:
        os.kill(pid, signal.SIGKILL)
        ended = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(ended[1])


def test_fork_inside_a_request(platform: "Platform") -> None:
    """A fork by the very thread that waits for a reply: the parent gets it, the child asks anew."""
    parent, forked_off = os.getpid(), Event()
    children: list[int] = []
    got: list[str | None] = []
    reply = platform.json({"callId": CALL})

    def answer_late(conn: socket.socket) -> bool:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert forked_off.wait(PATIENCE)
        return reply.act(conn)

    def fork(_number: int, _frame: object) -> None:
        pid = os.fork()
        children.append(pid)
        if pid:
            forked_off.set()

    platform.answer(reply, Step(answer_late), reply)
    before = signal.signal(signal.SIGALRM, fork)
    try:
        with _client(Client, platform, timeout=10 * PATIENCE) as client:
            client.get_call_state(CALL)
            got.append(client.get_call_state(CALL).call_id)
    finally:
        if os.getpid() != parent:
            os._exit(0 if got == [CALL] else 1)
        signal.signal(signal.SIGALRM, before)
    assert got == [CALL]
    assert _exit_code(children[0]) == 0
    assert len(platform.requests) == 3
    assert platform.connections == 2


def test_closed_for_the_platform(client_class: type[Client], platform: "Platform") -> None:
    """What the parent closes is closed, whatever its children still do."""
    platform.answer(platform.json({"callId": CALL}))
    ours, theirs = os.pipe()
    with _client(client_class, platform) as client:
        client.get_call_state(CALL)
        child = forked(lambda: os.read(ours, 1).decode())
    platform.wait_until_closed()
    threads = [thread for thread in platform._threads[1:] if thread.is_alive()]
    os.write(theirs, b"x")
    assert child.value() == "x"
    os.close(ours)
    os.close(theirs)
    assert threads == []


def test_waits_are_spread() -> None:
    """Children do not wait equally long before a retry."""
    waits = [forked(SYSTEM.random).value() for _ in range(4)]
    assert len(set(map(str, waits))) == 4


def test_every_owner_is_renewed() -> None:
    """An owner that fails does not keep another from being renewed, nor the child from running."""

    class Owner:
        def __init__(self) -> None:
            self.is_renewed = False

        def renew_after_fork(self) -> None:
            self.is_renewed = True
            raise OSError

    owners = [Owner(), Owner()]
    for owner in owners:
        renewed_in_children(owner)
    shown: list[object] = []

    def act() -> list[bool]:
        return [owner.is_renewed for owner in owners]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", shown.append)
        assert forked(act).value() == [True, True]
    assert [owner.is_renewed for owner in owners] == [False, False]
