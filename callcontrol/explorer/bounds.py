"""How much an exploration tries, and how far it has come; a quick import for the commands."""

from dataclasses import dataclass
from importlib.util import find_spec

from callcontrol.simulator.errors import SimulatorError

__all__ = ["KEYS", "SLOW", "Bounds", "Progress", "need"]

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


def need(package: str, where: str) -> None:
    """Raise ``SimulatorError`` for a package that is not installed."""
    if find_spec(package) is None:
        extra = "pip install 'bxml-callcontrol[explore]'"
        raise SimulatorError(f"{where}: expected the package {package}, got none; {extra}")
