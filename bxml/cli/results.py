"""Yields what is found in the documents that the command line names, in order."""

import os
from collections.abc import Generator, Sequence

from bxml.cli.examining import Checker, Entry, Result
from bxml.cli.loaded import Request

ENOUGH = 400
"""Files from which on other processes are started; fewer are checked before these have begun."""


def results(
    entries: Sequence[Entry], checker: Checker, request: Request | None = None
) -> Generator[Result, None, None]:
    """Yield the result of every entry, in order.

    Files are checked by as many processes as there are processors, if there are enough of both.
    """
    processes = _processors()
    if len(entries) < ENOUGH or processes == 1:
        yield from (checker.examine(entry, request) for entry in entries)
        return
    from bxml.cli.parallel import in_processes

    yield from in_processes(processes, entries, checker, request)


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
