"""Measuring on a noisy machine: contenders take turns, and the best round of each counts.

Processor time of this process, so that other work on the machine does not count.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from time import process_time

__all__ = ["best_of", "table"]

ROUNDS = 15
ROUND_SECONDS = 0.02


def _repeats(action: Callable[[], object]) -> int:
    start = process_time()
    action()
    return max(1, int(ROUND_SECONDS / max(process_time() - start, 1e-7)))


def best_of(contenders: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return processor seconds per call of each contender: the best of interleaved rounds."""
    for action in contenders.values():
        action()
    repeats = {name: _repeats(action) for name, action in contenders.items()}
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(ROUNDS):
        for name, action in contenders.items():
            gc.collect()
            count = repeats[name]
            start = process_time()
            for _ in range(count):
                action()
            best[name] = min(best[name], (process_time() - start) / count)
    return best


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table, so that it can go into the README as it is."""
    print(f"{title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join(" --- " if not i else " ---: " for i in range(len(head))) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
