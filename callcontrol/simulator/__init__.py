"""A local stand-in for the platform: calls applications, runs BXML and serves the REST operations.

    Simulator                       call an application, or start it and connect a client to it
    PhoneCall, Finding, Recording   a phone in a test, and the answers to its questions
    Account, Limits, Assumptions    its settings
    Call, HistoryEntry, LoggedRequest  its state and history
    WebhookFaults, ApplicationError  faults of webhooks, and exceptions of the application
    SimulatorError                  an action or value that is not possible
    NotSimulatedError               a call asked for something that is not simulated
    RealTimeWarning                 virtual time could not wait for the application

``live.LiveSimulator`` is the same in real time, on a port.

Modules, from the core outwards: ``core`` (calls and their verbs, without sockets),
``applications`` (transports to the application), ``rest`` (the vendor's REST paths and their
server), ``testing`` (phones), ``simulator``, ``live``.
"""

from typing import TYPE_CHECKING

from callcontrol.simulator.applications import ApplicationError
from callcontrol.simulator.core.calls import Call, DisconnectCause, HistoryEntry
from callcontrol.simulator.core.fault_plan import OutageName
from callcontrol.simulator.core.messages import LoggedRequest, Operation
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.wav import Recording
from callcontrol.simulator.errors import RealTimeWarning, SimulatorError
from callcontrol.simulator.settings import Account, Assumptions, Limits
from callcontrol.simulator.simulator import Simulator
from callcontrol.simulator.testing.call_view import Finding
from callcontrol.simulator.testing.phone_call import PhoneCall
from callcontrol.simulator.testing.webhook_faults import WebhookFaults

__all__ = [
    "Account",
    "ApplicationError",
    "Assumptions",
    "Call",
    "DisconnectCause",
    "Finding",
    "HistoryEntry",
    "Limits",
    "LoggedRequest",
    "NotSimulatedError",
    "Operation",
    "OutageName",
    "PhoneCall",
    "RealTimeWarning",
    "Recording",
    "Simulator",
    "SimulatorError",
    "WebhookFaults",
]

_RENAMED = {"Happening": "HistoryEntry", "Webhooks": "WebhookFaults"}
"""Names that were renamed in 0.2.0, by their old ones."""

if TYPE_CHECKING:
    Happening = HistoryEntry
    Webhooks = WebhookFaults
else:

    def __getattr__(name: str) -> object:
        """Return what a deprecated name means now."""
        if name not in _RENAMED:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import warnings

        new = _RENAMED[name]
        warnings.warn(
            f"{__name__}.{name} is now called {new}; the old name is removed in 0.4.0",
            DeprecationWarning,
            stacklevel=2,
        )
        return globals()[new]
