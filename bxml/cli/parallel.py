"""Checks many documents in several processes, and yields what they find in order.

Each process has a pipe of its own, whose other end only it holds: one that dies, even in the middle
of a result, is noticed at once. A pool with a common queue would wait for the rest.
"""

import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle, groupby
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from typing import cast

from bxml.cli.examining import Checker, Entry, Result
from bxml.cli.exit_codes import FAILED
from bxml.cli.loaded import Loaded, Request, Source, Unread

PART = 25
"""Files of one result."""

Part = Sequence[Entry]


def in_processes(
    processes: int, entries: Sequence[Entry], checker: Checker, request: Request | None
) -> Generator[Result, None, None]:
    """Yield the result of every entry, in order.

    This process itself checks the files of one that died, and all that are not plain files.
    """
    parts = list(_parts(entries))
    plain = [part for part, is_plain in parts if is_plain]
    count = max(1, min(processes, len(plain)))
    workers = [_Worker(plain[number::count], checker) for number in range(count)]
    turns = cycle(workers)
    try:
        for part, is_plain in parts:
            found = next(turns).receive() if is_plain else None
            if found is None:
                yield from (checker.examine(entry, request) for entry in part)
            else:
                yield from map(_result, part, found)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that checks some of the parts, one after the other."""

    def __init__(self, parts: Sequence[Part], checker: Checker) -> None:
        context = _context()
        self._results, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(theirs, parts, checker), daemon=True)
        with _interrupts_held_back(), suppress(OSError):  # if none can be started, it sends nothing
            self._process.start()
        theirs.close()

    def receive(self) -> list[Result | None] | None:
        """Return the results for the next part; None if the process has died."""
        with suppress(EOFError, OSError):
            return cast("list[Result | None]", self._results.recv())
        return None

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()
        self._results.close()


def _context() -> ForkContext | SpawnContext:
    """Return how processes are started: by a fork, the quickest, where that is safe."""
    alone = sys.platform == "linux" and threading.active_count() == 1
    return get_context("fork") if alone else get_context("spawn")


@contextmanager
def _interrupts_held_back() -> Generator[None, None, None]:
    """Let Ctrl-C wait while a process starts; one that is forked inherits this."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(results: Connection, parts: Sequence[Part], checker: Checker) -> None:
    """Send the results of all parts; leave Ctrl-C to the first process, and end when it has."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for part in parts:
        results.send(_examine(part, checker))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(FAILED)


def _parts(entries: Iterable[Entry]) -> Iterator[tuple[Part, bool]]:
    """Yield neighbouring entries that are checked together, and whether a process can take them."""
    for is_plain, neighbours in groupby(entries, _is_plain_file):
        alike = list(neighbours)
        for start in range(0, len(alike), PART):
            yield alike[start : start + PART], is_plain


def _is_plain_file(entry: Entry) -> bool:
    """Whether reading takes no time: neither a pipe, nor a device, nor the network."""
    return isinstance(entry, Source) and entry.kind == "file" and os.path.isfile(entry.name)  # noqa: PTH113 - a text


def _examine(part: Part, checker: Checker) -> list[Result | None]:
    """Return the results; None for a document in which nothing was found, to send little."""
    found = map(checker.examine, part)
    return [each if isinstance(each, Unread) or each[1] else None for each in found]


def _result(entry: Entry, found: Result | None) -> Result:
    return found or (Loaded(entry.name, b""), ())
