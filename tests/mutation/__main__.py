"""Mutation testing: changes small things at random and prints each change that no test notices.

make mutation                             300 mutants of the areas in areas.py
make mutation COUNT=40 SEED=7             fewer, and the same ones again
make mutation PATHS="bxml/_kinds.py"      of these files only
"""

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from random import Random, randrange
from tempfile import TemporaryDirectory

from tests.mutation.areas import AREAS, SUITES, sample, suite_of
from tests.mutation.mutants import Mutant
from tests.mutation.running import Copy, Outcome, record_of

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "mutation"
"""Records of what tests execute; they take minutes to make."""
WORKERS = 2
LEAST_RATE = 0.95
"""Part of the mutants that the tests must notice."""

Tally = dict[str, Counter[Outcome]]


def options() -> Namespace:
    """Return what the command line says."""
    parser = ArgumentParser("python -m tests.mutation")
    parser.add_argument("--count", type=int, default=300, help="how many mutants")
    parser.add_argument("--seed", type=int, default=randrange(10**6))  # noqa: S311 - no secret
    parser.add_argument("paths", nargs="*", help="patterns of files below the project's folder")
    return parser.parse_args()


def try_all(areas: Mapping[str, list[Mutant]], copies: list[Copy]) -> Tally:
    """Try each mutant, print those that live, and count by area."""
    packages = {_package(mutant) for mutants in areas.values() for mutant in mutants}
    records = {name: record_of(copies[0], name, SUITES[name], KEPT) for name in packages}
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def attempt(mutant: Mutant) -> Outcome:
        copy = free.get()
        try:
            return copy.try_out(mutant, records[_package(mutant)])
        finally:
            free.put(copy)

    jobs = [(name, mutant) for name, mutants in areas.items() for mutant in mutants]
    Random(len(jobs)).shuffle(jobs)  # noqa: S311 - what a run has shown so far holds for all areas
    tally: Tally = {name: Counter() for name in areas}
    pool = ThreadPoolExecutor(len(copies))
    try:
        outcomes = pool.map(attempt, [mutant for _, mutant in jobs])
        for done, ((name, mutant), outcome) in enumerate(zip(jobs, outcomes, strict=True), 1):
            tally[name][outcome] += 1
            if done % 10 == 0:
                print(f"{done} of {len(jobs)} mutants", file=sys.stderr, flush=True)
            if outcome != "killed":
                show(mutant, outcome)
    except KeyboardInterrupt:
        print("\nstopped early")
    finally:
        pool.shutdown(cancel_futures=True)
    return tally


def _package(mutant: Mutant) -> str:
    return mutant.path.partition("/")[0]


def show(mutant: Mutant, outcome: Outcome) -> None:
    """Print where a mutant is and what it changes."""
    print(f"\n{outcome}: {mutant.path}:{mutant.line}: {mutant.operator}")
    print(*mutant.difference((ROOT / mutant.path).read_bytes()), sep="\n", flush=True)


def report(tally: Tally) -> float:
    """Print a table by area; return which part of all mutants was noticed."""
    print(f"\n{'area':12} {'mutants':>8} {'killed':>8} {'timeout':>8} {'survived':>8}")
    total: Counter[Outcome] = Counter()
    for name, counts in {**tally, "all": total}.items():
        if name != "all":
            total.update(counts)
        killed, late, alive = counts["killed"], counts["timeout"], counts["survived"]
        print(f"{name:12} {killed + late + alive:8} {killed:8} {late:8} {alive:8}")
    rate = 1 - total["survived"] / max(total.total(), 1)
    print(f"noticed: {rate:.1%}, expected {LEAST_RATE:.0%} or more")
    return rate


def main() -> int:
    """Return 0 when the tests notice enough."""
    chosen = options()
    patterns = {path: (path,) for path in chosen.paths} or AREAS
    print(f"{chosen.count} mutants, seed {chosen.seed}", flush=True)
    areas = sample(ROOT, patterns, chosen.count, chosen.seed)
    folders = {suite_of(mutant.path).folder for mutants in areas.values() for mutant in mutants}
    with TemporaryDirectory() as temporary, ExitStack() as stack:
        copies = [Copy(ROOT, Path(temporary) / str(number), folders) for number in range(WORKERS)]
        for copy in copies:
            stack.callback(copy.close)
        return 0 if report(try_all(areas, copies)) >= LEAST_RATE else 1


if __name__ == "__main__":
    sys.exit(main())
