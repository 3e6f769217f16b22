"""How long a test waits for another process or thread, and for what."""

import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

__all__ = ["PATIENCE", "refused_port", "wait_until"]

PATIENCE = 90
"""Seconds after which a process, a thread or a connection counts as hung.

A busy machine needs many times what an idle one does, so nothing shorter decides a test. The limit
of pytest is longer, so that the test itself can say what is missing.
"""
_PAUSE = 0.01


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds; fail with ``what`` when it does not in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {PATIENCE} s"
        time.sleep(_PAUSE)


@contextmanager
def refused_port() -> Generator[int]:
    """Yield a port of 127.0.0.1 that refuses connections, and keep it from other processes."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
