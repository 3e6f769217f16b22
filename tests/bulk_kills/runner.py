"""Starts or resumes a run in a process of its own, which is there to be killed.

    python -m tests.bulk_kills.runner JOURNAL PORT CALLS threads|async report|repeat

Prints the totals as JSON when the run is over.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Literal

from bxml import Bxml
from callcontrol import AsyncClient, Client, bulk

ACCOUNT = "9900000"


class Steady:
    """A pace that a user could write: the same number of requests in each second."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until the next request."""
        return max(0.0, self._next - now)

    def sent(self, now: float) -> None:
        """Record a request."""
        self._next = max(self._next, now) + self._gap

    def accepted(self, now: float) -> None:
        """Do nothing."""

    def limited(self, now: float, retry_after: float | None) -> None:
        """Do nothing: the platform has no limit."""


def options() -> bulk.RunOptions:
    """Return the options of one run."""
    return bulk.RunOptions(
        safety=bulk.Safety(canary=0), look_up=False, pace=Steady(rate=600), workers=16
    )


def plan(calls: int) -> bulk.Plan:
    """Return the plan for some calls."""
    ids = [f"c-{index:06d}" for index in range(calls)]
    return bulk.replace(ids, Bxml().speak_sentence("We are back soon."))


def with_threads(
    journal: Path, port: int, calls: int, unknown: Literal["report", "repeat"]
) -> bulk.Report:
    """Run with threads."""
    address = f"http://127.0.0.1:{port}"
    with Client(ACCOUNT, username="u", password="p", base_url=address) as client:
        if journal.exists():
            return bulk.resume(journal, client, unknown=unknown, options=options())
        return plan(calls).run(client, journal=journal, options=options())


def in_event_loop(
    journal: Path, port: int, calls: int, unknown: Literal["report", "repeat"]
) -> bulk.Report:
    """Run with an AsyncClient."""
    return asyncio.run(_with_async_client(journal, port, calls, unknown, exists=journal.exists()))


async def _with_async_client(
    journal: Path, port: int, calls: int, unknown: Literal["report", "repeat"], *, exists: bool
) -> bulk.Report:
    address = f"http://127.0.0.1:{port}"
    async with AsyncClient(ACCOUNT, username="u", password="p", base_url=address) as client:
        if exists:
            return await bulk.resume_async(journal, client, unknown=unknown, options=options())
        return await plan(calls).run_async(client, journal=journal, options=options())


def main() -> None:
    """Run until the end, or until killed."""
    path, port, calls, kind, unknown = sys.argv[1:]
    repeat: Literal["report", "repeat"] = "repeat" if unknown == "repeat" else "report"
    run = with_threads if kind == "threads" else in_event_loop
    report = run(Path(path), int(port), int(calls), repeat)
    print(json.dumps({"done": report.done, "unknown": report.unknown, "twice": report.maybe_twice}))


if __name__ == "__main__":
    main()
