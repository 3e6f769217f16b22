"""Exchanges with a handler for AWS Lambda, behind an API Gateway or a function URL.

The event has the fields of both payload formats: 1.0 of REST APIs (``httpMethod``, ``path``, ...)
and 2.0 of HTTP APIs and function URLs (``rawPath``, ``requestContext.http``, ...).
"""

import base64
import binascii
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from callcontrol._handlers import named
from callcontrol._urls import parts_of
from callcontrol.simulator.applications.base import (
    MAX_REPLY,
    ApplicationError,
    application_error,
)
from callcontrol.simulator.core.messages import Header
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply

LambdaHandler = Callable[[dict[str, object], object], object]
"""A handler ``def handler(event, context)``."""

_EVENTS = frozenset(("event", "evt"))
_CONTEXTS = frozenset(("context", "ctx"))
_NAME = "simulated-function"
_MEMORY = 128
_EMPTY: Mapping[str, object] = {}


def is_lambda_handler(target: Callable[..., object]) -> bool:
    """Return whether a callable takes an event and a context, by the names of its parameters."""
    try:
        names = [name.strip("_").lower() for name in inspect.signature(target).parameters]
    except (TypeError, ValueError):
        return False
    two = names[:2]
    return len(two) > 1 and (two[0] in _EVENTS or two[1] in _CONTEXTS)


class LambdaContext:
    """The ``context`` of an invocation."""

    function_name = _NAME
    function_version = "$LATEST"
    invoked_function_arn = f"arn:aws:lambda:us-east-1:000000000000:function:{_NAME}"
    memory_limit_in_mb = _MEMORY
    log_group_name = f"/aws/lambda/{_NAME}"
    log_stream_name = "simulator"
    identity = None
    client_context = None

    def __init__(self, seconds: float) -> None:
        self.aws_request_id = str(uuid4())
        self._milliseconds = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that the webhook waits for the reply; it does not run down."""
        return self._milliseconds


class Lambda:
    """Calls a handler for AWS Lambda, in the thread of the caller."""

    def __init__(self, handler: LambdaHandler) -> None:
        self._handler = handler

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Return the reply that a gateway makes of what the handler returns."""
        try:
            returned = self._handler(_event(request), LambdaContext(request.timeout))
        except (Exception, SystemExit) as error:
            raise application_error(error) from error
        try:
            return replace(_reply(returned), handler=named(self._handler))
        except ApplicationError as error:
            error.handler = named(self._handler)
            raise

    def close(self) -> None:
        """Do nothing: a handler holds nothing between requests."""


def _event(request: HttpRequest) -> dict[str, object]:
    parts = parts_of(request.url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    sent = {"Host": parts.netloc, **dict(request.headers)}
    # Gateways of payload format 1.0 keep the case of names, those of 2.0 lower it.
    headers = {**sent, **{name.lower(): value for name, value in sent.items()}}
    path = unquote(parts.path or "/")
    where = {"method": request.method, "path": path, "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": parts.query,
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": _grouped(pairs) or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "http": {**where, "protocol": "HTTP/1.1", "userAgent": headers.get("user-agent", "")},
            "httpMethod": request.method,
            "path": path,
            "domainName": parts.hostname or "",
            "stage": "$default",
            "requestId": str(uuid4()),
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": request.body.decode() if request.body else None,
        "isBase64Encoded": False,
    }


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _reply(returned: object) -> WebhookReply:
    is_dict = isinstance(returned, dict)
    fields: Mapping[str, object] = cast("Mapping[str, object]", returned) if is_dict else _EMPTY
    if "statusCode" not in fields:
        return _inferred(returned)
    return WebhookReply(status=_status(fields), headers=_headers(fields), body=_body(fields))


def _inferred(returned: object) -> WebhookReply:
    """Return what a gateway makes of a value without a statusCode: its JSON, or the text itself."""
    if isinstance(returned, str):
        body = returned
    else:
        try:
            body = json.dumps(returned)
        except (TypeError, ValueError):
            kind = type(returned).__name__
            expected = 'a dict such as {"statusCode": 200, "headers": {...}, "body": doc.to_bxml()}'
            raise ApplicationError(f"reply: expected {expected}, got {kind}") from None
    return WebhookReply(
        headers=(("Content-Type", "application/json"),), body=body.encode()[: MAX_REPLY + 1]
    )


def _status(fields: Mapping[str, object]) -> int:
    status = fields["statusCode"]
    number = int(status) if isinstance(status, str) and status.isdecimal() else status
    if isinstance(number, int) and 100 <= number <= 999:  # noqa: PLR2004 - three digits
        return int(number)
    raise ApplicationError(f"reply: expected a statusCode of three digits, got {status!r:.60}")


def _headers(fields: Mapping[str, object]) -> tuple[Header, ...]:
    found: list[Header] = []
    for name in ("headers", "multiValueHeaders"):
        given: object = fields.get(name) or {}
        if not isinstance(given, dict):
            raise ApplicationError(f"reply: expected {name} as a dict, got {type(given).__name__}")
        for key, value in cast("dict[object, object]", given).items():
            values = cast("list[object]", value) if isinstance(value, list) else [value]
            found += [(str(key), str(each)) for each in values]
    return tuple(found)


def _body(fields: Mapping[str, object]) -> bytes:
    body = fields.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        hint = "write doc.to_bxml()"
        raise ApplicationError(f"reply: expected a body of text, got {type(body).__name__}; {hint}")
    if not fields.get("isBase64Encoded"):
        return body.encode()[: MAX_REPLY + 1]
    try:
        return base64.b64decode(body, validate=True)[: MAX_REPLY + 1]
    except binascii.Error:
        raise ApplicationError("reply: expected a body in base64, got another text") from None
