"""A watch for an application that is started after the command that calls it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from socket import create_connection
from threading import Event, Thread

from callcontrol._urls import host_of, port_of

_INTERVAL = 0.2
"""Seconds between two attempts to connect."""
_PATIENCE = 1.0
"""Seconds to wait for a connection."""


def accepts_connections(url: str) -> bool:
    """Whether the host and port of a URL accept a connection within a second."""
    try:
        create_connection((host_of(url), port_of(url)), _PATIENCE).close()
    except (OSError, UnicodeError):
        return False
    return True


@contextmanager
def watched(url: str, wake: Callable[[], None]) -> Generator[Event]:
    """Yield an event that is set once ``url`` accepts connections; ``wake`` is called then.

    Attempts are made on a thread of their own, until the end of the ``with`` block.
    """
    is_up, stop = Event(), Event()

    def watch() -> None:
        while not stop.wait(_INTERVAL):
            if accepts_connections(url):
                is_up.set()
                wake()
                return

    Thread(target=watch, name="application-watch", daemon=True).start()
    try:
        yield is_up
    finally:
        stop.set()
