"""Decides what is sent next and when a run stops; it performs no I/O but that of the journal.

An engine asks for units of work, carries them out in any order, and reports each outcome. All
times are seconds of the monotonic clock of the options.
"""

import heapq
from collections import Counter, deque
from collections.abc import Sequence

from callcontrol.bulk.canary import Canary
from callcontrol.bulk.journal import Journal, Row, RowChange, RowState
from callcontrol.bulk.options import Settings
from callcontrol.bulk.pace import AdaptivePace, Pace
from callcontrol.bulk.report import Report, report_of
from callcontrol.bulk.safety import Breaker
from callcontrol.bulk.work import Outcome, Result, WorkUnit

MOST_ATTEMPTS = 20
"""Times that one request is sent at most when the platform limits it or cannot be reached."""
UNSENT_WAIT = 1.0
"""Seconds before a request that could not be sent is sent again."""
BATCH = 64
"""Rows that are read from the journal at once."""
POLL = 0.25
"""Seconds between two looks for an abort from another process, and between reports."""

_STATES: "dict[Result, RowState]" = {
    "done": "done",
    "gone": "gone",
    "refused": "refused",
    "unknown": "unknown",
    "skipped": "skipped",
    "limited": "planned",
    "unsent": "planned",
    "rejected": "planned",
}


class Dispatcher:
    """The state of one run."""

    def __init__(self, journal: Journal, settings: Settings) -> None:
        options = settings.options
        about = journal.about()
        self._journal = journal
        self._options = options
        self._account_id = about.get("account", "")
        self._pace: Pace = options.pace or AdaptivePace(settings.rate)
        self._breaker = Breaker(options.safety)
        self._canary = Canary(options.safety)
        self._under_way: set[int] = set()
        self._changes: list[RowChange] = []
        self._queue: deque[Row] = deque()
        self._read_to = 0
        self._again: list[tuple[float, int, Row]] = []
        self._rows: dict[int, Row] = {}
        self._tries: Counter[int] = Counter()
        self._limited = 0
        self.stopped: str | None = None
        """Why nothing more is sent."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way, and nothing more will be sent."""
        if self._under_way:
            return False
        return self.stopped is not None or (self._canary.is_over and not self._has_more())

    def stop(self, reason: str) -> None:
        """Send nothing more; requests under way are completed."""
        self.stopped = self.stopped or reason

    def next_units(self, now: float) -> Sequence[WorkUnit]:
        """Return the units to start now; their rows are written as sent before."""
        if self.stopped is not None:
            return ()
        looks = self._canary.looks(now, is_last=not self._has_more())
        if looks:
            self._under_way.update(unit.number for unit in looks)
            return looks
        rows = self._due_rows(now)
        if not rows:
            return ()
        # If this cannot be written, the rows stay planned and nothing is sent.
        self._journal.mark_sent([row.number for row in rows], self._options.now())
        self._under_way.update(row.number for row in rows)
        self._rows.update((row.number, row) for row in rows)
        units = [self._unit(row) for row in rows]
        self._canary.started(units)
        return units

    def seconds_to_wait(self, now: float) -> float:
        """Return the seconds until ``next_units`` may have more, if no outcome comes before."""
        if self._free() <= 0 or not self._is_due(now):
            return POLL
        return max(0.0, min(POLL, self._pace.wait(now)))

    def finished(self, unit: WorkUnit, outcome: Outcome, now: float) -> None:
        """Record an outcome."""
        self._under_way.discard(unit.number)
        self._pace_by(outcome, now)
        if outcome.result == "rejected":
            self.stop(outcome.text)
        if unit.action == "look":
            reason = self._canary.looked(unit, outcome, now)
            if reason is not None:
                self.stop(reason)
            return
        row = self._rows.pop(unit.number)
        state = _STATES[outcome.result]
        self._changes.append(RowChange(row.number, state, outcome.text, self._options.now()))
        self._canary.finished(unit, state, now)
        if state == "planned":
            self._postpone(row, outcome, now)
            return
        self._breaker.record(failed=state in ("refused", "unknown"))
        if self._breaker.reason is not None:
            self.stop(self._breaker.reason)

    def write(self) -> None:
        """Write the outcomes so far to the journal; they are kept if that fails."""
        if self._changes:
            self._journal.apply(self._changes)
            self._changes = []

    def check_abort(self) -> None:
        """Stop if another process has asked for it."""
        reason = self._journal.about().get("aborted")
        if reason:
            self.stop(reason)

    def report(self) -> Report:
        """Return the totals of the journal."""
        return report_of(self._journal, limited=self._limited, stopped=self.stopped)

    def complete(self) -> Report:
        """Write why the run has stopped, and return the totals of the journal."""
        report = self.report()
        end = {"stopped": self.stopped or "", "limited": str(report.limited)}
        self._journal.set_about(end)
        return report

    def _due_rows(self, now: float) -> list[Row]:
        rows: list[Row] = []
        while len(rows) < self._free() and self._is_due(now) and self._pace.wait(now) <= 0:
            rows.append(self._take(now))
            for _ in range(1 if self._options.skip_if is None else 2):
                self._pace.sent(now)
        return rows

    def _free(self) -> int:
        return min(self._options.workers - len(self._under_way), self._canary.allowed())

    def _pace_by(self, outcome: Outcome, now: float) -> None:
        if outcome.result == "limited":
            self._limited += 1
            self._pace.limited(now, outcome.retry_after)
        elif outcome.result != "unsent":
            self._pace.accepted(now)

    def _postpone(self, row: Row, outcome: Outcome, now: float) -> None:
        """Send a request again later that was not carried out, but not without limit."""
        self._tries[row.number] += 1
        if outcome.result == "rejected":
            return
        if self._tries[row.number] >= MOST_ATTEMPTS:
            self.stop(f"not sent after {MOST_ATTEMPTS} attempts: {outcome.text}")
            return
        wait = UNSENT_WAIT if outcome.result == "unsent" else 0.0
        at = now + max(wait, outcome.retry_after or 0.0)
        heapq.heappush(self._again, (at, row.number, row))

    def _unit(self, row: Row) -> WorkUnit:
        return WorkUnit(
            row.number,
            row.action,
            row.call_id,
            self._account_id,
            row.body,
            row.url,
            self._options.skip_if,
        )

    def _has_more(self) -> bool:
        """Return whether a row is left, now or later."""
        if not self._queue:
            self._queue.extend(self._journal.planned(BATCH, self._read_to))
            if self._queue:
                self._read_to = self._queue[-1].number
        return bool(self._queue or self._again)

    def _is_due(self, now: float) -> bool:
        """Return whether a row may be sent now, as far as the pace permits."""
        return self._has_more() and (bool(self._queue) or self._again[0][0] <= now)

    def _take(self, now: float) -> Row:
        if self._again and self._again[0][0] <= now:
            return heapq.heappop(self._again)[2]
        return self._queue.popleft()
