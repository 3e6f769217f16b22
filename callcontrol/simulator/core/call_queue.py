"""The account's queue: outbound calls that are not dialled yet."""

from collections.abc import Callable
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count

from callcontrol.simulator.core.clock import Clock, Timer


class CallQueue:
    """Calls waiting to be dialled, by priority (1 first), then in order (Q1, Q4).

    A call that finds the queue empty leaves at the clock's next move; after that one call leaves
    every ``1 / calls_per_second`` seconds (guides/callQueueing).
    """

    def __init__(self, clock: Clock, calls_per_second: float, dial: Callable[[str], None]) -> None:
        self._clock = clock
        self._interval = timedelta(seconds=1 / calls_per_second)
        self._dial = dial
        self._waiting: set[str] = set()
        self._order: list[tuple[int, int, str]] = []
        self._serial = count()
        self._free_at = clock.now
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, call_id: str, priority: int) -> None:
        """Queue a call; ``priority`` is 1 (first) to 5."""
        self._waiting.add(call_id)
        heappush(self._order, (priority, next(self._serial), call_id))
        if self._timer is None:
            self._schedule()

    def remove(self, call_id: str) -> None:
        """Remove a call; no effect if it is not queued."""
        self._waiting.discard(call_id)

    def _schedule(self) -> None:
        due = max(self._clock.now, self._free_at)
        self._timer = self._clock.call_at(due, self._release)

    def _release(self) -> None:
        self._timer = None
        while self._order:
            _, _, call_id = heappop(self._order)
            if call_id in self._waiting:
                self._waiting.remove(call_id)
                self._free_at = self._clock.now + self._interval
                self._dial(call_id)
                break
        if self._waiting:
            self._schedule()
