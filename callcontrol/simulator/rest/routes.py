"""The paths of the operations, from the vendor's OpenAPI document."""

import re
from dataclasses import dataclass
from typing import Literal

from callcontrol.simulator.core.messages import Operation

API_ROOT = "/api/v2"
TOKEN_PATH = "/api/v1/oauth2/token"  # noqa: S105 - an address
_ACCOUNT = f"{API_ROOT}/accounts/{{accountId}}"
_CALLS = f"{_ACCOUNT}/calls"
_CALL = f"{_CALLS}/{{callId}}"
_RECORDINGS = f"{_CALL}/recordings"
_RECORDING = f"{_RECORDINGS}/{{recordingId}}"
_TEXTS = f"{_CALL}/transcriptions"
_CONFERENCES = f"{_ACCOUNT}/conferences"
_CONFERENCE = f"{_CONFERENCES}/{{conferenceId}}"
ENDPOINTS_ROOT = "/v2"
_ENDPOINTS = f"{ENDPOINTS_ROOT}/accounts/{{accountId}}/endpoints"
_ENDPOINT = f"{_ENDPOINTS}/{{endpointId}}"
_MEMBER = f"{_CONFERENCE}/members/{{memberId}}"

MediaType = Literal["application/json", "application/xml"]
_JSON: MediaType = "application/json"
_XML: MediaType = "application/xml"


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path."""

    operation: Operation
    method: str
    template: str
    media_type: MediaType | None = None
    """The only content type the operation takes; None ignores the body."""


ROUTES = (
    Route("createCall", "POST", _CALLS, _JSON),
    Route("listCalls", "GET", _CALLS),
    Route("getCallState", "GET", _CALL),
    Route("updateCall", "POST", _CALL, _JSON),
    Route("updateCallBxml", "PUT", f"{_CALL}/bxml", _XML),
    Route("updateCallRecordingState", "PUT", f"{_CALL}/recording", _JSON),
    Route("listAccountCallRecordings", "GET", f"{_ACCOUNT}/recordings"),
    Route("listCallRecordings", "GET", _RECORDINGS),
    Route("getCallRecording", "GET", _RECORDING),
    Route("deleteRecording", "DELETE", _RECORDING),
    Route("downloadCallRecording", "GET", f"{_RECORDING}/media"),
    Route("deleteRecordingMedia", "DELETE", f"{_RECORDING}/media"),
    Route("transcribeCallRecording", "POST", f"{_RECORDING}/transcription", _JSON),
    Route("getRecordingTranscription", "GET", f"{_RECORDING}/transcription"),
    Route("deleteRecordingTranscription", "DELETE", f"{_RECORDING}/transcription"),
    Route("listRealTimeTranscriptions", "GET", _TEXTS),
    Route("getRealTimeTranscription", "GET", f"{_TEXTS}/{{transcriptionId}}"),
    Route("deleteRealTimeTranscription", "DELETE", f"{_TEXTS}/{{transcriptionId}}"),
    Route("listConferences", "GET", _CONFERENCES),
    Route("getConference", "GET", _CONFERENCE),
    Route("updateConference", "POST", _CONFERENCE, _JSON),
    Route("updateConferenceBxml", "PUT", f"{_CONFERENCE}/bxml", _XML),
    Route("getConferenceMember", "GET", _MEMBER),
    Route("updateConferenceMember", "PUT", _MEMBER, _JSON),
    Route("listConferenceRecordings", "GET", f"{_CONFERENCE}/recordings"),
    Route("getConferenceRecording", "GET", f"{_CONFERENCE}/recordings/{{recordingId}}"),
    Route("downloadConferenceRecording", "GET", f"{_CONFERENCE}/recordings/{{recordingId}}/media"),
    Route("createEndpoint", "POST", _ENDPOINTS, _JSON),
    Route("listEndpoints", "GET", _ENDPOINTS),
    Route("getEndpoint", "GET", _ENDPOINT),
    Route("deleteEndpoint", "DELETE", _ENDPOINT),
    Route("updateEndpointBxml", "PUT", f"{_ENDPOINT}/bxml", _XML),
    Route("getStatistics", "GET", f"{_ACCOUNT}/statistics"),
    Route("token", "POST", TOKEN_PATH),
)
"""Every operation that is served."""


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


PATHS = tuple(
    (_pattern(template), {route.method: route for route in ROUTES if route.template == template})
    for template in dict.fromkeys(route.template for route in ROUTES)
)
"""The routes of each path, by method."""
