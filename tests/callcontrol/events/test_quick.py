"""The quick reader gives the events and errors of the careful one, for any body."""

import json
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, cast
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcontrol._wire import quick, records
from callcontrol._wire.fields import wire_fields
from callcontrol.errors import EventError
from callcontrol.events import EVENT_TYPES, GatherEvent, _reading, parse_event
from callcontrol.models import CallState
from tests.callcontrol.events.test_events import WEBHOOKS, sample


class Words(str):
    """Text of a class of its own."""

    __slots__ = ()


class Values(dict[str, object]):
    """An object of a class of its own."""


def never(_: type) -> object:
    """Return the reader of a class that has no quick one."""
    return quick.reader(object)


def outcome(body: object) -> object:
    """Return what a body is read as, the types of the values included, or the error."""
    try:
        event = parse_event(body)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    except EventError as error:
        return str(error)
    return event, repr(event), shape(event), event.absent, event.unread, event.to_json()


def shape(value: object) -> object:
    """Return the types inside a value."""
    name = type(value).__name__
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return name, [(type(key), key, shape(item)) for key, item in items]
    if isinstance(value, list | tuple):
        return name, [*map(shape, cast("list[object]", value))]
    if hasattr(value, "__slots__"):
        names = [each.name for each in wire_fields(type(value))]
        return type(value), [shape(getattr(value, name)) for name in names]
    return type(value), getattr(value, "tzinfo", None)


def careful(body: object) -> object:
    """Return the outcome without any quick reader."""
    with patch.object(_reading, "reader", never), patch.object(records, "reader", never):
        return outcome(body)


def nested(depth: int) -> object:
    """Return lists inside each other."""
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


JSON_VALUES: list[object] = [
    *(None, True, False, 0, 1, 1.0, 1.5, -7, 1e300, 1_772_446_530_120, float("nan")),
    *(10**18 - 1, 10**18, 1 - 10**18, -(10**18), 10**19, 2**1024, "", "7", "٣", "true", "false"),
    *("True", "c-1", "\ud83d", "\ud83d\ude00", "\xe9", "2026-03-02T10:15:30.120Z", "PT20.056S"),
    *("2026-03-02T10:15:30Z", "2026-02-30T10:15:30.120Z", "2026-03-02 10:15:30.1+02:00"),
    *("2026-W10-1T10:15:30.120Z", "٢٠٢٦-03-02T10:15:30.120Z", "2026-03-02T24:00:00.000Z"),
    *([], ["c-1"], ["\ud83d"], {}, {"a": "b"}, {"value": "human"}, {"value": "\ud83d", "x": [1]}),
    *({"a": 1}, {"\ud83d": "\ud83d"}, {"value": None}, {"value": "human", "duration": ""}),
    *({"value": "human", "deep": nested(depth)} for depth in (61, 62, 63, 64)),
    *(nested(depth) for depth in (61, 62, 63, 64)),
]
OTHERS: list[object] = [
    *(b"x", (), ("a",), {1}, Words("c-1"), Words(""), [b"x"], {1: 2}, Values(a="b")),
    *({Words("a"): "b"}, {"a": Words("b")}, OrderedDict(value="human"), {"value": ("a",)}),
    *({Words("value"): "human"}, {"value": "human", Words("news"): 1}),
]
json_like = st.sampled_from(JSON_VALUES) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)
hostile = st.sampled_from(OTHERS) | json_like


def places() -> Iterator[tuple[str, str, str]]:
    """Yield a kind of event, the usual name of a field and another, for each way to declare one."""
    seen: set[object] = set()
    for kind in WEBHOOKS:
        for each in wire_fields(EVENT_TYPES[kind]):
            how = type(each.kind), each.kind.expected, each.presence, each.default
            if not each.spread and how not in seen:
                seen.add(how)
                yield from (
                    (kind, each.wire_name, name) for name in (each.wire_name, *each.aliases)
                )
    yield from (("gather", "tag", name) for name in ("news", "event", "eventType", "\ud83d"))


@pytest.mark.parametrize(("kind", "usual", "name"), [*places()])
def test_each_value_is_read_alike(kind: str, usual: str, name: str) -> None:
    """In a field of each kind, as an object and as a text; also where another is undeclared."""
    bare = sample(kind)
    del bare[usual]
    for value in (*JSON_VALUES, *OTHERS):
        for rest in (sample(kind), {**bare, "vendorNews": 1}):
            body: dict[Any, object] = {**rest, name: value}
            assert outcome(body) == careful(body)
            if value in JSON_VALUES:
                text = json.dumps(body)
                assert outcome(text) == careful(text)


@st.composite
def bodies(draw: st.DrawFn, values: st.SearchStrategy[object]) -> dict[Any, object]:
    """Return the documented body of a kind, some of it left out, replaced or added."""
    kind = draw(st.sampled_from(sorted(WEBHOOKS)))
    body: dict[Any, object] = {**sample(kind)}
    table = wire_fields(EVENT_TYPES[kind])
    names = sorted({name for each in table for name in (each.wire_name, *each.aliases)})
    known = st.sampled_from([*names, "eventType", "event"])
    for name in draw(st.lists(known, max_size=4)):
        body.pop(name, None)
    body |= draw(st.dictionaries(known | st.text(max_size=4), values, max_size=3))
    for name, value in body.items():
        if type(value) is dict and draw(st.booleans()):
            inner = cast("dict[str, object]", value)
            names_inside = st.sampled_from([*map(str, inner), "x"]) | st.text(max_size=3)
            body[name] = inner | draw(st.dictionaries(names_inside, values, max_size=2))
    return body


@settings(max_examples=150)
@given(bodies(hostile))
def test_any_object_is_read_alike(body: dict[object, object]) -> None:
    """Also one that JSON could not hold."""
    assert outcome(body) == careful(body)


@settings(max_examples=100)
@given(bodies(json_like).map(json.dumps))
def test_any_json_text_is_read_alike(body: str) -> None:
    """In a text, an empty value is no missing one."""
    assert outcome(body) == careful(body)


@pytest.mark.parametrize("kind", WEBHOOKS)
@pytest.mark.parametrize("optional", [True, False])
def test_documented_bodies_are_read_quickly(kind: str, *, optional: bool) -> None:
    """The careful reader is asked only for kinds with a list of texts."""
    body = sample(kind, optional=optional)
    fields = {name: value for name, value in body.items() if name != EVENT_TYPES[kind].kind_field}
    event = quick.reader(EVENT_TYPES[kind])(fields, False)  # noqa: FBT003 - generated
    assert event == (None if "tracks" in str(body) else parse_event(body))


class Failing(str):
    """A name that cannot be compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise ValueError(other)

    __hash__ = str.__hash__


def test_names_are_compared_only_if_they_are_text() -> None:
    """Others are read like them."""
    result = dict.fromkeys([Failing("value")], "human")
    body = {"eventType": "machineDetectionComplete", "callId": "c-1"}
    event = parse_event(body | {"machineDetectionResult": result})
    assert event == parse_event(body | {"machineDetectionResult": {"value": "human"}})
    gather = parse_event({"eventType": "gather"} | dict.fromkeys([Failing("callId")], "c-1"))
    assert gather == parse_event({"eventType": "gather", "callId": "c-1"})


def test_other_mappings_are_read_carefully() -> None:
    """Their methods may do anything."""
    fields = {"callId": "c-1"}
    assert quick.reader(GatherEvent)(fields, False)  # noqa: FBT003 - generated
    assert quick.reader(GatherEvent)(OrderedDict(fields), False) is None  # noqa: FBT003 - same


def test_a_state_of_a_call_is_read_alike() -> None:
    """Its ``extra`` is not copied, so that a large reply is not."""
    news = {"a": [1]}
    state = CallState.read({"callId": "c-1", "startTime": "2026-03-02T10:15:30Z", "news": news})
    assert (state.call_id, state.extra["news"] is news) == ("c-1", True)
    with patch.object(records, "reader", never):
        body = {"callId": "c-1", "startTime": "2026-03-02T10:15:30Z", "news": news}
        assert CallState.read(body) == state


ONE_EVENT = """
from callcontrol._wire.fields import wire_fields
from callcontrol._wire.quick import reader
from callcontrol.events import parse_event
for _ in range(2):
    parse_event({"eventType": "gather", "callId": "c-1", "digits": "1"})
print(wire_fields.cache_info().misses, reader.cache_info().misses)
"""


def test_one_class_is_prepared_for_one_kind() -> None:
    """Its table and its reader are made for the first event, and no others."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_EVENT], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1 1\n", "")
