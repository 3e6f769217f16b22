"""A soak of the live simulator: memory and webhooks; see the README beside this file.

python -m tests.soak [--seconds 600] [--rate 20]
"""

import sys
import threading
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak import accounts, logs, memory
from tests.soak.load import Load, run

SHOWN = 20
"""Violations that are printed."""


def main(arguments: list[str]) -> int:
    """Run a soak, print its figures, and return the exit code."""
    parser = ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=20, help="calls a second")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        load = Load(given.seconds, given.rate, Path(folder))
        threads, files = threading.active_count(), _open_files()
        run(load)
        found = accounts.compare(logs.read(load.simulator_log), logs.read(load.application_log))
    violations = [*found.violations, *_too_much(load, threads, files)]
    _report(load, found)
    for text in violations[:SHOWN]:
        print(f"VIOLATION {text}")
    print(f"{len(violations)} violations")
    return 1 if violations else 0


def _too_much(load: Load, threads: int, files: int) -> list[str]:
    """Return what has grown during the run."""
    left, opened = threading.active_count() - threads, _open_files() - files
    print(f"threads left: {left}, files left: {opened}")
    violations = [f"{left} threads are left"] if left > 0 else []
    violations += [f"{opened} files are left"] if opened > 0 else []
    grown = memory.growth(load.samples)
    if grown is None:
        print(f"memory is not judged in less than {memory.SHORTEST:g} s")
        return violations
    print(f"memory: {grown[0]:+.2f} MB after it was warm, {grown[1]:.2f} MB allowed")
    return violations + ([f"memory: {grown[0]:.2f} MB more"] if grown[0] > grown[1] else [])


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _report(load: Load, found: accounts.Accounts) -> None:
    print(f"{load.rate:g} calls a second for {load.seconds:g} s; worst delay {load.latest:.2f} s")
    print("minute: resident MB")
    for minute, megabytes in memory.by_minute(load.samples).items():
        print(f"  {minute:>4}: {megabytes:.1f}")
    print(f"calls: {found.calls}, by cause {dict(found.causes)}")
    print(f"webhooks: {found.webhooks}, by outcome {dict(found.outcomes)}")
    print(f"received by the application, repeats included: {found.received}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
