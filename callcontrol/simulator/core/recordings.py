"""Finished recordings of calls and conferences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal


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


class FinishedRecordings:
    """Every finished recording of a platform."""

    def __init__(self) -> None:
        self.by_id: dict[str, FinishedRecording] = {}
        """Recordings by id, oldest first; see ``Limits.ended_calls``."""

    def keep(self, recording: FinishedRecording, most: int | None) -> None:
        """Keep a recording and drop the oldest ones until at most ``most`` are left."""
        self.by_id[recording.recording_id] = recording
        while most is not None and len(self.by_id) > most:
            del self.by_id[next(iter(self.by_id))]
