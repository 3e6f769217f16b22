"""Findings about the HTTP reply of an application, in the words of messages.

Shared by ``bxml check URL`` and by everything that plays the platform.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from http import HTTPStatus
from typing import cast
from urllib.parse import urljoin, urlsplit

from bxml._wording import visible_text
from bxml.documents import MEDIA_TYPE

XML_TYPES = (MEDIA_TYPE, "text/xml")
MAX_EXCERPT = 300
"""Characters of an error reply that are shown."""
_MAX_LINES = 3
_MAX_READ = 65_536
"""Bytes of an error reply that are searched; a debug page of Django begins with long styles."""
_TAG = re.compile(r"<[^<>]*>")
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_SILENT = ("head", "style", "script")
"""Elements of a web page that show nothing."""
_MESSAGES = ("detail", "error", "message", "msg", "description")
"""Names under which JSON replies hold one text."""
_NO_METHOD = HTTPStatus.METHOD_NOT_ALLOWED
_GATEWAYS = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_EXPLAINED = (*_GATEWAYS, HTTPStatus.UNPROCESSABLE_ENTITY)
"""Statuses whose text does not say what to change."""
_STANDARD = (
    "the browser (or proxy) sent a request that this server could not understand.",
    "the requested url was not found on the server.",
    "the method is not allowed for the requested url.",
    "the server encountered an internal error and was unable to complete your request.",
)
"""Beginnings of the texts by which Werkzeug describes statuses; they say no more than these."""
_AIRPLAY = "AirTunes"
"""Beginning of the name of the server that macOS runs on port 5000."""


def media_note(content_type: str) -> str | None:
    """Return what is wrong with the Content-Type of a document; None for that of XML."""
    media = content_type.partition(";")[0].strip().lower()
    if media in XML_TYPES or media.endswith("+xml"):
        return None
    got = repr(media[:60]) if media else "nothing"
    return f"expected Content-Type {MEDIA_TYPE}, got {got}"


def excerpt(status: int, body: bytes, content_type: str = "") -> str:
    """Return the first lines of an error reply, in one line.

    Web pages without their markup; empty if there is nothing but the name of the status.
    """
    text = body[:_MAX_READ].decode("utf-8", "replace").strip()
    if text[:1] in ("{", "["):
        lines = [_json_text(text)]
    elif "html" in content_type.lower() or text[:15].lower().startswith(
        ("<!doctype html", "<html")
    ):
        lines = [*_page_lines(text)]
    else:
        lines = [line for line in map(str.strip, text.splitlines()) if line]
    known = _names_of(status)
    told = [
        line
        for line in lines
        if line.rstrip(".!").lower() not in known and not line.lower().startswith(_STANDARD)
    ]
    shown = visible_text("; ".join(dict.fromkeys(told[:_MAX_LINES])))
    return shown if len(shown) <= MAX_EXCERPT else f"{shown[:MAX_EXCERPT]}..."


def redirect_advice(url: str, location: str) -> str:
    """Return what to change about a redirect, which the platform may not follow."""
    try:
        asked, told = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:
        return "its Location is not a URL"
    if asked.path.rstrip("/") == told.path.rstrip("/") and asked.path != told.path:
        end = "with" if told.path.endswith("/") else "without"
        return f"write the path {end} a slash at the end: {told.path}"
    if (asked.scheme, told.scheme) == ("http", "https"):
        return "let the application answer http too, or give its https address"
    if "login" in told.path.lower() or "signin" in told.path.lower():
        return "webhooks have no session: exempt this path from the login"
    return "give that address instead"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReply:
    """A reply with an error status."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    allowed: str = ""
    """The header Allow."""
    server: str = ""
    """The header Server."""
    is_local: bool = False
    """Whether the application runs in this process, so that no other server can have replied."""


def refusal(reply: ErrorReply) -> str:
    """Return what an error reply says, in one line, and what to change about it.

    The advice is left out if the application itself says what is wrong.
    """
    told = excerpt(reply.status, reply.body, reply.content_type)
    needed = not told or reply.status in _EXPLAINED or "csrf" in told.lower()
    return "; ".join(filter(None, (told, status_advice(reply) if needed else "")))


def status_advice(reply: ErrorReply) -> str:
    """Return what to change about an error status without a body that says it; may be empty."""
    if reply.server.startswith(_AIRPLAY):
        return "AirPlay of macOS listens on this port; run the application on another one"
    if reply.status == _NO_METHOD:
        allowed = visible_text(reply.allowed[:MAX_EXCERPT])
        got = f" (it allows {allowed})" if allowed else ""
        return f"the application has this path, but not for that method{got}"
    remote = "" if reply.is_local else _REMOTE_ADVICE.get(reply.status, "")
    return remote or _ADVICE.get(reply.status, "")


_REMOTE_ADVICE: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "what listens there has no route for this path: correct the URL or the "
    "route; if the application has it, another program has taken the port",
    HTTPStatus.INTERNAL_SERVER_ERROR: "see the log of your application: it has the traceback",
    **dict.fromkeys(
        _GATEWAYS,
        "a tunnel or proxy replies instead of the application: is the application running?",
    ),
}
_ADVICE: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "the application cannot read the webhook: it is JSON, not a form; "
    "read its body with callcontrol.parse_event",
    HTTPStatus.NOT_FOUND: "the application has no route for this path: correct the URL or the "
    "route",
    HTTPStatus.UNAUTHORIZED: "the application asks for credentials, and none or others were given",
    HTTPStatus.FORBIDDEN: "exempt webhooks from checks meant for browsers, such as CSRF tokens",
    HTTPStatus.UNPROCESSABLE_ENTITY: "the handler declares parameters that the webhook does not "
    "have: in FastAPI replace them by request: Request, and read the event with "
    "parse_event(await request.body())",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "webhooks come as application/json, not as a form",
}


def _names_of(status: int) -> frozenset[str]:
    """Return the texts that say no more than the status itself."""
    try:
        phrase = HTTPStatus(status).phrase.lower()
    except ValueError:
        return frozenset((str(status),))
    return frozenset((phrase, f"{status} {phrase}", f"error: {phrase}", str(status)))


def _json_text(text: str) -> str:
    """Return the message of a JSON reply, or all of it on one line."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return " ".join(text.split())
    if isinstance(value, dict):
        fields = cast("Mapping[str, object]", value)
        found = next((fields[name] for name in _MESSAGES if name in fields), None)
        if isinstance(found, str):
            return found
        if isinstance(found, list) and len(fields) == 1:
            return "; ".join(map(_complaint, cast("list[object]", found)))
    return json.dumps(value, ensure_ascii=False)


def _complaint(value: object) -> str:
    """Return one complaint of pydantic, which names a place and a message; else its JSON."""
    if isinstance(value, dict):
        fields = cast("Mapping[str, object]", value)
        place, message = fields.get("loc"), fields.get("msg")
        if isinstance(place, list) and isinstance(message, str):
            return f"{'.'.join(map(str, cast('list[object]', place)))}: {message}"
    return json.dumps(value, ensure_ascii=False)


def _page_lines(page: str) -> Iterator[str]:
    """Yield the title and the lines of text of a web page."""
    title = _TITLE.search(page)
    if title is not None:
        yield " ".join(unescape(title[1]).split())
    for name in _SILENT:
        page = _without(page, name)
    for line in _TAG.sub("\n", page).splitlines():
        text = " ".join(unescape(line).split())
        if text:
            yield text


def _without(page: str, name: str) -> str:
    """Return a page without the elements of one name."""
    kept: list[str] = []
    lower, place = page.lower(), 0
    while (start := lower.find(f"<{name}", place)) >= 0:
        kept.append(page[place:start])
        end = lower.find(f"</{name}", start)
        place = len(page) if end < 0 else end
    return "".join([*kept, page[place:]])
