"""Streams and real-time transcriptions that run beside the verbs (S1 to S5, S7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal

from bxml.verbs.streaming import StartStream, StartTranscription, StopStream, StopTranscription
from callcontrol.events import (
    Event,
    MediaStream,
    MediaStreamRejectedEvent,
    MediaStreamStartedEvent,
    MediaStreamStoppedEvent,
    RealTimeTranscription,
    RealTimeTranscriptionAvailableEvent,
    RealTimeTranscriptionRejectedEvent,
    RealTimeTranscriptionStartedEvent,
    RealTimeTranscriptionStoppedEvent,
)
from callcontrol.simulator.core.events import NO_FIELDS, build, call_event, notify, targets_of
from callcontrol.simulator.core.interpreter import at_once, blocks
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.recordings import CallText
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import Routine, Signal, Wait
from callcontrol.simulator.core.webhooks import Targets

MAX_TRACKS = 4
"""Tracks that a call may send at once, of streams and of transcriptions each."""

StreamKind = Literal["stream", "transcription"]
_WORDS = {"stream": "A stream", "transcription": "A real-time transcription"}


@dataclass(frozen=True, slots=True)
class StreamClosed(Signal):
    """A stream has ended."""

    name: str


class RunningStream:
    """A stream or transcription of a leg."""

    def __init__(self, leg: Leg, kind: StreamKind, verb: StartStream | StartTranscription) -> None:
        self.kind: StreamKind = kind
        self.id = leg.scheduler.new_id(kind[0])
        self.name = verb.name or self.id
        self.tracks = (
            ("inbound", "outbound") if verb.tracks == "both" else (verb.tracks or "inbound",)
        )
        self.is_bidirectional = isinstance(verb, StartStream) and verb.mode == "bidirectional"
        self.started = leg.scheduler.now
        self._verb = verb
        event = "mediaStreamStarted" if kind == "stream" else "realTimeTranscriptionStarted"
        self._targets = targets_of(leg, verb, event)

    def start(self, leg: Leg) -> None:
        """Start it, or report why it is rejected (S1, S2, S5)."""
        known = leg.media_streams.get((self.kind, self.name))
        used = sum(
            len(media_stream.tracks)
            for media_stream in leg.media_streams.values()
            if media_stream.kind == self.kind
        )
        if known is not None:
            text = f"{_WORDS[self.kind]} with the name {self.name} already exists"
            self._reject(leg, {"cause": "duplicate", "error_message": text, **known.as_original()})
        elif used + len(self.tracks) > MAX_TRACKS:
            text = f"expected at most {MAX_TRACKS} tracks, got {used + len(self.tracks)}"
            self._reject(leg, {"cause": "track-limit", "error_message": text})
        else:
            leg.media_streams[self.kind, self.name] = self
            stream = self.kind == "stream"
            cls = MediaStreamStartedEvent if stream else RealTimeTranscriptionStartedEvent
            self._report(leg, cls, self._event_fields())

    def close(self, leg: Leg) -> None:
        """End it: StopStream, StopTranscription, the far end, or the end of the call (S3, S4)."""
        del leg.media_streams[self.kind, self.name]
        found = self._event_fields({"duration": leg.scheduler.now - self.started})
        stream = self.kind == "stream"
        cls = MediaStreamStoppedEvent if stream else RealTimeTranscriptionStoppedEvent
        self._report(leg, cls, {**found, "cause": "closed"})
        leg.post(StreamClosed(self.name))
        if not stream:
            self._keep(leg)
        if not stream and self._targets is not None:
            delay = leg.scheduler.assumptions.transcription_delay
            leg.scheduler.clock.call_later(
                delay, partial(self._report_available, leg, self._targets)
            )

    def _keep(self, leg: Leg) -> None:
        """Keep the text of a transcription (S8)."""
        platform, delay = leg.scheduler.platform, leg.scheduler.assumptions.transcription_delay
        text = CallText(
            transcription_id=self.id,
            call_id=leg.id,
            name=self.name,
            tracks=self.tracks,
            available=leg.scheduler.now + timedelta(seconds=delay),
            said=leg.said_since(self.started),
        )
        platform.call_texts.keep(self.id, text, platform.settings.limits.ended_calls)

    def as_original(self) -> Mapping[str, object]:
        """Return its field in the event that rejects a second one of the same name."""
        found = next(iter(self._event_fields().values()))
        name = "original_media_stream" if self.kind == "stream" else "original_transcription"
        return {name: found}

    def _reject(self, leg: Leg, extra: Mapping[str, object]) -> None:
        stream = self.kind == "stream"
        cls = MediaStreamRejectedEvent if stream else RealTimeTranscriptionRejectedEvent
        leg.warn(f"{self.kind} {self.name} did not start: {extra['error_message']}")
        self._report(leg, cls, {**self._event_fields(), **extra})

    def _report(self, leg: Leg, cls: type[Event], extra: Mapping[str, object]) -> None:
        """Send an event; for a transcription only if it has a destination."""
        live = self.kind == "stream" or self._verb.destination is not None
        if self._targets is not None and live:
            notify(leg, leg.id, call_event(leg, cls, extra), self._targets)

    def _report_available(self, leg: Leg, targets: Targets) -> None:
        url = f"{leg.scheduler.platform.calls_url}/{leg.id}/transcriptions/{self.id}"
        found = self._event_fields(
            {"status": "available", "url": url, "completed_time": leg.scheduler.now}
        )
        notify(leg, leg.id, call_event(leg, RealTimeTranscriptionAvailableEvent, found), targets)

    def _event_fields(self, more: Mapping[str, object] = NO_FIELDS) -> dict[str, object]:
        values: dict[str, object] = {
            "id": self.id,
            "name": self.name,
            "start_time": self.started,
            "tracks": self.tracks,
            "destination": self._verb.destination,
            **more,
        }
        if isinstance(self._verb, StartStream):
            return {"media_stream": build(MediaStream, {**values, "type": "WebSocket"})}
        if self._verb.destination is not None:
            values["stabilized"] = self._verb.stabilized is not False
        return {"real_time_transcription": build(RealTimeTranscription, values)}


@at_once(StartStream)
def _start_stream(leg: Leg, verb: StartStream) -> None:
    RunningStream(leg, "stream", verb).start(leg)


@blocks(StopStream)
def _stop_stream(leg: Leg, verb: StopStream) -> Routine[FetchedDocument | None]:
    """Stop a stream, or wait until its far end closes it (S3)."""
    media_stream = leg.media_streams.get(("stream", verb.name))
    if media_stream is None:
        return None
    if not verb.wait:
        media_stream.close(leg)
        return None
    while leg.media_streams.get(("stream", verb.name)) is media_stream:
        yield Wait(wants=(StreamClosed,))
    return None


@at_once(StartTranscription)
def _start_transcription(leg: Leg, verb: StartTranscription) -> None:
    RunningStream(leg, "transcription", verb).start(leg)


@at_once(StopTranscription)
def _stop_transcription(leg: Leg, verb: StopTranscription) -> None:
    """Stop one transcription, or all of them if none is named (S5)."""
    for media_stream in tuple(leg.media_streams.values()):
        if media_stream.kind == "transcription" and verb.name in (None, media_stream.name):
            media_stream.close(leg)
