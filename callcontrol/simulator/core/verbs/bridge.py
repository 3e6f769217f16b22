"""Bridge: two calls of the account that hear each other (B1 to B9)."""

from dataclasses import dataclass

from bxml.verbs.flow import Bridge
from callcontrol.events import BridgeCompleteEvent, BridgeTargetCompleteEvent
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.events import (
    call_event,
    fetch_document,
    kind_of,
    request_document,
    targets_of,
)
from callcontrol.simulator.core.interpreter import blocks, perform
from callcontrol.simulator.core.leg import Ending, Leg
from callcontrol.simulator.core.observations import Joined
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import Routine, Signal, Wait
from callcontrol.simulator.core.webhooks import Targets


@dataclass(frozen=True, slots=True)
class BridgeTargetLeft(Signal):
    """The target of the bridge has left it."""

    link: "Link"


class Link:
    """Two bridged legs."""

    def __init__(self, runner: Leg, target: Leg, targets: Targets | None) -> None:
        self.runner = runner
        self.target = target
        self._targets = targets
        self._up = True
        runner.bridged = target.bridged = True
        target.peer = self
        self._observe(together=True)

    def on_leave(self, leg: Leg, ending: Ending) -> None:
        """Let the runner go on when the target leaves (B2)."""
        del leg, ending  # only the target has this peer; why it leaves does not matter
        self._end_link()
        self.runner.post(BridgeTargetLeft(self))

    def runner_left(self) -> None:
        """Let the target run the reply to bridgeTargetComplete, or hang up (B3)."""
        if not self._up:
            return
        self._end_link()
        target = self.target
        target.peer = None
        if self._targets is None:
            target.end("hangup")
        else:
            target.start(perform(target, _target_complete(target, self._targets)))

    def on_document_end(self, leg: Leg) -> None:
        """Do nothing: no document runs in a bridge."""

    def on_answer(self, leg: Leg) -> None:
        """Do nothing: no leg of a bridge is ringing."""

    def _end_link(self) -> None:
        self._up = False
        self.runner.bridged = self.target.bridged = False
        self._observe(together=False)

    def _observe(self, *, together: bool) -> None:
        scheduler = self.runner.scheduler
        for one, other in ((self.runner, self.target), (self.target, self.runner)):
            scheduler.observe(
                Joined(at=scheduler.now, call_id=one.id, other_id=other.id, together=together)
            )


def _target_complete(leg: Leg, targets: Targets) -> Routine[FetchedDocument]:
    return (yield from fetch_document(leg, call_event(leg, BridgeTargetCompleteEvent), targets))


@blocks(Bridge)
def _bridge(leg: Leg, verb: Bridge) -> Routine[FetchedDocument | None]:
    """Join another call of the account until one of the two leaves (P6)."""
    target_id = verb.target_call.strip()
    refusal = _refusal(leg, target_id)
    if refusal is not None:  # B5
        cause, message = refusal
        leg.warn(message)
        found = {"cause": cause, "error_message": message, "error_id": leg.scheduler.uuid()}
        return (yield from request_document(leg, verb, BridgeCompleteEvent, found))
    target = leg.legs.get(target_id)
    assert target is not None  # noqa: S101 - checked by _refusal
    targets = targets_of(leg, verb, kind_of(BridgeTargetCompleteEvent))
    target.leave("interrupted")  # B1
    target.context = "call-webhook-reply"
    target.answer()
    link = Link(leg, target, targets)
    try:
        yield Wait(wants=(BridgeTargetLeft,))
    except GeneratorExit:
        link.runner_left()
        raise
    return (yield from request_document(leg, verb, BridgeCompleteEvent))


def _refusal(leg: Leg, target_id: str) -> tuple[str, str] | None:
    """Return cause and message if the target cannot be bridged (B5, B6, B7, B9)."""
    calls = leg.scheduler.calls
    known, target = calls.get(target_id), leg.legs.get(target_id)
    refusals = (
        (known is None, "unknown", f"Bridge: expected the id of a call, got {target_id!r}"),
        (target is leg, "unknown", "Bridge: expected another call, got the one that runs it"),
        (target is None, "rejected", f"Call {target_id} has ended"),
        (target_id in calls.uncontrolled, "rejected", f"Call {target_id} is being forwarded"),
        (_is_unanswered(known), "rejected", f"Call {target_id} is not answered"),
        (
            _is_busy(leg, target),
            "busy",
            f"Call {target_id} is already bridged with another call",
        ),
    )
    return next(((cause, text) for applies, cause, text in refusals if applies), None)


def _is_unanswered(call: Call | None) -> bool:
    return call is not None and call.direction == "outbound" and call.state != "answered"


def _is_busy(leg: Leg, target: Leg | None) -> bool:
    return target is not None and target.bridged and not leg.scheduler.assumptions.bridge_steals
