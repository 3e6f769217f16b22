"""How much an exploration tries, and how far it has come; a quick import for the commands."""

from dataclasses import dataclass

__all__ = ["KEYS", "SLOW", "Bounds", "Progress"]

KEYS = "1234567890*#"
"""The keys that every phone has; A to D are for those who ask."""
SLOW = 2.0
"""Seconds from which a reply is slow, if nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a search goes. Whatever is left out is told."""

    depth: int = 12
    """Most actions in one call."""
    states: int = 500
    """Most states in which everything is tried."""
    seconds: float = 60.0
    """Real seconds; a call that is under way is finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a search has come."""

    states: int
    calls: int
    waiting: int
    """Calls that are planned."""
    faults: int
    seconds: float
