"""Events out of the journal: read without the checks that they have passed before."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from typing import Any

from bxml._once import once
from callcontrol._wire.fields import wire_fields
from callcontrol._wire.json import Misfit
from callcontrol._wire.kinds import (
    AccountNumber,
    Boolean,
    Duration,
    Flag,
    Number,
    Text,
    Time,
    Whole,
)
from callcontrol.events import EVENT_TYPES, Event, parse_event

Reader = Callable[[Any], object]


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _time(value: str) -> datetime:
    if value[-1:] != "Z":
        raise ValueError
    return datetime.fromisoformat(value)


_READERS: Mapping[type, Reader | None] = {
    Text: _text,
    AccountNumber: _text,
    Time: _time,
    Whole: None,
    Number: None,
    Flag: None,
    Boolean: None,
    Duration: None,
}
"""Readers of the kinds of values that are no records; None for the one of the kind itself."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How the fields of one kind of event are read."""

    cls: type[Event]
    defaults: Mapping[str, object]
    readers: Mapping[str, tuple[str, Reader]]
    """Python name and reader of each field that is no record, by wire name."""


def stored_event(text: str) -> Event:
    """Return the event that ``to_json`` has written: the same as ``parse_event``, sooner."""
    source: dict[str, object] = json.loads(text)
    columns = _columns(str(source.pop("eventType", "")))
    values = None if columns is None else _values(columns, source)
    if columns is None or values is None:
        return parse_event(text)  # with a record inside, or fields that are not declared
    event = object.__new__(columns.cls)
    for name, value in values.items():
        object.__setattr__(event, name, value)
    return event


def _values(columns: Columns, source: Mapping[str, object]) -> dict[str, object] | None:
    """Return the values of all fields, None unless each is as it is written for its kind."""
    values = dict(columns.defaults)
    try:
        for name, value in source.items():
            python_name, reader = columns.readers[name]
            values[python_name] = reader(value)
    except (KeyError, TypeError, ValueError, Misfit):
        return None
    return values


@once
def _columns(kind: str) -> Columns | None:
    cls = EVENT_TYPES.get(kind)
    if cls is None:
        return None
    readers = {
        each.wire_name: (each.name, _READERS[type(each.kind)] or each.kind.read)
        for each in wire_fields(cls)
        if type(each.kind) in _READERS
    }
    defaults = {each.name: each.default for each in fields(cls) if each.default is not MISSING}
    return Columns(cls, defaults, readers)
