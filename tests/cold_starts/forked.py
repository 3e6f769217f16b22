"""Forks while other threads make the first uses of a process: run in a fresh interpreter.

    python -m tests.cold_starts.forked INTERVAL

Children are forked at several moments of the first uses. Each makes them too and sends a digest,
which must be that of the parent. Prints nothing when they agree.
"""

import logging  # it registers for forks itself, which fails in the middle of one
import os
import sys
import warnings
from hashlib import sha256
from threading import Barrier, Thread
from time import monotonic, sleep

import bxml
import callcontrol
from tests.cold_starts.first_uses import PATIENCE, USES

__all__ = ["MOMENTS"]

# What an application imports itself, it has imported before it forks: Python leaves a module
# locked in the child that another thread was importing. What is imported on first use is ours.
assert not {"bxml.schema", "bxml.checking", "callcontrol.events"} & sys.modules.keys()
IMPORTED = (logging, bxml, callcontrol)

IN_THREADS = ("documents", "checks", "parses", "events", "lazy_names", "records")

MOMENTS = (0.0, 0.005, 0.02, 0.08)
"""Seconds between the beginning of the first uses and a fork, at the earliest."""


def digest() -> str:
    """Make every first use, and those of all bad documents; return a digest of the results."""
    names = (*IN_THREADS, "explanations", *["refusals"] * 4)
    found = [USES[name](index) for index, name in enumerate(names)]
    return sha256("\n".join(found).encode()).hexdigest()


def forked() -> tuple[int, int]:
    """Fork a child that sends its digest; return its process id and where to read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    status = 1
    try:
        os.write(writing, digest().encode())
        status = 0
    finally:
        os._exit(status)


def ended(child: int) -> bool:
    """Return whether a child has ended of itself; one that hangs is killed."""
    limit = monotonic() + PATIENCE
    while monotonic() < limit:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


def main(interval: float) -> int:
    """Fork in the middle of first uses, and compare what the processes computed."""
    # Python 3.12 and later warn of forks in a process with threads: these are what is tested.
    warnings.filterwarnings("ignore", ".*multi-threaded.*", DeprecationWarning)
    barrier = Barrier(len(IN_THREADS) + 1)
    threads = [
        Thread(target=begin, args=(barrier, at), daemon=True) for at in range(len(IN_THREADS))
    ]
    for thread in threads:
        thread.start()
    sys.setswitchinterval(interval or sys.getswitchinterval())
    barrier.wait()
    start = monotonic()
    children: list[tuple[int, int]] = []
    for moment in MOMENTS:
        sleep(max(0.0, start + moment - monotonic()))
        children.append(forked())
    status = 0
    expected = digest()
    for moment, (child, reading) in zip(MOMENTS, children, strict=True):
        if not ended(child):
            print(f"the child of {moment} s hangs")
            status = 1
        elif (got := os.read(reading, 100).decode()) != expected:
            print(f"the child of {moment} s: expected {expected}, got {got or 'nothing'}")
            status = 1
    return status


def begin(barrier: Barrier, index: int) -> None:
    """Make one first use in one of the threads."""
    barrier.wait()
    USES[IN_THREADS[index]](index)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
