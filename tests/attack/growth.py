"""How processor time grows when the input is doubled four times."""

import gc
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from time import process_time
from types import FrameType

__all__ = ["Growth", "grown", "timed"]

DOUBLINGS = 4
ALLOWED = 2.6
"""How many times longer twice the input may take."""
FLOOR = 0.05
"""Seconds below which a time says nothing: clocks and caches weigh more."""
PATIENCE = 20.0
"""Seconds after which a run is given up."""
REPEATS = 6


class _TooLongError(Exception):
    pass


@dataclass(frozen=True)
class Growth:
    """Seconds by size of the input; infinite for a run that was given up."""

    seconds: dict[int, float]

    @property
    def worst(self) -> float:
        """The largest ratio from one size to the next, where times are long enough to say."""
        times = list(self.seconds.values())
        ratios = [
            after / max(before, FLOOR / ALLOWED)
            for before, after in pairwise(times)
            if after > FLOOR
        ]
        return max(ratios, default=0.0)

    @property
    def is_linear(self) -> bool:
        """Whether no doubling took longer than allowed."""
        return self.worst <= ALLOWED

    def __str__(self) -> str:
        shown = ", ".join(f"{size}: {took * 1000:.1f} ms" for size, took in self.seconds.items())
        return f"x{self.worst:.2f} ({shown})"


@contextmanager
def _patience() -> Generator[None]:
    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def timed(run: Callable[[], object]) -> float:
    """Return the processor time of one run in seconds, without the collection of garbage."""
    gc.disable()
    began = process_time()
    try:
        with _patience():
            run()
    except _TooLongError:
        return float("inf")
    else:
        return process_time() - began
    finally:
        gc.enable()


def grown(prepare: Callable[[int], Callable[[], object]], base: int) -> Growth:
    """Return how time grows; ``prepare`` makes the input of a size, which is not measured.

    A doubling that looks too long is measured again, both sizes: the machine may have been busy.
    """
    seconds: dict[int, float] = {}
    for doubling in range(DOUBLINGS + 1):
        size = base << doubling
        seconds[size] = timed(prepare(size))
        for _ in range(REPEATS):
            if Growth(seconds).is_linear or seconds[size] == float("inf"):
                break
            for each in (size >> 1, size):
                seconds[each] = min(seconds.get(each, float("inf")), timed(prepare(each)))
        if not Growth(seconds).is_linear:
            break
    return Growth(seconds)
