"""A stand-in for the platform: it rings applications, plays BXML and answers the REST operations.

    Simulator                       ring an application, or start it and point a client at it
    PhoneCall, Finding, Recording   a person's phone in a test, and what is found out with it
    Account, Limits, Assumptions    what it may be told
    Call, Happening, LoggedRequest  what it shows
    Webhooks, ApplicationError      trouble on the way to the application, and inside it
    SimulatorError                  the test asked for something impossible
    NotSimulatedError               the call asked for something that is not simulated

``live.LiveSimulator`` is the same in real time, on a port.

Inside, from the core outwards: clock, calls, queueing, registry (the states of calls), bodies,
judges and listing (what a request may hold), access, tokens, routes, operations, door (a request
record in, a reply record out), wire, server (sockets); engine (what calls do), applications (ways
to the user's server), recordings, timeline, callview, testing, stage, webhooks, inprocess (phones);
simulator, live.
"""

from callcontrol.simulator.applications import ApplicationError
from callcontrol.simulator.calls import Call, DisconnectCause, Happening
from callcontrol.simulator.callview import Finding
from callcontrol.simulator.engine.signals import NotSimulatedError
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.messages import LoggedRequest, Operation
from callcontrol.simulator.recordings import Recording
from callcontrol.simulator.settings import Account, Assumptions, Limits
from callcontrol.simulator.simulator import Simulator
from callcontrol.simulator.testing import PhoneCall
from callcontrol.simulator.webhooks import Webhooks

__all__ = [
    "Account",
    "ApplicationError",
    "Assumptions",
    "Call",
    "DisconnectCause",
    "Finding",
    "Happening",
    "Limits",
    "LoggedRequest",
    "NotSimulatedError",
    "Operation",
    "PhoneCall",
    "Recording",
    "Simulator",
    "SimulatorError",
    "Webhooks",
]
