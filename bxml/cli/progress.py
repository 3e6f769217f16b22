"""How far a long check is, in one line at the terminal."""

import sys
from time import monotonic

SHOWN_FROM = 200
"""Documents from which on it is shown."""
INTERVAL = 0.1
"""Seconds between two updates."""
ERASE = "\r\x1b[K"


class Progress:
    """A line on standard error, if that is a terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._is_shown = False
        self._next = monotonic() + INTERVAL
        self._enabled = total >= SHOWN_FROM and sys.stderr.isatty()

    def step(self) -> None:
        """Count one document."""
        self._done += 1
        if self._enabled and (now := monotonic()) >= self._next:
            self._next = now + INTERVAL
            self._write(f"{ERASE}checked {self._done:,} of {self._total:,} documents")
            self._is_shown = True

    def clear(self) -> None:
        """Erase the line, before anything else is written and at the end."""
        if self._is_shown:
            self._write(ERASE)
            self._is_shown = False

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
