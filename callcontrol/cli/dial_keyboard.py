"""Keys from standard input, for a loop that waits in ``select``."""

import codecs
import os
import sys
from select import select
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from callcontrol.cli.dial_terminal import Terminal

_PIECE = 1024


class Keyboard:
    """Standard input: key by key from a terminal, otherwise as it arrives; may be closed."""

    def __init__(self) -> None:
        self._file = _standard_input()
        self._terminal: Terminal | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def is_terminal(self) -> bool:
        """Whether a person types."""
        return self._terminal is not None

    @property
    def takes_lines(self) -> bool:
        """Whether the terminal lets a person edit a line before it is read."""
        return self._terminal is not None and self._terminal.takes_lines

    def take_lines(self, *, wanted: bool) -> None:
        """Read whole lines from the terminal from now on, or single keys again."""
        if self._terminal is not None:
            self._terminal.take_lines(wanted=wanted)

    @property
    def is_over(self) -> bool:
        """Whether input has ended."""
        return self._file is None

    @property
    def files(self) -> list[int]:
        """Files to wait for; empty after the end of input and in a background process."""
        if self._file is None or (self._terminal is not None and not self._terminal.has_keys()):
            return []
        return [self._file]

    def read(self) -> str:
        """Return the keys that have been typed; call it only if ``select`` returned a file."""
        if self._file is None:
            return ""
        if self._terminal is not None and not _is_still_typed(self._file, self._terminal):
            return ""
        try:
            found = os.read(self._file, _PIECE)
        except OSError:
            if self._terminal is not None and os.isatty(self._file):
                return ""  # the key went to a shell: the process was in the background
            found = b""  # the terminal has gone away
        if not found and self.takes_lines:
            return "\n"  # Ctrl-D ends the line; a terminal that has gone away says so again
        if not found:
            self._file = None
        return self._decoder.decode(found, final=not found)

    def __enter__(self) -> Self:
        if self._file is not None and os.isatty(self._file):
            self._terminal = self._open(self._file)
        return self

    def _open(self, file: int) -> "Terminal | None":
        """Take the terminal and return it; None if its keys do not come to this process."""
        try:
            from callcontrol.cli.dial_terminal import Terminal, is_ours
        except ImportError:  # not a Unix
            self._file = None
            return None
        if not is_ours(file):
            self._file = None  # a job in the background cannot be typed to
            return None
        return Terminal(file).__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._terminal is not None:
            self._terminal.__exit__(kind, error, traceback)


def _standard_input() -> int | None:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None  # closed, or no file at all


def _is_still_typed(file: int, terminal: "Terminal") -> bool:
    """Return whether a key is still there, and let the terminal deliver it without Return.

    While this process was in the background, ``select`` returned for lines that went to the shell.
    If one of them brought the process to the foreground, reading now would wait for another line.
    """
    terminal.has_keys()
    return bool(select([file], [], [], 0)[0])
