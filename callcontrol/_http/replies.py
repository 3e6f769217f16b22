"""Reads replies: JSON bodies, links to the next page, and the errors for refusals."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn, cast

from callcontrol._http.exchange import ApiReply, ApiRequest
from callcontrol._http.retry import retry_after_seconds
from callcontrol._secret import Secret
from callcontrol._urls import has_user, origin_of, resolve
from callcontrol.errors import (
    ApiError,
    Explanation,
    OutcomeUnknownError,
    ReplyError,
    ServerError,
    ServiceUnavailableError,
    error_class,
)

_LINK = (
    # One link: its target, other parameters, then rel, quoted or not.
    r"""(?i)<([^<>]*)>(?:\s*+;\s*+(?!rel\b)[^\s;,="<>]++(?:\s*+=\s*+(?:"[^"]*+"|[^\s;,"<>]*+))?+)*+"""
    r"""\s*+;\s*+rel\s*+=\s*+(?:"([^"]*+)"|([^\s;,"<>]++))"""
)


_HTML_HINT = (
    "another server than the platform replied: open the address in a browser, log in to the "
    "network if it asks, and check base_url"
)


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """Return the text with ``***`` in place of every secret that the server echoed."""
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return text


def json_object(reply: ApiReply, hint: str | None = None) -> Mapping[str, object]:
    """Return the JSON object that a reply holds, or the only object of an array.

    The platform sends getCallState replies in both forms.

    :raises ReplyError: for anything else, with ``hint``.
    """
    value = Secret(_single(_json(reply, "a JSON object", hint)))
    if not isinstance(value.reveal(), dict):
        _refuse(reply, "a JSON object", "another JSON value", hint)
    return cast("dict[str, object]", value.reveal())


def _single(value: object) -> object:
    """Return the only element of an array of one, else the value itself."""
    if not isinstance(value, list):
        return value
    values = cast("list[object]", value)
    return values[0] if len(values) == 1 else values


def json_array(reply: ApiReply) -> list[Mapping[str, object]]:
    """Return the array of JSON objects that a reply holds; empty for null.

    The platform has sent null for a call without recordings.

    :raises ReplyError: for anything else.
    """
    expected = "a JSON array of objects"
    return items_of(reply, _json(reply, expected))


def items_of(reply: ApiReply, found: object) -> list[Mapping[str, object]]:
    """Return an array of JSON objects that was found in a reply; empty for null.

    :raises ReplyError: for anything else.
    """
    value = Secret(found)
    del found
    if value.reveal() is None:
        return []
    if not _is_array_of_objects(value.reveal()):
        _refuse(reply, "a JSON array of objects", "another JSON value")
    return cast("list[Mapping[str, object]]", value.reveal())


def enveloped_object(reply: ApiReply, hint: str | None = None) -> Mapping[str, object]:
    """Return the JSON object in the ``data`` of a reply.

    :raises ReplyError: for anything else, with ``hint``.
    """
    value = Secret(json_object(reply, hint).get("data"))
    if not isinstance(value.reveal(), dict):
        _refuse(reply, "a JSON object in data", "another JSON value", hint)
    return cast("dict[str, object]", value.reveal())


def _is_array_of_objects(value: object) -> bool:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    return all(isinstance(item, dict) for item in items)


def empty(reply: ApiReply) -> None:
    """Accept a reply whose body is not used.

    :raises ReplyError: for HTML, which a captive portal or a proxy sends instead of the platform.
    """
    if reply.body and _is_html(reply):
        _refuse(reply, "an empty reply", "HTML", _HTML_HINT)


def _json(reply: ApiReply, expected: str, hint: str | None = None) -> object:
    if not reply.body.strip():
        _refuse(reply, expected, "an empty reply", hint)
    if _is_html(reply):
        _refuse(reply, expected, "HTML", hint or _HTML_HINT)
    value, got = _decoded(reply.body)
    # Raised here, where no local variable and no decoder error holds the text: a traceback with
    # local variables would show it.
    return value if got is None else _refuse(reply, expected, got, hint)


def _decoded(body: bytes) -> tuple[object, str | None]:
    """Return the value of a JSON text, and the ``got`` of an error if it is not JSON."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace")), None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return None, f"text that is not JSON from {place} ({error.msg})"
    except (ValueError, RecursionError):
        return None, "JSON with a number or a depth out of range"


def _is_html(reply: ApiReply) -> bool:
    declared = reply.headers.get("Content-Type", "").lower()
    return "html" in declared or reply.body.lstrip()[:1] == b"<"


def _refuse(reply: ApiReply, expected: str, got: str, hint: str | None = None) -> NoReturn:
    raise ReplyError(reply.line, f"expected {expected}, got {got}", reply.status, hint)


def explanation(reply: ApiReply) -> Mapping[str, str]:
    """Return the text fields of an error body; empty if it is not a JSON object.

    The operations on endpoints put them into a list, the first of which counts.
    """
    try:
        found = json_object(reply)
    except ReplyError:
        return {}
    errors = found.get("errors")
    first = cast("list[object]", errors)[0] if isinstance(errors, list) and errors else found
    stated = cast("Mapping[str, object]", first) if isinstance(first, dict) else found
    return {name: value for name, value in stated.items() if isinstance(value, str)}


def refusal(
    request: ApiRequest,
    reply: ApiReply,
    secrets: Iterable[str],
    now: float,
    hint: str | None = None,
) -> ApiError | OutcomeUnknownError:
    """Return the error for a reply that is not a success, whatever its body holds.

    After a failure of the platform, unlike a refusal, the request may have been carried out; that
    matters for requests that must not be repeated. A 503 is a refusal: the request was dropped.
    ``hint`` replaces the advice of the error's class.
    """
    body = (request.body or b"").decode()
    texts = {name: scrubbed(text, (body, *secrets)) for name, text in explanation(reply).items()}
    error = error_class(reply.status)(
        reply.line,
        reply.status,
        Explanation(texts.get("type"), texts.get("description"), texts.get("id")),
        retry_after_seconds(reply.headers.get("Retry-After"), now),
        hint,
    )
    failed = isinstance(error, ServerError) and not isinstance(error, ServiceUnavailableError)
    if request.policy.repeatable or not failed:
        return error
    finding = f"expected a success, got {error.reason}"
    unknown = OutcomeUnknownError(reply.line, finding, reply.status, request.recovery)
    unknown.__cause__ = error
    return unknown


def next_page(reply: ApiReply, url: str) -> str | None:
    """Return the URL of the page after ``url``; None if that was the last.

    :raises ReplyError: if the link leads to another host, which would get the credentials.
    """
    links: list[tuple[str, str, str]] = re.findall(_LINK, reply.headers.get("Link", ""))
    found = next((target for target, *rel in links if "next" in "".join(rel).lower().split()), None)
    if found is None:
        return None
    return followed(reply, url, found)


def followed(reply: ApiReply, url: str, link: str) -> str:
    """Return the absolute URL of a link in the reply from ``url``.

    :raises ReplyError: if it leads to another host, which would get the credentials.
    """
    target = resolve(url, link)
    if target is None:
        _refuse(reply, "a link to the next page", "one that is not an http URL")
    if origin_of(target) != origin_of(url) or has_user(target) != has_user(url):
        _refuse(reply, f"the next page on {origin_of(url)}", "one elsewhere")
    return target
