"""Machine detection: who or what answered an outbound call (section 7, M1 to M10).

The clock starts at the answer. What counts is what the far end is heard to say.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from callcontrol.events import MachineDetectionCompleteEvent, MachineDetectionResult
from callcontrol.simulator.core.events import call_event, notify
from callcontrol.simulator.core.leg import Leg, order_target
from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.core.observations import Detected
from callcontrol.simulator.core.scheduler import Actor
from callcontrol.simulator.core.signals import Routine, Signal, SpeechHeard, ToneHeard, Wait
from callcontrol.simulator.core.webhooks import Targets

RESULTS = ("human", "answering-machine", "tone-detected", "silence", "timeout", "error")
"""Every result that can be wished for."""


@dataclass(frozen=True, slots=True)
class DetectionDecided(Signal):
    """Somebody decided on the result."""

    value: str


@dataclass(frozen=True, slots=True)
class DetectionFinished(Signal):
    """Detection has a result; the leg of a synchronous one waits for it."""

    result: MachineDetectionResult


@dataclass(slots=True)
class _Heard:
    """What the detection has heard so far."""

    quiet_from: datetime | None = None
    """End of the last speech; None before any."""
    speech: timedelta = timedelta()
    machine: bool = False


class Detector(Actor):
    """Listens to a leg beside its document."""

    def __init__(self, leg: Leg, config: Fields) -> None:
        super().__init__(leg.scheduler, leg.id)
        self.callback_timeout = leg.callback_timeout
        self._leg = leg
        self._config = config
        self._began = leg.scheduler.now

    def listen(self) -> None:
        """Begin, at the answer."""
        self._leg.listeners.append(self.receive)
        self.start(self._detect())

    def _seconds(self, name: str, default: float) -> timedelta:
        value = self._config.get(name)
        return timedelta(seconds=float(str(value)) if value is not None else default)

    def _detect(self) -> Routine[None]:
        value = yield from self._judged()
        leg = self._leg
        leg.listeners.remove(self.receive)
        if not leg.is_up:
            return
        leg.scheduler.observe(Detected(at=leg.scheduler.now, call_id=leg.id, value=value))
        result = MachineDetectionResult(value=value, duration=leg.scheduler.now - self._began)
        if self._config.get("mode") == "sync":
            leg.post(DetectionFinished(result))
            return
        target = order_target(self._config, "callback")
        if target is not None:
            found = {"machine_detection_result": result}
            fallback = order_target(self._config, "fallback", "fallback")
            event = call_event(leg, MachineDetectionCompleteEvent, found)
            notify(leg, leg.id, event, Targets(target, fallback))

    def _judged(self) -> Routine[str]:
        """Return the result as soon as it is certain (M1 to M6)."""
        heard = _Heard()
        ends = self._began + self._seconds("detectionTimeout", 15)
        while True:
            due, value = self._next(heard)
            if due >= ends:
                due, value = ends, "answering-machine" if heard.machine else "timeout"
            left = max(0.0, (due - self.scheduler.now).total_seconds())
            signal = yield Wait(left, (SpeechHeard, ToneHeard, DetectionDecided))
            certain = (
                value
                if not isinstance(signal, SpeechHeard | ToneHeard | DetectionDecided)
                else None
            )
            certain = certain or self._certain(signal, heard)
            if certain is not None:
                return certain

    def _next(self, heard: _Heard) -> tuple[datetime, str]:
        """Return what will be certain if nothing more is heard, and when."""
        if heard.quiet_from is None:
            return self._began + self._seconds("silenceTimeout", 10), "silence"
        end = self._seconds("speechEndThreshold", 5)
        if heard.machine:
            patience = self._seconds("machineSpeechEndThreshold", end.total_seconds())
            return heard.quiet_from + patience, "answering-machine"
        long = heard.speech >= self._seconds("speechThreshold", 10)
        return heard.quiet_from + end, "answering-machine" if long else "human"

    def _certain(self, signal: Signal, heard: _Heard) -> str | None:
        if isinstance(signal, DetectionDecided):
            return signal.value
        if isinstance(signal, ToneHeard):
            detects = self.scheduler.assumptions.tones_detected
            return "tone-detected" if detects else "answering-machine"
        if isinstance(signal, SpeechHeard):
            length = timedelta(seconds=signal.seconds)
            heard.speech += length
            heard.quiet_from = self.scheduler.now + length
            heard.machine = heard.machine or signal.machine
            if heard.machine and not self._config.get("delayResult"):
                return "answering-machine"
        return None


def config_of(leg: Leg) -> Fields | None:
    """Return the machine detection that a call was created with, None for none."""
    found = leg.call.order.get("machineDetection")
    return cast("Fields", found) if isinstance(found, dict) else None
