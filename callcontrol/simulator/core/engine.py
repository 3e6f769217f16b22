"""The engine: the calls of one platform, and the actions of people and machines on the phone."""

from collections.abc import Mapping
from functools import partial
from typing import NoReturn

from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.event_loop import EventLoop
from callcontrol.simulator.core.events import NO_FIELDS
from callcontrol.simulator.core.leg import Leg, VoiceApplication
from callcontrol.simulator.core.recordings import FinishedRecording
from callcontrol.simulator.core.signals import Signal, SpeechHeard, ToneHeard
from callcontrol.simulator.core.speech import duration
from callcontrol.simulator.core.verbs.conference import Conference, Conferences
from callcontrol.simulator.core.verbs.endpoints import EndpointLeft, Referred
from callcontrol.simulator.core.verbs.machine_detection import RESULTS, DetectionDecided
from callcontrol.simulator.errors import SimulatorError, expect_kind, expect_number

DIGITS = frozenset("0123456789*#ABCDabcd")
KEYS = "keys 0-9 A-D * #"
NO_ANSWER_LIMIT = 400.0
"""Longer than any callTimeout."""
SIP_BUSY, SIP_DECLINE = 486, 603


class Engine(EventLoop):
    """Runs the calls of one platform against the user's application, in virtual time.

    Every method returns when nothing more is due until time passes or the next action.

    :raises SimulatorError: for an action that is not possible now, such as a key on a call that
        has ended.
    :raises NotSimulatedError: if a call, which has ended then, asked for something that is not
        simulated.
    """

    def dial_in(
        self,
        *,
        from_: str,
        to: str,
        application: VoiceApplication,
        extra: Mapping[str, object] = NO_FIELDS,
    ) -> str:
        """Let a call come in and return its call id.

        ``extra`` goes into the initiate event: ``diversion``, ``stir_shaken``, ``uui``,
        ``sip_call_id``, ``sip_headers``.

        :raises SimulatorError: if ``Limits.active_calls`` are up: the platform drops such a call
            without notice (Q3).
        """
        fields = {
            "from": from_,
            "to": to,
            "applicationId": application.application_id,
            "tag": None,
        }
        with self.platform.lock:
            self.platform.calls.expect_room("dial_in")
            call = self.platform.calls.receive(fields)
            self.legs.receive(call, application, extra)
        self.settle()
        return call.call_id

    def press(self, call_id: str, digits: str) -> None:
        """Press keys on a leg, one after the other: 0-9, A-D, * and #."""
        given: object = digits  # from code without type checks
        if isinstance(given, int):
            text = f'expected {KEYS}, got the int {given}; write "{given}"'
            raise SimulatorError(f"press.digits: {text}")
        expect_kind("press.digits", digits, str, KEYS)
        if not digits or not DIGITS.issuperset(digits):
            raise SimulatorError(f"press.digits: expected {KEYS}, got {digits!r}")
        leg = self._leg_with_caller("press", call_id)
        for digit in digits.upper():
            self.scheduler.agenda.append(partial(leg.on_key, digit))
        self.settle()

    def say(
        self, call_id: str, text: str, *, seconds: float | None = None, machine: bool = False
    ) -> None:
        """Speak on a leg; ``machine`` for speech that machine detection recognises at once.

        ``seconds`` defaults to the time the platform itself takes for the text.
        """
        expect_kind("say.text", text, str, "a text")
        assumptions = self.platform.settings.assumptions
        if seconds is not None:
            expect_number("say.seconds", seconds, 0)
        else:
            seconds = duration(
                text, 0, assumptions.seconds_per_character, assumptions.shortest_speech
            )
        self._signal("say", call_id, SpeechHeard(text, seconds, machine))

    def beep(self, call_id: str) -> None:
        """Play a tone on a leg, as at the end of a voicemail greeting."""
        self._signal("beep", call_id, ToneHeard())

    def _signal(self, operation: str, call_id: str, signal: Signal) -> None:
        leg = self._leg_with_caller(operation, call_id)
        self.scheduler.agenda.append(partial(leg.on_speech, signal))
        self.settle()

    def hang_up(self, call_id: str) -> None:
        """Let the person on a leg hang up, or give up before the answer (C10)."""
        call = self._leg("hang_up", call_id).call
        ringing = call.direction == "inbound" and call.state == "initiated"
        if not ringing and call.state != "answered":
            _raise_wrong_state("hang_up", "an answered call or an inbound one", call)
        with self.platform.lock:
            self.platform.calls.end(call_id, "cancel" if ringing else "hangup")
        self.settle()

    def answer(self, call_id: str) -> None:
        """Pick up an outbound call, or a leg of a Transfer or Forward (C1)."""
        self._ringing_leg("answer", call_id)
        with self.platform.lock:
            self.platform.calls.answer(call_id)
        self.settle()

    def busy(self, call_id: str) -> None:
        """Let the far end of an outbound leg be busy (C9)."""
        leg = self._ringing_leg("busy", call_id)
        leg.sip_response_code = SIP_BUSY
        self._end_ringing(leg, "busy")

    def decline(self, call_id: str) -> None:
        """Let the far end of an outbound leg refuse the call (C9)."""
        leg = self._ringing_leg("decline", call_id)
        leg.sip_response_code = SIP_DECLINE
        self._end_ringing(leg, "rejected")

    def no_answer(self, call_id: str) -> None:
        """Let the far end ring, and time pass, until the call times out (C8)."""
        leg = self._ringing_leg("no_answer", call_id)
        self.run_until(lambda: not leg.is_up, NO_ANSWER_LIMIT)

    def never_rings(self, call_id: str) -> None:
        """Keep the far end from ringing, so that the call times out 30 s from now (C7)."""
        self._ringing_leg("never_rings", call_id)
        with self.platform.lock:
            self.platform.calls.never_rings(call_id)

    def voicemail(self, call_id: str, greeting: str, *, beep: bool = True) -> None:
        """Let a machine pick up, play its greeting and beep; time passes during the greeting."""
        self.answer(call_id)
        assumptions = self.platform.settings.assumptions
        self.say(call_id, greeting, machine=True)
        self.advance(
            duration(greeting, 0, assumptions.seconds_per_character, assumptions.shortest_speech)
        )
        if beep and self.legs.get(call_id) is not None:
            self.beep(call_id)

    def detect(self, call_id: str, value: str) -> None:
        """Set the result of a running machine detection; one of ``RESULTS``."""
        if value not in RESULTS:
            listed = ", ".join(RESULTS)
            raise SimulatorError(f"detect.value: expected one of {listed}, got {value!r}")
        leg = self._leg("detect", call_id)
        if not leg.listeners:
            raise SimulatorError("detect: expected a call with a running machine detection")
        self._signal("detect", call_id, DetectionDecided(value))

    # --- streams, endpoints, recordings ---------------------------------------------------

    def close_stream(self, call_id: str, name: str) -> None:
        """Let the far end of a stream close its websocket (S3)."""
        leg = self._leg("close_stream", call_id)
        media_stream = leg.media_streams.get(("stream", name))
        if media_stream is None:
            raise SimulatorError(f"close_stream.name: expected an open stream, got {name!r}")
        with self.platform.lock:
            media_stream.close(leg)
        self.settle()

    def refer_result(self, call_id: str, *, succeeded: bool) -> None:
        """Report the result of a Refer, as the caller's SIP endpoint does."""
        self._send_to_verb("refer_result", call_id, Referred(succeeded), "a call that runs Refer")

    def endpoint_leaves(self, call_id: str) -> None:
        """Disconnect the endpoint of a Connect (S6)."""
        self._send_to_verb("endpoint_leaves", call_id, EndpointLeft(), "a call that runs Connect")

    def _send_to_verb(self, operation: str, call_id: str, signal: Signal, expected: str) -> None:
        leg = self._leg(operation, call_id)
        if not leg.wants(signal):
            raise SimulatorError(f"{operation}: expected {expected}")
        leg.post(signal)
        self.settle()

    def set_recording(self, call_id: str, *, paused: bool) -> None:
        """Pause or resume the recording of a call, as its REST operation does (R15)."""
        self._leg("set_recording", call_id)
        if not self.legs.set_recording(call_id, paused=paused):
            raise SimulatorError("set_recording: expected a call that is being recorded")

    @property
    def recordings(self) -> Mapping[str, FinishedRecording]:
        """Every finished recording by id, oldest first."""
        return self.platform.recordings.by_id

    @property
    def conferences(self) -> Mapping[str, Conference]:
        """Every running conference by name."""
        return self.scheduler.shared(Conferences).by_name

    def end_conference(self, name: str) -> None:
        """End a conference, as its REST operation does: members go on with their next verb (K6)."""
        conference = self.conferences.get(name)
        if conference is None:
            raise SimulatorError(f"end_conference: expected a conference, got {name!r}")
        conference.end()
        self.settle()

    def is_waiting_for_reply(self, call_id: str) -> bool:
        """Return whether a call that is up waits for a reply of the application."""
        leg = self.legs.get(call_id)
        return leg is not None and leg.is_waiting_for_reply

    def _end_ringing(self, leg: Leg, how: str) -> None:
        with self.platform.lock:
            if how == "busy":
                self.platform.calls.end(leg.id, "busy", "Callee is busy")
            else:
                self.platform.calls.end(leg.id, "rejected", "Callee declined the call")
        self.settle()

    def _ringing_leg(self, operation: str, call_id: str) -> Leg:
        self.settle()
        leg = self._leg(operation, call_id)
        call = leg.call
        if call.direction != "outbound" or call.state not in ("queued", "initiated"):
            _raise_wrong_state(operation, "an outbound call that is not answered yet", call)
        with self.platform.lock:
            self.platform.calls.dial_now(call_id)
        return leg

    def _leg_with_caller(self, operation: str, call_id: str) -> Leg:
        """Return a leg whose phone is in use: not one that is still ringing."""
        leg = self._leg(operation, call_id)
        if leg.call.direction == "outbound" and leg.call.state in ("queued", "initiated"):
            _raise_wrong_state(operation, "an answered call or an inbound one", leg.call)
        return leg

    def _leg(self, operation: str, call_id: str) -> Leg:
        leg = self.legs.get(call_id)
        if leg is None:
            _raise_not_up(operation, call_id, self.platform.calls.get(call_id))
        return leg


def _raise_not_up(operation: str, call_id: str, call: Call | None) -> NoReturn:
    if call is None:
        raise SimulatorError(f"{operation}: expected the id of a call that is up, got {call_id!r}")
    found = f"one that has ended: {call.disconnect_cause}"
    raise SimulatorError(f"{operation}: expected a call that is up, got {found}")


def _raise_wrong_state(operation: str, expected: str, call: Call) -> NoReturn:
    found = f"an {call.direction} call that is {call.state}"
    raise SimulatorError(f"{operation}: expected {expected}, got {found}")
