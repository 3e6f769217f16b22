"""Decides what is sent next and when a run stops; it performs no I/O but that of the journal.

An engine asks for units of work, carries them out in any order, and reports each outcome. All
times are seconds of the monotonic clock of ``Clock``.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from callcontrol.bulk.journal import Change, Journal, Row, RowState
from callcontrol.bulk.pace import AdaptivePace, Pace
from callcontrol.bulk.report import Report
from callcontrol.bulk.safety import Breaker, Safety
from callcontrol.bulk.work import Outcome, Result, SkipIf, WorkUnit

MOST_ATTEMPTS = 20
"""Times that a request is sent at most when the platform limits it or cannot be reached."""
RETRY_WAIT = 1.0
"""Seconds before a request that was not sent is sent again."""
BATCH = 64
"""Rows that are read from the journal at once."""
POLL = 0.25
"""Seconds between two looks for an abort from another process."""

Unknown = Literal["report", "repeat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a plan is carried out."""

    rate: float | None = None
    """Most requests per second; None for the platform's limit alone."""
    pace: Pace | None = field(default=None, repr=False)
    """Replaces the adaptive pace."""
    workers: int = 64
    """Requests under way at once at most."""
    unknown: Unknown = "report"
    """Whether requests with an unknown outcome are repeated when a journal is resumed."""
    safety: Safety = field(default_factory=Safety)
    skip_if: SkipIf | None = field(default=None, repr=False)
    """Judges the state of a call just before its request; true skips the call."""
    on_progress: "Callable[[Report], object] | None" = field(default=None, repr=False)
    """Called about four times a second and at the end."""
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)


class Dispatcher:
    """The state of one run."""

    def __init__(self, journal: Journal, options: RunOptions) -> None:
        self._journal = journal
        self._options = options
        self.pace: Pace = options.pace or AdaptivePace(options.rate)
        self._breaker = Breaker(options.safety)
        self._under_way: set[int] = set()
        self._changes: list[Change] = []
        self._queue: deque[Row] = deque()
        self._read_to = 0
        self._again: deque[tuple[float, Row]] = deque()
        self._rows: dict[int, Row] = {}
        self.stopped: str | None = None
        self.limited = 0
        self._canary = _Canary(options.safety)

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way, and nothing more will be sent."""
        if self._under_way:
            return False
        return self.stopped is not None or not (self._has_more() or self._canary.is_watching)

    def stop(self, reason: str) -> None:
        """Send nothing more; requests under way are completed."""
        self.stopped = self.stopped or reason

    def next_units(self, now: float) -> Sequence[WorkUnit]:
        """Return the units to start now; their rows are written as sent before."""
        if self.stopped is not None:
            return ()
        looks = self._canary.looks(now)
        if looks:
            self._under_way.update(unit.number for unit in looks)
            return looks
        rows: list[Row] = []
        free = min(self._options.workers - len(self._under_way), self._canary.allowed())
        while len(rows) < free and self.pace.wait(now) <= 0 and self._has_more(now):
            rows.append(self._take(now))
            self.pace.sent(now)
        if not rows:
            return ()
        self._journal.mark_sent([row.number for row in rows], self._options.now())
        self._under_way.update(row.number for row in rows)
        self._rows.update((row.number, row) for row in rows)
        self._canary.started(rows)
        return [self._unit(row) for row in rows]

    def seconds_to_wait(self, now: float) -> float:
        """Return the seconds until ``next_units`` may have more, if no outcome comes before."""
        if self.stopped is not None or len(self._under_way) >= self._options.workers:
            return POLL
        times = [POLL]
        if self._queue or self._has_more():
            times.append(self.pace.wait(now) if self._has_more(now) else POLL)
        return max(0.0, min(times))

    def finished(self, unit: WorkUnit, outcome: Outcome, now: float) -> None:
        """Take note of an outcome."""
        self._under_way.discard(unit.number)
        if unit.action == "look":
            self._looked(unit, outcome)
            return
        row = self._rows.pop(unit.number)
        if outcome.result == "limited":
            self.limited += 1
            self.pace.limited(now, outcome.retry_after)
        else:
            self.pace.accepted(now)
        if outcome.result in _AGAIN and row.attempts + 1 < MOST_ATTEMPTS:
            later = replace(row, attempts=row.attempts + 1)
            self._again.append((now + _AGAIN[outcome.result], later))
            self._canary.postponed(row)
            self._change(row.number, "planned", outcome.text)
            return
        state = _STATES[outcome.result]
        self._change(row.number, state, outcome.text)
        self._canary.finished(row, state, now)
        self._judge(outcome, state)

    def write(self) -> None:
        """Write the outcomes so far to the journal."""
        if self._changes:
            changes, self._changes = self._changes, []
            self._journal.apply(changes)

    def check_abort(self) -> None:
        """Stop if another process has asked for it."""
        reason = self._journal.about().get("aborted")
        if reason:
            self.stop(reason)

    def report(self, maybe_twice: int = 0) -> Report:
        """Return the totals of the journal."""
        counts = self._journal.counts()
        return Report(
            journal=str(self._journal.path),
            **{name: count for name, count in counts.items() if name != "sent"},
            limited=self.limited,
            stopped=self.stopped,
            maybe_twice=maybe_twice,
            excluded=_excluded(self._journal.about().get("excluded", "")),
        )

    def _judge(self, outcome: Outcome, state: RowState) -> None:
        if outcome.result == "rejected":
            self.stop(f"the platform rejects the credentials: {outcome.text}")
        self._breaker.record(failed=state in ("refused", "unknown"))
        if self._breaker.reason is not None:
            self.stop(self._breaker.reason)

    def _looked(self, unit: WorkUnit, outcome: Outcome) -> None:
        self._canary.looked(unit)
        if outcome.result == "refused":
            self.stop(f"canary {unit.call_id}: {outcome.text}")

    def _change(self, number: int, state: RowState, text: str) -> None:
        self._changes.append(Change(number, state, text, self._options.now()))

    def _unit(self, row: Row) -> WorkUnit:
        return WorkUnit(
            row.number, row.action, row.call_id, row.body, row.url, self._options.skip_if
        )

    def _has_more(self, now: float | None = None) -> bool:
        """Return whether a row is left; with ``now``, whether one may be sent now."""
        if not self._queue:
            self._queue.extend(self._journal.planned(BATCH, self._read_to))
            if self._queue:
                self._read_to = self._queue[-1].number
        if self._queue:
            return True
        return bool(self._again) and (now is None or self._again[0][0] <= now)

    def _take(self, now: float) -> Row:
        if self._again and self._again[0][0] <= now:
            return self._again.popleft()[1]
        return self._queue.popleft()


_AGAIN: "dict[Result, float]" = {"limited": 0.0, "unsent": RETRY_WAIT}
"""Seconds before requests with these results are sent again."""
_STATES: "dict[Result, RowState]" = {
    "done": "done",
    "gone": "gone",
    "refused": "refused",
    "unknown": "unknown",
    "skipped": "skipped",
    "limited": "refused",
    "unsent": "refused",
    "rejected": "planned",
}


def _excluded(text: str) -> dict[str, int]:
    pairs = (part.partition("=") for part in text.split(",") if part)
    return {name: int(count) for name, _, count in pairs}


class _Canary:
    """The first calls of a run, which are changed alone and watched."""

    def __init__(self, safety: Safety) -> None:
        self._safety = safety
        self._left = safety.canary
        self._waiting: set[int] = set()
        self._accepted: list[Row] = []
        self._watch_until: float | None = None
        self._looks: set[int] = set()

    @property
    def is_watching(self) -> bool:
        """Whether the run waits for the end of the canary."""
        return bool(self._waiting or self._accepted or self._looks)

    def allowed(self) -> int:
        """Return how many calls may be started now."""
        if self._left > 0:
            return self._left
        return 0 if self.is_watching else 1_000_000

    def started(self, rows: Sequence[Row]) -> None:
        """Take note of calls that are being changed."""
        if self._left > 0:
            self._left -= len(rows)
            self._waiting.update(row.number for row in rows)

    def finished(self, row: Row, state: RowState, now: float) -> None:
        """Take note of an outcome; calls that were not changed are replaced by others."""
        if row.number not in self._waiting:
            return
        self._waiting.discard(row.number)
        if state == "done":
            self._accepted.append(row)
            self._watch_until = now + self._safety.canary_seconds
        elif state in ("gone", "skipped"):
            self._left += 1

    def postponed(self, row: Row) -> None:
        """Take note of a request that is sent again later."""
        if row.number in self._waiting:
            self._waiting.discard(row.number)
            self._left += 1

    def looks(self, now: float) -> Sequence[WorkUnit]:
        """Return the looks at the states of the calls, when their time has come."""
        over = self._watch_until is not None and now >= self._watch_until
        if self._left > 0 or self._waiting or not over:
            return ()
        rows, self._accepted, self._watch_until = self._accepted, [], None
        self._looks = {-row.number for row in rows}
        return [WorkUnit(-row.number, "look", row.call_id) for row in rows]

    def looked(self, unit: WorkUnit) -> None:
        """Take note of the end of a look."""
        self._looks.discard(unit.number)
