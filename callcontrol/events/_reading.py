"""From what a web server hands over to an event."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from callcontrol._wire.json import Misfit, decoded, got, json_map
from callcontrol._wire.records import event_error, read
from callcontrol.events._base import Event, UnknownEvent, find_class

__all__ = ["parse_event"]

WANTED = "a JSON object or query parameters"


def parse_event(source: str | bytes | Mapping[str, object]) -> Event:
    """Return the event that a request to one of your webhook URLs carries.

    ``source`` is the body of the request, as ``str`` or ``bytes``, or its decoded JSON object. If
    you asked for GET delivery, it is the query string, or the mapping of query parameters that
    your framework makes of it, with a text or a list of texts for each name; if a name is
    repeated, the last value counts, because the platform appends its own to yours.

    Reading is tolerant where the platform is not exact: fields without an attribute are kept in
    ``extra``, a kind without a class becomes an ``UnknownEvent``, the case of the kind's letters
    does not matter, ``recordingComplete`` is ``recordComplete``, times may lack the zone (they are
    UTC), null counts as missing, and a missing field is None unless the event cannot be handled
    without it.

    :raises EventError: for anything else, naming every field that does not fit and never the
        content of one.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks
    """
    try:
        fields, textual = _fields(source)
    except Misfit as misfit:
        raise event_error("event", misfit) from None
    return _event(fields, textual=textual)


def _fields(source: object) -> tuple[dict[str, object], bool]:
    """Return the fields, and whether numbers and objects may be spelled as text."""
    if isinstance(source, Mapping):
        return _from_mapping(cast("Mapping[object, object]", source)), True
    if isinstance(source, bytes | bytearray):
        try:
            source = source.decode()
        except UnicodeDecodeError as error:
            raise Misfit.expected("UTF-8", f"other bytes at index {error.start}") from None
    if not isinstance(source, str):
        raise Misfit.expected(WANTED, got(source))
    text = source.removeprefix("\ufeff").strip()
    if not text:
        raise Misfit.expected(WANTED, "nothing")
    if text[0] not in '{["' and "=" in text:
        return dict(parse_qsl(text.removeprefix("?"), keep_blank_values=True)), True
    body = decoded(text)
    if not isinstance(body, dict):
        raise Misfit.expected(WANTED, got(body))
    return json_map(cast("dict[str, object]", body)), False


def _from_mapping(source: Mapping[object, object]) -> dict[str, object]:
    fields = json_map(source)
    if not isinstance(fields.get("eventType"), list):
        return fields
    # Lists for every name are how parse_qs and its relatives give query parameters.
    return {
        name: value[-1] if isinstance(value, list) and value else value
        for name, value in fields.items()
    }


def _event(fields: dict[str, object], *, textual: bool) -> Event:
    event_type = fields.pop("eventType", None)
    if not isinstance(event_type, str):
        found = "nothing" if event_type is None else got(event_type)
        raise event_error("event.eventType", Misfit.expected("text", found))
    cls = find_class(event_type)
    if cls is None:
        return UnknownEvent(event_type, fields)
    try:
        return read(cls, fields, textual=textual)
    except Misfit as misfit:
        raise event_error(event_type, misfit) from None
