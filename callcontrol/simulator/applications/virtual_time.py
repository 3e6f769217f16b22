"""The time of an application's event loop: that of the platform's clock, in whole microseconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from callcontrol.simulator.core.clock import START
from callcontrol.simulator.core.platform import Platform

_MICROSECOND = timedelta(microseconds=1)
_PER_SECOND = 1_000_000
_TOLERANCE = 5e-4
"""Microseconds; below the resolution of 1 ns with which asyncio compares times."""

Horizon = Callable[[], datetime]


class VirtualTime:
    """The time of one event loop, which continues when another platform is attached.

    Without a horizon it moves alone, and the clock of the platform stands still: so the startup of
    an application costs no time of a call.
    """

    def __init__(self) -> None:
        self._platform: Platform | None = None
        self._offset = 0
        """Microseconds that the clock of the platform does not know of."""
        self.horizon: Horizon | None = None

    def attach(self, platform: Platform) -> None:
        """Follow the clock of ``platform`` from now on."""
        if platform is not self._platform:
            now = self.micros
            self._platform = platform
            self._offset += now - self.micros

    @property
    def real_wait(self) -> float:
        """Real seconds for which time stands still while the application is at work elsewhere."""
        return 30.0 if self._platform is None else self._platform.settings.real_wait

    @property
    def micros(self) -> int:
        """The time in microseconds."""
        if self._platform is None:
            return self._offset
        return self.micros_of(self._platform.clock.now)

    def micros_of(self, moment: datetime) -> int:
        """Return the time at a moment of the platform, in microseconds."""
        return self._offset + (moment - START) // _MICROSECOND

    def seconds(self) -> float:
        """Return the time in seconds; an event loop's ``time``."""
        return self.micros / _PER_SECOND

    def stand_still(self) -> datetime:
        """Return the horizon of a run that takes no time."""
        return START if self._platform is None else self._platform.clock.now

    def move(self, seconds: float) -> bool:
        """Move on by ``seconds``, but not beyond the horizon; return whether it moved."""
        step = micros_in(seconds)
        platform, horizon = self._platform, self.horizon
        if horizon is None:
            self._offset += step
            return True
        if platform is None:
            return False
        with platform.lock:
            due = platform.clock.now + step * _MICROSECOND
            if due > horizon():
                return False
            platform.clock.move_to(due)
        return True


def micros_in(seconds: float) -> int:
    """Return the microseconds after which a timer that is due in ``seconds`` has come; at least 1.

    A sum such as 0.1 + 0.2 must not make it a microsecond more.
    """
    return max(1, ceil(seconds * _PER_SECOND - _TOLERANCE))
