"""What a webhook of a call script costs, and how many a second processes on one journal handle."""

import multiprocessing
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from callcontrol.scripts import Scripts
from callcontrol.scripts.journals import Changes, Journal, SQLiteJournal, open_journal
from tests.benchmarks.script_calls import Caller, asker
from tests.benchmarks.timing import table
from tests.journal_servers import Server, find_program, postgres_server, redis_server

ROUNDS = 5
SECONDS = 2.0
"""How long the processes of one round work."""
CALLS = 200
"""Calls of one process."""
STEPS = (1, 10, 100, 500)
CALLS_KEPT = (100, 1_000, 10_000)
_PROCESSES: Sequence[int] = (1, 2, 4)
_TURNS = 3
_FORKS = multiprocessing.get_context("spawn")


def report() -> None:
    """Print all tables."""
    print("Call scripts: processor time in `handle`; webhooks per second of processes\n")
    for part in (_by_steps, _by_calls, _by_processes):
        part()
        print()


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


class _Timed(SQLiteJournal):
    """A journal that adds up the processor time of its commits."""

    commits = 0.0

    def commit(self, run_id: str, changes: Changes) -> None:
        """Commit."""
        began = process_time()
        super().commit(run_id, changes)
        self.commits += process_time() - began


# --- processor time ----------------------------------------------------------------------------


def _by_steps() -> None:
    """Print what a webhook costs after so many steps, and after a restart of the process."""
    rows: list[list[str]] = []
    with _sqlite() as journal:
        for step in STEPS:
            times = warm(journal, step)
            share = _share_of_commits(journal, step)
            rows.append(
                [
                    str(step),
                    _milliseconds(times),
                    f"{share:.0%}",
                    _milliseconds(cold(journal, step)),
                ]
            )
    table("SQLite, by steps of the call", ["step", "warm", "of it in commits", "cold"], rows)


def warm(journal: Journal, step: int) -> float:
    """Return processor seconds per webhook at a step, with the function in memory."""
    best = float("inf")
    scripts = Scripts(asker, journal=journal)
    for number in range(ROUNDS):
        callers = [Caller(f"c-warm-{step}-{number}-{each}") for each in range(_some(step))]
        for caller in callers:
            for _ in range(step):
                caller.step(scripts)
        best = min(best, _each(scripts, callers))
    scripts.put_away()
    return best


def _share_of_commits(journal: _Timed, step: int) -> float:
    """Return which part of the processor time passes in commits, where processes take turns."""
    scripts = Scripts(asker, journal=journal)
    callers = [Caller(f"c-share-{step}-{each}") for each in range(100)]
    for caller in callers:
        caller.step(scripts)
    journal.commits = 0.0
    whole = _each(scripts, callers) * len(callers)
    scripts.put_away()
    return journal.commits / whole


def cold(journal: Journal, step: int) -> float:
    """Return processor seconds of a webhook at a step whose function has to be replayed."""
    best = float("inf")
    scripts = Scripts(asker, journal=journal)
    for number in range(ROUNDS):
        callers = [Caller(f"c-cold-{step}-{number}-{each}") for each in range(_some(step))]
        for caller in callers:
            for _ in range(step):
                caller.step(scripts)
        scripts.put_away()
        best = min(best, _each(scripts, callers))
    scripts.put_away()
    return best


def _some(step: int) -> int:
    """Return how many calls are measured: fewer if it takes many steps to get there."""
    return max(5, min(100, 1_000 // step))


def _each(scripts: Scripts, callers: Sequence[Caller]) -> float:
    began = process_time()
    for caller in callers:
        caller.step(scripts)
    return (process_time() - began) / len(callers)


def _by_calls() -> None:
    """Print what a webhook costs when so many other calls are in the journal."""
    rows: list[list[str]] = []
    with _sqlite() as journal:
        filler, filled = Scripts(asker, journal=journal, cached=0), 0
        for count in CALLS_KEPT:
            for number in range(filled, count):
                caller = Caller(f"c-kept-{number}")
                caller.step(filler)
                caller.step(filler)
            filled = count
            rows.append([f"{count:,}", _milliseconds(_begun(journal, count))])
    table("SQLite, by calls in the journal", ["calls", "first webhook and a key, each"], rows)


def _begun(journal: Journal, kept: int) -> float:
    best = float("inf")
    scripts = Scripts(asker, journal=journal)
    for each in range(ROUNDS):
        callers = [Caller(f"c-new-{kept}-{each}-{number}") for number in range(50)]
        best = min(best, (_each(scripts, callers) + _each(scripts, callers)) / 2)
    scripts.put_away()
    return best


@contextmanager
def _sqlite() -> Generator[_Timed]:
    with TemporaryDirectory() as folder:
        journal = _Timed(Path(folder) / "calls.sqlite")
        try:
            yield journal
        finally:
            journal.close()


# --- webhooks per second -----------------------------------------------------------------------


def _by_processes() -> None:
    """Print webhooks per second of one, two and four processes on each store."""
    rows: list[list[str]] = []
    for name, opened in _stores().items():
        with opened() as url:
            best = rates(url)
        figures = [f"{best[count][0]:,.0f}" for count in _PROCESSES]
        costs = [_milliseconds(best[count][1]) for count in (1, 2)]
        rows.append([name, *figures, f"{best[2][0] / best[1][0]:.2f}", *costs])
    head = ["store", *(f"{count} processes" for count in _PROCESSES), "2 : 1"]
    table("Webhooks per second", [*head, "processor time, 1", "2"], rows)


def rates(url: str) -> Mapping[int, tuple[float, float]]:
    """Return webhooks per second, and processor seconds per webhook, by the number of processes.

    The numbers of processes take turns, and the best round of each counts.
    """
    best = dict.fromkeys(_PROCESSES, (0.0, 0.0))
    for turn in range(_TURNS):
        for count in _PROCESSES:
            best[count] = max(best[count], _rate(url, count, turn))
    return best


def _rate(url: str, count: int, turn: int) -> tuple[float, float]:
    barrier = _FORKS.Barrier(count)
    with _FORKS.Pool(count, _prepare, (barrier,)) as pool:
        names = [(url, f"{turn}-{count}-{number}") for number in range(count)]
        found = pool.starmap(_work, names, chunksize=1)
    done = sum(webhooks for webhooks, _, _ in found)
    return sum(each / wall for each, wall, _ in found), sum(cpu for _, _, cpu in found) / done


_barrier: Barrier | None = None


def _prepare(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 - a process of a pool gets it in this way only
    _barrier = barrier


def _work(url: str, name: str) -> tuple[int, float, float]:
    """Handle webhooks for a while; return their number, the time and the processor time."""
    assert _barrier is not None
    journal = open_journal(url)
    scripts = Scripts(asker, journal=journal)
    callers = [Caller(f"c-{name}-{number}") for number in range(CALLS)]
    for caller in callers:
        caller.step(scripts)
    _barrier.wait()
    done, began, cpu = 0, time.monotonic(), process_time()
    while time.monotonic() - began < SECONDS:
        callers[done % CALLS].step(scripts)
        done += 1
    found = done, time.monotonic() - began, process_time() - cpu
    scripts.close()
    return found


def _stores() -> Mapping[str, Callable[[], AbstractContextManager[str]]]:
    """Return the stores that are installed here."""
    found: dict[str, Callable[[], AbstractContextManager[str]]] = {"SQLite": _sqlite_url}
    if find_program("postgres"):
        found["PostgreSQL"] = partial(_server_url, partial(postgres_server, "fsync=on"))
    if find_program("redis-server"):
        found["Redis"] = partial(_server_url, redis_server)
    return found


@contextmanager
def _sqlite_url() -> Generator[str]:
    with TemporaryDirectory() as folder:
        yield f"{folder}/calls.sqlite"


@contextmanager
def _server_url(make: Callable[[], Server]) -> Generator[str]:
    server = make()
    try:
        yield server.url
    finally:
        server.remove()
