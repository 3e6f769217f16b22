"""Where the platform is reached: a port that is opened when an address is asked for.

Servers, and what they need, are imported for the first one.
"""

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import SimulatorError, port_failure
from callcontrol.simulator.rest.hosts import AllowedHosts
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.routes import API_ROOT

if TYPE_CHECKING:
    from callcontrol.simulator.rest.certificate import Certificate
    from callcontrol.simulator.rest.server import Server

Handle = Callable[[RestRequest], RestReply]
_LAST_PORT = 65_535
_NEEDED = frozenset({"anyio", "h11", "starlette", "trustme", "uvicorn"})


def serve(
    handle: Handle, what: str, *, port: int = 0, certificate: "Certificate | None" = None
) -> "Server":
    """Serve ``handle`` on a port of 127.0.0.1, 0 for any free one, and return the server.

    :raises SimulatorError: without the extra ``simulator``; the text begins with ``what``.
    :raises OSError: if the port is taken.
    """
    with _importing(what):
        from callcontrol.simulator.rest.server import Server
    return Server(handle, port=port, tls=None if certificate is None else certificate.context)


@contextmanager
def _importing(what: str) -> Generator[None]:
    """Import what the extra ``simulator`` contains, or say that it is missing."""
    try:
        with FIRST_IMPORT:
            yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        advice = "pip install 'bxml-callcontrol[simulator]'"
        text = f"{what}: to listen on a port, the package {error.name} is needed; {advice}"
        raise SimulatorError(text) from None


class Endpoint:
    """The port of one platform, whose requests ``answer`` answers."""

    def __init__(self, platform: Platform, answer: Handle) -> None:
        self._platform = platform
        platform.before_download = self._open_if_possible
        self._answer = answer
        self._hosts = AllowedHosts()
        self._process: int | None = None
        """The process that started it; None if it is not running."""
        self._server: Server | None = None
        self._certificate: Certificate | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started, in this process or in the one it was forked from."""
        return self._process is not None

    @property
    def authority_file(self) -> Path | None:
        """The certificate to trust; None without TLS."""
        return None if self._certificate is None else self._certificate.authority_file

    def start(self, port: int, allow_hosts: Iterable[str], *, tls: bool = False) -> None:
        """See ``Simulator.start``."""
        if self._process is not None:
            raise SimulatorError("start: the simulator is running already")
        if not 0 <= port <= _LAST_PORT:
            raise SimulatorError(f"start.port: expected 0 to {_LAST_PORT}, got {port}")
        self._hosts = AllowedHosts(allow_hosts)
        if tls:
            with _importing("start.tls"):
                from callcontrol.simulator.rest.certificate import Certificate
            self._certificate = Certificate(self._hosts.names)
        try:
            if port:
                self._open(port)
        except SimulatorError:
            self._remove_certificate()
            raise
        self._process = os.getpid()

    def stop(self) -> None:
        """Close the port, and raise what the server met; see ``Simulator.stop``."""
        server, self._server, self._process = self._server, None, None
        self._remove_certificate()
        if server is None or not server.is_ours:
            return
        server.close()
        if failures := server.failures:
            group = ExceptionGroup("the simulator failed", failures)
            raise group if len(failures) > 1 else failures[0]

    @property
    def origin(self) -> str:
        """The address; the port is opened when it is first read.

        :raises SimulatorError: if it is not running, and without the extra ``simulator``.
        """
        with self._platform.lock:
            server = self._server or self._opened()
        return self._origin_of(server)

    def _origin_of(self, server: "Server") -> str:
        return f"http{'' if self._certificate is None else 's'}://127.0.0.1:{server.port}"

    def _open_if_possible(self) -> None:
        with suppress(SimulatorError):  # without a port, addresses are the vendor's
            _ = self.origin

    def _opened(self) -> "Server":
        if self._process is None:
            raise SimulatorError("Simulator: it is not running; use it in a with statement")
        if self._process != os.getpid():
            raise SimulatorError("Simulator: expected its address to be read before the fork")
        return self._open(0)

    def _open(self, port: int) -> "Server":
        try:
            self._server = serve(
                self._on_request, "Simulator", port=port, certificate=self._certificate
            )
        except OSError as error:
            raise SimulatorError(f"start.port: {port_failure(port, error)}") from None
        self._platform.base_url = f"{self._origin_of(self._server)}{API_ROOT}"
        return self._server

    def _remove_certificate(self) -> None:
        if self._certificate is not None:
            self._certificate.remove()
            self._certificate = None

    def _on_request(self, request: RestRequest) -> RestReply:
        reply = self._hosts.refused(self._platform, request) or self._answered(request)
        if not self._platform.is_live:  # virtual time is no date
            return reply
        with self._platform.lock:
            ahead = self._platform.faults.date_offset(self._platform.clock.now)
        date = formatdate(time() + ahead, usegmt=True)
        return replace(reply, headers=(*reply.headers, ("Date", date)))

    def _answered(self, request: RestRequest) -> RestReply:
        """Return a reply whose addresses have the host that the client used, as a tunnel's."""
        reply = self._answer(request)
        if self._server is None or not self._hosts.is_named(request):
            return reply
        own = self._origin_of(self._server).partition("//")[2]
        return reply.at_host(own, request.headers["host"])
