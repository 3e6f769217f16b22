"""Reading the results of the further operations: every documented field, and anything else."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import callcontrol
from bxml._element import wire_name
from callcontrol._wire.replies import PlatformReply
from tests.callcontrol.client.test_models import JSON

TIME = "2022-06-16T13:15:07.160Z"
MEMBER: Mapping[str, object] = {
    "callId": "c-1",
    "conferenceId": "conf-1",
    "memberUrl": "https://voice.example/members/c-1",
    "mute": False,
    "hold": True,
    "callIdsToCoach": ["c-2"],
}
RECORDING: Mapping[str, object] = {
    "accountId": "9900000",
    "recordingId": "r-1",
    "duration": "PT13.67S",
    "channels": 1,
    "startTime": TIME,
    "endTime": TIME,
    "fileFormat": "wav",
    "status": "complete",
    "mediaUrl": "https://voice.example/media",
    "recordingName": "first",
}
TRANSCRIPTION = {"id": "t-1", "status": "available", "completedTime": TIME, "url": "https://a.b"}
TRANSCRIPT = {"speaker": 0, "text": "Hello", "confidence": 0.9}
CLIP = {**TRANSCRIPT, "startTimeSeconds": 0.5, "endTimeSeconds": 2}
TRACK = {"track": "inbound", "transcript": "Hi", "confidence": 1, "detectedLanguage": "en-US"}
DEVICE = {"deviceId": "d-1", "deviceName": "a", "status": "CONNECTED", "creationTimestamp": TIME}
SAMPLES: Mapping[str, Mapping[str, object]] = {
    "CallRecording": {
        **RECORDING,
        "applicationId": "a-1",
        "callId": "c-1",
        "parentCallId": "c-0",
        "to": "+1",
        "from": "+2",
        "transferCallerId": "+3",
        "transferTo": "+4",
        "direction": "inbound",
        "transcription": TRANSCRIPTION,
    },
    "ConferenceRecording": {**RECORDING, "conferenceId": "conf-1", "name": "room"},
    "RecordingTranscription": TRANSCRIPTION,
    "RecordingTranscript": {"transcripts": [TRANSCRIPT, TRANSCRIPT], "clips": [CLIP]},
    "Transcript": TRANSCRIPT,
    "TranscriptClip": CLIP,
    "ConferenceMemberState": MEMBER,
    "ConferenceState": {
        "id": "conf-1",
        "name": "room",
        "createdTime": TIME,
        "completedTime": TIME,
        "conferenceEventUrl": "https://a.b",
        "conferenceEventMethod": "POST",
        "tag": "t",
        "activeMembers": [MEMBER],
    },
    "ListedTranscription": {
        "transcriptionId": "t-1",
        "transcriptionName": "n",
        "transcriptionUrl": "https://a.b",
    },
    "TranscribedTrack": TRACK,
    "CallTranscript": {
        "accountId": 9900000,
        "callId": "c-1",
        "transcriptionId": "t-1",
        "tracks": [TRACK],
    },
    "AccountStatistics": {"currentCallQueueSize": 0, "maxCallQueueSize": 900},
    "EndpointDevice": DEVICE,
    "EndpointState": {
        "endpointId": "e-1",
        "type": "WEBRTC",
        "status": "CONNECTED",
        "creationTimestamp": TIME,
        "expirationTimestamp": TIME,
        "tag": "t",
        "devices": [DEVICE],
        "token": "eyJ-hunter2",
    },
}
NAMES = sorted({name for sample in SAMPLES.values() for name in sample})


def reading(name: str) -> Any:  # noqa: ANN401 - one of many classes
    """Return a class of results."""
    return getattr(callcontrol, name)


def test_all_classes_have_a_sample() -> None:
    """Each class of results that the package offers and that is read from JSON."""
    found = {name: getattr(callcontrol, name) for name in callcontrol.__all__}
    classes = {
        name
        for name, value in found.items()
        if isinstance(value, type) and issubclass(value, PlatformReply)
    }
    assert classes - {"CallState", "CreatedCall"} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_reaches_every_field(name: str) -> None:
    """No field is misspelt on the wire, and none is left over."""
    read = reading(name).read(SAMPLES[name])
    values = {field.name: getattr(read, field.name) for field in fields(read)}
    assert values.pop("extra") == {}
    assert [field for field, value in values.items() if value is None] == []
    assert "hunter2" not in repr(read)
    assert pickle.loads(pickle.dumps(read)) == read  # noqa: S301 - our own bytes


@pytest.mark.parametrize("name", SAMPLES)
def test_missing_and_null(name: str) -> None:
    """Missing fields and null are the same, and no error."""
    kind = reading(name)
    assert kind.read({}) == kind.read(dict.fromkeys(SAMPLES[name]))
    assert kind.read({}).extra == {}


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.dictionaries(st.sampled_from([*NAMES, "newField"]), JSON, max_size=6),
)
def test_any_json(name: str, odd: dict[str, object]) -> None:
    """Whatever object comes, reading it never raises and loses no value."""
    source = {**SAMPLES[name], **odd}
    read = reading(name).read(source)
    known = {wire_name(field.name): field.name for field in fields(read)}
    for wire, value in source.items():
        read_as = getattr(read, known[wire]) if wire in known else None
        assert value is None or wire in read.extra or read_as is not None
    assert hash(read) == hash(copy.deepcopy(read))


@pytest.mark.parametrize("odd", [5, "x", {}, [5], [None], [[]], [MEMBER, 5]], ids=str)
def test_odd_lists(odd: object) -> None:
    """A list that cannot be read as a whole is kept as it came."""
    read = callcontrol.ConferenceState.read({"id": "conf-1", "activeMembers": odd})
    assert read.active_members is None
    assert read.extra == {"activeMembers": odd}
