"""The engine: the parts put together, and what people on the phone can do."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import NoReturn

from callcontrol.simulator.calls import Call
from callcontrol.simulator.engine import verbs
from callcontrol.simulator.engine.leg import Leg, VoiceApplication
from callcontrol.simulator.engine.legs import Legs
from callcontrol.simulator.engine.observing import Observer
from callcontrol.simulator.engine.posting import NO_FIELDS
from callcontrol.simulator.engine.signals import Signal, Speech, Tone
from callcontrol.simulator.engine.speech import duration
from callcontrol.simulator.engine.switch import Errand, Switch
from callcontrol.simulator.engine.webhooks import Application, Reply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.platform import Platform

__all__ = ["Engine"]

DIGITS = frozenset("0123456789*#ABCDabcd")
NO_ANSWER_LIMIT = 400.0
"""Longer than any callTimeout."""
SIP_BUSY, SIP_DECLINE = 486, 603

assert verbs.MODULES  # noqa: S101 - importing it is what counts


class Engine:
    """Runs the calls of one platform against the user's application, in virtual time.

    Every method returns when all is quiet: nothing more happens until time passes or somebody
    does something. ``NotSimulatedError`` is raised by the method during which a call asked for
    something that is not simulated; that call has ended then.

    A door that cannot answer at once leaves ``application`` out and uses ``next_errand`` and
    ``give``.
    """

    def __init__(self, platform: Platform, application: Application | None = None) -> None:
        self.platform = platform
        self.switch = Switch(platform)
        self.legs = Legs(self.switch)
        self._application = application
        self._inside = False
        platform.calls.listener = self.legs

    @property
    def observers(self) -> list[Observer]:
        """Who is told of everything that happens; append to it."""
        return self.switch.observers

    @property
    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self.platform.clock.now

    # --- time -----------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` of virtual time pass.

        Raises ``SimulatorError`` for a negative or endless number, and inside a webhook handler.
        """
        if self._inside:
            raise SimulatorError("advance: expected a call from outside the webhook handlers")
        target = self.platform.clock.after(seconds)
        self._run(target)
        with self.platform.lock:
            self.platform.clock.reach(target)

    def run_until(self, predicate: Callable[[], bool], limit: float) -> bool:
        """Let up to ``limit`` seconds pass until ``predicate`` holds; return whether it does.

        The clock stops at the instant at which it became true.
        """
        if self._inside:
            raise SimulatorError("run_until: expected a call from outside the webhook handlers")
        target = self.platform.clock.after(limit)
        self.settle()
        while not predicate():
            if not self._guarded(target):
                with self.platform.lock:
                    self.platform.clock.reach(target)
                return predicate()
        return True

    def settle(self) -> None:
        """Let everything happen that needs no time; inside a webhook handler it happens later."""
        if not self._inside:
            self._run(self.now)

    def _run(self, target: datetime) -> None:
        while self._guarded(target):
            pass
        if self.switch.failures:
            raise self.switch.failures.pop(0)

    def _guarded(self, target: datetime) -> bool:
        self._inside = True
        try:
            return self._turn(target)
        finally:
            self._inside = False

    def _turn(self, target: datetime) -> bool:
        """Do the next thing; return False when there is none by ``target``."""
        with self.platform.lock:
            self._drain()
            if self._application is None or not self.switch.outbox:
                return self.platform.clock.step(target)
            errand = self.switch.outbox.popleft()
        reply = self._application.deliver(errand.request)
        with self.platform.lock:
            self.switch.give(errand, reply)
        return True

    def _drain(self) -> None:
        agenda = self.switch.agenda
        while agenda:
            agenda.popleft()()

    def next_errand(self) -> Errand | None:
        """Return the next exchange to carry out, for a door that answers later; None for none."""
        with self.platform.lock:
            self._drain()
            return self.switch.outbox.popleft() if self.switch.outbox else None

    def give(self, errand: Errand, reply: Reply) -> None:
        """Hand in what came of an exchange that ``next_errand`` gave out."""
        with self.platform.lock:
            self.switch.give(errand, reply)
        self.settle()

    # --- people ---------------------------------------------------------------------------

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
        ``sip_call_id``, ``sip_headers``. Raises ``SimulatorError`` when ``Limits.active_calls``
        are up: the platform drops such a call without notice (Q3).
        """
        order = {
            "from": from_,
            "to": to,
            "applicationId": application.application_id,
            "tag": None,
        }
        with self.platform.lock:
            if self.platform.calls.is_full:
                raise SimulatorError("dial_in: expected fewer calls than Limits.active_calls")
            call = self.platform.calls.receive(order)
            self.legs.receive(call, application, extra)
        self.settle()
        return call.call_id

    def press(self, call_id: str, digits: str) -> None:
        """Press keys on a leg, one right after the other: 0-9, A-D, * and #."""
        if not digits or not DIGITS.issuperset(digits):
            raise SimulatorError(f"press.digits: expected keys 0-9 A-D * #, got {digits!r}")
        leg = self._leg("press", call_id)
        for digit in digits.upper():
            self.switch.agenda.append(partial(leg.pressed, digit))
        self.settle()

    def say(
        self, call_id: str, text: str, *, seconds: float | None = None, machine: bool = False
    ) -> None:
        """Speak on a leg; ``machine`` for speech that machine detection recognises at once.

        ``seconds`` defaults to what the platform itself would take for the text.
        """
        assumed = self.platform.settings.assumptions
        if seconds is None:
            seconds = duration(text, 0, assumed.seconds_per_character, assumed.shortest_speech)
        self._hear("say", call_id, Speech(text, seconds, machine))

    def beep(self, call_id: str) -> None:
        """Let a tone be heard from a leg, as at the end of a voicemail greeting."""
        self._hear("beep", call_id, Tone())

    def _hear(self, asked: str, call_id: str, signal: Signal) -> None:
        leg = self._leg(asked, call_id)
        self.switch.agenda.append(partial(leg.heard, signal))
        self.settle()

    def hang_up(self, call_id: str) -> None:
        """Let the person on a leg hang up, or give up calling before anybody answers (C10)."""
        call = self._leg("hang_up", call_id).call
        ringing = call.direction == "inbound" and call.state == "initiated"
        if not ringing and call.state != "answered":
            _refuse("hang_up", "an answered call or an inbound one", call)
        with self.platform.lock:
            self.platform.calls.end(call_id, "cancel" if ringing else "hangup")
        self.settle()

    def answer(self, call_id: str) -> None:
        """Pick up an outbound call, or a leg of a Transfer or Forward (C1)."""
        self._ringing("answer", call_id)
        with self.platform.lock:
            self.platform.calls.answer(call_id)
        self.settle()

    def busy(self, call_id: str) -> None:
        """Let the far end of an outbound leg be busy (C9)."""
        leg = self._ringing("busy", call_id)
        leg.sip_response_code = SIP_BUSY
        self._end_ringing(leg, "busy")

    def decline(self, call_id: str) -> None:
        """Let the far end of an outbound leg refuse the call (C9)."""
        leg = self._ringing("decline", call_id)
        leg.sip_response_code = SIP_DECLINE
        self._end_ringing(leg, "rejected")

    def no_answer(self, call_id: str) -> None:
        """Let the far end ring, and time pass, until the platform gives up (C8)."""
        leg = self._ringing("no_answer", call_id)
        self.run_until(lambda: not leg.is_up, NO_ANSWER_LIMIT)

    def never_rings(self, call_id: str) -> None:
        """Let the far end not even ring, so that it is given up 30 s from now (C7)."""
        self._ringing("never_rings", call_id)
        with self.platform.lock:
            self.platform.calls.never_rings(call_id)

    def _end_ringing(self, leg: Leg, how: str) -> None:
        with self.platform.lock:
            if how == "busy":
                self.platform.calls.end(leg.id, "busy", "Callee is busy")
            else:
                self.platform.calls.end(leg.id, "rejected", "Callee declined the call")
        self.settle()

    def _ringing(self, asked: str, call_id: str) -> Leg:
        self.settle()
        leg = self._leg(asked, call_id)
        call = leg.call
        if call.direction != "outbound" or call.state not in ("queued", "initiated"):
            _refuse(asked, "an outbound call that is not answered yet", call)
        return leg

    def _leg(self, asked: str, call_id: str) -> Leg:
        leg = self.legs.get(call_id)
        if leg is None:
            raise SimulatorError(f"{asked}: expected the id of a call that is up, got {call_id!r}")
        return leg


def _refuse(asked: str, expected: str, call: Call) -> NoReturn:
    found = f"an {call.direction} call that is {call.state}"
    raise SimulatorError(f"{asked}: expected {expected}, got {found}")
