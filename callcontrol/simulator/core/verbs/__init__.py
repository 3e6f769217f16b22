"""Every verb with the function that runs it; importing this module fills the tables."""

from callcontrol.simulator.core.interpreter import BLOCKING, INSTANT
from callcontrol.simulator.core.verbs import (
    bridge,
    conference,
    endpoints,
    flow,
    gather,
    media,
    recording,
    streaming,
    transfer,
)

MODULES = (
    *(streaming, bridge, conference, endpoints, flow),
    *(gather, media, recording, transfer),
)
"""The modules whose functions run verbs."""


def load_verbs() -> None:
    """Fill ``BLOCKING`` and ``INSTANT``, which importing this module has done."""


def simulated_verbs() -> frozenset[str]:
    """Return the names of the verbs that are simulated."""
    return frozenset(verb.element.name for verb in (*BLOCKING, *INSTANT))
