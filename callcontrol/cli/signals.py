"""Ctrl-C for commands that have something to finish: the first asks, the second insists."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

__all__ = ["stopping"]


@contextmanager
def stopping(*numbers: signal.Signals) -> Generator[Event, None, None]:
    """Give an event that Ctrl-C, or another of these signals, sets instead of interrupting.

    The second one raises ``KeyboardInterrupt``. Nothing is lost between two steps that way, and it
    works in a script, too, where a shell starts commands in the background with SIGINT ignored.

    A process that the application forks meanwhile has nothing to finish: there a signal does what
    it did before.
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
