"""The resident memory of a process, minute by minute."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["GROWTH", "LEAST", "SHORTEST", "WARM", "Sample", "by_minute", "growth", "resident"]

WARM = 120.0
"""Seconds after which memory has to be flat."""
SHORTEST = 170.0
"""Seconds of a run that is long enough to tell."""
GROWTH = 0.5
"""Megabytes that a minute may add after that: the request log, fragmentation."""
LEAST = 2.0
"""Megabytes of growth in all that are never too many: threads come and go."""
_MEGABYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class Sample:
    """The resident memory at a moment."""

    at: float
    """Seconds since the start."""
    megabytes: float


def resident() -> float:
    """Return the resident memory of this process in megabytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE


def by_minute(samples: Sequence[Sample]) -> Mapping[int, float]:
    """Return the median of each minute, counted from 1."""
    minutes = sorted({int(sample.at // 60) for sample in samples})
    return {
        minute + 1: median(s.megabytes for s in samples if int(s.at // 60) == minute)
        for minute in minutes
    }


def growth(samples: Sequence[Sample]) -> tuple[float, float] | None:
    """Return by how many megabytes memory has grown after it was warm, and how many it may.

    The first quarter of the time after that is compared with the last one. None for a run that is
    too short to tell.
    """
    end = max((sample.at for sample in samples), default=0.0)
    if end < SHORTEST:
        return None
    quarter = (end - WARM) / 4
    early = median(s.megabytes for s in samples if WARM <= s.at <= WARM + quarter)
    late = median(s.megabytes for s in samples if s.at >= end - quarter)
    return late - early, max(LEAST, GROWTH * 3 * quarter / 60)
