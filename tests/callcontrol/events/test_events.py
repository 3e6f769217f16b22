"""Every kind of webhook: its class, its fields, its documented sample, and events as values."""

import copy
import json
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import assert_type, cast
from urllib.parse import parse_qs, parse_qsl, quote

import pytest

from callcontrol import events
from callcontrol._wire.fields import Presence, wire_fields
from callcontrol._wire.kinds import (
    AccountNumber,
    Boolean,
    Duration,
    Text,
    Time,
    Timestamp,
    Whole,
)
from callcontrol._wire.records import Detail
from callcontrol.errors import CallControlError, EventError
from callcontrol.events import (
    EVENT_TYPES,
    AnswerEvent,
    CallEvent,
    ConferenceEvent,
    Event,
    GatherEvent,
    InitiateEvent,
    MachineDetectionCompleteEvent,
    MachineDetectionResult,
    RealTimeTranscriptionStartedEvent,
    RealTimeTranscriptionStoppedEvent,
    RecordCompleteEvent,
    RecordingAvailableEvent,
    TransferDisconnectEvent,
    UnknownEvent,
    parse_event,
)

WEBHOOKS = json.loads(Path(__file__).with_name("webhooks.json").read_text(encoding="utf-8"))
"""The documented fields of every kind: type, presence and an example."""

GATHER = GatherEvent(call_id="c-1", from_="+19195551234", to="+19195554321", digits="12")

KINDS: dict[str, type] = {
    "boolean": Boolean,
    "datetime": Time,
    "duration": Duration,
    "integer": Whole,
    "milliseconds": Timestamp,
    "string": Text,
    "uri": Text,
}

each_kind = pytest.mark.parametrize("kind", WEBHOOKS)


def sample(kind: str, *, optional: bool = True) -> dict[str, object]:
    """Return the documented example of a kind, with or without its optional fields."""
    return {
        name: example
        for name, (_, presence, example) in WEBHOOKS[kind]["fields"].items()
        if optional or presence == "always"
    }


def as_json(event: Event) -> dict[str, object]:
    """Return the decoded wire form of an event."""
    return cast("dict[str, object]", json.loads(event.to_json()))


def test_there_is_one_class_for_each_documented_kind() -> None:
    """The classes and the documented kinds are the same set."""
    assert set(EVENT_TYPES) == set(WEBHOOKS)


@each_kind
def test_a_class_is_named_after_its_kind(kind: str) -> None:
    """The name is the wire kind with a capital and Event, and it is exported."""
    name = f"{kind[0].upper()}{kind[1:]}Event".replace("Partialgather", "PartialGather")
    assert EVENT_TYPES[kind].__name__ == name
    assert getattr(events, name) is EVENT_TYPES[kind]
    assert name in events.__all__


@each_kind
def test_a_class_has_the_documented_fields(kind: str) -> None:
    """Names, kinds of value and presence are those of the vendor's pages, no more and no less."""
    documented = dict(WEBHOOKS[kind]["fields"])
    assert documented.pop(EVENT_TYPES[kind].kind_field) == ["string", "always", kind]
    table = {
        wire_field.wire_name: wire_field
        for wire_field in wire_fields(EVENT_TYPES[kind])
        if not wire_field.spread
    }
    assert set(table) == set(documented)
    for name, (value_type, presence, _) in documented.items():
        assert (table[name].presence is Presence.OPTIONAL) == (presence == "optional"), name
        if value_type == "object":
            assert table[name].kind.expected.startswith("an object"), name
        else:
            wanted = AccountNumber if name == "accountId" else KINDS[value_type]
            assert type(table[name].kind) is wanted, name


@each_kind
def test_a_class_says_whether_its_reply_may_be_bxml(kind: str) -> None:
    """The attribute agrees with the documentation and with the class's own docstring."""
    cls = EVENT_TYPES[kind]
    assert cls.can_reply_with_bxml is WEBHOOKS[kind]["repliesWithBxml"]
    assert ("reply is ignored" in (cls.__doc__ or "")) is not cls.can_reply_with_bxml


@each_kind
def test_a_class_names_its_vendor_page(kind: str) -> None:
    """The docstring ends with the page that the facts come from."""
    page = "partialGather" if kind == "partialgather" else kind
    docs = "https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks"
    url = f"{docs}/{page}"
    if EVENT_TYPES[kind].kind_field == "event":
        url = "https://dev.bandwidth.com/docs/brtc/webhooks"
    assert (EVENT_TYPES[kind].__doc__ or "").rstrip().endswith(f"Vendor page: {url}")


@each_kind
@pytest.mark.parametrize("optional", [True, False])
def test_a_sample_is_read_and_written_back(kind: str, *, optional: bool) -> None:
    """The documented sample, whole or bare, comes back as an equal JSON object."""
    body = sample(kind, optional=optional)
    event = parse_event(json.dumps(body))
    assert type(event) is EVENT_TYPES[kind]
    assert event.event_type == kind
    assert event.extra == {}
    assert event.absent == ()
    assert as_json(event) == body
    assert event.unread == ()
    assert next(iter(as_json(event))) == event.kind_field


@each_kind
def test_a_sample_reads_alike_from_every_source(kind: str) -> None:
    """Text, bytes, a decoded object and three forms of query parameters give equal events."""
    body = sample(kind)
    event = parse_event(body)
    query = event.to_query()
    assert parse_event(json.dumps(body, indent=2)) == event
    assert parse_event(json.dumps(body).encode("utf-8-sig")) == event
    assert parse_event(query) == event
    assert parse_event(f"?{query}".encode()) == event
    assert parse_event(dict(parse_qsl(query, keep_blank_values=True))) == event
    assert parse_event(parse_qs(query, keep_blank_values=True)) == event


@each_kind
def test_every_nested_example_is_documented(kind: str) -> None:
    """No record inside a sample has a key that its class does not know."""
    event = parse_event(sample(kind))
    for wire_field in wire_fields(type(event)):
        value = getattr(event, wire_field.name)
        if isinstance(value, Detail):
            assert value.extra == {}, wire_field.name


@each_kind
def test_repr_rebuilds_an_event(kind: str) -> None:
    """Evaluating the repr of an event gives an equal event."""
    event = parse_event(sample(kind) | {"vendorNews": [1, {"a": None}]})
    names = {name: getattr(events, name) for name in events.__all__}
    clock = SimpleNamespace(datetime=datetime, timedelta=timedelta, timezone=timezone)
    assert eval(repr(event), names | {"datetime": clock}) == event  # noqa: S307 - our own text


def test_values_have_python_types() -> None:
    """Times are aware, durations are timedeltas, objects are records, numbers are ints."""
    record = cast("RecordCompleteEvent", parse_event(sample("recordComplete")))
    assert record.start_time == datetime(2026, 3, 2, 10, 15, 20, tzinfo=UTC)
    assert record.duration == timedelta(seconds=20, milliseconds=56)
    assert record.channels == 1
    answer = cast("AnswerEvent", parse_event(sample("answer")))
    found = MachineDetectionResult(value="answering-machine", duration=timedelta(seconds=4.989))
    assert answer.machine_detection_result == found
    started = cast(
        "RealTimeTranscriptionStartedEvent", parse_event(sample("realTimeTranscriptionStarted"))
    )
    assert started.real_time_transcription.stabilized is True
    assert started.real_time_transcription.tracks == ("inbound",)
    initiate = cast("InitiateEvent", parse_event(sample("initiate")))
    assert initiate.sip_headers == {"x-custom-header": "value"}
    assert initiate.stir_shaken is not None
    assert initiate.stir_shaken.attestation_indicator == "A"


def digits_of(event: Event) -> str | None:
    """Return the digits of a gather event the way an application would."""
    match event:
        case GatherEvent(digits=digits, tag=tag):
            assert_type(digits, str)
            assert_type(tag, str | None)
            return digits
        case CallEvent(call_id=call_id):
            assert_type(call_id, str)
            return None
        case ConferenceEvent(conference_id=conference_id):
            assert_type(conference_id, str)
            return None
        case UnknownEvent(event_type=event_type, fields=unknown):
            assert_type(event_type, str)
            assert_type(unknown, Mapping[str, object])
            return None
        case _:
            return None


def test_events_match_by_class_and_field() -> None:
    """A match statement takes an event apart; the type checkers know each field."""
    assert digits_of(parse_event(sample("gather"))) == "123"
    assert digits_of(parse_event(sample("dtmf"))) is None
    assert digits_of(parse_event(sample("conferenceCreated"))) is None
    assert digits_of(UnknownEvent("news", {})) is None


@pytest.mark.parametrize("spelling", ["recordComplete", "recordingComplete", "RECORDINGCOMPLETE"])
def test_both_spellings_of_record_complete_are_one_kind(spelling: str) -> None:
    """The vendor's two names give the same event, which is written under the page's name."""
    body = sample("recordComplete")
    event = parse_event(body | {"eventType": spelling})
    assert event == parse_event(body)
    assert as_json(event)["eventType"] == "recordComplete"


@pytest.mark.parametrize("spelling", ["partialgather", "partialGather", "PartialGather"])
def test_the_case_of_a_kind_does_not_matter(spelling: str) -> None:
    """A kind is found however its letters are written."""
    event = parse_event(sample("partialgather") | {"eventType": spelling})
    assert isinstance(event, events.PartialGatherEvent)


def test_a_transcription_is_found_under_its_shorter_name() -> None:
    """The vendor's samples call the object transcription on some pages."""
    body = sample("realTimeTranscriptionStopped")
    short = dict(body)
    short["transcription"] = short.pop("realTimeTranscription")
    short["realTimeTranscription"] = None
    assert parse_event(short) == parse_event(body)
    both = parse_event(body | {"transcription": {"id": "t-2"}})
    assert isinstance(both, RealTimeTranscriptionStoppedEvent)
    assert both.real_time_transcription.id != "t-2"
    assert both.extra == {"transcription": {"id": "t-2"}}


def test_an_unknown_kind_is_kept_whole() -> None:
    """A kind without a class becomes an UnknownEvent that writes itself back."""
    body = {"eventType": "callWaiting", "eventTime": "soon", "depth": [1, {"x": None}]}
    event = parse_event(json.dumps(body))
    assert isinstance(event, UnknownEvent)
    assert event.event_type == "callWaiting"
    assert event.fields == {"eventTime": "soon", "depth": [1, {"x": None}]}
    assert event.extra == {}
    assert as_json(event) == body
    assert repr(event).startswith("UnknownEvent(event_type='callWaiting', fields={'eventTime'")


def test_unknown_fields_are_kept() -> None:
    """A field without an attribute is in extra, on the event and on records inside it."""
    body = sample("machineDetectionComplete")
    body |= {"pai": "x", "machineDetectionResult": {"value": "human", "score": 0.9}}
    event = parse_event(body)
    assert isinstance(event, MachineDetectionCompleteEvent)
    assert event.extra == {"pai": "x"}
    assert len(event.extra) == 1
    assert event.machine_detection_result.extra == {"score": 0.9}
    assert as_json(event) == body


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_null_is_the_same_as_missing(kind: str) -> None:
    """Older payloads send null where newer ones leave the field out."""
    bare = sample(kind, optional=False)
    assert parse_event(dict.fromkeys(sample(kind)) | bare) == parse_event(bare)


def test_a_missing_documented_field_is_none_and_named() -> None:
    """A body without fields that one can do without is read; absent says what it lacks."""
    event = parse_event('{"eventType":"gather","callId":"c-1","from":"+1","to":"+2"}')
    assert isinstance(event, GatherEvent)
    assert (event.event_time, event.digits, event.terminating_digit) == (None, "", "")
    assert event.absent == (
        "eventTime",
        "accountId",
        "applicationId",
        "direction",
        "callUrl",
        "startTime",
        "answerTime",
    )
    body = sample("machineDetectionComplete") | {"machineDetectionResult": {"value": "human"}}
    assert parse_event(body).absent == ("machineDetectionResult.duration",)


def test_the_vendors_own_slips_are_read() -> None:
    """A time without zone, one with a hyphen for the T, and B-leg fields elsewhere are fine."""
    body = sample("recordingAvailable")
    body |= {"eventTime": "2026-03-02T10:15:30.120", "enqueuedTime": "2026-03-02-10:15:00.000Z"}
    event = parse_event(body)
    assert event == parse_event(sample("recordingAvailable"))
    assert isinstance(event, RecordingAvailableEvent)
    legs = {"transferTo": "+19195557777", "transferCallerId": "+19195554321"}
    assert parse_event(sample("bridgeComplete") | legs).extra == legs
    bare = sample("transferDisconnect", optional=False)
    assert cast("TransferDisconnectEvent", parse_event(bare)).account_id is None


@pytest.mark.parametrize(
    ("wire", "moment"),
    [
        ("2026-03-02T10:15:30Z", datetime(2026, 3, 2, 10, 15, 30, tzinfo=UTC)),
        ("2026-03-02t10:15:30.1z", datetime(2026, 3, 2, 10, 15, 30, 100_000, tzinfo=UTC)),
        ("2026-03-02 10:15:30.123456789", datetime(2026, 3, 2, 10, 15, 30, 123_456, tzinfo=UTC)),
        ("2026-03-02T10:15:30+02:00", datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)),
        ("2026-03-02T10:15:30.5-0530", datetime(2026, 3, 2, 15, 45, 30, 500_000, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_every_precision_and_zone(wire: str, moment: datetime) -> None:
    """Any number of fraction digits, a zone or none; the result is in UTC."""
    event = parse_event(sample("gather") | {"eventTime": wire})
    assert event.event_time == moment
    assert "tzinfo=datetime.timezone.utc" in repr(event)


@pytest.mark.parametrize(
    ("wire", "length", "written"),
    [
        ("PT0S", timedelta(), "PT0S"),
        ("PT1M52.217257456S", timedelta(seconds=112, microseconds=217_257), "PT1M52.217257S"),
        ("P1DT2H", timedelta(hours=26), "PT26H"),
        ("PT90M", timedelta(minutes=90), "PT1H30M"),
        ("PT0.5S", timedelta(seconds=0.5), "PT0.5S"),
        ("-PT10S", timedelta(seconds=-10), "-PT10S"),
    ],
)
def test_durations_are_read_in_every_form(wire: str, length: timedelta, written: str) -> None:
    """Days to nanoseconds are read; hours, minutes and seconds are written."""
    result = {"value": "human", "duration": wire}
    event = parse_event(sample("machineDetectionComplete") | {"machineDetectionResult": result})
    assert isinstance(event, MachineDetectionCompleteEvent)
    assert event.machine_detection_result.duration == length
    assert as_json(event)["machineDetectionResult"] == {"value": "human", "duration": written}


def test_the_last_of_repeated_query_parameters_counts() -> None:
    """The platform appends its parameters to those of the URL that it was given."""
    query = f"tag=mine&menu=2&{GATHER.to_query()}&tag=theirs"
    event = parse_event(query)
    assert isinstance(event, GatherEvent)
    assert (event.tag, event.extra) == ("theirs", {"menu": "2"})
    assert parse_event(parse_qs(query, keep_blank_values=True)) == event


def test_blank_query_parameters_are_missing_unless_they_are_text() -> None:
    """A blank number, time or object counts as missing; a blank text is a text."""
    query = f"{GATHER.to_query()}&answerTime=&tag="
    assert parse_event(query) == replace(GATHER, tag="")
    blank = f"eventType=disconnect&callId=c&from=a&to=b&sipResponseCode={quote('')}"
    assert as_json(parse_event(blank)) == {
        "eventType": "disconnect",
        "from": "a",
        "to": "b",
        "callId": "c",
    }


def test_half_an_emoji_does_not_reach_the_application() -> None:
    """A tag that was cut inside a surrogate pair can be encoded, printed and stored."""
    event = parse_event(r'{"eventType":"news","tag":"ok \ud83d","a\udc00":["\ud83d\ude00 \ud83d"]}')
    assert isinstance(event, UnknownEvent)
    assert event.fields == {"tag": "ok \ufffd", "a\ufffd": ["\U0001f600 \ufffd"]}
    assert parse_event(event.to_json()) == event
    assert parse_event(replace(GATHER, tag="\ud83d").to_query()) == replace(GATHER, tag="\ufffd")


def test_events_are_values() -> None:
    """Events compare by content, hash, copy and pickle, and cannot be changed."""
    event = parse_event(sample("initiate") | {"news": [1]})
    again = parse_event(json.dumps(sample("initiate") | {"news": [1]}))
    assert event == again
    assert len({event, again}) == 1
    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301 - our own bytes
    assert copy.deepcopy(event) == event
    with pytest.raises(FrozenInstanceError):
        event.event_time = None  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        event.extra["news"] = 2  # type: ignore[index] # pyright: ignore[reportIndexIssue]


def test_an_event_keeps_nothing_of_its_source() -> None:
    """Changing the object that an event was made from does not change the event."""
    headers, news = {"x-a": "b"}, [1]
    event = parse_event(sample("initiate") | {"sipHeaders": headers, "news": news})
    news.append(2)
    headers.clear()
    assert as_json(event) == sample("initiate") | {"sipHeaders": {"x-a": "b"}, "news": [1]}


@each_kind
def test_classes_are_slotted_and_keyword_only(kind: str) -> None:
    """An event has no room for other attributes and takes no positional arguments."""
    cls = EVENT_TYPES[kind]
    assert all(field.kw_only for field in fields(cls))
    assert not hasattr(parse_event(sample(kind)), "__dict__")


def test_event_error_is_a_call_control_error() -> None:
    """One except clause catches it, under either base."""
    assert issubclass(EventError, CallControlError)
    assert issubclass(EventError, ValueError)
