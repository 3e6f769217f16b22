"""Finished recordings of calls and conferences, and the texts of recordings and calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.messages import Fields


@dataclass(frozen=True, slots=True)
class SaidText:
    """A text that the person on a call has said."""

    at: datetime
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RecordingText:
    """The transcription of a recording."""

    status: str
    """``processing`` until it is complete."""
    transcription_id: str = ""
    url: str = ""
    completed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRecording:
    """A finished recording; its sound is silence of the same length."""

    recording_id: str
    owner_id: str
    """Id of the call or conference."""
    started: datetime
    ended: datetime
    duration: timedelta
    """Without pauses."""
    channels: Literal[1, 2]
    file_format: str
    media_url: str
    name: str | None = None
    """``recordingName`` of the verb."""
    room_name: str | None = None
    """Name of the conference; None for a call."""
    call: Call | None = field(default=None, repr=False)
    """The call as it was at the end of the recording; None for a conference."""
    said: tuple[SaidText, ...] = field(default=(), repr=False)
    has_media: bool = True
    """Whether its file was not deleted."""
    text: RecordingText | None = None
    transcribe: Callable[[str, Fields], None] | None = field(
        default=None, repr=False, compare=False
    )
    """Orders a transcription, with the id and a validated transcribeRecording body."""

    def fields(self) -> Mapping[str, object]:
        """Return the fields of every event about the recording."""
        return {
            "start_time": self.started,
            "end_time": self.ended,
            "duration": self.duration,
            "recording_id": self.recording_id,
            "media_url": self.media_url,
            "file_format": self.file_format,
            "channels": self.channels,
            "status": "complete",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CallText:
    """The text of a StartTranscription."""

    transcription_id: str
    call_id: str
    name: str
    tracks: tuple[str, ...]
    available: datetime
    """When it can be read."""
    said: tuple[SaidText, ...] = field(default=(), repr=False)


T = TypeVar("T")


class Store(Generic[T]):
    """Finished recordings or texts of a platform."""

    def __init__(self) -> None:
        self.by_id: dict[str, T] = {}
        """By id, oldest first; see ``Limits.ended_calls``."""

    def keep(self, item_id: str, item: T, most: int | None) -> None:
        """Keep an item and drop the oldest ones until at most ``most`` are left."""
        self.by_id[item_id] = item
        while most is not None and len(self.by_id) > most:
            del self.by_id[next(iter(self.by_id))]


class FinishedRecordings(Store[FinishedRecording]):
    """Every finished recording of a platform."""

    def set_text(self, recording_id: str, text: RecordingText | None) -> bool:
        """Set the transcription of a recording; return False if it was deleted meanwhile."""
        found = self.by_id.get(recording_id)
        if found is None:
            return False
        self.by_id[recording_id] = replace(found, text=text)
        return True
