"""Measuring on a noisy machine: contenders take turns, and the best round of each counts."""

import gc
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

__all__ = ["best_of", "table"]

ROUNDS = 15
ROUND_SECONDS = 0.02


Clock = Callable[[], float]


def _repeats(action: Callable[[], object]) -> int:
    start = perf_counter()
    action()
    return max(1, int(ROUND_SECONDS / max(perf_counter() - start, 1e-7)))


def best_of(
    contenders: Mapping[str, Callable[[], object]], clock: Clock = perf_counter
) -> dict[str, float]:
    """Return seconds per call of each contender: the best of interleaved rounds.

    With ``process_time`` as the clock, other work on the machine does not count.
    """
    for action in contenders.values():
        action()
    repeats = {name: _repeats(action) for name, action in contenders.items()}
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(ROUNDS):
        for name, action in contenders.items():
            gc.collect()
            count = repeats[name]
            start = clock()
            for _ in range(count):
                action()
            best[name] = min(best[name], (clock() - start) / count)
    return best


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table, so that it can go into the README as it is."""
    print(f"{title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join(" --- " if not i else " ---: " for i in range(len(head))) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
