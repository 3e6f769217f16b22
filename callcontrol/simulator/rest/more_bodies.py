"""JSON request bodies of recordings, conferences and endpoints, like those in ``bodies``.

:raises Refusal: 400 for an invalid body, in the vendor's words.
"""

from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.rest import validators
from callcontrol.simulator.rest.bodies import (
    CREDENTIALS,
    TEXT,
    Field,
    missing,
    object_in,
    read_fields,
    require_https,
    webhook_fields,
)
from callcontrol.simulator.rest.refusal import Refusal

_UPDATE_CONFERENCE = (
    Field("status", validators.one_of("active", "completed"), "active"),
    *webhook_fields("redirect"),
    *webhook_fields("redirectFallback"),
    *CREDENTIALS,
)
_ONLY_ACTIVE = ("redirectUrl", "redirectMethod", "redirectFallbackUrl", "redirectFallbackMethod")

_MEMBER = (
    Field("mute", validators.boolean),
    Field("hold", validators.boolean),
    Field("callIdsToCoach", validators.texts),
)

_ENDPOINT = (
    Field("type", validators.one_of("WEBRTC"), required=True),
    Field("direction", validators.one_of("INBOUND", "OUTBOUND", "BIDIRECTIONAL"), required=True),
    Field("eventCallbackUrl", validators.url()),
    Field("eventFallbackUrl", validators.url()),
    Field("tag", TEXT),
    Field("connectionMetadata", validators.json_object),
)

_STATE = (Field("state", validators.one_of("paused", "recording"), required=True),)

_TRANSCRIBE = (
    *webhook_fields("callback"),
    Field("username", TEXT),
    Field("password", TEXT),
    Field("tag", validators.text(4096)),
    Field("callbackTimeout", validators.number(1, 25), 15),
    Field("detectLanguage", validators.boolean, default=False),
)


def update_conference(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of an updateConference body."""
    sent = object_in(body)
    fields = read_fields(sent, _UPDATE_CONFERENCE, ignore_unknown=ignore_unknown)
    if fields["status"] == "active":
        if fields["redirectUrl"] is None:
            raise Refusal(400, missing(("redirectUrl",)))
        return fields
    for name in _ONLY_ACTIVE:
        if sent.get(name) is not None:
            text = f"Invalid {name}: must not be set when status is completed"
            raise Refusal(400, text)
    return fields


def update_member(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of an updateConferenceMember body; None leaves a value as it is."""
    return read_fields(object_in(body), _MEMBER, ignore_unknown=ignore_unknown)


def recording_state(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the field of an updateCallRecordingState body."""
    return read_fields(object_in(body), _STATE, ignore_unknown=ignore_unknown)


def create_endpoint(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of a createEndpoint body."""
    return read_fields(object_in(body), _ENDPOINT, ignore_unknown=ignore_unknown)


def transcribe(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of a transcribeRecording body."""
    fields = read_fields(object_in(body), _TRANSCRIBE, ignore_unknown=ignore_unknown)
    with_user = fields["username"] is not None
    require_https("callbackUrl", fields["callbackUrl"], with_credentials=with_user)
    return fields
