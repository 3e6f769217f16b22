"""Kills a run at random moments, resumes it, and compares its journal with the platform."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from callcontrol.bulk.journal import Journal

PATIENCE = 600
"""Seconds after which a process counts as hung."""


@dataclass(frozen=True)
class Result:
    """What a run with kills has led to."""

    kills: int
    unknown: int
    """Calls with an unknown outcome before they were repeated."""
    faults: tuple[str, ...]


@contextmanager
def platform(seconds: float = 0.02) -> Generator[int]:
    """Run the platform in a process of its own and yield its port."""
    command = [sys.executable, "-m", "tests.bulk_kills.platform", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def received(port: int) -> Mapping[str, int]:
    """Return how many documents each call was given."""
    with urlopen(f"http://127.0.0.1:{port}/log", timeout=PATIENCE) as reply:
        counts: Mapping[str, int] = json.load(reply)
    return counts


def run_with_kills(journal: Path, calls: int, kills: int, kind: str, seed: int) -> Result:
    """Give calls a document in processes that are killed, and judge what arrived."""
    chance = random.Random(seed)
    with platform() as port:
        killed = sum(_killed(journal, port, calls, kind, chance) for _ in range(kills))
        _finished(journal, port, calls, kind, "report")
        faults = [*_once_each(journal, received(port), calls)]
        before = _in_state(journal, "unknown")
        _finished(journal, port, calls, kind, "repeat")
        faults += _after_repeat(journal, received(port), calls, before)
    return Result(killed, len(before), tuple(faults))


def _command(journal: Path, port: int, calls: int, kind: str, unknown: str) -> list[str]:
    module = [sys.executable, "-m", "tests.bulk_kills.runner"]
    return [*module, str(journal), str(port), str(calls), kind, unknown]


def _killed(journal: Path, port: int, calls: int, kind: str, chance: random.Random) -> bool:
    """Start or resume, and kill once some calls have been changed; False if it was over before."""
    more = len(received(port)) + chance.randint(1, max(1, calls // 12))
    deadline = time.monotonic() + PATIENCE
    with subprocess.Popen(_command(journal, port, calls, kind, "report")) as process:
        while len(received(port)) < more and process.poll() is None:
            assert time.monotonic() < deadline, "the run does not move"
            time.sleep(0.002)
        time.sleep(chance.random() * 0.02)
        process.kill()
    return process.returncode < 0


def _finished(journal: Path, port: int, calls: int, kind: str, unknown: str) -> None:
    command = _command(journal, port, calls, kind, unknown)
    subprocess.run(command, check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)


def _in_state(journal: Path, state: str) -> set[str]:
    opened = Journal.open(journal)
    try:
        return {row.call_id for row in opened.rows() if row.state == state}
    finally:
        opened.close()


def _once_each(journal: Path, counts: Mapping[str, int], calls: int) -> Generator[str]:
    """Yield what is wrong before anything is repeated: a call changed twice, or a lost one."""
    done, unknown = _in_state(journal, "done"), _in_state(journal, "unknown")
    if len(done) + len(unknown) != calls:
        yield f"{calls - len(done) - len(unknown)} calls have no outcome"
    yield from (f"{call_id} was changed {n} times" for call_id, n in counts.items() if n > 1)
    yield from (f"{call_id} is done but was not changed" for call_id in done - counts.keys())
    yield from (f"{call_id} was changed but not sent" for call_id in counts.keys() - done - unknown)


def _after_repeat(
    journal: Path, counts: Mapping[str, int], calls: int, repeated: set[str]
) -> Generator[str]:
    """Yield what is wrong at the end: a call without the document, or one that got it again."""
    if len(counts) != calls or len(_in_state(journal, "done")) != calls:
        yield f"{len(counts)} of {calls} calls have the document"
    for call_id, n in counts.items():
        if n > 1 + (call_id in repeated):
            yield f"{call_id} was changed {n} times"
