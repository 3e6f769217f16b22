"""Events as they really come: repeated parameters, missing and odd fields, two envelopes."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.datastructures import QueryParams
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from callcontrol.errors import EventError
from callcontrol.events import (
    AnswerEvent,
    ConnectStatusEvent,
    Diversion,
    EndpointConnectedEvent,
    EndpointDisconnectedEvent,
    EndpointEligibleEvent,
    EndpointEvent,
    EndpointIneligibleEvent,
    Event,
    GatherEvent,
    InitiateEvent,
    MachineDetectionCompleteEvent,
    OutboundConnectionRequestEvent,
    PartialGatherEvent,
    RecordingAvailableEvent,
    ReferCompleteEvent,
    TranscriptionAvailableEvent,
    UnknownEndpointEvent,
    UnknownEvent,
    parse_event,
)
from callcontrol.simulator import Simulator

WEBHOOKS = json.loads(Path(__file__).with_name("webhooks.json").read_text(encoding="utf-8"))
PAIRS = [
    ("from", "menu"),
    ("page", "1"),
    ("page", "2"),
    ("eventType", "gather"),
    ("callId", "c-1"),
    ("from", "+19195551234"),
    ("to", "+19195554321"),
    ("digits", "5"),
]
CALL = {"callId": "c-1", "from": "+19195551234", "to": "+19195554321"}


class AllPairs(dict[str, str]):
    """As in aiohttp, Litestar and Pyramid: ``items`` gives every pair, ``getall`` the values."""

    def getall(self, name: str) -> list[str]:
        """Return all values of a name."""
        return [value for key, value in PAIRS if key == name]


class FirstOnly(AllPairs):
    """As in Bottle and Pyramid's cousins: ``items`` gives one value, here the first."""

    def __init__(self) -> None:
        super().__init__(reversed(PAIRS))


class LastOnly(dict[str, str]):
    """As in Django: ``items`` gives the last value, ``getlist`` all."""

    def getlist(self, name: str) -> list[str]:
        """Return all values of a name."""
        return [value for key, value in PAIRS if key == name]


LISTS = {name: [value for key, value in PAIRS if key == name] for name, _ in PAIRS}
SOURCES: dict[str, Mapping[str, Any]] = {
    "A1-flask": MultiDict(PAIRS),
    "A1-flask-args": ImmutableMultiDict(PAIRS),
    "A1-fastapi": QueryParams(PAIRS),
    "A1-aiohttp": AllPairs(PAIRS),
    "A1-bottle": FirstOnly(),
    "A1-django": LastOnly(PAIRS),
    "A1-lists": LISTS,
    "A1-tornado": {name: [text.encode() for text in texts] for name, texts in LISTS.items()},
    "A1-falcon": {name: texts if texts[1:] else texts[0] for name, texts in LISTS.items()},
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_last_of_repeated_parameters_counts(source: Mapping[str, Any]) -> None:
    """Whatever a framework's mapping does in ``items``, the platform's own value is read."""
    event = parse_event(source)
    assert isinstance(event, GatherEvent)
    assert (event.from_, event.digits) == ("+19195551234", "5")
    page = event.extra["page"]
    assert page in ("2", ["1", "2"])  # without eventType as a list, it may be a JSON list


@pytest.mark.parametrize("source", [MultiDict(PAIRS), QueryParams(PAIRS), LastOnly(PAIRS)])
def test_a1_unknown_parameters_count_last_too(source: Mapping[str, Any]) -> None:
    """The rule holds for parameters of the application's own URL."""
    assert parse_event(source).extra == {"page": "2"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"eventType": "answer", "callId": "c-1"}, id="A2"),
        pytest.param({"eventType": "disconnect", "callId": "c-1"}, id="A2-disconnect"),
        pytest.param(
            {"eventType": "conferenceMemberJoin", "conferenceId": "conf-1", "callId": "c-1"},
            id="A2-member",
        ),
        pytest.param({"eventType": "dtmf", "callId": "c-1", "digit": "1"}, id="A2-dtmf"),
    ],
)
def test_numbers_may_be_missing(body: dict[str, object]) -> None:
    """Only what says which call it is about, and what it reports, is needed."""
    event: Any = parse_event(json.dumps(body))
    assert (event.from_, event.to) == (None, None)
    assert {"from", "to"} <= set(event.absent)
    assert json.loads(event.to_json()).items() >= body.items()


def test_a3_odd_fields_are_kept_and_named() -> None:
    """One odd field costs no event: it is kept as it came, the rest is typed."""
    body = {
        "eventType": "recordingAvailable",
        **CALL,
        "recordingId": "r-1",
        "duration": "20",
        "channels": "1",
        "mediaUrl": "https://voice.example/media",
        "eventTime": "2026-03-02T10:15:30.120Z",
    }
    event = parse_event(json.dumps(body))
    assert isinstance(event, RecordingAvailableEvent)
    assert set(event.unread) == {"duration", "channels"}
    assert event.extra == {"duration": "20", "channels": "1"}
    assert (event.duration, event.channels) == (None, None)
    assert event.media_url == "https://voice.example/media"
    assert event.event_time == datetime(2026, 3, 2, 10, 15, 30, 120_000, tzinfo=UTC)
    assert not {"duration", "channels"} & set(event.absent)
    assert json.loads(event.to_json()) == {**body, "eventTime": "2026-03-02T10:15:30.120Z"}


def test_a3_inside_a_record() -> None:
    """An odd field of a record inside is named with its place."""
    body = {"eventType": "transcriptionAvailable", **CALL, "recordingId": "r-1"}
    body |= {"transcription": {"id": "t-1", "completedTime": "soon"}}  # type: ignore[dict-item]
    event = parse_event(json.dumps(body))
    assert isinstance(event, TranscriptionAvailableEvent)
    assert event.unread == ("transcription.completedTime",)
    assert event.transcription.extra == {"completedTime": "soon"}
    assert parse_event(event.to_json()) == event == parse_event(event.to_query())


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("answer", "machineDetectionResult", {"duration": "PT1S"}),
        ("initiate", "sipHeaders", {"x-a": 1}),
        ("initiate", "stirShaken", "passed"),
        ("disconnect", "sipResponseCode", "486"),
        ("gather", "digits", ["1"]),
        ("endpointConnected", "timestamp", "2026-03-02T10:15:30Z"),
    ],
    ids=lambda value: f"A3-{value}" if isinstance(value, str) else "",
)
def test_an_odd_value_survives_writing(kind: str, field: str, value: object) -> None:
    """What could not be read is written back as it came."""
    body = {name: example for name, (_, _, example) in WEBHOOKS[kind]["fields"].items()}
    event = parse_event(json.dumps(body | {field: value}))
    assert event.unread == (field,)
    assert json.loads(event.to_json())[field] == value
    assert parse_event(event.to_json()) == event


def test_a3_extra_takes_a_declared_name_only_for_an_odd_value() -> None:
    """A value that the attribute could hold belongs into the attribute."""
    event = GatherEvent(call_id="c-1", extra={"answerTime": "noon"})
    assert event.unread == ("answerTime",)
    for extra in ({"answerTime": "2026-03-02T10:15:30Z"}, {"answerTime": None}, {"callId": 5}):
        with pytest.raises(EventError, match="expected names without a field of their own"):
            GatherEvent(call_id="c-1", extra=extra)
    with pytest.raises(EventError, match="got 'tag'"):
        GatherEvent(call_id="c-1", tag="x", extra={"tag": 5})


ENDPOINTS: dict[str, type[EndpointEvent]] = {
    "endpointConnected": EndpointConnectedEvent,
    "endpointDisconnected": EndpointDisconnectedEvent,
    "endpointEligible": EndpointEligibleEvent,
    "endpointIneligible": EndpointIneligibleEvent,
    "outboundConnectionRequest": OutboundConnectionRequestEvent,
    "connectStatus": ConnectStatusEvent,
}


@pytest.mark.parametrize("kind", ENDPOINTS, ids=[f"A4-{kind}" for kind in ENDPOINTS])
def test_webhooks_of_endpoints_are_typed(kind: str) -> None:
    """The other envelope: the kind in ``event``, the time in milliseconds."""
    body = {name: example for name, (_, _, example) in WEBHOOKS[kind]["fields"].items()}
    event = parse_event(json.dumps(body))
    assert type(event) is ENDPOINTS[kind]
    assert event.event_type == kind
    assert event.event_time == datetime(2026, 2, 19, 21, 43, 39, 412_000, tzinfo=UTC)
    assert event.extra == {}
    assert event.absent == ()
    assert json.loads(event.to_json()) == body
    assert parse_event(event.to_query()) == event


def test_a4_both_families_at_one_address() -> None:
    """``eventType`` decides where both are there; unknown kinds keep their envelope."""
    voice = parse_event({"eventType": "gather", "event": "endpointConnected", **CALL})
    assert isinstance(voice, GatherEvent)
    assert voice.extra == {"event": "endpointConnected"}
    other = parse_event('{"event":"endpointMoved","endpointId":"e-1","timestamp":1}')
    assert other == UnknownEndpointEvent("endpointMoved", {"endpointId": "e-1", "timestamp": 1})
    assert isinstance(other, UnknownEvent)
    assert json.loads(other.to_json())["event"] == "endpointMoved"
    spec = parse_event('{"eventType":"DEVICE_CONNECTED","endpointId":"e-1"}')
    assert spec == UnknownEvent("DEVICE_CONNECTED", {"endpointId": "e-1"})
    with pytest.raises(EventError, match=r"^event.event: expected text, got a number$"):
        parse_event('{"event":5}')
    with pytest.raises(EventError, match=r"^endpointEligible.endpointId: expected text, got noth"):
        parse_event('{"event":"endpointEligible"}')


def test_a4_the_call_of_a_connect() -> None:
    """``call_id`` finds the telephone call on either side."""
    out = ConnectStatusEvent(status="ANSWERED", from_="c-1", from_type="CALL", to="e-1")
    back = ConnectStatusEvent(status="FAILED", from_="e-1", from_type="ENDPOINT", to="c-2")
    bare = ConnectStatusEvent(status="INITIATED", from_="e-1", to="c-2")
    assert (out.call_id, back.call_id, bare.call_id) == ("c-1", "c-2", None)


def parsed(event_type: str, **fields: object) -> Event:
    """Return an event that came as JSON with these fields."""
    return parse_event(json.dumps({"eventType": event_type, **CALL, **fields}))


def test_a5_what_live_calls_carry() -> None:
    """Fields that were seen on live calls or in newer libraries have attributes."""
    initiate = parsed("initiate", privacy=False, callerDisplayName="", accountId=9900000)
    assert isinstance(initiate, InitiateEvent)
    assert (initiate.privacy, initiate.caller_display_name) == (False, "")
    assert initiate.account_id == "9900000"
    assert json.loads(initiate.to_json())["privacy"] is False
    answer = parse_event(parsed("answer", privacy=True).to_query())
    assert isinstance(answer, AnswerEvent)
    assert answer.privacy is True
    gather = parsed("gather", text="sales please")
    assert isinstance(gather, GatherEvent)
    assert (gather.text, gather.digits, gather.terminating_digit) == ("sales please", "", "")
    partial = parsed("partialgather", text="sales", confidence=0.5)
    assert isinstance(partial, PartialGatherEvent)
    assert (partial.text, partial.extra) == ("sales", {"confidence": 0.5})
    recording = parsed(
        "recordingAvailable", recordingId="r-1", recordingName="x", detectedLanguage="en-US"
    )
    assert isinstance(recording, RecordingAvailableEvent)
    assert (recording.recording_name, recording.detected_language) == ("x", "en-US")
    for event in (initiate, answer, gather, recording):
        assert event.extra == {}


def test_a5_refer_complete() -> None:
    """The outcome of a Refer has a class; a success has nothing to run a reply on."""
    event = parsed("referComplete", referCallStatus="failure", referSipResponseCode=603)
    assert isinstance(event, ReferCompleteEvent)
    assert event.can_reply_with_bxml
    assert (event.refer_call_status, event.refer_sip_response_code) == ("failure", 603)
    assert event.notify_sip_response_code is None


EXTRAS: dict[str, dict[str, object]] = {
    "A18": {"diversion": {"origTo": "+19195558888", "reason": "unavailable", "news": "1"}},
    "A18-python-names": {"diversion": {"orig_to": "+19195558888", "reason": "unavailable"}},
    "A18-record": {"diversion": Diversion(orig_to="+19195558888", reason="unavailable")},
    "A18-wire-names": {
        "stirShaken": {"verstat": "TN-Validation-Passed", "attestationIndicator": "A"},
        "sipHeaders": {"x-a": "b"},
        "callerDisplayName": "Mira",
    },
    "A18-stir-shaken": {"stir_shaken": {"attestation_indicator": "A"}, "uui": None},
}


@pytest.mark.parametrize("extra", EXTRAS.values(), ids=EXTRAS)
def test_dial_in_takes_mappings(extra: dict[str, object]) -> None:
    """What goes into the initiate event may be written as it stands in the JSON."""
    bodies: list[bytes] = []

    def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        bodies.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start("200 OK", [("Content-Type", "application/xml")])
        return [b"<Response><Hangup/></Response>"]

    simulator = Simulator()
    try:
        simulator.dial_in(app, to="+19195551234", extra=extra)
    finally:
        simulator.stop()
    event = parse_event(bodies[0])
    assert isinstance(event, InitiateEvent)
    if event.diversion is not None:
        assert event.diversion.orig_to == "+19195558888"
        assert event.diversion.reason == "unavailable"
    else:
        assert event.stir_shaken is not None
        assert event.stir_shaken.attestation_indicator == "A"


def test_a_record_that_misses_what_it_reports_is_refused() -> None:
    """The exception to tolerance: an event without its subject cannot be handled."""
    with pytest.raises(EventError, match=r"machineDetectionResult\.value: expected text, got noth"):
        parsed("machineDetectionComplete", machineDetectionResult={"duration": "PT1S"})
    found = parsed("machineDetectionComplete", machineDetectionResult={"value": "human"})
    assert isinstance(found, MachineDetectionCompleteEvent)
    assert found.machine_detection_result.duration is None


@pytest.mark.parametrize("millis", [-62135596800000, 0, 253402300799999])
def test_timestamps_reach_from_the_first_year_to_the_last(millis: int) -> None:
    """Every whole number of milliseconds that Python has a date for comes back unchanged."""
    event = parse_event({"event": "endpointEligible", "endpointId": "e-1", "timestamp": millis})
    assert event.event_time == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    assert parse_qs(event.to_query())["timestamp"] == [str(millis)]
    odd = parse_event({"event": "endpointEligible", "endpointId": "e-1", "timestamp": 10**17})
    assert odd.unread == ("timestamp",)
