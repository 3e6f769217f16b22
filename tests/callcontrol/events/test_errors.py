"""What is refused as an event, and how the refusal reads."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest

from callcontrol._wire.fields import Presence, wire_fields
from callcontrol._wire.records import Detail
from callcontrol.errors import EventError
from callcontrol.events import (
    EVENT_TYPES,
    DtmfEvent,
    Event,
    GatherEvent,
    MachineDetectionResult,
    MediaStream,
    RealTimeTranscription,
    UnknownEvent,
    parse_event,
)

WEBHOOKS = json.loads(Path(__file__).with_name("webhooks.json").read_text(encoding="utf-8"))
"""The documented fields of every kind: type, presence and an example."""

TIME = "a time such as 2026-03-02T10:15:30.120Z"
DURATION = "a duration such as PT20.056S"
EXPECTED = {
    "string": "text",
    "uri": "text",
    "integer": "a whole number",
    "datetime": TIME,
    "duration": DURATION,
    "object": "an object",
    "boolean": "a boolean",
}
BROKEN = "expected JSON, got a mistake at line 1, column"
CALL = {"callId": "c-1", "from": "+19195551234", "to": "+19195554321"}

BLANK = {"digits", "terminatingDigit"}
"""Fields that are empty texts when a body leaves them out."""

each_kind = pytest.mark.parametrize("kind", WEBHOOKS)

BODY = "request.get_data() in Flask, await request.body() in FastAPI, request.body in Django"
RAW = f"; pass the raw body: {BODY}"
EMPTY = f"; pass the raw body, which is empty once a form or stream of the request was read: {BODY}"
OURS = f"; pass the whole body of the webhook, no form and no part of it: {BODY}"
OBJECT = "a value of type object"


def sample(kind: str) -> dict[str, object]:
    """Return the documented example of a kind."""
    return {name: example for name, (_, _, example) in WEBHOOKS[kind]["fields"].items()}


def refusal(source: Any) -> str:  # noqa: ANN401 - anything may arrive
    """Return the text of the error that reading ``source`` gives."""
    with pytest.raises(EventError) as caught:
        parse_event(source)
    return str(caught.value)


def wrong_values(name: str, value_type: str) -> Iterator[tuple[object, str]]:
    """Yield values of other types than the documented one, and how an error names each."""
    yield [], "a list"
    if value_type != "boolean":
        yield True, "a boolean"
    if value_type == "object":
        yield "{}", "text"
    else:
        yield 2.5, "a number"
        yield {}, "an object"
    if value_type in {"datetime", "duration", "boolean"}:
        yield "soon", "other text"
    if value_type in {"integer", "milliseconds"}:
        yield "1", "text"
    if name == "sipHeaders":
        yield {"x-a": 1}, "an object"


@each_kind
def test_a3_no_informational_field_loses_an_event(kind: str) -> None:
    """A value of another type is kept as it came and named; everything else is typed."""
    for name, (value_type, _, _) in WEBHOOKS[kind]["fields"].items():
        field = {
            wire_field.wire_name: wire_field for wire_field in wire_fields(EVENT_TYPES[kind])
        }.get(name)
        if field is None or field.presence is Presence.REQUIRED:
            continue
        for value, _ in wrong_values(name, value_type):
            event = parse_event(json.dumps(sample(kind) | {name: value}))
            assert event.unread == (name,)
            assert event.extra == {name: value}
            assert getattr(event, field.name) == field.default
            assert name not in event.absent
            assert parse_event(event.to_json()) == event
            without = replace(event, extra={})
            bare = sample(kind)
            del bare[name]
            assert without == parse_event(bare)


@each_kind
def test_a_required_field_refuses_other_types(kind: str) -> None:
    """A wrong type where the event says what it is about is an error that names the field."""
    for name, (value_type, _, _) in WEBHOOKS[kind]["fields"].items():
        field = {
            wire_field.wire_name: wire_field for wire_field in wire_fields(EVENT_TYPES[kind])
        }.get(name)
        if field is None or field.presence is not Presence.REQUIRED:
            continue
        for value, got in wrong_values(name, value_type):
            body = json.dumps(sample(kind) | {name: value})
            assert refusal(body) == f"{kind}.{name}: expected {EXPECTED[value_type]}, got {got}"


@each_kind
def test_a_field_that_must_be_there_is_missed(kind: str) -> None:
    """The identity of an event cannot be missing or null; the message is that of a wrong type."""
    subjects = {"callId", "conferenceId", "endpointId"}
    for name in subjects.intersection(WEBHOOKS[kind]["fields"]):
        body = sample(kind)
        assert refusal(body | {name: None}) == f"{kind}.{name}: expected text, got null"
        del body[name]
        assert refusal(body) == f"{kind}.{name}: expected text, got nothing"


@each_kind
def test_any_other_field_may_be_missing_or_is_asked_for(kind: str) -> None:
    """Without one field the event is read, or refused with that field's finding alone."""
    for name, (_, presence, _) in WEBHOOKS[kind]["fields"].items():
        body = sample(kind)
        del body[name]
        try:
            event = parse_event(body)
        except EventError as error:
            finding = str(error)
        else:
            finding = ""
            assert (event.absent == (name,)) is (presence == "always" and name not in BLANK)
        where = "event" if name in {"eventType", "event"} else kind
        name = "eventType" if name == "event" else name  # noqa: PLW2901 - the field asked for
        assert not finding or finding.startswith(f"{where}.{name}: expected ")
        assert not finding or presence == "always"


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("dtmf", "digit"),
        ("recordComplete", "recordingId"),
        ("conferenceRecordingAvailable", "recordingId"),
        ("transcriptionAvailable", "transcription"),
        ("machineDetectionComplete", "machineDetectionResult"),
        ("mediaStreamStopped", "mediaStream"),
        ("realTimeTranscriptionStarted", "realTimeTranscription"),
        ("conferenceMemberJoin", "callId"),
        ("referComplete", "referCallStatus"),
        ("outboundConnectionRequest", "to"),
        ("connectStatus", "status"),
    ],
)
def test_an_event_needs_its_subject(kind: str, subject: str) -> None:
    """What the event exists to report cannot be missing."""
    body = sample(kind)
    del body[subject]
    assert refusal(body).startswith(f"{kind}.{subject}: expected ")


def test_every_problem_is_reported_at_once() -> None:
    """One error lists all fields that do not fit, in wire order, and hints at a wrong case."""
    body = {"eventType": "dtmf", "callid": "c-1", "startTime": "noon", "digit": ["1"], "to": "x"}
    assert refusal(json.dumps(body)) == (
        "2 problems\n"
        "  dtmf.callId: expected text, got nothing; did you mean 'callId' instead of 'callid'?\n"
        "  dtmf.digit: expected text, got a list"
    )


def test_a_finding_says_where_inside_a_record() -> None:
    """The path goes down to the value that is missing."""
    body = sample("machineDetectionComplete") | {"machineDetectionResult": {"duration": "PT1S"}}
    assert refusal(json.dumps(body)) == (
        "machineDetectionComplete.machineDetectionResult.value: expected text, got nothing"
    )


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("machineDetectionComplete", "machineDetectionResult.duration", 4.9),
        ("machineDetectionComplete", "machineDetectionResult.duration", "P"),
        (
            "machineDetectionComplete",
            "machineDetectionResult.duration",
            "P999999999DT999999999999H",
        ),
        ("mediaStreamStarted", "mediaStream.tracks", "inbound"),
        ("mediaStreamStarted", "mediaStream.tracks", ["inbound", 2]),
        ("realTimeTranscriptionStarted", "realTimeTranscription.stabilized", "perhaps"),
        ("realTimeTranscriptionStarted", "realTimeTranscription.stabilized", 1),
        ("machineDetectionComplete", "eventTime", "2026-02-30T10:15:30Z"),
        ("machineDetectionComplete", "eventTime", "0001-01-01T00:00:00+01:00"),
        ("initiate", "sipHeaders", {"x a": None}),
        ("disconnect", "sipResponseCode", 10**18),
    ],
)
def test_the_rarer_odd_values_are_named(kind: str, field: str, value: object) -> None:
    """Dates that no calendar has, long numbers, lists and spelled booleans: all are kept."""
    outer, _, inner = field.partition(".")
    body = sample(kind)
    body[outer] = cast("dict[str, object]", body[outer]) | {inner: value} if inner else value
    event = parse_event(json.dumps(body))
    assert event.unread == (field,)
    assert parse_event(event.to_json()) == event
    assert json.loads(event.to_json())[outer] == body[outer]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", f"event: expected a JSON object or query parameters, got nothing{EMPTY}"),
        (b" \n", f"event: expected a JSON object or query parameters, got nothing{EMPTY}"),
        ("null", "event: expected a JSON object or query parameters, got null"),
        ("[{}]", "event: expected a JSON object or query parameters, got a list"),
        ('"a=b"', "event: expected a JSON object or query parameters, got text"),
        ("17", "event: expected a JSON object or query parameters, got a number"),
        (17, f"event: expected a JSON object or query parameters, got a number{RAW}"),
        (None, f"event: expected a JSON object or query parameters, got null{RAW}"),
        ([], f"event: expected a JSON object or query parameters, got a list{RAW}"),
        (object(), f"event: expected a JSON object or query parameters, got {OBJECT}{RAW}"),
        ("hello", f"event: {BROKEN} 1 (Expecting value)"),
        ('{"a"', f"event: {BROKEN} 5 (Expecting ':' delimiter)"),
        (b"{\xff", "event: expected UTF-8, got other bytes at index 1"),
        ("{}", f"event.eventType: expected text, got nothing{OURS}"),
        ({}, f"event.eventType: expected text, got nothing{OURS}"),
        ("a=b", f"event.eventType: expected text, got nothing{OURS}"),
        ('{"eventType":null}', f"event.eventType: expected text, got nothing{OURS}"),
        ('{"eventType":["gather"]}', "event.eventType: expected text, got a list"),
        ({"eventType": []}, "event.eventType: expected text, got a list"),
        ({1: 2}, "event: expected names that are text, got a number"),
    ],
)
def test_what_is_no_event_at_all(source: object, text: str) -> None:
    """Empty, foreign and broken sources each have a clear refusal."""
    assert refusal(source) == text


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ("NaN", "event: expected finite numbers, got NaN"),
        ("-Infinity", "event: expected finite numbers, got -Infinity"),
        ("1e999", "event.x: expected a JSON value, got a number out of range"),
        ("9" * 400, "event.x: expected a JSON value, got a number out of range"),
        ("9" * 5000, "event: expected a JSON value, got a number out of range"),
        ("[" * 100 + "]" * 100, "event.x: expected at most 64 levels, got more"),
        ("[" * 100_000, "event: expected at most 64 levels, got more"),
        ('{"a":1,"b":{"c":1,"c":2}}', "event.c: expected one value, got several"),
    ],
)
def test_json_that_cannot_be_passed_on_is_refused(value: str, finding: str) -> None:
    """No number, nesting or repetition gets in that another program could not read again."""
    assert refusal(f'{{"eventType":"news","x":{value}}}') == finding


def test_objects_that_contain_themselves_are_refused() -> None:
    """A loop in a decoded body ends in an error, not in a hang."""
    loop: list[object] = []
    loop += [loop, loop]
    assert (
        refusal({"eventType": "news", "x": loop}) == "event.x: expected at most 64 levels, got more"
    )
    tree: dict[str, object] = {"eventType": "news"}
    tree["x"] = tree
    assert refusal(tree) == "event.x: expected at most 64 levels, got more"


@pytest.mark.parametrize("value", [{1}, b"x", math.nan, 1j, GatherEvent])
def test_python_values_that_json_has_not_are_refused(value: object) -> None:
    """A decoded body may hold only what JSON can carry."""
    assert refusal({"eventType": "news", "x": [value]}).startswith(
        "event.x: expected a JSON value, got a "
    )


def test_numbers_may_be_text_in_parameters_only() -> None:
    """A query parameter is text by nature; in a JSON body the number must be a number."""
    body = {"eventType": "disconnect", **CALL, "sipResponseCode": "486"}
    event = parse_event(body)
    assert json.loads(event.to_json())["sipResponseCode"] == 486
    assert parse_event(json.dumps(body)).unread == ("sipResponseCode",)
    assert parse_event(body | {"sipResponseCode": "4 8"}).unread == ("sipResponseCode",)


def test_an_object_in_a_parameter_is_checked_like_any_other() -> None:
    """Broken or foreign JSON text inside a parameter is located at the field."""
    body = {"eventType": "machineDetectionComplete", **CALL}
    where = "machineDetectionComplete.machineDetectionResult"
    for value, finding in (
        ("{", ": expected JSON, got a mistake at line 1, column 2 ("),
        ("[]", ": expected an object, got a list"),
        ("", ": expected an object, got null"),
        ('{"value":"x","score":1e999}', ".score: expected a JSON value, got a number out of range"),
        ('{"score":1}', ".value: expected text, got nothing"),
    ):
        refused = refusal(body | {"machineDetectionResult": value})
        assert refused.startswith(f"{where}{finding}")
    for value in ("[1]", "{", '{"a":1}'):
        event = parse_event({"eventType": "initiate", **CALL, "sipHeaders": value})
        assert event.unread == ("sipHeaders",)
        assert parse_event(event.to_query()) == event


SECRET = "top-secret-4711"


@pytest.mark.parametrize(
    "source",
    [
        SECRET,
        f'{{"eventType": "gather", "digits": {SECRET}}}',
        {"eventType": "gather", "digits": [SECRET], "callId": {"x": SECRET}},
        {"eventType": "disconnect", "startTime": SECRET, "sipResponseCode": SECRET},
        f"eventType=initiate&sipHeaders={SECRET}&startTime={SECRET}",
        f'{{"eventType":"news","x":"{SECRET}","x":"{SECRET}"}}',
    ],
)
def test_an_error_never_shows_content(source: str | Mapping[str, object]) -> None:
    """Errors name fields and shapes; what was sent stays out of logs."""
    with pytest.raises(EventError) as caught:
        parse_event(source)
    assert SECRET not in f"{caught.value}{caught.value!r}{caught.value.args}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_name_of_an_unknown_field_is_shown_short_and_printable() -> None:
    """A hostile name cannot fill a log or break its lines."""
    assert refusal({"eventType": "news", "a\n\u202e" + "b" * 1000: {1}}) == (
        f"event.'a\\n\\u202e{'b' * 57}': expected a JSON value, got a value of type set"
    )


def test_constructors_check_what_they_are_given() -> None:
    """A value built in Python is checked like one that was read, under its Python names."""
    wrong: dict[str, Any] = {
        "call_id": 5,
        "from_": "+1",
        "to": None,
        "start_time": datetime(2026, 3, 2),  # noqa: DTZ001 - a time without zone is the point
        "digits": None,
        "extra": {"x": {1}},
    }
    with pytest.raises(EventError) as caught:
        GatherEvent(**wrong)
    assert str(caught.value) == (
        "4 problems\n"
        "  GatherEvent.extra.x: expected a JSON value, got a value of type set\n"
        "  GatherEvent.call_id: expected text, got a number\n"
        "  GatherEvent.start_time: expected a time with a zone, got one without\n"
        "  GatherEvent.digits: expected text, got null"
    )


@pytest.mark.parametrize(
    ("good", "field", "value", "finding"),
    [
        (
            parse_event(sample("machineDetectionComplete")),
            "machine_detection_result",
            {"value": "human"},
            "expected a MachineDetectionResult, got an object",
        ),
        (
            MachineDetectionResult(value="human"),
            "duration",
            5,
            f"expected {DURATION}, got a number",
        ),
        (MediaStream(), "tracks", "inbound", "expected a list of texts, got text"),
        (MediaStream(), "start_time", "noon", f"expected {TIME}, got text"),
        (
            parse_event(sample("initiate")),
            "sip_headers",
            1,
            "expected an object of texts, got a number",
        ),
        (parse_event(sample("initiate")), "extra", 1, "expected an object, got a number"),
        (RealTimeTranscription(), "stabilized", "true", "expected 'true' or 'false', got text"),
        (
            parse_event(sample("disconnect")),
            "sip_response_code",
            486.0,
            "expected a whole number, got a number",
        ),
    ],
)
def test_constructors_take_no_other_spelling(
    good: Event | Detail, field: str, value: object, finding: str
) -> None:
    """Python values must have the declared type: no wire texts, no plain dictionaries."""
    change: dict[str, Any] = {field: value}
    with pytest.raises(EventError) as caught:
        replace(good, **change)
    assert str(caught.value) == f"{type(good).__name__}.{field}: {finding}"


def test_extra_has_no_names_that_are_declared() -> None:
    """A field cannot be given twice, as an attribute and in extra."""
    for name in ("digit", "eventType"):
        with pytest.raises(EventError) as caught:
            DtmfEvent(call_id="c", from_="a", to="b", digit="1", extra={name: "2"})
        assert str(caught.value) == (
            f"DtmfEvent.extra: expected names without a field of their own, got {name!r}"
        )


def test_an_unknown_event_is_of_an_unknown_kind() -> None:
    """UnknownEvent does not stand in for a kind that has a class."""
    with pytest.raises(EventError, match=r"UnknownEvent.event_type: expected a kind without a cl"):
        UnknownEvent("recordingComplete", {})
    with pytest.raises(EventError, match=r"UnknownEvent.fields: expected names without a field"):
        UnknownEvent("news", {"eventType": "gather"})


def test_times_in_other_zones_become_utc() -> None:
    """A constructor takes any aware time and keeps it in UTC."""
    there = datetime(2026, 3, 2, 12, 15, tzinfo=timezone(timedelta(hours=2)))
    event = DtmfEvent(call_id="c", from_="a", to="b", digit="1", event_time=there)
    assert event.event_time == there
    assert "tzinfo=datetime.timezone.utc" in repr(event)
    assert '"eventTime":"2026-03-02T10:15:00.000Z"' in event.to_json()
