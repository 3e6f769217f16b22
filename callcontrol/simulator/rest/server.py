"""Servers on ports of 127.0.0.1, run by uvicorn in one thread, which ends with the process."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Coroutine
from functools import partial
from threading import Lock, Thread
from typing import TypeVar

from uvicorn.config import Config
from uvicorn.server import ServerState

from callcontrol._fork import renewed_in_children
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.rest.asgi import Application
from callcontrol.simulator.rest.connection import MAX_CONNECTIONS, ServedConnection
from callcontrol.simulator.rest.messages import RestReply, RestRequest

T = TypeVar("T")

MAX_HEAD = 65_536
_BACKLOG = 2_048
_IDLE_TIMEOUT = 60
"""Seconds after which a connection without traffic is closed."""
_HANDSHAKE_TIMEOUT = 10.0
"""Seconds that a client has to begin with TLS."""
_END_TIMEOUT = 10.0
"""Seconds that ``close`` waits for requests that are being handled."""
_TURNS = 3
"""Turns of the event loop after which an accepted connection is known."""


class _Loop:
    """An event loop in a daemon thread, made on first use, and again in a forked process."""

    def __init__(self) -> None:
        self._of_parents: list[asyncio.AbstractEventLoop] = []
        """Kept, as the end of a loop closes what the processes share."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.renew_after_fork()
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Leave the loop to the parent, whose thread runs it."""
        self._lock = Lock()
        if self._loop is not None:
            self._of_parents.append(self._loop)
            self._loop = None

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        """Run a coroutine on the loop and return its result."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.SelectorEventLoop()
                # Not run_forever: anyio keeps its threads as long as such a task runs.
                main = (self._loop.create_future(),)
                Thread(
                    target=self._loop.run_until_complete, args=main, name="simulator", daemon=True
                ).start()
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


_loop = _Loop()


class Server:
    """Answers requests with ``handle`` until ``close``.

    ``port`` 0 is any free one. ``idle_timeout`` is the seconds after which an idle connection is
    closed, ``tls`` the certificate for https. An exception in ``handle`` is answered with a 500 and
    kept in ``failures``. A process that is forked from the one with the server closes its copies of
    the sockets at once, so that connections belong to the server alone.
    """

    def __init__(
        self,
        handle: Callable[[RestRequest], RestReply],
        *,
        port: int = 0,
        idle_timeout: int = _IDLE_TIMEOUT,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._process = os.getpid()
        self._app = Application(handle)
        self.failures = self._app.failures
        self._config = Config(
            self._app,
            http=ServedConnection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            workers=1,
            log_config=None,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS + 1,
            timeout_keep_alive=idle_timeout,
            h11_max_incomplete_event_size=MAX_HEAD,
        )
        self._config.load()
        self._state = ServerState()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = _loop.run(self._open())
        renewed_in_children(self)

    @property
    def is_ours(self) -> bool:
        """Whether the server runs in this process, and not in the one it was forked from."""
        return self._process == os.getpid()

    def renew_after_fork(self) -> None:
        """Close the copies of the sockets, which would keep those of the parent open."""
        connections = [it.sock for it in self._state.connections if type(it) is ServedConnection]
        null = os.open(os.devnull, os.O_RDWR)
        for sock in (self._listener, *connections):
            if sock.fileno() >= 0:
                os.dup2(null, sock.fileno(), inheritable=False)
        os.close(null)

    def close(self) -> None:
        """Close every connection, wait for requests that are being handled, and free the port.

        A process that was forked from the one with the server does nothing.
        """
        if self.is_ours and self._accepting.is_serving():
            _loop.run(self._close())

    async def _open(self) -> asyncio.Server:
        connection = partial(ServedConnection, self._config, self._state)
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            connection,
            sock=self._listener,
            backlog=_BACKLOG,
            ssl=self._tls,
            ssl_handshake_timeout=None if self._tls is None else _HANDSHAKE_TIMEOUT,
        )

    async def _close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._listener)
        for _ in range(_TURNS):
            for connection in [*self._state.connections]:
                connection.transport.abort()
            await asyncio.sleep(0)
        self._accepting.close()  # not before: asyncio would forget sockets that it has accepted
        if tasks := self._state.tasks:
            _, late = await asyncio.wait(tasks, timeout=_END_TIMEOUT)
            if late:
                self.failures.append(SimulatorError(f"a request did not end in {_END_TIMEOUT} s"))
