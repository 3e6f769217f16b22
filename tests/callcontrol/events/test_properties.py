"""Properties of all events, with strategies made from the classes' own tables."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcontrol._wire.fields import Presence, wire_fields
from callcontrol._wire.kinds import (
    AccountNumber,
    Boolean,
    Duration,
    Flag,
    Text,
    TextMap,
    Texts,
    Time,
    Timestamp,
    ValueKind,
    Whole,
)
from callcontrol._wire.records import Nested
from callcontrol.errors import EventError
from callcontrol.events import (
    EVENT_TYPES,
    Event,
    UnknownEndpointEvent,
    UnknownEvent,
    parse_event,
)
from callcontrol.events._base import find_class

ZONES = (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8)))

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
texts = st.text()
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
moments = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - same
    timezones=st.sampled_from(ZONES),
)
PLAIN: dict[type[ValueKind[Any]], st.SearchStrategy[object]] = {
    AccountNumber: texts,
    Boolean: st.booleans(),
    Text: texts,
    Whole: st.integers(-(10**18) + 1, 10**18 - 1),
    Flag: st.booleans(),
    Time: moments,
    Timestamp: moments,
    Duration: st.timedeltas(),
    Texts: st.lists(texts).map(tuple),
    TextMap: st.dictionaries(texts, texts),
}


def records(
    cls: type[object], unknown: st.SearchStrategy[object] = json_values
) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a class of events or of records inside them."""
    table = wire_fields(cls)
    declared = {"eventType", "event", *(each.wire_name for each in table)}
    declared |= {alias for each in table for alias in each.aliases}
    names = st.text().filter(lambda name: name not in declared)
    arguments: dict[str, st.SearchStrategy[object]] = {}
    for each in table:
        if each.spread:
            arguments[each.name] = st.dictionaries(names, unknown, max_size=3)
            continue
        fitting = fitting_values(each.kind)
        may_miss = each.presence is not Presence.REQUIRED and each.default is None
        arguments[each.name] = (st.none() | fitting) if may_miss else fitting
    return st.builds(cls, **arguments)


def fitting_values(kind: ValueKind[Any]) -> st.SearchStrategy[object]:
    """Return a strategy for what a kind of value accepts."""
    return records(kind.cls) if isinstance(kind, Nested) else PLAIN[type(kind)]


each_class = pytest.mark.parametrize("cls", EVENT_TYPES.values(), ids=list(EVENT_TYPES))


@each_class
@settings(max_examples=20)
@given(st.data())
def test_an_event_survives_json(cls: type[Event], data: st.DataObject) -> None:
    """Reading what an event writes gives an equal event of the same class."""
    event = data.draw(records(cls))
    again = parse_event(event.to_json())
    assert again == event
    assert type(again) is cls
    assert again.to_json() == event.to_json()
    assert parse_event(json.loads(event.to_json())) == event


@each_class
@settings(max_examples=10)
@given(st.data())
def test_an_event_survives_a_query(cls: type[Event], data: st.DataObject) -> None:
    """The same for query parameters, where unknown fields can only be text."""
    event = data.draw(records(cls, unknown=texts))
    assert parse_event(event.to_query()) == event
    assert parse_event(event.to_query().encode()) == event


@given(
    st.sampled_from([UnknownEvent, UnknownEndpointEvent]),
    st.text().filter(lambda kind: not find_class(kind) and not find_class(kind, "event")),
    st.dictionaries(st.text().filter(lambda name: name not in ("event", "eventType")), json_values),
)
def test_an_unknown_event_survives_json(
    cls: type[UnknownEvent], event_type: str, fields: dict[str, object]
) -> None:
    """Events of other kinds come back unchanged too, in the envelope they came in."""
    event = cls(event_type, fields)
    assert type(parse_event(event.to_json())) is cls
    assert parse_event(event.to_json()) == event


def assert_read_or_refused(source: Any) -> None:  # noqa: ANN401 - anything may arrive
    """Read an event; the only error that may happen is ours, and what is read can be written."""
    try:
        event = parse_event(source)
    except EventError as error:
        assert ": expected " in str(error)  # noqa: PT017 - no error is fine as well
    else:
        assert parse_event(event.to_json()) == event
        assert isinstance(event.to_query(), str)


@given(any_json)
def test_any_json_is_read_or_refused(value: object) -> None:
    """Whatever JSON or almost-JSON arrives, as text or decoded, nothing else is raised."""
    assert_read_or_refused(json.dumps(value))
    assert_read_or_refused(value)


@given(st.binary() | st.text() | st.text(alphabet='{}[]":,=&%+0eE-NaI\\u\ud800'))
def test_any_text_is_read_or_refused(source: str | bytes) -> None:
    """Whatever bytes or characters arrive, nothing else is raised."""
    assert_read_or_refused(source)
    assert_read_or_refused(f"eventType=gather&{source!r}")


@given(st.sampled_from(sorted(EVENT_TYPES)), st.data())
def test_any_field_value_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    """Whatever stands in the fields of a known kind, nothing else is raised."""
    names = [wire_field.wire_name for wire_field in wire_fields(EVENT_TYPES[kind])]
    keys = st.sampled_from(names) | st.text()
    body = data.draw(st.dictionaries(keys, any_json)) | {EVENT_TYPES[kind].kind_field: kind}
    assert_read_or_refused(json.dumps(body))
    assert_read_or_refused(body)
    assert_read_or_refused({name: [value] for name, value in body.items()})


@given(st.sampled_from(sorted(EVENT_TYPES)), st.data())
def test_any_parameters_are_read_or_refused(kind: str, data: st.DataObject) -> None:
    """Whatever query parameters arrive for a known kind, nothing else is raised."""
    names = [wire_field.wire_name for wire_field in wire_fields(EVENT_TYPES[kind])]
    numbers = st.integers().map(str)
    values = st.text() | numbers | json_values.map(json.dumps)
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names) | st.text(), values)))
    assert_read_or_refused(urlencode([(EVENT_TYPES[kind].kind_field, kind), *pairs]))


@given(st.text(alphabet="0123456789TZ:.+-P DHMS", max_size=40))
def test_any_time_like_text_is_read_or_refused(text: str) -> None:
    """Near misses of times and durations are refused or read, never a stray error."""
    moment = {"eventType": "gather", "callId": "c", "from": "a", "to": "b", "startTime": text}
    assert_read_or_refused(moment)
    stream = {"mediaStream": {"duration": text}, "eventType": "mediaStreamStopped"}
    assert_read_or_refused(moment | stream)
