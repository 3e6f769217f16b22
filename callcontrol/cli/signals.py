"""Signals for commands that have something to finish: the first Ctrl-C asks, the second ends."""

import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import Self

Handler = Callable[[int, FrameType | None], object] | int | None
"""Handler of a signal, as the module ``signal`` has it."""
ENDING = tuple(
    number
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT")
    if (number := getattr(signal, name, None)) is not None
)
_PIECE = 1024


@contextmanager
def stopping(*numbers: signal.Signals) -> Generator[Event, None, None]:
    """Yield an event that Ctrl-C, or another of these signals, sets instead of interrupting.

    So nothing is lost between two steps. It works in scripts too, where a shell starts commands in
    the background with SIGINT ignored. In a process that the application forks meanwhile, a signal
    has the effect that it had before.

    :raises KeyboardInterrupt: on the second signal.
    """
    stop = Event()
    owner = os.getpid()

    def ask(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != owner:
            signal.signal(number, before[signal.Signals(number)])
            signal.raise_signal(number)
        elif stop.is_set():
            raise KeyboardInterrupt
        else:
            stop.set()

    if current_thread() is not main_thread():  # only the main thread can listen to signals
        yield stop
        return
    before = {index: signal.signal(index, ask) for index in (signal.SIGINT, *numbers)}
    try:
        yield stop
    finally:
        for item, handler in before.items():
            signal.signal(item, handler)


class SelfPipe:
    """A pipe by which any thread, or a signal handler, wakes a loop that waits in ``select``."""

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()
        os.set_blocking(self.reading, False)
        os.set_blocking(self._writing, False)

    def wake(self) -> None:
        """Wake the loop; no effect if it is awake or has ended."""
        with suppress(OSError):
            os.write(self._writing, b"!")

    def clear(self) -> None:
        """Read what has been written, so that the next ``select`` waits again."""
        with suppress(BlockingIOError):
            while os.read(self.reading, _PIECE):
                pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        reading, writing = self.reading, self._writing
        self.reading = self._writing = -1
        os.close(reading)
        os.close(writing)


class _Ended(BaseException):
    """A signal that ends the process has arrived."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """Notes the first signal that asks to leave, usually Ctrl-C; the second one interrupts.

    The signals ``asking`` do so, and raise ``KeyboardInterrupt`` the second time. Others end the
    process, after its ``with`` blocks.
    """

    def __init__(self, pipe: SelfPipe, asking: Sequence[int] = (signal.SIGINT,)) -> None:
        self.interrupted = False
        """Whether a signal has asked to leave."""
        self._pipe = pipe
        self._asking = asking
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> Self:
        for number in self._asking:
            self._before[number] = signal.signal(number, self._interrupt)
        for number in ENDING:
            is_ignored = signal.getsignal(number) is signal.SIG_IGN  # nohup ignores SIGHUP
            if not is_ignored and number not in self._before:
                self._before[number] = signal.signal(number, self._end)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        if isinstance(error, _Ended):
            # The sender of the signal sees the process end by it.
            signal.signal(error.number, signal.SIG_DFL)
            os.kill(os.getpid(), error.number)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        self._pipe.wake()

    def _end(self, number: int, _frame: FrameType | None) -> None:
        raise _Ended(number)
