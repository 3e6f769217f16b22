"""Stops a run that does harm: its settings, and a breaker for refusals."""

from collections import deque
from dataclasses import dataclass

NORMAL_CAUSES = frozenset({"hangup", "busy", "timeout", "cancel", "rejected", None})
"""Causes of an end for which no document is to blame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """Limits at which a run stops by itself."""

    canary: int = 3
    """Calls that are changed first and then watched; 0 for none. Not used by ``hang_up``."""
    canary_seconds: float = 10.0
    """Seconds that they are watched: a document may end a call after it was accepted."""
    breaker_share: float = 0.05
    """A larger share of refused and unknown requests stops the run."""
    breaker_window: int = 100
    """The latest requests of which the share is taken."""


class Breaker:
    """Counts refused and unknown requests among the latest."""

    def __init__(self, safety: Safety) -> None:
        self._safety = safety
        self._latest: deque[bool] = deque(maxlen=safety.breaker_window)

    def record(self, *, failed: bool) -> None:
        """Record a result."""
        self._latest.append(failed)

    @property
    def reason(self) -> str | None:
        """Why the run has to stop; None if it may go on."""
        failed = sum(self._latest)
        if failed <= self._safety.breaker_share * self._safety.breaker_window:
            return None
        return f"{failed} of the last {len(self._latest)} requests were refused or unknown"
