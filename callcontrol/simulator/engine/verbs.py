"""Every verb with the function that runs it; importing this module fills the tables."""

from callcontrol.simulator.engine import (
    background,
    bridge,
    conference,
    endpoints,
    flow,
    gather,
    media,
    recording,
    transfer,
)
from callcontrol.simulator.engine.running import BLOCKING, INSTANT

__all__ = ["MODULES", "load_verbs", "simulated_verbs"]

MODULES = (
    *(background, bridge, conference, endpoints, flow),
    *(gather, media, recording, transfer),
)
"""The modules whose functions run verbs."""


def load_verbs() -> None:
    """Make sure that ``BLOCKING`` and ``INSTANT`` are full; importing this module fills them."""


def simulated_verbs() -> frozenset[str]:
    """Return the names of the verbs that are simulated."""
    return frozenset(verb.element.name for verb in (*BLOCKING, *INSTANT))
