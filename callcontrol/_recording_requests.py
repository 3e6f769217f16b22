"""Arguments of the operations on recordings.

Vendor page: dev.bandwidth.com/apis/voice (schema transcribeRecording, parameters of
listAccountCallRecordings).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated

from bxml._kinds import Boolean, Default, Number, Range
from bxml._record import KW_ONLY
from bxml._types import Destination
from callcontrol._request_types import Record, record
from callcontrol._requests import (
    CallId,
    LongUrl,
    Method,
    Password,
    Tag,
    UserName,
    When,
    https,
    identifier,
    in_order,
    moment,
)

RECORDING_ID = identifier("a recording id")
TRANSCRIPTION_ID = identifier("a transcription id")
_NO = False

RecordingId = Annotated[str, RECORDING_ID]


@record("list_recordings")
class ListRecordings(Record):
    """Arguments of ``list_recordings``."""

    in_path = ("call_id",)

    call_id: CallId


@record("list_account_recordings")
class ListAccountRecordings(Record):
    """Arguments of ``list_account_recordings``."""

    readers = MappingProxyType({"min_start_time": moment, "max_start_time": moment})
    rules = (in_order("min_start_time", "max_start_time"),)

    _: KW_ONLY
    to: Destination | None = None
    """Only recordings of calls to exactly this number or SIP URI."""
    from_: Destination | None = None
    """Only recordings of calls from exactly this number."""
    min_start_time: When | None = None
    """Only recordings that started then or later; a datetime needs a zone."""
    max_start_time: When | None = None
    """Only recordings that started then or earlier."""


@record("transcribe_recording")
class TranscribeRecording(Record):
    """Arguments of ``transcribe_recording``."""

    in_path = ("call_id", "recording_id")
    rules = (https("callback_url", "username", "password"),)

    call_id: CallId
    recording_id: RecordingId
    _: KW_ONLY
    callback_url: LongUrl | None = None
    """Gets the transcriptionAvailable webhook."""
    callback_method: Method | None = None
    username: UserName | None = None
    """For ``callback_url``."""
    password: Password | None = None
    tag: Tag | None = None
    """Included in the webhook, at most 4,096 characters."""
    callback_timeout: Annotated[Number, Range(1, 25, "seconds"), Default(15)] | None = None
    """Seconds the webhook may take, 1 to 25."""
    detect_language: Annotated[bool, Boolean(), Default(_NO)] | None = None
    """Detect English, French or Spanish; English is assumed otherwise."""


@record("list_transcriptions")
class ListTranscriptions(Record):
    """Arguments of ``list_transcriptions``."""

    in_path = ("call_id",)

    call_id: CallId
