"""Random callers of a script whose processes are killed: every call must be as if none were."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcontrol.scripts.journals import MemoryJournal, SQLiteJournal
from callcontrol.simulator import Simulator
from callcontrol.simulator.applications import ApplicationTarget
from tests.script_kills.clerk import application
from tests.script_kills.processes import Reply, Workers

NUMBER = "+19195551234"
BASE = "http://clerk.test/"


@dataclass(frozen=True)
class Result:
    """What came of the calls."""

    calls: int
    webhooks: int
    kills: int
    cut: int
    extra: int
    """Functions that were called once more than without kills."""
    faults: tuple[str, ...]


def call(app: ApplicationTarget, seed: int) -> tuple[str, ...]:
    """Let a random caller of this seed call, and return all that was heard."""
    chance = random.Random(seed)
    with Simulator(seed=seed) as simulator:
        caller = simulator.dial_in(
            app, to=NUMBER, base_url=BASE, url="clerk", status_url="clerk", run=False
        )
        while not caller.ended:
            action = chance.choice(["press", "press", "press", "wait", "wait", "leave"])
            if action == "press":
                caller.press(str(chance.randrange(10)), run=False)
            elif action == "leave" and chance.random() < 0.3:
                caller.hang_up()
            if not caller.ended:
                caller.waits(seconds=chance.randint(1, 4))
        return caller.transcript


def drill(folder: Path, kills: int, seed: int, webhooks: int = 0) -> Result:
    """Let callers call until processes were killed so often; compare with calls without kills."""
    journal, notes = folder / "calls.sqlite", folder / "notes"
    notes.touch()
    chance = random.Random(seed)
    calls = extra = 0
    with Workers(journal, notes, chance, kills_left=kills) as workers:
        while workers.kills_left or workers.webhooks < webhooks:
            calls += 1
            expected, keys = _expected(folder, seed + calls)
            heard = call(workers, seed + calls)
            if heard != expected:
                workers.faults.append(f"heard {heard}, expected {expected} (seed {seed + calls})")
            found = _taken(notes)
            if found.keys() != keys.keys():
                workers.faults.append(f"called {sorted(found)}, expected {sorted(keys)}")
            extra += found.total() - len(found)
    if extra > workers.kills:
        workers.faults.append(f"{extra} extra calls of functions by {workers.kills} kills")
    workers.faults.extend(_left(journal))
    return Result(calls, workers.webhooks, workers.kills, workers.cut, extra, tuple(workers.faults))


def _expected(folder: Path, seed: int) -> tuple[tuple[str, ...], Counter[str]]:
    notes = folder / "expected"
    notes.touch()
    scripts = application(MemoryJournal(), notes)
    return call(scripts.wsgi, seed), _taken(notes)


def _taken(notes: Path) -> Counter[str]:
    """Return the lines that were written, and begin anew."""
    lines = notes.read_text(encoding="ascii").split()
    notes.write_bytes(b"")
    return Counter(lines)


def _left(journal: Path) -> Sequence[str]:
    """Return what is wrong with the journal: calls that have not ended."""
    opened = SQLiteJournal(journal)
    try:
        return [f"{run.run_id} is {run.state}" for run in opened.runs() if run.state != "ended"]
    finally:
        opened.close()


def race(folder: Path, times: int, seed: int) -> tuple[str, ...]:
    """Send webhooks to two processes at once; return what is wrong with their replies."""
    notes = folder / "notes"
    notes.touch()
    raced = _Raced(folder / "calls.sqlite", notes, random.Random(seed))
    with raced:
        number = 0
        while raced.webhooks < times:
            number += 1
            expected, keys = _expected(folder, seed + number)
            heard, found = call(raced, seed + number), _taken(notes)
            if heard != expected:
                raced.faults.append(f"heard {heard}, expected {expected}")
            if found != keys:
                raced.faults.append(f"called {found}, expected {keys}")
    return tuple(raced.faults)


class _Raced(Workers):
    """Each webhook goes to both processes at once."""

    def _answered(self, query: str, body: bytes) -> Reply:
        self.webhooks += 1
        first, second = self.both(query, body)
        assert first is not None
        if first != second:
            self.faults.append(f"two replies: {first!r} and {second!r}")
        return first
