"""Recordings: Record, and the four verbs of a recording in the background (R1 to R16)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypedDict

from bxml.verbs.recording import (
    PauseRecording,
    Record,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from callcontrol.events import (
    RecordCompleteEvent,
    RecordingAvailableEvent,
    Transcription,
    TranscriptionAvailableEvent,
)
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.events import (
    call_event,
    kind_of,
    notify,
    request_document,
    targets_of,
)
from callcontrol.simulator.core.interpreter import at_once, blocks
from callcontrol.simulator.core.leg import Leg, request_target
from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.core.observations import Recorded
from callcontrol.simulator.core.recordings import FinishedRecording, RecordingText, SaidText
from callcontrol.simulator.core.scheduler import Scheduler
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import Key, Routine, SpeechHeard, Wait
from callcontrol.simulator.core.webhooks import Targets

_LONGEST = 60.0
_TOO_SHORT = timedelta(milliseconds=500)
_TOO_LONG = timedelta(hours=4)


class _OwnerFields(TypedDict, total=False):
    """The fields of a recording that depend on what was recorded."""

    room_name: str
    call: Call
    said: tuple[SaidText, ...]
    transcribe: Callable[[str, Fields], None]


class RecordingInProgress:
    """A running or paused recording; ``finished`` is called when it can be downloaded.

    ``owner`` is the leg, or the id and the name of a conference.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        owner: Leg | tuple[str, str],
        verb: Record | StartRecording,
        finished: Callable[[FinishedRecording], None],
        channels: Literal[1, 2] = 1,
    ) -> None:
        self.recording_id = scheduler.new_id("r")
        self._scheduler = scheduler
        self._owner = owner
        self._owner_id = owner.id if isinstance(owner, Leg) else owner[0]
        self._format = verb.file_format or "wav"
        self._name = verb.recording_name
        self._channels: Literal[1, 2] = channels
        self._finished = finished
        self._started = scheduler.now
        self._resumed: datetime | None = scheduler.now
        self._recorded_time = timedelta()
        self._observe("started")

    def pause(self) -> None:
        """Pause the recording (R11)."""
        if self._resumed is not None:
            self._recorded_time = self._length()
            self._resumed = None
            self._observe("paused")

    def resume(self) -> None:
        """Continue the recording (R11)."""
        if self._resumed is None:
            self._resumed = self._scheduler.now
            self._observe("resumed")

    def stop(self) -> FinishedRecording:
        """End the recording; it can be downloaded after ``recording_delay`` (R5, R12, H5)."""
        finished = FinishedRecording(
            recording_id=self.recording_id,
            owner_id=self._owner_id,
            started=self._started,
            ended=self._scheduler.now,
            duration=self._length(),
            channels=self._channels,
            file_format=self._format,
            media_url=self._media_url(),
            name=self._name,
            **self._owner_fields(),
        )
        self._observe("stopped")
        most = self._scheduler.platform.settings.limits.ended_calls
        self._scheduler.platform.recordings.keep(self.recording_id, finished, most)
        delay = self._scheduler.assumptions.recording_delay
        self._scheduler.clock.call_later(delay, partial(self._finished, finished))
        return finished

    def _owner_fields(self) -> "_OwnerFields":
        leg = self._owner
        if not isinstance(leg, Leg):
            return {"room_name": leg[1]}
        return {
            "call": leg.call,
            "said": leg.said_since(self._started),
            "transcribe": partial(_transcribe_on_order, leg),
        }

    def _length(self) -> timedelta:
        running = self._scheduler.now - self._resumed if self._resumed else timedelta()
        return self._recorded_time + running

    def _media_url(self) -> str:
        self._scheduler.platform.before_download()
        account = self._scheduler.platform.account_url
        kind = "calls" if isinstance(self._owner, Leg) else "conferences"
        return f"{account}/{kind}/{self._owner_id}/recordings/{self.recording_id}/media"

    def _observe(self, change: Literal["started", "paused", "resumed", "stopped"]) -> None:
        self._scheduler.observe(
            Recorded(
                at=self._scheduler.now,
                call_id=self._owner_id,
                recording_id=self.recording_id,
                change=change,
                seconds=self._length().total_seconds(),
            )
        )


def _notify_when_available(
    leg: Leg, verb: Record | StartRecording
) -> Callable[[FinishedRecording], None]:
    """Return a function to call when a recording of a leg is available (R4 to R6, R12, P8)."""
    recorded = targets_of(leg, verb, kind_of(RecordingAvailableEvent))
    transcribed = targets_of(leg, verb, kind_of(TranscriptionAvailableEvent))

    def recording_available(recording: FinishedRecording) -> None:
        if recorded is not None:
            notify(
                leg, leg.id, call_event(leg, RecordingAvailableEvent, recording.fields()), recorded
            )
        if verb.transcribe:
            _transcribe_later(leg, recording, transcribed)

    return recording_available


def _transcribe_later(
    leg: Leg, recording: FinishedRecording, targets: Targets | None, tag: str | None = None
) -> None:
    """Transcribe a recording; it takes ``transcription_delay`` seconds (R6, R17)."""
    scheduler = leg.scheduler
    scheduler.platform.recordings.set_text(recording.recording_id, RecordingText("processing"))

    def done() -> None:
        fields = _transcription(leg, recording)
        found = fields["transcription"]
        assert isinstance(found, Transcription)  # noqa: S101 - put in there
        text = RecordingText(str(found.status), str(found.id), str(found.url), scheduler.now)
        if scheduler.platform.recordings.set_text(recording.recording_id, text) and targets:
            tags = {} if tag is None else {"tag": tag}
            event = call_event(leg, TranscriptionAvailableEvent, {**fields, **tags})
            notify(leg, leg.id, event, targets)

    scheduler.clock.call_later(scheduler.assumptions.transcription_delay, done)


def _transcribe_on_order(leg: Leg, recording_id: str, fields: Fields) -> None:
    """Transcribe a finished recording for a validated transcribeRecording body (R17)."""
    recording = leg.scheduler.platform.recordings.by_id[recording_id]
    target = request_target(fields, "callback")
    tag = fields["tag"]
    targets = None if target is None else Targets(target)
    _transcribe_later(leg, recording, targets, None if tag is None else str(tag))


def _transcription(leg: Leg, recording: FinishedRecording) -> Mapping[str, object]:
    status = "available"
    if recording.duration <= _TOO_SHORT:
        status = "file-size-too-small"
    elif recording.duration >= _TOO_LONG:
        status = "file-size-too-big"
    transcription = Transcription(
        id=f"t-{leg.scheduler.uuid()}",
        url=f"{recording.media_url.removesuffix('/media')}/transcription",
        status=status,
        completed_time=leg.scheduler.now,
    )
    return {**recording.fields(), "transcription": transcription}


@blocks(Record)
def _record(leg: Leg, verb: Record) -> Routine[FetchedDocument | None]:
    """Record the caller until a key, silence or the longest duration ends it (R1 to R8, G16)."""
    recorder = RecordingInProgress(leg.scheduler, leg, verb, _notify_when_available(leg, verb))
    try:
        yield from _wait_for_end(leg, verb)
    finally:
        finished = recorder.stop()
    return (yield from request_document(leg, verb, RecordCompleteEvent, finished.fields()))


def _wait_for_end(leg: Leg, verb: Record) -> Routine[None]:
    keys = "#" if verb.terminating_digits is None else verb.terminating_digits
    longest = _LONGEST if verb.max_duration is None else float(verb.max_duration)
    deadline = leg.scheduler.now + timedelta(seconds=longest)
    silence = timedelta(seconds=float(verb.silence_timeout or 0))
    quiet_since = leg.scheduler.now
    while True:
        due = min(deadline, quiet_since + silence) if silence else deadline
        left = max(0.0, (due - leg.scheduler.now).total_seconds())
        signal = yield Wait(left, (Key, SpeechHeard))
        if isinstance(signal, SpeechHeard):
            quiet_since = leg.scheduler.now + timedelta(seconds=signal.seconds)
        elif not isinstance(signal, Key) or signal.digit in keys:
            return


@at_once(StartRecording)
def _start_recording(leg: Leg, verb: StartRecording) -> None:
    """Record both sides in the background, one recording at a time (R9, R10, R13)."""
    if leg.recorder is None:
        finished = _notify_when_available(leg, verb)
        channels: Literal[1, 2] = 2 if verb.multi_channel else 1
        leg.recorder = RecordingInProgress(leg.scheduler, leg, verb, finished, channels)


@at_once(PauseRecording)
def _pause_recording(leg: Leg, _: PauseRecording) -> None:
    if leg.recorder is not None:
        leg.recorder.pause()


@at_once(ResumeRecording)
def _resume_recording(leg: Leg, _: ResumeRecording) -> None:
    if leg.recorder is not None:
        leg.recorder.resume()


@at_once(StopRecording)
def _stop_recording(leg: Leg, _: StopRecording) -> None:
    if leg.recorder is not None:
        leg.recorder.stop()
        leg.recorder = None
