"""Recordings of calls, their transcriptions, and files that were downloaded."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from callcontrol._frozen import frozen
from callcontrol._wire.fields import record
from callcontrol._wire.json import NOTHING
from callcontrol._wire.replies import Account, Extra, ListOf, PlatformReply, ReadId


@record
class RecordingTranscription(PlatformReply):
    """The transcription of a recording: its status and address, not its text."""

    id: str | None = None
    status: str | None = None
    """``none``, ``processing``, ``available``, ``error``, ``timeout``, ``file-size-too-big``,
    ``file-size-too-small``, or a newer word."""
    completed_time: datetime | None = None
    url: str | None = None
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class CallRecording(PlatformReply):
    """One recording of a call. The platform keeps recordings for 30 days."""

    recording_id: ReadId
    """Empty only if the platform left it out."""
    call_id: str | None = None
    account_id: Account = None
    application_id: str | None = None
    parent_call_id: str | None = None
    """Id of the A-leg; set only on the B-leg of a Transfer."""
    to: str | None = None
    from_: str | None = None
    transfer_caller_id: str | None = None
    """Set only on the B-leg of a Transfer."""
    transfer_to: str | None = None
    """Set only on the B-leg of a Transfer."""
    direction: str | None = None
    """``inbound`` or ``outbound``."""
    duration: timedelta | None = None
    """Length without pauses."""
    channels: int | None = None
    """1, or 2 if both sides were recorded apart."""
    start_time: datetime | None = None
    end_time: datetime | None = None
    file_format: str | None = None
    """``wav`` or ``mp3``."""
    status: str | None = None
    """``processing``, ``partial``, ``complete``, ``deleted``, ``error``, or a newer word."""
    media_url: str | None = None
    """URL of the file; None while it cannot be downloaded."""
    transcription: RecordingTranscription | None = None
    recording_name: str | None = None
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class ConferenceRecording(PlatformReply):
    """One recording of a conference."""

    recording_id: ReadId
    """Empty only if the platform left it out."""
    conference_id: str | None = None
    account_id: Account = None
    name: str | None = None
    """Name of the conference."""
    duration: timedelta | None = None
    """Length without pauses."""
    channels: int | None = None
    """Always 1."""
    start_time: datetime | None = None
    end_time: datetime | None = None
    file_format: str | None = None
    """``wav`` or ``mp3``."""
    status: str | None = None
    """``processing``, ``partial``, ``complete``, ``deleted``, ``error``, or a newer word."""
    media_url: str | None = None
    """URL of the file; None while it cannot be downloaded."""
    recording_name: str | None = None
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class Transcript(PlatformReply):
    """The text of one speaker."""

    speaker: int | None = None
    """Counts from 0. Of a recording with two channels, 0 is the caller or the A-leg."""
    text: str | None = None
    confidence: float | None = None
    """From 0 to 1."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class TranscriptClip(PlatformReply):
    """A piece of text with its place in the recording."""

    speaker: int | None = None
    text: str | None = None
    confidence: float | None = None
    """From 0 to 1."""
    start_time_seconds: float | None = None
    """Seconds from the beginning of the recording."""
    end_time_seconds: float | None = None
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class RecordingTranscript(PlatformReply):
    """The text of a recording."""

    transcripts: Annotated[tuple[Transcript, ...] | None, ListOf(Transcript)] = None
    """One text for each speaker."""
    clips: Annotated[tuple[TranscriptClip, ...] | None, ListOf(TranscriptClip)] = None
    """The same in pieces with times."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@frozen(kw_only=True)
class DownloadedFile:
    """A file that was written completely."""

    path: Path
    size: int
    """Bytes."""
    content_type: str | None = None
    """Media type that the platform declared, such as ``audio/vnd.wave`` or ``audio/mpeg``."""
