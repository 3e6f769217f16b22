"""A terminal that gives single keys at once, and is as it was afterwards. Unix only."""

import os
import signal
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Handler", "Terminal", "is_ours"]

Handler = Callable[[int, FrameType | None], object] | int | None
"""What happens on a signal, as the module ``signal`` has it."""


def is_ours(file: int) -> bool:
    """Return whether the file is a terminal whose keys come to this process."""
    try:
        return os.isatty(file) and os.tcgetpgrp(file) == os.getpgrp()
    except OSError:
        return False


class Terminal:
    """Within the ``with`` block the terminal neither echoes nor waits for Return.

    Ctrl-C and Ctrl-Z work as ever; while the process is stopped the shell has its own settings.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._settings: list[Any] = []
        self._before: Handler = signal.SIG_DFL

    def __enter__(self) -> Self:
        self._settings = termios.tcgetattr(self._file)
        self._before = signal.signal(signal.SIGTSTP, self._stop)
        try:
            tty.setcbreak(self._file, termios.TCSADRAIN)
        except BaseException:  # a signal may come at this very moment
            self._give_back()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._give_back()
        signal.signal(signal.SIGTSTP, self._before)

    def _give_back(self) -> None:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._settings)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        # Here the process stands still, until somebody lets it go on.
        signal.signal(number, self._stop)
        if is_ours(self._file):
            tty.setcbreak(self._file, termios.TCSADRAIN)
