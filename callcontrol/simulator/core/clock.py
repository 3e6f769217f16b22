"""Virtual time, which stands still until it is advanced."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from callcontrol.simulator.errors import SimulatorError, expect_number

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
"""When virtual time begins, unless ``Simulator(start=...)`` says otherwise."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""The latest time of the clock, so that every deadline is a valid datetime."""


def _do_nothing() -> None:
    pass


class Timer:
    """An action that runs at its time unless it is cancelled."""

    __slots__ = ("action", "cancelled", "due")

    def __init__(self, due: datetime, action: Callable[[], object]) -> None:
        self.due = due
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """Keep the action from running; no effect if it has run."""
        self.cancelled = True
        self.action = _do_nothing  # frees the action; the clock keeps the timer until it is due


class Clock:
    """A clock that moves only by ``advance``, which runs due actions in order."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._timers: list[tuple[datetime, int, Timer]] = []
        self._serial = count()

    @property
    def now(self) -> datetime:
        """The current instant, in UTC."""
        return self._now

    def call_at(self, due: datetime, action: Callable[[], object]) -> Timer:
        """Run ``action`` when the clock reaches ``due``, or at the next move if ``due`` has passed.

        Actions of the same instant run in the order in which they were added.
        """
        timer = Timer(due, action)
        heappush(self._timers, (due, next(self._serial), timer))
        return timer

    def call_later(self, seconds: float, action: Callable[[], object]) -> Timer:
        """Run ``action`` when ``seconds`` have passed from now."""
        return self.call_at(self._now + timedelta(seconds=seconds), action)

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds`` (0 or more) and run every action that is due by then.

        :raises SimulatorError: for a negative or infinite number, or a time after the year 9000.
        """
        target = self.after(seconds)
        while self.step(target):
            pass
        self.move_to(target)

    def after(self, seconds: float) -> datetime:
        """Return the instant ``seconds`` from now.

        :raises SimulatorError: for a negative or infinite number, or a time after the year 9000.
        """
        expect_number("advance", seconds, 0)
        target = self._now + timedelta(seconds=seconds)
        if target > LATEST:
            raise SimulatorError(f"advance: virtual time ends with the year {LATEST.year - 1}")
        return target

    def move_to(self, target: datetime) -> None:
        """Set the time to ``target``, once every earlier action has run; never backwards."""
        self._now = max(self._now, target)

    @property
    def next_due(self) -> datetime | None:
        """When the next action is due; None if there is none."""
        while self._timers and self._timers[0][2].cancelled:
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def step(self, target: datetime) -> bool:
        """Run the next action that is due by ``target``; return whether there was one.

        The clock stands at the action's time afterwards.
        """
        while self._timers and self._timers[0][0] <= target:
            due, _, timer = heappop(self._timers)
            if not timer.cancelled:
                self._now = max(due, self._now)
                timer.action()
                return True
        return False


def timestamp(moment: datetime) -> str:
    """Return ``moment`` as the platform writes it: UTC, milliseconds and a Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
