"""Verbs that connect the caller to something outside of the account: Refer (W6), Connect (S6)."""

from dataclasses import dataclass

from bxml.verbs.conference import Connect
from bxml.verbs.flow import Refer, SipUri
from callcontrol.events import ReferCompleteEvent
from callcontrol.simulator.core.events import call_event, fetch_document, notify, targets_of
from callcontrol.simulator.core.interpreter import blocks
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.observations import Transferring
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import (
    CallEnded,
    NotSimulatedError,
    Routine,
    Signal,
    Wait,
)

REFER_LIMIT = 30.0
"""Seconds after which a REFER without a final answer has failed."""
_ACCEPTED, _OK, _REFUSED = 202, 200, 603


@dataclass(frozen=True, slots=True)
class Referred(Signal):
    """The caller's SIP endpoint reports the result of a REFER."""

    succeeded: bool


@dataclass(frozen=True, slots=True)
class EndpointLeft(Signal):
    """The endpoint of a Connect has disconnected."""


@blocks(Refer)
def _refer(leg: Leg, verb: Refer) -> Routine[FetchedDocument | None]:
    """Make the caller's SIP endpoint call another number; a success ends the call."""
    call = leg.call
    if call.direction != "inbound" or not call.from_.lower().startswith("sip"):
        raise CallEnded("application-error", "Refer: expected an inbound call from a SIP URI")
    to = next(child.uri for child in verb.children if isinstance(child, SipUri))
    leg.scheduler.observe(
        Transferring(
            at=leg.scheduler.now,
            call_id=leg.id,
            to=to,
            leg_id="",
            caller_id=call.from_,
            verb="Refer",
        )
    )
    signal = yield Wait(REFER_LIMIT, (Referred,))
    succeeded = isinstance(signal, Referred) and signal.succeeded
    targets = targets_of(leg, verb, "referComplete")
    event = _refer_complete(leg, succeeded=succeeded)
    if succeeded:
        if targets is not None:
            notify(leg, leg.id, event, targets)
        raise CallEnded("hangup")
    return None if targets is None else (yield from fetch_document(leg, event, targets))


def _refer_complete(leg: Leg, *, succeeded: bool) -> ReferCompleteEvent:
    found = {
        "refer_call_status": "success" if succeeded else "failure",
        "refer_sip_response_code": _ACCEPTED,
        "notify_sip_response_code": _OK if succeeded else _REFUSED,
    }
    return call_event(leg, ReferCompleteEvent, found)


@blocks(Connect)
def _connect(_: Leg, verb: Connect) -> Routine[FetchedDocument | None]:
    """Stay connected to an endpoint until it disconnects."""
    if verb.event_callback_url is not None:
        raise NotSimulatedError(
            "Connect eventCallbackUrl: expected none, the events of endpoints are not simulated"
        )
    yield Wait(wants=(EndpointLeft,))
    return None
