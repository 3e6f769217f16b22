"""The settings of a run."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from callcontrol.bulk.errors import BulkError
from callcontrol.bulk.pace import Pace
from callcontrol.bulk.report import Report
from callcontrol.bulk.safety import Safety
from callcontrol.bulk.work import SkipIf

Unknown = Literal["report", "repeat"]
OnProgress = Callable[[Report], object]
MOST_WORKERS = 64
"""As many requests as an ``AsyncClient`` has in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The less common settings of a run."""

    pace: Pace | None = field(default=None, repr=False)
    """Replaces the adaptive pace, and ``rate``."""
    workers: int = MOST_WORKERS
    """Requests under way at once at most, 1 or more."""
    safety: Safety = field(default_factory=Safety)
    skip_if: SkipIf | None = field(default=None, repr=False)
    """Judges the state of a call just before its request; true skips the call. It costs one more
    request for each call."""
    look_up: bool = True
    """Whether calls given by their ids are looked up in the platform's list before the run, to
    leave out those that a change would harm."""
    reason: str = ""
    """Why; kept in the journal."""
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise BulkError(f"workers: expected 1 or more, got {self.workers}")


DEFAULTS = RunOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a run."""

    rate: float | None = None
    unknown: Unknown = "report"
    on_progress: OnProgress | None = None
    options: RunOptions = DEFAULTS

    def __post_init__(self) -> None:
        if self.rate is not None and not self.rate > 0:
            raise BulkError(f"rate: expected a number above 0, got {self.rate!r}")
        if self.unknown not in ("report", "repeat"):
            raise BulkError(f'unknown: expected "report" or "repeat", got {self.unknown!r}')

    def without_canary(self) -> "Settings":
        """Return the same settings without calls that are watched first."""
        safety = replace(self.options.safety, canary=0)
        return replace(self, options=replace(self.options, safety=safety))
