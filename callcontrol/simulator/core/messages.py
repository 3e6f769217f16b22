"""The values that the core and its REST side share: headers, fields, operations, the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Fields = Mapping[str, object]
"""A validated request body; fields that are null or absent are None or their default."""

Operation = Literal[
    "createCall",
    "getCallState",
    "listCalls",
    "updateCall",
    "updateCallBxml",
    "updateCallRecordingState",
    "listAccountCallRecordings",
    "listCallRecordings",
    "getCallRecording",
    "downloadCallRecording",
    "deleteRecording",
    "deleteRecordingMedia",
    "transcribeCallRecording",
    "getRecordingTranscription",
    "deleteRecordingTranscription",
    "listConferences",
    "getConference",
    "updateConference",
    "updateConferenceBxml",
    "getConferenceMember",
    "updateConferenceMember",
    "listConferenceRecordings",
    "getConferenceRecording",
    "downloadConferenceRecording",
    "listRealTimeTranscriptions",
    "getRealTimeTranscription",
    "deleteRealTimeTranscription",
    "createEndpoint",
    "listEndpoints",
    "getEndpoint",
    "deleteEndpoint",
    "updateEndpointBxml",
    "getStatistics",
    "token",
]
"""The operations served, by their names in the vendor's OpenAPI document, and the token."""
OPERATION_NAMES: tuple[str, ...] = get_args(Operation)

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One line of the request log: no header, query or body."""

    method: str
    path: str
    status: int
    operation: Operation | None
    """None if the request was refused for its host, credentials or path."""
