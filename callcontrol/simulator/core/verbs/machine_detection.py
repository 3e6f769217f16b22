"""Machine detection: whether a person or a machine answered an outbound call (M1 to M10).

Its times count from the answer, and its result depends on the speech of the far end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from callcontrol.events import MachineDetectionCompleteEvent, MachineDetectionResult
from callcontrol.simulator.core.events import call_event, notify
from callcontrol.simulator.core.leg import Leg, request_target
from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.core.observations import Detected
from callcontrol.simulator.core.scheduler import Actor
from callcontrol.simulator.core.signals import Routine, Signal, SpeechHeard, ToneHeard, Wait
from callcontrol.simulator.core.webhooks import Targets

RESULTS = ("human", "answering-machine", "tone-detected", "silence", "timeout", "error")
"""Every result that ``Engine.detect`` takes."""


@dataclass(frozen=True, slots=True)
class DetectionDecided(Signal):
    """A test set the result."""

    value: str


@dataclass(frozen=True, slots=True)
class DetectionFinished(Signal):
    """Detection has a result; the leg of a synchronous one waits for it."""

    result: MachineDetectionResult


_HEARD = (SpeechHeard, ToneHeard, DetectionDecided)


@dataclass(slots=True)
class _SpeechSoFar:
    """The speech heard so far."""

    quiet_from: datetime | None = None
    """End of the last speech; None before any."""
    speech: timedelta = timedelta()
    machine: bool = False


class Detector(Actor):
    """Listens to a leg while its document runs."""

    def __init__(self, leg: Leg, config: Fields) -> None:
        super().__init__(leg.scheduler, leg.id)
        self.callback_timeout = leg.callback_timeout
        self._leg = leg
        self._config = config
        self._began = leg.scheduler.now

    def listen(self) -> None:
        """Start, at the answer."""
        self._leg.listeners.append(self.receive)
        self.start(self._detect())

    def _seconds(self, name: str, default: float) -> timedelta:
        value = self._config.get(name)
        return timedelta(seconds=float(str(value)) if value is not None else default)

    def _detect(self) -> Routine[None]:
        value = yield from self._await_result()
        leg = self._leg
        leg.listeners.remove(self.receive)
        if not leg.is_up:
            return
        leg.scheduler.observe(Detected(at=leg.scheduler.now, call_id=leg.id, value=value))
        result = MachineDetectionResult(value=value, duration=leg.scheduler.now - self._began)
        if self._config.get("mode") == "sync":
            leg.post(DetectionFinished(result))
            return
        target = request_target(self._config, "callback")
        if target is not None:
            found = {"machine_detection_result": result}
            fallback = request_target(self._config, "fallback", "fallback")
            event = call_event(leg, MachineDetectionCompleteEvent, found)
            notify(leg, leg.id, event, Targets(target, fallback))

    def _await_result(self) -> Routine[str]:
        """Return the result as soon as it is certain (M1 to M6)."""
        so_far = _SpeechSoFar()
        deadline = self._began + self._seconds("detectionTimeout", 15)
        while True:
            due, value = self._result_of_silence(so_far)
            if due >= deadline:
                due, value = deadline, "answering-machine" if so_far.machine else "timeout"
            left = max(0.0, (due - self.scheduler.now).total_seconds())
            signal = yield Wait(left, _HEARD)
            result = self._result_of(signal, so_far) if isinstance(signal, _HEARD) else value
            if result is not None:
                return result

    def _result_of_silence(self, so_far: _SpeechSoFar) -> tuple[datetime, str]:
        """Return when the result is certain without further speech, and the result."""
        if so_far.quiet_from is None:
            return self._began + self._seconds("silenceTimeout", 10), "silence"
        end = self._seconds("speechEndThreshold", 5)
        if so_far.machine:
            silence = self._seconds("machineSpeechEndThreshold", end.total_seconds())
            return so_far.quiet_from + silence, "answering-machine"
        long = so_far.speech >= self._seconds("speechThreshold", 10)
        return so_far.quiet_from + end, "answering-machine" if long else "human"

    def _result_of(self, signal: Signal, so_far: _SpeechSoFar) -> str | None:
        if isinstance(signal, DetectionDecided):
            return signal.value
        if isinstance(signal, ToneHeard):
            detects = self.scheduler.assumptions.tones_detected
            return "tone-detected" if detects else "answering-machine"
        if isinstance(signal, SpeechHeard):
            length = timedelta(seconds=signal.seconds)
            so_far.speech += length
            so_far.quiet_from = self.scheduler.now + length
            so_far.machine = so_far.machine or signal.machine
            if so_far.machine and not self._config.get("delayResult"):
                return "answering-machine"
        return None


def config_of(leg: Leg) -> Fields | None:
    """Return the machine detection that a call was created with, None for none."""
    found = leg.call.order.get("machineDetection")
    return cast("Fields", found) if isinstance(found, dict) else None
