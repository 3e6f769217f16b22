"""Keeps connections open only while they belong to this process, live and were used recently.

A NAT or a load balancer drops an idle connection without notifying either end. The next request
on it would time out, leaving unknown whether it was carried out.
"""

import socket
from typing import Any

from urllib3 import HTTPConnectionPool

from callcontrol._fork import renewed_in_children
from callcontrol._http import retry
from callcontrol._http.after_fork import renew_pool

IDLE = 30.0
"""Seconds without a request after which a connection is replaced; some NATs drop after 60."""

_PROBES = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds until the first probe (macOS uses another name), between probes, and their number."""


def keep_alive(sock: socket.socket) -> None:
    """Make the operating system detect within 30 seconds that the other end is gone."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class ConnectionPool(HTTPConnectionPool):
    """A pool that replaces a connection after ``IDLE`` seconds, and all of them after a fork.

    The monotonic clock or the time of day decides, whichever has advanced more: the monotonic clock
    may stop while a machine or a container is suspended.
    """

    clock: "retry.RetryClock | None" = None
    """Replaces the system clock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as urllib3 makes it
        super().__init__(*args, **kwargs)
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Drop the parent's connections."""
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
            conn.close()  # it reconnects when the request is sent
        return conn

    def _is_stale(self, last_used: tuple[float, float]) -> bool:
        monotonic, now = self._times()
        return monotonic - last_used[0] > IDLE or now - last_used[1] > IDLE
