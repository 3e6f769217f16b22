"""The server's sockets: a threaded HTTP/1.1 server on a port of 127.0.0.1."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BufferedReader
from selectors import EVENT_READ, DefaultSelector
from threading import Thread

from callcontrol._fork import renewed_in_children
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.rest.http import (
    CONTINUE,
    MAX_BODY,
    Incoming,
    Malformed,
    read_request,
    render,
)
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.refusal import Refusal

_IDLE_TIMEOUT = 60.0
"""Seconds after which a connection without traffic is closed."""
_JOIN_TIMEOUT = 10.0
"""Seconds that ``close`` waits for a thread."""
_LINGER = 1.0
"""Seconds to read on after a malformed request."""


class Server:
    """Answers requests with ``handle`` until ``close``.

    ``port`` 0 is any free one. ``idle_timeout`` is the seconds after which an idle connection is
    closed. An exception in ``handle`` is answered with a 500 and kept in ``failures``. A process
    that is forked from the one with the server closes its copies of the sockets at once, so that
    connections belong to the server alone.
    """

    def __init__(
        self,
        handle: Callable[[RestRequest], RestReply],
        *,
        port: int = 0,
        idle_timeout: float = _IDLE_TIMEOUT,
    ) -> None:
        self.failures: list[Exception] = []
        self._process = os.getpid()
        self._handle = handle
        self._idle_timeout = idle_timeout
        self._connections: dict[Thread, socket.socket] = {}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self._stop, self._stopped = socket.socketpair()
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._listen, name="simulator", daemon=True)
        self._thread.start()
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Close the copies of the sockets, which would keep those of the parent open."""
        for sock in (self._listener, self._stop, self._stopped, *self._connections.values()):
            descriptor = sock.detach()
            if descriptor >= 0:
                os.close(descriptor)
        self._connections.clear()

    @property
    def is_ours(self) -> bool:
        """Whether the server runs in this process, and not in the one it was forked from."""
        return self._process == os.getpid()

    def close(self) -> None:
        """Close every connection, join every thread and free the port.

        A process that was forked from the one with the server does nothing.
        """
        if not self.is_ours:
            return
        with suppress(OSError):  # closed before
            self._stop.shutdown(socket.SHUT_RDWR)  # also seen while a process holds a copy of it
        self._stop.close()
        self._thread.join()
        for connection in self._connections.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._connections:
            thread.join(_JOIN_TIMEOUT)
            if thread.is_alive():
                self.failures.append(
                    SimulatorError(f"a connection did not end in {_JOIN_TIMEOUT} s")
                )

    def _listen(self) -> None:
        try:
            with self._listener, self._stopped, DefaultSelector() as selector:
                selector.register(self._listener, EVENT_READ)
                selector.register(self._stopped, EVENT_READ)
                while all(key.fileobj is self._listener for key, _ in selector.select()):
                    self._accept()
        except Exception as error:  # noqa: BLE001 - kept for the thread that stops the simulator
            self.failures.append(error)

    def _accept(self) -> None:
        with suppress(ConnectionAbortedError):  # the client left before it was accepted
            connection, _ = self._listener.accept()
            self._start_thread(connection)

    def _start_thread(self, connection: socket.socket) -> None:
        for thread in [thread for thread in self._connections if not thread.is_alive()]:
            del self._connections[thread]
        thread = Thread(target=self._serve, args=(connection,), name="simulator", daemon=True)
        self._connections[thread] = connection
        thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(self._idle_timeout)
                while self._exchange(connection, stream):
                    pass
        except (ConnectionError, TimeoutError):
            pass  # the client left or was idle for too long
        except Exception as error:  # noqa: BLE001 - kept for the thread that stops the simulator
            self.failures.append(error)

    def _exchange(self, connection: socket.socket, stream: BufferedReader) -> bool:
        """Answer one request; return whether another may follow."""
        try:
            incoming = read_request(stream, partial(connection.sendall, CONTINUE))
        except Malformed as error:
            _reject(connection, error)
            return False
        if incoming is None:
            return False
        without_body = incoming.request.method == "HEAD"
        reply = self._reply(incoming)
        connection.sendall(render(reply, keep_alive=incoming.keep_alive, without_body=without_body))
        return incoming.keep_alive

    def _reply(self, incoming: Incoming) -> RestReply:
        if incoming.oversized:
            return Refusal(400, f"Request body must contain at most {MAX_BODY} bytes").reply()
        try:
            return self._handle(incoming.request)
        except Exception as error:  # noqa: BLE001 - kept for the thread that stops the simulator
            self.failures.append(error)
            return Refusal(500).reply()


def _reject(connection: socket.socket, error: Malformed) -> None:
    """Reply with the reason, and read on: closing at once would cut off the reply."""
    refusal = Refusal(400, f"There is something wrong with the request: {error}")
    connection.sendall(render(refusal.reply(), keep_alive=False))
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(_LINGER)
    remaining = MAX_BODY
    while remaining > 0 and (piece := connection.recv(65_536)):
        remaining -= len(piece)
