"""What a person types and the signals that reach the process, for a loop that waits for both."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from callcontrol.cli.dial_terminal import Handler, Terminal

__all__ = ["Keyboard", "SelfPipe", "Signals"]

ENDING = tuple(
    number
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT")
    if (number := getattr(signal, name, None)) is not None
)
_PIECE = 1024


class SelfPipe:
    """Lets any thread, or a signal, wake the loop."""

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()
        os.set_blocking(self.reading, False)
        os.set_blocking(self._writing, False)

    def up(self) -> None:
        """Wake the loop; it may be awake already, or over."""
        with suppress(OSError):
            os.write(self._writing, b"!")

    def forget(self) -> None:
        """Take note of having woken."""
        with suppress(BlockingIOError):
            while os.read(self.reading, _PIECE):
                pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        reading, writing = self.reading, self._writing
        self.reading = self._writing = -1
        os.close(reading)
        os.close(writing)


class _Ended(BaseException):
    """A signal asks the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """Counts Ctrl-C, and lets everything be put right before another signal ends the process.

    The second Ctrl-C raises ``KeyboardInterrupt``.
    """

    def __init__(self, wake: SelfPipe) -> None:
        self.interrupted = False
        """Whether Ctrl-C has been pressed."""
        self._wake = wake
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> Self:
        self._before[signal.SIGINT] = signal.signal(signal.SIGINT, self._interrupt)
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:  # what nohup ignores stays ignored
                self._before[number] = signal.signal(number, self._end)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        if isinstance(error, _Ended):
            # Whoever sent the signal sees the process end by it.
            signal.signal(error.number, signal.SIG_DFL)
            os.kill(os.getpid(), error.number)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        self._wake.up()

    def _end(self, number: int, _frame: FrameType | None) -> None:
        raise _Ended(number)


class Keyboard:
    """Standard input: key by key from a terminal, else as it comes; nothing if there is none."""

    def __init__(self) -> None:
        self._file = _standard_input()
        self._terminal: Terminal | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether a person types."""
        return self._terminal is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing can come any more."""
        return self._file is None

    @property
    def files(self) -> list[int]:
        """What to wait for; empty when it is over, and while the process is in the background."""
        if self._file is None or (self._terminal is not None and not self._terminal.has_keys()):
            return []
        return [self._file]

    def read(self) -> str:
        """Return what has been typed; ask only when ``files`` has something."""
        if self._file is None:
            return ""
        try:
            found = os.read(self._file, _PIECE)
        except OSError:
            if self._terminal is not None and not self._terminal.has_keys():
                return ""  # the keys went to the shell: the process is in the background by now
            found = b""  # the terminal has gone away
        if not found:
            self._file = None
        return found.decode("ascii", "replace")

    def __enter__(self) -> Self:
        if self._file is not None and os.isatty(self._file):
            self._terminal = self._open(self._file)
        return self

    def _open(self, file: int) -> "Terminal | None":
        """Take the terminal and return it, None if nothing can be typed at it."""
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
