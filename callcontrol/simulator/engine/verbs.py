"""Every verb with the function that runs it; importing this module fills the tables."""

from callcontrol.simulator.engine import (
    flow,
    gather,
    media,
)
from callcontrol.simulator.engine.running import BLOCKING, INSTANT

__all__ = ["MODULES", "simulated_verbs"]

MODULES = (flow, gather, media)
"""The modules whose functions run verbs."""


def simulated_verbs() -> frozenset[str]:
    """Return the names of the verbs that are simulated."""
    return frozenset(verb.element.name for verb in (*BLOCKING, *INSTANT))
