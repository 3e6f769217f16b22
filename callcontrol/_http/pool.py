"""The connections that are kept: of this process alone, alive, and used a short while ago.

A NAT or a load balancer forgets an idle connection without telling either end. The next request
on it would wait for its whole timeout, and whether it was carried out would remain unknown.
"""

import socket
from typing import Any

from urllib3 import HTTPConnectionPool

from callcontrol._fork import renewed_in_children
from callcontrol._http import retry
from callcontrol._http.after_fork import renew_pool

__all__ = ["IDLE", "ConnectionPool", "keep_alive"]

IDLE = 30.0
"""Seconds without a request after which a connection is replaced; some NATs forget after 60."""

_PROBES = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds until the first probe (macOS has a name of its own), between probes, and how many."""


def keep_alive(sock: socket.socket) -> None:
    """Let the operating system find out, within 30 seconds, that the other end has gone."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class ConnectionPool(HTTPConnectionPool):
    """A pool that replaces a connection after ``IDLE`` seconds, and all of them after a fork.

    Both the monotonic clock and the time of day count, whichever has moved more: the monotonic
    clock may stand still while a machine or a container is suspended.
    """

    clock: "retry.RetryClock | None" = None
    """Another clock than the system's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as urllib3 makes it
        super().__init__(*args, **kwargs)
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Leave the parent's connections to the parent."""
        renew_pool(self)

    def _times(self) -> tuple[float, float]:
        clock = self.clock or retry.SYSTEM
        return clock.monotonic(), clock.now()

    def _put_conn(self, conn: Any) -> None:  # noqa: ANN401 - as urllib3 declares it
        if conn is not None:
            conn.last_used = self._times()
        super()._put_conn(conn)

    def _get_conn(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - the same
        conn: Any = super()._get_conn(timeout)
        if not conn.is_closed and self._is_stale(conn.last_used):
            conn.close()  # it connects anew when the request is sent
        return conn

    def _is_stale(self, last_used: tuple[float, float]) -> bool:
        monotonic, now = self._times()
        return monotonic - last_used[0] > IDLE or now - last_used[1] > IDLE
