"""A real pseudo-terminal for the tests of commands that talk to a person."""

import codecs
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from select import select

from tests.waiting import PATIENCE

__all__ = ["BACKGROUND", "ENDING", "RESTORING", "SHELL", "START", "Terminal", "at_terminal"]

LFLAG = 3
"""Where ``termios`` keeps echo and line mode."""
START = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Gives the command the terminal."""
SHELL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if not child:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(child, os.WUNTRACED)
if os.WIFSTOPPED(status):
    os.tcsetpgrp(0, os.getpgrp())
    print("stopped", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, child)
    os.kill(child, signal.SIGCONT)
    print("continued", flush=True)
    _, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Does the same as a shell with job control does it."""
_CONTINUE = """    os.tcsetpgrp(0, child)
    os.kill(child, signal.SIGCONT)
"""
RESTORING = SHELL.replace(
    "child = os.fork()", "before = termios.tcgetattr(0)\nchild = os.fork()"
).replace(
    '    print("stopped"', '    termios.tcsetattr(0, termios.TCSANOW, before)\n    print("stopped"'
)
"""Brings its own settings back while the command is stopped, as shells do."""
BACKGROUND = SHELL.replace(
    _CONTINUE,
    """    os.kill(child, signal.SIGCONT)
    print("background", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, child)
""",
)
"""Lets the stopped command run in the background first; no signal brings it to the foreground."""
ENDING = SHELL.replace(
    _CONTINUE,
    """    os.kill(child, signal.SIGCONT)
    print("background", flush=True)
    sys.stdin.readline()
    os.kill(child, signal.SIGTERM)
""",
)
"""Ends the stopped command in the background."""


class Terminal:
    """One end of a pseudo-terminal with a process at the other."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, slave: int) -> None:
        self.process = process
        self.output = ""
        self._master = master
        self._slave = slave
        self._seen = 0
        """How much of the output the test has waited for."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def until(self, text: str) -> None:
        """Read until a text appears behind the one that was waited for before.

        What came in the same piece as that one counts, however the output was cut.
        """
        deadline = time.monotonic() + PATIENCE
        while (place := self.output.find(text, self._seen)) < 0:
            missing = f"expected {text!r}, got {self.output[self._seen :]!r}"
            assert self._read(max(0.0, deadline - time.monotonic())), missing
        self._seen = place + len(text)

    def _read(self, seconds: float) -> bool:
        """Read one piece of output; return whether there was one in time."""
        if not select([self._master], [], [], seconds)[0]:
            return False
        self.output += self._decoder.decode(os.read(self._master, 4096))
        return True

    def foreground(self) -> int:
        """Return the process group that keys go to."""
        return os.tcgetpgrp(self._master)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def echoes(self) -> bool:
        """Whether the terminal is as a shell wants it."""
        flags: int = termios.tcgetattr(self._slave)[LFLAG]
        return bool(flags & termios.ECHO) and bool(flags & termios.ICANON)

    def end(self) -> int:
        """Wait for the end of the process, read what is left, and return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"expected an end, got {self.output!r}"
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.wait()


@contextmanager
def at_terminal(
    command: Sequence[str],
    *,
    columns: int = 80,
    environment: Mapping[str, str] | None = None,
    starter: str = START,
) -> Generator[Terminal]:
    """Run a command at a terminal, and see it leave the terminal as it was."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 2, columns, 0, 0))
    before = termios.tcgetattr(slave)
    kept = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        [sys.executable, "-c", starter, *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**kept, "TERM": "xterm", **(environment or {})},
        start_new_session=True,
    )
    try:
        yield Terminal(process, master, slave)
        process.wait(PATIENCE)
        assert termios.tcgetattr(slave) == before
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)
