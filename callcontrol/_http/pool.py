"""Keeps connections open only while they belong to this process, live and were used recently.

A NAT or a load balancer drops an idle connection without notifying either end. The next request
on it would time out, leaving unknown whether it was carried out.
"""

import socket
from collections.abc import Iterator
from typing import Any

from urllib3 import HTTPConnectionPool

from callcontrol._fork import renewed_in_children
from callcontrol._http.after_fork import renew_pool
from callcontrol._http.retry import RetryClock

IDLE = 30.0
"""Seconds without a request after which a connection is replaced; some NATs drop after 60."""

_PROBES = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds until the first probe (macOS uses another name), between probes, and their number."""

Hands = tuple[float, float]
"""The monotonic clock and the time of day."""


def keepalive_options() -> Iterator[tuple[int, int, int]]:
    """Yield socket options with which a dead connection is detected within 30 seconds."""
    yield socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
    for name, value in _PROBES.items():
        if hasattr(socket, name):
            yield socket.IPPROTO_TCP, getattr(socket, name), value


def keep_alive(sock: socket.socket) -> None:
    """Make the operating system detect within 30 seconds that the other end is gone."""
    for option in keepalive_options():
        sock.setsockopt(*option)


def hands_of(clock: RetryClock) -> Hands:
    """Return both hands of a clock."""
    return clock.monotonic(), clock.now()


def is_stale(last_used: Hands, clock: RetryClock) -> bool:
    """Return whether a connection was idle for more than ``IDLE`` seconds.

    The monotonic clock or the time of day decides, whichever has advanced more: the monotonic clock
    may stop while a machine or a container is suspended.
    """
    monotonic, now = hands_of(clock)
    return monotonic - last_used[0] > IDLE or now - last_used[1] > IDLE


class ConnectionPool(HTTPConnectionPool):
    """A pool that starts empty after a fork."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as urllib3 makes it
        super().__init__(*args, **kwargs)
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Drop the parent's connections."""
        renew_pool(self)
