"""The lines of a file: JSON objects, a header for each session and one for each exchange."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from bxml._wording import join_with_or
from callcontrol._wire.json import Misfit, decoded
from callcontrol._wire.records import Nested, read, write
from callcontrol.recorder.models import Exchange, Session

FORMAT = "callcontrol-recording"
VERSION = 1
"""The version that is written."""
READ_VERSIONS = range(max(1, VERSION - 1), VERSION + 1)
"""The versions that are read: this one and the one before, if there was one."""


def header_line(session: Session) -> bytes:
    """Return the first line of a session."""
    return _line({"format": FORMAT, "version": VERSION, **write(session)})


def exchange_line(exchange: Exchange) -> bytes:
    """Return the line of an exchange."""
    return _line({"at": 0, "event": None, **write(exchange)})


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def session_from(text: str) -> Session | None:
    """Return the session, without exchanges yet, that a line begins; None for any other line.

    :raises Misfit: for another format or version, and for invalid JSON.
    """
    value = decoded(text)
    if not isinstance(value, Mapping) or "format" not in value:
        return None
    header = dict(cast("Mapping[str, object]", value))
    # First of all, because another version may have other fields.
    if header.pop("format") != FORMAT:
        raise Misfit((".format", f"expected {FORMAT!r}, got another text"))
    if header.pop("version", None) not in READ_VERSIONS:
        readable = join_with_or([str(version) for version in READ_VERSIONS])
        raise Misfit((".version", f"expected {readable}, got one of another release"))
    return read(Session, header)


def exchange_from(text: str, line: int) -> Exchange:
    """Return the exchange of a line.

    :raises Misfit: for any other line.
    """
    exchange = Nested(Exchange).read(decoded(text))
    if exchange.event is not None and not exchange.request.body and not exchange.request.query:
        expected = "the webhook, as json, text or query"
        raise Misfit((".request.json", f"expected {expected}, got nothing"))
    return replace(exchange, line=line)
