"""Connections that are cut and servers that are restarted while a journal is used."""

import signal
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event, Thread

import psycopg
import pytest

from callcontrol.scripts.errors import EntryExistsError, JournalError
from callcontrol.scripts.journals import (
    Changes,
    Entry,
    Journal,
    Message,
    PostgresJournal,
    RedisJournal,
    Run,
    open_journal,
)
from callcontrol.scripts.journals import postgres as postgres_module
from tests.journal_servers import Server, ask_redis, postgres_server, redis_server
from tests.waiting import PATIENCE

CUTS = 15
RUN = Run("r-1", "front-desk", "1", 1.0, 1.0)


def entry(step: int) -> Entry:
    """Return what resolved a step."""
    return Entry("", step, "event", 0, "{}")


def cut_postgres(server: Server) -> int:
    """End every connection to the database but this one; return their number."""
    query = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with psycopg.connect(server.url, autocommit=True) as connection:
        [[count]] = connection.execute(query).fetchall()
    return int(count)


def cut_redis(server: Server) -> int:
    """End every connection to Redis but this one; return their number."""
    reply = ask_redis(server.url, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    return int(str(reply))


@pytest.fixture(params=["postgres", "redis"])
def cut(request: pytest.FixtureRequest) -> Callable[[], int]:
    """Return what cuts all connections to the server."""
    server: Server = request.getfixturevalue(
        "postgres" if request.param == "postgres" else "redis_store"
    )
    request.node.server = server
    return lambda: (cut_postgres if request.param == "postgres" else cut_redis)(server)


@pytest.fixture
def journal(cut: Callable[[], int], request: pytest.FixtureRequest) -> Generator[Journal]:
    """Return a journal on that server."""
    assert cut is not None
    url: str = request.node.server.url
    kind = PostgresJournal if url.startswith("postgres") else RedisJournal
    journal = kind(url, patience=PATIENCE)
    journal.create(RUN)
    yield journal
    journal.close()


def test_every_operation_goes_on(journal: Journal, cut: Callable[[], int]) -> None:
    """After connections at rest were cut, each on its own."""
    message = Message("m-1", "r-1", "signal", "free", "1", 1.0)
    operations: dict[str, tuple[Callable[[], object], object]] = {
        "run": (lambda: journal.run("r-1"), RUN),
        "create": (lambda: journal.create(RUN), RUN),
        "post": (lambda: journal.post(message), True),
        "inbox": (lambda: list(journal.inbox("r-1")), [message]),
        "commit": (lambda: journal.commit("r-1", Changes((entry(1),), taken=("m-1",))), None),
        "entries": (lambda: list(journal.entries("r-1")), [entry(1)]),
        "waiting": (lambda: list(journal.waiting("free")), []),
        "set_setting": (lambda: journal.set_setting("a", "1"), None),
        "setting": (lambda: journal.setting("a"), "1"),
        "prune": (lambda: journal.prune(before=9.0), 0),
    }
    for name, (operation, expected) in operations.items():
        assert cut() > 0, name
        assert operation() == expected, name


def test_connections_are_cut_all_the_time(journal: Journal, cut: Callable[[], int]) -> None:
    """Whatever the moment, each commit is carried out once and none is taken for a double one."""
    stopped = Event()

    def write() -> int:
        for step in count():
            journal.commit("r-1", Changes((entry(step),)))
            if stopped.is_set():
                return step
        raise AssertionError

    with ThreadPoolExecutor() as pool:
        last = pool.submit(write)
        cuts = 0
        while cuts < CUTS and not last.done():
            cuts += cut()
            time.sleep(0.003)
        stopped.set()
        steps = list(range(last.result(PATIENCE) + 1))
    assert [each.step for each in journal.entries("r-1")] == steps
    assert cuts >= CUTS


def test_a_lock_whose_connection_is_cut(
    journal: Journal, cut: Callable[[], int], request: pytest.FixtureRequest
) -> None:
    """Another one may take it; the first to write a step has written it, and both go on."""
    url: str = request.node.server.url
    other = open_journal(url)
    with journal.lock("r-1", timeout=PATIENCE):
        assert cut() > 0
        with other.lock("r-1", timeout=PATIENCE):
            other.commit("r-1", Changes((entry(1),)))
            with pytest.raises(EntryExistsError):
                journal.commit("r-1", Changes((entry(1),)))
    with journal.lock("r-1", timeout=PATIENCE):
        pass
    other.close()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_commit_that_is_cut(
    postgres: Server, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    """Whether the server had carried it out is found by the number of the transaction."""
    journal = PostgresJournal(postgres.url, patience=PATIENCE)
    journal.create(RUN)
    real, commits = postgres_module._commit, 0

    def cut_commit(connection: "psycopg.Connection[tuple[object, ...]]") -> "psycopg.Error | None":
        nonlocal commits
        commits += 1
        if commits > 1:
            return real(connection)
        if before:
            cut_postgres(postgres)
            return real(connection)
        assert real(connection) is None
        cut_postgres(postgres)
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(b"SELECT 1")
        assert isinstance(caught.value, psycopg.Error)
        return caught.value  # as if the reply to COMMIT had been lost

    monkeypatch.setattr(postgres_module, "_commit", cut_commit)
    journal.commit("r-1", Changes((entry(1),)))
    assert commits == (2 if before else 1)
    assert list(journal.entries("r-1")) == [entry(1)]
    journal.close()


def test_a_script_whose_reply_is_lost(redis_store: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent again with its token, and carried out once."""
    import redis

    journal = RedisJournal(redis_store.url, patience=PATIENCE)
    journal.create(RUN)
    real, sent = journal._client.run, 0

    def lose_first_reply(script: str, keys: list[str], values: list[str]) -> object:
        nonlocal sent
        sent += 1
        reply = real(script, keys, values)
        if sent % 2:
            raise redis.ConnectionError
        return reply

    monkeypatch.setattr(journal._client, "run", lose_first_reply)
    message = Message("m-1", "r-1", "signal", "free", "1", 1.0)
    assert journal.post(message)
    assert not journal.post(message)
    journal.commit("r-1", Changes((entry(1),), taken=("m-1",)))
    journal.post(Message("m-2", "r-1", "signal", "free", "1", 1.0))
    assert journal.withdraw("r-1", "m-2")
    assert sent == 10
    assert list(journal.entries("r-1")) == [entry(1)]
    journal.close()


@pytest.mark.parametrize("kind", ["postgres", "redis"])
def test_a_server_that_crashes(kind: str, request: pytest.FixtureRequest) -> None:
    """It has all commits when it is back, and operations wait for it meanwhile."""
    request.getfixturevalue(f"running_{kind}")  # skips where it is missing
    server = postgres_server() if kind == "postgres" else redis_server()
    make = PostgresJournal if kind == "postgres" else RedisJournal
    journal = make(server.url, patience=PATIENCE)
    try:
        journal.create(RUN)
        with journal.lock("r-1", timeout=PATIENCE):
            journal.commit("r-1", Changes((entry(1),)))
            server.stop(signal.SIGQUIT if kind == "postgres" else signal.SIGKILL)
            waiting = Thread(target=journal.commit, args=("r-1", Changes((entry(2),))))
            waiting.start()
            server.start()
            waiting.join(PATIENCE)
        assert [each.step for each in journal.entries("r-1")] == [1, 2]
        with journal.lock("r-1", timeout=PATIENCE):
            pass
        server.stop(signal.SIGQUIT if kind == "postgres" else signal.SIGKILL)
        journal.close()
        with pytest.raises(JournalError, match="cannot be read or written"):
            make(server.url, patience=0.0)
    finally:
        journal.close()
        server.remove()
