"""The lines of a file: JSON objects, a header for each session and one for each exchange."""

import json
from collections.abc import Mapping
from typing import NoReturn, cast

from bxml._wording import did_you_mean, join_with_or
from callcontrol._wire.json import Misfit, decoded, got, label
from callcontrol.recorder.models import Exchange, RecordedReply, RecordedRequest, Session
from callcontrol.simulator.core.webhooks import FAILURES, Failure

FORMAT = "callcontrol-recording"
VERSION = 1
"""The version that is written."""
READ_VERSIONS = range(max(1, VERSION - 1), VERSION + 1)
"""The versions that are read: this one and the one before, if there was one."""
LOWEST_STATUS, HIGHEST_STATUS = 100, 999
LARGEST = 10**12


def header_line(session: Session) -> bytes:
    """Return the first line of a session."""
    header: dict[str, object] = {"format": FORMAT, "version": VERSION}
    return _line({**header, "url": session.url, "keepsDigits": session.keeps_digits})


def exchange_line(exchange: Exchange) -> bytes:
    """Return the line of an exchange."""
    recorded, reply = exchange.request, exchange.reply
    request: dict[str, object] = {"method": recorded.method, "path": recorded.path}
    request |= {"query": recorded.query, "contentType": recorded.content_type}
    request |= {"size": recorded.size}
    if recorded.body:
        # A nested object is easier to read than a string with an object in it.
        is_object = recorded.body.startswith("{")
        request |= {"json": json.loads(recorded.body)} if is_object else {"text": recorded.body}
    values: dict[str, object] = {"status": reply.status}
    if reply.failure is not None:
        values |= {"failure": reply.failure}
    else:
        values |= {"contentType": reply.content_type, "size": reply.size}
    if reply.body is not None:
        values |= {"body": reply.body}
    at = round(exchange.at, 3)
    return _line({"at": at, "event": exchange.event, "request": request, "reply": values})


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def session_from(text: str) -> Session | None:
    """Return the session, without exchanges yet, that a line begins; None for any other line.

    :raises Misfit: for another format or version, and for invalid JSON.
    """
    value = decoded(text)
    if not isinstance(value, Mapping) or "format" not in value:
        return None
    header = cast("Mapping[str, object]", value)
    # First of all, because another version may have other fields.
    _check_version({name: header[name] for name in ("format", "version") if name in header})
    fields = _Fields(header, "", "format", "version", "url", "keepsDigits")
    return Session(fields.text("url"), fields.flag("keepsDigits"))


def _check_version(header: Mapping[str, object]) -> None:
    fields = _Fields(header, "", "format", "version")
    if fields.text("format") != FORMAT:
        fields.refuse("format", repr(FORMAT), "another text")
    if fields.whole("version", 0) not in READ_VERSIONS:
        readable = join_with_or([str(version) for version in READ_VERSIONS])
        fields.refuse("version", readable, "one of another release")


def exchange_from(text: str, line: int) -> Exchange:
    """Return the exchange of a line.

    :raises Misfit: for any other line.
    """
    fields = _Fields(decoded(text), "", "at", "event", "request", "reply")
    return Exchange(
        fields.seconds("at"),
        None if fields.get("event") is None else fields.text("event"),
        _request(fields.get("request"), is_webhook=fields.get("event") is not None),
        _reply(fields.get("reply")),
        line,
    )


def _request(value: object, *, is_webhook: bool) -> RecordedRequest:
    names = ("method", "path", "query", "contentType", "size", "json", "text")
    fields = _Fields(value, "request", *names)
    method, path = fields.text("method"), fields.text("path")
    if not path.startswith("/"):
        fields.refuse("path", "a path that begins with /", "another text")
    if not (method.isascii() and method.isalpha()):
        fields.refuse("method", "a method such as POST", "another text")
    query, content_type = fields.text("query"), fields.text("contentType")
    for name, text in (("path", path), ("query", query), ("contentType", content_type)):
        if not (
            text.isascii() and text.isprintable() and (name == "contentType" or " " not in text)
        ):
            fields.refuse(name, "printable ASCII, the rest percent-encoded", "another text")
    body = fields.text("text", "")
    if fields.get("json") is not None:
        if not isinstance(fields.get("json"), Mapping) or body:
            fields.refuse("json", "an object without text beside it", "another value")
        body = json.dumps(fields.get("json"), separators=(",", ":"))
    if is_webhook and not body and not query:
        fields.refuse("json", "the webhook, as json, text or query", "nothing")
    return RecordedRequest(method, path, query, content_type, fields.whole("size", 0), body)


def _reply(value: object) -> RecordedReply:
    fields = _Fields(value, "reply", "status", "contentType", "size", "body", "failure")
    status = fields.whole("status", LOWEST_STATUS, HIGHEST_STATUS)
    if fields.get("failure") is not None:
        failure: Failure | None = next(
            (failure for failure in FAILURES if failure == fields.get("failure")), None
        )
        if failure is None:
            fields.refuse("failure", f"one of {', '.join(FAILURES)}", "another value")
        return RecordedReply(status, failure=failure)
    body = fields.text("body") if fields.get("body") is not None else None
    return RecordedReply(status, fields.text("contentType"), fields.whole("size", 0), body)


class _Fields:
    """The fields of a JSON object. A ``Misfit`` for an invalid field never quotes its content."""

    def __init__(self, value: object, place: str, *names: str) -> None:
        self._place = place
        if not isinstance(value, Mapping):
            raise Misfit((place, f"expected an object, got {got(value)}"))
        self._values = cast("Mapping[str, object]", value)
        for name in self._values:
            if name not in names:
                hint = did_you_mean(name, names)
                finding = f"expected a known field, got another{f'; {hint}' if hint else ''}"
                raise Misfit((self._path(label(name)), finding))

    def _path(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def refuse(self, name: str, expected: str, found: str) -> NoReturn:
        """Raise ``Misfit`` for a field."""
        raise Misfit((self._path(name), f"expected {expected}, got {found}"))

    def get(self, name: str) -> object:
        """Return the value of a field; None if it is missing."""
        return self._values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string."""
        value = self._values.get(name, default)
        if not isinstance(value, str):
            self.refuse(name, "text", got(value) if name in self._values else "nothing")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            self.refuse(name, "true or false", got(value) if name in self._values else "nothing")
        return value

    def whole(self, name: str, low: int, high: int = LARGEST) -> int:
        """Return a whole number between two limits."""
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            wanted = f"a whole number from {low} to {high}" if high < LARGEST else "a whole number"
            self.refuse(name, wanted, "another value" if name in self._values else "nothing")
        return value

    def seconds(self, name: str) -> float:
        """Return a number of seconds."""
        value = self._values.get(name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 <= value <= LARGEST
        ):
            self.refuse(name, "seconds", "another value" if name in self._values else "nothing")
        return value
