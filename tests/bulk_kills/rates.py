"""How long a run takes on a platform that replies after 50 ms; 1 if it is too long.

python -m tests.bulk_kills.rates
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from callcontrol import AsyncClient, Client, bulk
from tests.bulk_kills.kills import platform
from tests.bulk_kills.runner import ACCOUNT, plan

LATENCY = 0.05
CASES: tuple[tuple[int, float | None, float], ...] = ((80, None, 3.0), (5000, 100.0, 60.0))
"""Calls, ceiling, most seconds: without a canary, whose ten seconds are added to each run."""
OPTIONS = bulk.RunOptions(safety=bulk.Safety(canary=0), look_up=False)


def with_threads(port: int, calls: int, rate: float | None, journal: Path) -> bulk.Report:
    """Run with threads."""
    address = f"http://127.0.0.1:{port}"
    with Client(ACCOUNT, username="u", password="p", base_url=address) as client:
        return plan(calls).run(client, journal=journal, rate=rate, options=OPTIONS)


def in_event_loop(port: int, calls: int, rate: float | None, journal: Path) -> bulk.Report:
    """Run with an AsyncClient."""

    async def run() -> bulk.Report:
        address = f"http://127.0.0.1:{port}"
        async with AsyncClient(ACCOUNT, username="u", password="p", base_url=address) as client:
            return await plan(calls).run_async(client, journal=journal, rate=rate, options=OPTIONS)

    return asyncio.run(run())


def main() -> int:
    """Measure each case with both engines."""
    late = False
    for calls, rate, most in CASES:
        for run in (with_threads, in_event_loop):
            with platform(LATENCY) as port, tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                report = run(port, calls, rate, Path(folder) / "bulk.db")
                seconds = time.perf_counter() - started
            late = late or seconds > most or report.done != calls
            print(f"{run.__name__}: {report}; {seconds:.1f} s of at most {most:.0f} s", flush=True)
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
