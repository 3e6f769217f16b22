"""A terminal that delivers single keys at once and is restored afterwards. Unix only."""

import os
import signal
import termios
import tty
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

from callcontrol.cli.signals import Handler


def is_ours(file: int) -> bool:
    """Return whether the file is a terminal whose keys come to this process."""
    try:
        return os.isatty(file) and os.tcgetpgrp(file) == os.getpgrp()
    except OSError:
        return False


class Terminal:
    """Within the ``with`` block the terminal neither echoes nor waits for Return.

    While the process is stopped or in the background the shell has its own settings: Ctrl-Z gives
    them back, and ``fg`` takes the terminal again, also after a SIGSTOP.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._settings: list[Any] = []
        self._before: dict[int, Handler] = {}
        self._is_taken = False
        self.takes_lines = False
        """Whether the terminal lets a person edit a line before it is read."""

    def __enter__(self) -> Self:
        self._settings = termios.tcgetattr(self._file)
        try:
            self._before[signal.SIGCONT] = signal.signal(signal.SIGCONT, self._continue)
            # A key may arrive at the moment at which another process takes the terminal: reading it
            # then fails instead of stopping this process.
            self._before[signal.SIGTTIN] = signal.signal(signal.SIGTTIN, signal.SIG_IGN)
            if signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:  # no job control, no stop
                self._before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._stop)
            self.has_keys()
        except BaseException:  # a signal may come at this very moment
            self._release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._release()

    def take_lines(self, *, wanted: bool) -> None:
        """Read whole lines from now on, with the settings of the shell, or single keys again."""
        self.takes_lines = wanted
        self._is_taken = False
        self.has_keys()

    def has_keys(self) -> bool:
        """Return whether keys come to this process; takes the terminal if they do again.

        Reading keys that go to another process would stop this one. A shell need not send a
        signal when it brings a running job to the foreground, so this is checked repeatedly.
        """
        if not is_ours(self._file):
            self._is_taken = False
        elif not self._is_taken:
            self._is_taken = True  # before: a signal in between gives it back
            if self.takes_lines:
                termios.tcsetattr(self._file, termios.TCSADRAIN, self._settings)
            else:
                tty.setcbreak(self._file, termios.TCSADRAIN)
        return self._is_taken

    def _release(self) -> None:
        self._restore()
        for number, before in self._before.items():
            signal.signal(number, before)

    def _restore(self) -> None:
        """Restore the settings, unless the terminal belongs to another process by now."""
        if is_ours(self._file):
            with suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(self._file, termios.TCSADRAIN, self._settings)
        self._is_taken = False

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        # The process is stopped here until SIGCONT, whose handler runs next.
        signal.signal(number, self._stop)

    def _continue(self, _number: int, _frame: FrameType | None) -> None:
        self._is_taken = False  # the shell may have changed the settings
        self.has_keys()
