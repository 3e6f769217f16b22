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
_STRANGERS: Mapping[str, str] = {
    "AirTunes": "AirPlay of macOS listens on this port; run the application on another one",
    "SimpleHTTP": "this is probably not your application: the file server of Python "
    "(python -m http.server) listens on this port; correct the port, or run the application on "
    "another one",
}
"""Advice about servers that are not the application, by the beginning of their names."""
_FRAMEWORKS = (
    "uvicorn",
    "gunicorn",
    "werkzeug",
    "hypercorn",
    "waitress",
    "daphne",
    "granian",
    "wsgiserver",
)
"""Beginnings of the names of servers that run applications in Python."""
REPLIED_ITSELF = "the application replied {status} itself"
_TAKE_EVENT = (
    "in FastAPI take the event with webhook(...) of callcontrol.integrations.fastapi: "
    "event: Annotated[GatherEvent, webhook(GatherEvent)]"
)
_OF_WEBHOOKS = (
    *("body", "call", "call_id", "callid", "data", "digits", "event", "event_type", "eventtype"),
    *("from", "from_", "hook", "payload", "request", "tag", "to", "webhook"),
)
"""Names, in lower case, of parameters that are meant for the webhook or a field of it."""


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
    if _is_own_outage(reply):
        itself = REPLIED_ITSELF.format(status=reply.status)
        return f"{itself}: {told or 'its log may say why'}; {_TELL_CALLER}"
    needed = not told or reply.status in _EXPLAINED or "csrf" in told.lower()
    needed = needed or reply.server.startswith((*_STRANGERS,))
    return "; ".join(filter(None, (told, status_advice(reply) if needed else "")))


_TELL_CALLER = "let it reply with a document, which can tell the caller that nothing works now"


def _is_own_outage(reply: ErrorReply) -> bool:
    """Return whether a status that proxies send comes from the application's own framework."""
    if reply.is_local or reply.status not in _GATEWAYS:
        return False
    if reply.server.lower().startswith(_FRAMEWORKS):
        return True
    fields = _fields_of(reply.body)
    return fields is not None and [*fields] == ["detail"]  # as FastAPI and Django REST write it


def status_advice(reply: ErrorReply) -> str:
    """Return what to change about an error status without a body that says it; may be empty."""
    for name, advice in _STRANGERS.items():
        if reply.server.startswith(name):
            return advice
    if reply.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return _parameter_advice(reply.body)
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
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "webhooks come as application/json, not as a form",
}


def _parameter_advice(body: bytes) -> str:
    """Return what to change about a 422, given the complaints of FastAPI in its body."""
    found: object = (_fields_of(body) or {}).get("detail")
    complaints = cast("list[object]", found) if isinstance(found, list) else []
    places = [place for each in complaints if (place := _place_of(each))]
    for where, name, is_missing in places:
        if where == "body" or name.lower() in _OF_WEBHOOKS:
            continue
        if where == "query" and is_missing:
            return (
                f"the handler takes a query parameter {name}, which the URL lacks: add ?{name}=... "
                "to the URL in the document, or give the parameter a default"
            )
        return (
            f"the value of {name} in the URL has another type than the parameter: correct the URL "
            "in the document, or the annotation"
        )
    if any(where == "body" for where, _, _ in places):
        return f"webhooks are JSON, not a form, and callcontrol reads them: {_TAKE_EVENT}"
    return f"the handler declares parameters that the webhook does not have: {_TAKE_EVENT}"


def _place_of(complaint: object) -> tuple[str, str, bool] | None:
    """Return the part of the request, the name, and whether it is missing."""
    if not isinstance(complaint, dict):
        return None
    fields = cast("Mapping[str, object]", complaint)
    place = fields.get("loc")
    if not isinstance(place, list) or not place:
        return None
    parts = [visible_text(str(part)[:MAX_EXCERPT]) for part in cast("list[object]", place)]
    return parts[0], parts[-1], fields.get("type") == "missing"


def _fields_of(body: bytes) -> Mapping[str, object] | None:
    """Return the fields of a JSON object; None for another body."""
    try:
        value: object = json.loads(body[:_MAX_READ])
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else None


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
