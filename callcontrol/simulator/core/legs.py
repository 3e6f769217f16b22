"""Calls from their first webhook to their end: how the engine reacts to changes in the registry.

The registry keeps states; these are their effects (C1 to C12, U1 to U11, and the order of events
when a call ends).
"""

from callcontrol.events import (
    AnswerEvent,
    DisconnectEvent,
    InitiateEvent,
    RedirectEvent,
    TransferDisconnectEvent,
)
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.events import NO_FIELDS, call_event, fetch_document, notify
from callcontrol.simulator.core.interpreter import perform, pushed
from callcontrol.simulator.core.leg import Leg, VoiceApplication, request_target
from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.core.observations import Changed
from callcontrol.simulator.core.scheduler import Scheduler
from callcontrol.simulator.core.script import FetchedDocument, read
from callcontrol.simulator.core.signals import Routine, Wait
from callcontrol.simulator.core.verbs.machine_detection import (
    DetectionFinished,
    Detector,
    config_of,
)
from callcontrol.simulator.core.webhooks import Targets

_CAPTURED: Fields = {"privacy": False, "caller_display_name": ""}
"""Fields of an initiate event that was recorded on a live call (C2)."""


class Legs:
    """Every leg that is up, by call id; listens to the registry."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self._legs: dict[str, Leg] = {}

    def get(self, call_id: str) -> Leg | None:
        """Return the leg of a call that is up, None if there is none."""
        leg = self._legs.get(call_id)
        if leg is not None:
            return leg
        call = self.scheduler.calls.get(call_id)
        return None if call is None or call.state == "disconnected" else self._leg_of(call)

    def _leg_of(self, call: Call) -> Leg:
        """Return the leg of a call; that of an outbound call is made on first use."""
        leg = self._legs.get(call.call_id)
        if leg is None:
            leg = self.add(Leg(self.scheduler, call))
            timeout = call.order.get("callbackTimeout")
            leg.callback_timeout = float(str(timeout)) if timeout is not None else 15.0
            leg.disconnect = request_target(call.order, "disconnect")
        return leg

    def add(self, leg: Leg) -> Leg:
        """Register a new leg."""
        self._legs[leg.id] = leg
        leg.legs = self
        return leg

    def receive(self, call: Call, application: VoiceApplication, extra: Fields) -> Leg:
        """Start an inbound call: send initiate and run the reply unanswered (C2, C4)."""
        leg = self.add(Leg(self.scheduler, call))
        leg.callback_timeout = application.callback_timeout
        leg.disconnect = application.status
        self._observe(call)
        targets = Targets(application.initiated, application.initiated_fallback)
        event = call_event(leg, InitiateEvent, {**_CAPTURED, **extra})
        leg.start(perform(leg, fetch_document(leg, event, targets)))
        return leg

    # --- changes in the registry ----------------------------------------------------------

    def queued(self, call: Call) -> None:
        """Handle an outbound call that enters the queue."""
        self._leg_of(call)
        self._observe(call)

    def dialled(self, call: Call) -> None:
        """Handle an outbound call that leaves the queue."""
        self._leg_of(call)
        self._observe(call)

    def answered(self, call: Call) -> None:
        """Handle an answered call: an outbound one fetches its first document (C3, M9)."""
        leg = self._leg_of(call)
        self._observe(call)
        if leg.peer is not None and leg.kind != "call":
            leg.peer.on_answer(leg)
        elif leg.kind == "call" and call.direction == "outbound":
            leg.start(perform(leg, self._fetch_first_document(leg)))

    def _fetch_first_document(self, leg: Leg) -> Routine[FetchedDocument]:
        fields = leg.call.order
        target = request_target(fields, "answer")
        assert target is not None  # noqa: S101 - required by createCall
        targets = Targets(target, request_target(fields, "answerFallback", "fallback"))
        extra = NO_FIELDS
        config = config_of(leg)
        if config is not None:
            Detector(leg, config).listen()
            if config.get("mode") == "sync":
                found = yield Wait(wants=(DetectionFinished,))
                assert isinstance(found, DetectionFinished)  # noqa: S101 - nothing else was wanted
                extra = {"machine_detection_result": found.result}
        return (yield from fetch_document(leg, call_event(leg, AnswerEvent, extra), targets))

    def interrupted(self, call: Call, document: str) -> None:
        """Run a document that was pushed over REST (U2, U3)."""
        leg = self._leg_of(call)
        self._detach(leg)
        assumptions = self.scheduler.assumptions
        allows_last = assumptions.relative_urls_in_updates == "last-document"
        reading = read(document.encode(), "call-update", assumptions)
        if reading.document is None:
            leg.end("invalid-bxml", f"pushed document is not valid BXML: {reading.error}")
            return
        for warning in reading.warnings:
            leg.warn(f"pushed document: {warning}")
        script = FetchedDocument(reading.document, leg.last_url if allows_last else None)
        leg.start(perform(leg, pushed(script)))

    def redirected(self, call: Call, fields: Fields) -> None:
        """Fetch a document from the URL of the REST request (U1, U2)."""
        leg = self._leg_of(call)
        self._detach(leg)
        target = request_target(fields, "redirect")
        assert target is not None  # noqa: S101 - required by updateCall
        targets = Targets(target, request_target(fields, "redirectFallback", "fallback"))
        leg.start(perform(leg, self._fetch_redirect(leg, targets)))

    def _fetch_redirect(self, leg: Leg, targets: Targets) -> Routine[FetchedDocument]:
        return (yield from fetch_document(leg, call_event(leg, RedirectEvent), targets))

    def _detach(self, leg: Leg) -> None:
        leg.leave("interrupted")
        leg.context = "call-webhook-reply"

    def ended(self, call: Call) -> None:
        """Stop and report everything that ends with a call, in order (H1 to H5)."""
        leg = self._leg_of(call)
        leg.final = call
        del self._legs[call.call_id]
        self._observe(call)
        leg.leave("over")
        leg.close_background()
        self._report_end(leg)

    def _report_end(self, leg: Leg) -> None:
        """Send disconnect, or transferDisconnect for a leg of a Transfer (C11, C12, T9)."""
        call = leg.call
        extra = {
            "cause": call.disconnect_cause,
            "error_message": call.error_message,
            "error_id": call.error_id,
            "end_time": call.end_time,
            "sip_response_code": leg.sip_response_code,
        }
        if leg.kind == "forward" or leg.disconnect is None:
            return
        cls = DisconnectEvent if leg.kind == "call" else TransferDisconnectEvent
        notify(leg, leg.id, call_event(leg, cls, extra), Targets(leg.disconnect))

    def _observe(self, call: Call) -> None:
        self.scheduler.observe(
            Changed(
                at=self.scheduler.now,
                call_id=call.call_id,
                state=call.state,
                cause=call.disconnect_cause,
                error_message=call.error_message,
            )
        )
