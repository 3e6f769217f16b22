"""Examines the documents that the command line names, in order."""

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from bxml.checking import check
from bxml.cli.loaded import Loaded, Request, Source, Unread
from bxml.cli.sources import load_one
from bxml.errors import Problem
from bxml.rules import CONTEXTS

ENOUGH = 400
"""Files from which on other processes are started; fewer are checked before these have begun."""

Entry = Source | Unread
Result = tuple[Loaded, Sequence[Problem]] | Unread
"""A document with its problems, or why there is none."""


@dataclass(frozen=True, slots=True)
class Checker:
    """What is looked for in every document."""

    context: str | None = None
    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()

    def problems(self, loaded: Loaded) -> list[Problem]:
        """Return the problems of a document.

        :raises ValidationError: for an unknown context or rule id.
        """
        if loaded.silent and self.context and CONTEXTS[self.context].at_end == "nothing":
            return []  # an empty reply is valid in this context
        return check(loaded.body, context=self.context, disable=self.disable, enable=self.enable)

    def examine(self, entry: Entry, request: Request | None = None) -> Result:
        """Load one document and return what is found; a failure of ours loses no other document."""
        loaded = entry if isinstance(entry, Unread) else load_one(entry, request)
        if isinstance(loaded, Unread):
            return loaded
        try:
            return loaded, self.problems(loaded)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are checked
            got = f"got {type(error).__name__}: {error}; please report it"
            return Unread(loaded.name, f"expected a document that can be checked, {got}")


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
