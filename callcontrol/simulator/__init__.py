"""A stand-in for the platform: the five operations and the token endpoint on loopback.

    Simulator                       start it, point a client at it, look at the calls
    Account, Limits, Assumptions    what it may be told
    Call, Happening, LoggedRequest  what it shows
    SimulatorError                  the test asked for something impossible

Inside, from the core outwards: clock, calls, queueing, registry (the state machine), bodies,
judges and listing (what a request may hold), access, tokens, routes, operations, door (a request
record in, a reply record out), wire, server (the only sockets), simulator.
"""

from callcontrol.simulator.calls import Call, DisconnectCause, Happening
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.messages import LoggedRequest, Operation
from callcontrol.simulator.settings import Account, Assumptions, Limits
from callcontrol.simulator.simulator import Simulator

__all__ = [
    "Account",
    "Assumptions",
    "Call",
    "DisconnectCause",
    "Happening",
    "Limits",
    "LoggedRequest",
    "Operation",
    "Simulator",
    "SimulatorError",
]
