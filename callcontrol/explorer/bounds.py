"""The limits and the progress of an exploration; a light import for the commands."""

from dataclasses import dataclass
from importlib.util import find_spec

from bxml._once import FIRST_IMPORT

KEYS = "1234567890*#"
"""The keys of every phone; A to D are only pressed on request."""
SLOW = 2.0
"""Seconds from which a reply is slow by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits of a search. The report says if one was reached."""

    depth: int = 12
    """Most actions in one call."""
    states: int = 500
    """Most states in which every action is tried."""
    seconds: float = 60.0
    """Real seconds; the current call is finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of a search."""

    states: int
    calls: int
    waiting: int
    """Planned calls."""
    faults: int
    seconds: float


def require_extra(package: str, where: str) -> None:
    """Raise ``SimulatorError`` if a package of the extra ``explore`` is not installed."""
    if find_spec(package) is None:
        with FIRST_IMPORT:
            from callcontrol.simulator.errors import SimulatorError

        advice = "pip install 'bxml-callcontrol[explore]'"
        raise SimulatorError(f"{where}: the package {package} is not installed; {advice}")
