"""Transfer and Forward: dialling further legs and joining them (T1 to T16, W1 to W5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bxml.verbs.flow import Forward, Hangup, SipUri, Tag
from bxml.verbs.gather import StopGather
from bxml.verbs.recording import StopRecording
from bxml.verbs.transfer import PhoneNumber, Transfer
from callcontrol.events import TransferAnswerEvent, TransferCompleteEvent
from callcontrol.simulator.core.calls import Call, DisconnectCause
from callcontrol.simulator.core.events import (
    call_event,
    fetch_document,
    request_document,
    targets_of,
)
from callcontrol.simulator.core.interpreter import blocks, perform
from callcontrol.simulator.core.leg import Ending, Leg
from callcontrol.simulator.core.observations import Joined, Transferring, Unjoined, Waited
from callcontrol.simulator.core.registry import CONCURRENT_LIMIT, RATE_LIMIT
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import CallEnded, Routine, Signal, Wait
from callcontrol.simulator.core.webhooks import Targets

_RINGING = 30.0
Noun = PhoneNumber | SipUri


@dataclass(frozen=True, slots=True)
class LegEnded(Signal):
    """The leg that answered has ended, or the last of those that did not."""

    call: Call
    cause: DisconnectCause
    error_message: str | None
    error_id: str | None


class TransferLegs:
    """The second legs of one Transfer or Forward, from dialling to the last of them."""

    def __init__(self, first: Leg) -> None:
        self.first = first
        self.answers: dict[str, Targets | None] = {}
        self.legs: list[Leg] = []
        self.winner: Leg | None = None
        self.was_joined = False
        self._joined = False

    def add(self, leg: Leg, answer: Targets | None) -> None:
        """Add a leg; ``answer`` is where its transferAnswer goes."""
        leg.peer = self
        self.legs.append(leg)
        self.answers[leg.id] = answer

    def on_answer(self, leg: Leg) -> None:
        """Let the first to answer win; it may run a document alone first (T1, T5, T8)."""
        self.winner = leg
        for other in tuple(self.legs):
            if other is not leg:
                _detach(other)
                other.end("cancel")
                self.legs.remove(other)
        targets = self.answers[leg.id]
        if targets is None:
            self.on_document_end(leg)
        else:
            leg.context = "transfer-answer-reply"
            leg.start(perform(leg, _fetch_transfer_answer(leg, targets)))

    def on_document_end(self, leg: Leg) -> None:
        """Join the two legs (T5, X5)."""
        self._joined = self.was_joined = True
        self._observe(leg, together=True)

    def on_leave(self, leg: Leg, ending: Ending) -> None:
        """Continue the first leg when the winner has left, or no leg is left to answer (T9)."""
        self.legs.remove(leg)
        self._observe_parting(leg)
        if leg is self.winner or not self.legs:
            call = leg.call
            over = ending == "over"
            cause = call.disconnect_cause if over and call.disconnect_cause else "hangup"
            if over and leg is self.winner and not self.was_joined and cause == "hangup":
                self._observe_unjoined(leg)
            self.first.post(LegEnded(call, cause, call.error_message, call.error_id))

    def abandon(self) -> None:
        """End every remaining leg, because the first one leaves (T12, T13)."""
        for leg in tuple(self.legs):
            self._observe_parting(leg)
            _detach(leg)
            leg.end("hangup" if leg.call.state == "answered" else "cancel")
        self.legs.clear()

    def _observe_parting(self, leg: Leg) -> None:
        if self._joined:
            self._joined = False
            self._observe(leg, together=False)

    def _observe_unjoined(self, leg: Leg) -> None:
        is_empty = leg.script is not None and not leg.script.document.verbs
        first = self.first
        first.scheduler.observe(
            Unjoined(at=first.scheduler.now, call_id=first.id, leg_id=leg.id, is_empty=is_empty)
        )

    def _observe(self, leg: Leg, *, together: bool) -> None:
        scheduler = self.first.scheduler
        for one, other in ((self.first, leg), (leg, self.first)):
            scheduler.observe(
                Joined(at=scheduler.now, call_id=one.id, other_id=other.id, together=together)
            )


def _detach(leg: Leg) -> None:
    """Keep the end of a leg from continuing the first one."""
    leg.peer = None


def _fetch_transfer_answer(leg: Leg, targets: Targets) -> Routine[FetchedDocument]:
    return (yield from fetch_document(leg, call_event(leg, TransferAnswerEvent), targets))


@blocks(Transfer)
def _transfer(leg: Leg, verb: Transfer) -> Routine[FetchedDocument | None]:
    """Dial every child at once and join the first that answers (T1, T10, T12, P5)."""
    nouns = [child for child in verb.children if isinstance(child, Noun)]
    caller_id = verb.transfer_caller_id or _far_end(leg.call)
    calls = leg.scheduler.calls
    limit = RATE_LIMIT if calls.is_over_rate else None
    if limit is None and not calls.has_room_for(len(nouns)):
        limit = CONCURRENT_LIMIT
    if limit is not None:  # T15
        found = {"cause": "account-limit", "error_message": limit, "error_id": leg.scheduler.uuid()}
        shown = {"transfer_caller_id": caller_id, "transfer_to": _address(nouns[0])}
        return (yield from request_document(leg, verb, TransferCompleteEvent, {**found, **shown}))
    legs = TransferLegs(leg)
    try:
        for noun, targets in [(noun, _targets_of_noun(leg, noun)) for noun in nouns]:
            timeout = _RINGING if verb.call_timeout is None else float(verb.call_timeout)
            _dial_noun(legs, noun, targets, caller_id, timeout)
        scheduler = leg.scheduler
        scheduler.observe(
            Waited(at=scheduler.now, call_id=leg.id, sound="ringing", seconds=None)
        )  # T4
        signal = yield Wait(wants=(LegEnded,))
    finally:
        legs.abandon()
    assert isinstance(signal, LegEnded)  # noqa: S101 - nothing else was wanted
    reply = yield from request_document(leg, verb, TransferCompleteEvent, _complete(signal))
    is_refused = legs.winner is not None and not legs.was_joined and signal.cause == "hangup"
    if is_refused and reply is not None and _ends_silently(reply):
        leg.warn(_CUT_OFF)
    return reply


_CUT_OFF = (
    "the callee left before the parties were joined, and the reply to transferComplete ends the "
    "call without a word; its cause is hangup in both cases: keep which calls were accepted"
)
_SILENT = (Tag, StopGather, StopRecording)


def _ends_silently(script: FetchedDocument) -> bool:
    """Return whether a document ends the call before anything is heard."""
    for verb in script.document.verbs:
        if isinstance(verb, Hangup):
            return True
        if not isinstance(verb, _SILENT):
            return False
    return True


def _complete(over: LegEnded) -> Mapping[str, object]:
    """Return the fields of transferComplete about the leg that won, or failed last (T10, T11)."""
    return {
        "cause": over.cause,
        "error_message": over.error_message,
        "error_id": over.error_id,
        "transfer_caller_id": over.call.from_,
        "transfer_to": over.call.to,
    }


def _far_end(call: Call) -> str:
    """Return the number of the far end of a call (T3)."""
    return call.from_ if call.direction == "inbound" else call.to


def _address(noun: Noun) -> str:
    return noun.number if isinstance(noun, PhoneNumber) else noun.uri


@dataclass(frozen=True, slots=True)
class _NounTargets:
    """Where the webhooks of a leg go, resolved against the URL of the document."""

    answer: Targets | None
    disconnect: Targets | None


def _targets_of_noun(leg: Leg, noun: Noun) -> _NounTargets:
    return _NounTargets(
        targets_of(leg, noun, "transferAnswer"), targets_of(leg, noun, "transferDisconnect")
    )


def _dial_noun(
    legs: TransferLegs, noun: Noun, targets: _NounTargets, caller_id: str, timeout: float
) -> None:
    """Dial one child of a Transfer (T2, T3, P4)."""
    first = legs.first
    inherited = first.call.tag if first.scheduler.assumptions.legs_inherit_tag else None
    tag = inherited if noun.tag is None else noun.tag
    second = _dial(first, _address(noun), caller_id, timeout, tag)
    second.disconnect = targets.disconnect.primary if targets.disconnect else None
    legs.add(second, targets.answer)
    _observe_dialling(first, second, "Transfer")


def _dial(first: Leg, to: str, caller_id: str, timeout: float, tag: str | None) -> Leg:
    fields = {
        "from": caller_id,
        "to": to,
        "applicationId": first.call.application_id,
        "tag": tag,
        "callTimeout": timeout,
    }
    call = first.scheduler.calls.dial_leg(fields, first.id)
    second = first.legs.add(Leg(first.scheduler, call, "transfer", parent=first))
    second.callback_timeout = first.callback_timeout
    first.legs.dialled(call)
    return second


def _observe_dialling(first: Leg, second: Leg, verb: Literal["Transfer", "Forward"]) -> None:
    call = second.call
    first.scheduler.observe(
        Transferring(
            at=first.scheduler.now,
            call_id=first.id,
            to=call.to,
            leg_id=call.call_id,
            caller_id=call.from_,
            verb=verb,
        )
    )


class ForwardLegs(TransferLegs):
    """The second leg of a Forward: no document runs on it."""

    def on_answer(self, leg: Leg) -> None:
        """Answer the caller, and join the two."""
        self.winner = leg
        self.first.answer()
        self.on_document_end(leg)


@blocks(Forward)
def _forward(leg: Leg, verb: Forward) -> Routine[FetchedDocument | None]:
    """Forward an unanswered inbound call (W1 to W5, X12)."""
    call = leg.call
    if call.direction != "inbound" or call.state != "initiated":  # W4
        found = f"an {call.direction} call that is {call.state}"
        message = f"Forward: expected an unanswered inbound call, got {found}"
        raise CallEnded("application-error", message)
    timeout = _RINGING if verb.call_timeout is None else float(verb.call_timeout)
    leg.keys = None
    legs = ForwardLegs(leg)
    try:
        second = _dial(leg, verb.to, verb.from_ or call.to, timeout, None)
        second.kind = "forward"
        leg.scheduler.calls.uncontrolled.update((leg.id, second.id))
        legs.add(second, None)
        _observe_dialling(leg, second, "Forward")
        signal = yield Wait(wants=(LegEnded,))
    finally:
        legs.abandon()
    assert isinstance(signal, LegEnded)  # noqa: S101 - nothing else was wanted
    raise CallEnded(signal.cause, signal.error_message)  # W3
