"""The first calls of a run, which are changed alone and then watched."""

from collections.abc import Sequence
from dataclasses import replace

from callcontrol.bulk.journal import RowState
from callcontrol.bulk.safety import Safety
from callcontrol.bulk.work import Outcome, WorkUnit

UNLIMITED = 1_000_000
MOST_LOOKS = 5
"""Attempts at most to read the state of one call."""
LOOK_AGAIN = 1.0
"""Seconds before the state of a call is read again."""


class Canary:
    """Admits a few calls, waits, and reads their states.

    A call that was not changed (it was gone, refused or skipped) is replaced by another one. One
    with an unknown outcome is watched, because it may have been changed.
    """

    def __init__(self, safety: Safety) -> None:
        self._safety = safety
        self._left = safety.canary
        self._under_way: set[int] = set()
        self._changed: list[WorkUnit] = []
        self._looks: dict[int, int] = {}
        self._look_at: float | None = None
        self._states = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing has to be waited for."""
        return not (self._under_way or self._changed or self._looks)

    def allowed(self) -> int:
        """Return how many calls may be started now."""
        if self._left > 0:
            return self._left
        return UNLIMITED if self.is_over else 0

    def started(self, units: Sequence[WorkUnit]) -> None:
        """Record calls that are being changed."""
        if self._left > 0:
            self._left -= len(units)
            self._under_way.update(unit.number for unit in units)

    def finished(self, unit: WorkUnit, state: RowState, now: float) -> None:
        """Record the outcome of a change."""
        if unit.number not in self._under_way:
            return
        self._under_way.discard(unit.number)
        if state in ("done", "unknown"):
            self._changed.append(unit)
            self._look_at = now + self._safety.canary_seconds
        else:
            self._left += 1

    def looks(self, now: float, *, is_last: bool) -> Sequence[WorkUnit]:
        """Return requests for the states of the calls, when it is time.

        ``is_last``: whether there is no other call that could complete the canary.
        """
        is_complete = not self._under_way and (self._left == 0 or is_last)
        if not is_complete or self._look_at is None or now < self._look_at:
            return ()
        units, self._changed, self._look_at = self._changed, [], None
        looks = [replace(each, number=-abs(each.number), action="look") for each in units]
        for each in looks:
            self._looks[each.number] = self._looks.get(each.number, 0) + 1
        return looks

    def looked(self, unit: WorkUnit, outcome: Outcome, now: float) -> str | None:
        """Record the state of a call; return why the run has to stop, None if it may continue."""
        if outcome.result in ("limited", "unsent") and self._looks[unit.number] < MOST_LOOKS:
            self._changed.append(unit)
            self._look_at = now + max(LOOK_AGAIN, outcome.retry_after or 0)
            return None
        del self._looks[unit.number]
        if outcome.result == "refused":
            return f"canary {unit.call_id}: {outcome.text}"
        self._states += outcome.result == "done"
        if self.is_over and not self._states:
            return f"the state of no canary could be read; the last reply: {outcome.text}"
        return None
