"""One server of each kind for all tests of a process, started by the first that needs it."""

from collections.abc import Callable, Generator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from callcontrol.scripts.journals._file_systems import refusal
from tests.journal_servers import Server, ask_redis, find_program, postgres_server, redis_server


def _running(program: str, start: Callable[[], Server]) -> Generator[Server]:
    if find_program(program) is None:
        pytest.skip(f"{program} is not installed")
    server = start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def running_postgres() -> Generator[Server]:
    """Start PostgreSQL."""
    yield from _running("postgres", postgres_server)


@pytest.fixture(scope="session")
def running_redis() -> Generator[Server]:
    """Start Redis."""
    yield from _running("redis-server", redis_server)


@pytest.fixture
def postgres(running_postgres: Server) -> Server:
    """Return the server, whose database is empty."""
    empty_postgres(running_postgres.url)
    return running_postgres


@pytest.fixture
def redis_store(running_redis: Server) -> Server:
    """Return the server, which is empty."""
    ask_redis(running_redis.url, "FLUSHALL")
    return running_redis


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which a journal may be, also in a container."""
    if refusal(tmp_path) is None:
        return tmp_path
    memory = Path("/dev/shm")  # noqa: S108 - a file system without a disk
    if not memory.is_dir() or refusal(memory) is not None:
        pytest.skip("there is no file system for a journal")
    return Path(mkdtemp(dir=memory))


def empty_postgres(url: str) -> None:
    """Remove the tables of journals."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_DROP)


_DROP = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE tablename LIKE 'callcontrol%' LOOP
        EXECUTE 'DROP TABLE ' || name;
    END LOOP;
END $$
"""
