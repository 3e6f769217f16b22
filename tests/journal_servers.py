"""Real PostgreSQL and Redis servers for journals, started by the tests without privileges."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import psycopg
import redis

from tests.waiting import PATIENCE

__all__ = [
    "Server",
    "ask_redis",
    "find_program",
    "pooler_server",
    "postgres_server",
    "redis_server",
]

_USER = 65534 if os.getuid() == 0 else None
"""The user ``nobody`` in place of root, as which PostgreSQL refuses to run."""


@dataclass
class Server:
    """A server in a folder of its own, with a Unix socket in it."""

    url: str
    _folder: Path
    _command: Sequence[str]
    _is_ready: Callable[[], bool]
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        assert self._process is None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self._folder, user=_USER, group=_USER
            )
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready():
            log_text = (self._folder / "log").read_text(errors="replace")
            assert time.monotonic() < deadline, log_text
            assert self._process.poll() is None, log_text
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it; SIGQUIT ends PostgreSQL as a crash does, SIGKILL any server."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def remove(self) -> None:
        """End it and remove its files."""
        self.stop()
        shutil.rmtree(self._folder)


def find_program(name: str) -> str | None:
    """Return the path of a server's program, also where Debian hides those of PostgreSQL."""
    found = shutil.which(name)
    if found:
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else None


def postgres_server(*settings: str) -> Server:
    """Return a running server with an empty database."""
    folder, program = _folder(), find_program("postgres")
    assert program, "PostgreSQL is not installed"
    data = str(folder / "data")
    make = (
        str(Path(program).resolve().with_name("initdb")),
        "-D",
        data,
        "-U",
        "owner",
        "-A",
        "trust",
        "-N",
    )
    subprocess.run(
        [*make, "-E", "UTF8", "--no-locale"],
        check=True,
        capture_output=True,
        cwd=folder,
        user=_USER,
        group=_USER,
    )
    options = [f"-c{each}" for each in ("listen_addresses=", *(settings or ("fsync=off",)))]
    url = f"postgresql://owner@/postgres?host={folder}"
    command = (program, "-D", data, "-k", str(folder), *options)
    server = Server(url, folder, command, lambda: _answers_sql(url))
    server.start()
    return server


def _answers_sql(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def pooler_server(postgres: Server) -> Server:
    """Return a running PgBouncer in front of a server, in transaction mode."""
    folder, program = _folder(), find_program("pgbouncer")
    assert program, "PgBouncer is not installed"
    target = postgres.url.partition("host=")[2]
    (folder / "settings").write_text(f"""
[databases]
postgres = host={target} user=owner
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = 10
""")
    url = f"postgresql://owner@/postgres?host={folder}&port=6432"
    command = (program, str(folder / "settings"))
    server = Server(url, folder, command, lambda: _answers_sql(url))
    server.start()
    return server


def redis_server(*settings: str) -> Server:
    """Return a running, empty server that keeps its data over a restart."""
    folder, program = _folder(), find_program("redis-server")
    assert program, "Redis is not installed"
    url = f"unix://{folder}/socket"
    given = settings or ("--appendonly", "yes")
    options = ("--port", "0", "--unixsocket", f"{folder}/socket", "--save", "", *given)
    command = (program, "--dir", str(folder), *options)
    server = Server(url, folder, command, lambda: _answers_ping(url))
    server.start()
    return server


def _answers_ping(url: str) -> bool:
    try:
        return bool(ask_redis(url, "PING"))
    except redis.RedisError:
        return False


def ask_redis(url: str, *command: str) -> object:
    """Return the reply to a command."""
    client = cast("_Client", redis.Redis.from_url(url))  # pyright: ignore[reportUnknownMemberType]
    try:
        return client.execute_command(*command)
    finally:
        client.close()


class _Client(Protocol):
    """The part of redis-py that is used here, without its untyped options."""

    def execute_command(self, *command: str) -> object: ...
    def close(self) -> None: ...


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="journal-"))  # short: the path of a socket has a limit
    if _USER is not None:
        os.chown(folder, _USER, _USER)
    return folder
