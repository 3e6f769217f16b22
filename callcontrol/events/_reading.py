"""Reads events from request bodies, query strings and mappings of parameters."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from callcontrol._wire.checks import event_error
from callcontrol._wire.fields import wire_fields
from callcontrol._wire.json import Misfit, decoded, got, json_map, label
from callcontrol._wire.quick import reader
from callcontrol._wire.records import read
from callcontrol.events._base import (
    Event,
    KindField,
    UnknownEndpointEvent,
    UnknownEvent,
    find_class,
)

EXPECTED = "a JSON object or query parameters"
_BODY = "request.get_data() in Flask, await request.body() in FastAPI, request.body in Django"
_NOT_OURS = f"; pass the whole body of the webhook, no form and no part of it: {_BODY}"
_RAW = f"; pass the raw body: {_BODY}"
_EMPTY = (
    f"; pass the raw body, which is empty once a form or stream of the request was read: {_BODY}"
)


def parse_event(source: str | bytes | Mapping[str, object]) -> Event:
    """Return the event in a request to one of your webhook URLs.

    ``source`` is the body of the request, as ``str`` or ``bytes``, or its decoded JSON object. For
    GET delivery, it is the query string, or the framework's mapping of query parameters: a
    multi-value mapping such as ``request.args``, or one with a text or a list of texts for each
    name. The last value of a repeated name counts, because the platform appends its own to yours.

    The kind is read from ``eventType``, or without that from ``event``, as in webhooks of
    endpoints.

    Reading is tolerant: ``extra`` keeps fields without an attribute, a kind without a class becomes
    an ``UnknownEvent``, the case of the kind does not matter, ``recordingComplete`` is read as
    ``recordComplete``, times without a zone are UTC, and null counts as missing. A field that is
    missing or of another type is None and listed in ``absent`` or ``unread``, unless it identifies
    the call, conference or endpoint, or is the result that the event reports.

    :raises EventError: for anything else; it names every invalid field, but never its value.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks
    """
    try:
        given, textual = _given(source)
        event = _usual(given)
        if event is not None:
            return event
        fields = _from_mapping(given) if textual else json_map(given)
    except Misfit as misfit:
        raise event_error("event", misfit) from None
    return _event(fields, textual=textual)


def _given(source: object) -> tuple[Mapping[object, object], bool]:
    """Return the fields as given, and whether numbers and objects may be encoded as text."""
    if isinstance(source, Mapping):
        return cast("Mapping[object, object]", source), True
    if isinstance(source, bytes | bytearray):
        try:
            source = source.decode()
        except UnicodeDecodeError as error:
            raise Misfit.expected("UTF-8", f"other bytes at index {error.start}") from None
    if not isinstance(source, str):
        raise Misfit.expected(EXPECTED, f"{got(source)}{_RAW}")
    text = source.removeprefix("\ufeff").strip()
    if not text:
        raise Misfit.expected(EXPECTED, f"nothing{_EMPTY}")
    if text[0] not in '{["' and "=" in text:
        return dict(parse_qsl(text.removeprefix("?"), keep_blank_values=True)), True
    body = decoded(text)
    if not isinstance(body, dict):
        raise Misfit.expected(EXPECTED, got(body))
    return cast("dict[object, object]", body), False


def _usual(given: Mapping[object, object]) -> Event | None:
    """Return the event of an object whose values are all as documented; None for any other."""
    if type(given) is not dict or {*map(type, cast("dict[object, object]", given))} != {str}:
        return None
    fields = cast("dict[str, object]", given).copy()
    event_type = fields.pop("eventType", None)
    kind_field: KindField = "eventType"
    if event_type is None:
        event_type, kind_field = fields.pop("event", None), "event"
    cls = find_class(event_type, kind_field) if type(event_type) is str else None
    return None if cls is None else reader(cls)(fields, False)  # noqa: FBT003 - generated


def _from_mapping(source: Mapping[object, object]) -> dict[str, object]:
    values = _last_values(source)
    fields = json_map(source if values is None else values)
    if values is not None or not isinstance(fields.get("eventType", fields.get("event")), list):
        return fields
    # parse_qs and similar functions return a list for every name.
    return {name: _last(value) for name, value in fields.items()}


def _last_values(source: Mapping[object, object]) -> dict[object, object] | None:
    """Return the last value of each name of a multi-value mapping; None for any other mapping.

    Flask, Quart, Django, Starlette and Sanic have ``getlist``; aiohttp, Litestar, Pyramid and
    Bottle have ``getall``. Their ``items`` differ: first, last or all values.
    """
    values_of = getattr(source, "getlist", None) or getattr(source, "getall", None)
    if not callable(values_of):
        return _texts_of_bytes(source)
    values: dict[object, object] = {}
    for name in source:
        found = values_of(name)
        if isinstance(found, list | tuple) and found:
            values[name] = cast("list[object] | tuple[object, ...]", found)[-1]
    return values


def _texts_of_bytes(source: Mapping[object, object]) -> dict[object, object] | None:
    """Return the last value of each name where values are lists of bytes, as in Tornado."""
    values: dict[object, object] = {}
    for name, found in source.items():
        last = _last(found)
        if not isinstance(last, bytes):
            return None
        try:
            values[name] = last.decode()
        except UnicodeDecodeError:
            raise Misfit((f".{label(str(name))}", "expected UTF-8, got other bytes")) from None
    return values or None


def _last(value: object) -> object:
    if not isinstance(value, list):
        return value
    values = cast("list[object]", value)
    return values[-1] if values else values


def _event(fields: dict[str, object], *, textual: bool) -> Event:
    kind_field, event_type = _kind(fields)
    cls = find_class(event_type, kind_field)
    if cls is None:
        unknown = UnknownEvent if kind_field == "eventType" else UnknownEndpointEvent
        return unknown(event_type, fields)
    if textual:
        fields |= _last_of_repeated(cls, fields)
    try:
        return read(cls, fields, textual=textual)
    except Misfit as misfit:
        raise event_error(event_type, misfit) from None


def _kind(fields: dict[str, object]) -> tuple[KindField, str]:
    """Remove the kind from the fields; return the name of its field and the kind."""
    event_type = fields.pop("eventType", None)
    kind_field: KindField = "eventType"
    if event_type is None and "event" in fields:
        event_type, kind_field = fields.pop("event"), "event"
    if not isinstance(event_type, str):
        where = "event.eventType" if event_type is None else f"event.{kind_field}"
        found = f"nothing{_NOT_OURS}" if event_type is None else got(event_type)
        raise event_error(where, Misfit.expected("text", found))
    return kind_field, event_type


def _last_of_repeated(cls: type[Event], fields: Mapping[str, object]) -> dict[str, object]:
    """Return the last text of each repeated field, as Falcon and CherryPy pass them."""
    found = {
        wire_field.wire_name: _last(fields.get(wire_field.wire_name))
        for wire_field in wire_fields(cls)
    }
    return {
        name: last
        for name, last in found.items()
        if isinstance(fields.get(name), list) and isinstance(last, str)
    }
