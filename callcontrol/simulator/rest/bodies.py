"""The JSON request bodies, field by field (vendor's OpenAPI document, Calls).

``create_call`` and ``update_call`` read a body and return its fields with the platform's
defaults.

:raises Refusal: 400 for an invalid body, in the vendor's words.
"""

import json
from dataclasses import dataclass
from typing import NoReturn, cast

from bxml._types import PRIVACY_WORDS
from bxml._wording import did_you_mean
from callcontrol._urls import is_loopback
from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest import validators
from callcontrol.simulator.rest.refusal import Refusal
from callcontrol.simulator.rest.validators import Validator


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body."""

    name: str
    validate: Validator
    default: object = None
    required: bool = False


URL = validators.url(2048)
TEXT = validators.text(1024)
_SECONDS = validators.number()


def webhook_fields(prefix: str, *, required: bool = False) -> tuple[Field, Field]:
    """Return the fields of the URL of a webhook and of its method."""
    method = f"{prefix}Method" if prefix else "method"
    return (
        Field(f"{prefix}Url", URL, required=required),
        Field(method, validators.method, "POST"),
    )


CREDENTIALS = tuple(
    Field(name, TEXT) for name in ("username", "password", "fallbackUsername", "fallbackPassword")
)

_MACHINE_DETECTION = (
    Field("mode", validators.one_of("sync", "async"), "async"),
    Field("detectionTimeout", _SECONDS, 15),
    Field("silenceTimeout", _SECONDS, 10),
    Field("speechThreshold", _SECONDS, 10),
    Field("speechEndThreshold", _SECONDS, 5),
    Field("machineSpeechEndThreshold", _SECONDS),
    Field("delayResult", validators.boolean, default=False),
    *webhook_fields("callback"),
    *webhook_fields("fallback"),
    *CREDENTIALS,
)

_CREATE_CALL = (
    Field("from", validators.phone_number, required=True),
    Field("to", validators.destination, required=True),
    *webhook_fields("answer", required=True),
    Field("applicationId", validators.text(1024), required=True),
    Field("privacy", validators.boolean),
    Field("displayName", validators.display_name),
    Field("uui", validators.user_to_user),
    *webhook_fields("answerFallback"),
    *webhook_fields("disconnect"),
    *CREDENTIALS,
    Field("callTimeout", validators.number(1, 300), 30),
    Field("callbackTimeout", validators.number(1, 25), 15),
    Field("priority", validators.number(1, 5, whole=True), 5),
    Field("tag", validators.tag),
    Field("machineDetection", validators.json_object),
)

_UPDATE_CALL = (
    Field("state", validators.one_of("active", "completed"), "active"),
    Field("redirectUrl", validators.url()),
    Field("redirectMethod", validators.method, "POST"),
    Field("redirectFallbackUrl", validators.url()),
    Field("redirectFallbackMethod", validators.method, "POST"),
    *CREDENTIALS,
    Field("tag", validators.text(4096)),
)
_NOT_WHEN_COMPLETED = tuple(
    field
    for field in _UPDATE_CALL
    if field.name in ("redirectUrl", "redirectMethod", "redirectFallbackMethod", "tag")
)


def create_call(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of a createCall body (M10)."""
    fields = read_fields(object_in(body), _CREATE_CALL, ignore_unknown=ignore_unknown)
    if fields["privacy"] and fields["displayName"] not in (None, *PRIVACY_WORDS):
        _refuse(f"Invalid displayName: must be one of [{', '.join(PRIVACY_WORDS)}] with privacy")
    for url, user in (("answerUrl", "username"), ("answerFallbackUrl", "fallbackUsername")):
        require_https(url, fields[url], with_credentials=fields[user] is not None)
    detection = fields["machineDetection"]
    if isinstance(detection, dict):
        sent = cast("Fields", detection)
        validated = _machine_detection(sent, ignore_unknown=ignore_unknown)
        return {**fields, "machineDetection": validated}
    return fields


def update_call(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of an updateCall body; tag None leaves the call's tag as it is."""
    sent = object_in(body)
    fields = dict(read_fields(sent, _UPDATE_CALL, ignore_unknown=ignore_unknown))
    if fields["state"] == "completed":
        for field in _NOT_WHEN_COMPLETED:
            # The vendor's own SDKs send the default methods whatever the state.
            if sent.get(field.name) not in (None, field.default):
                _refuse(f"Invalid {field.name}: must not be set when state is completed")
    elif fields["redirectUrl"] is None:
        _refuse(missing(("redirectUrl",)))
    return fields


def _machine_detection(sent: Fields, *, ignore_unknown: bool) -> Fields:
    fields = read_fields(sent, _MACHINE_DETECTION, ignore_unknown=ignore_unknown)
    if fields["mode"] == "async" and fields["callbackUrl"] is None:
        _refuse("Invalid machineDetection: callbackUrl is required when mode is async")
    return fields


def object_in(body: bytes) -> dict[str, object]:
    """Return the JSON object that a body holds."""
    try:
        value: object = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        _refuse("There is something wrong with the request: the body is not JSON")
    if not isinstance(value, dict):
        _refuse("There is something wrong with the request: the body is not a JSON object")
    return cast("dict[str, object]", value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def read_fields(sent: Fields, fields: tuple[Field, ...], *, ignore_unknown: bool) -> Fields:
    """Return the fields of a table, validated and with their defaults."""
    required = tuple(field.name for field in fields if field.required)
    if any(sent.get(name) in (None, "") for name in required):
        _refuse(missing(required))
    if not ignore_unknown:
        _refuse_unknown(sent, fields)
    found: dict[str, object] = {}
    for field in fields:
        value = sent.get(field.name)
        wrong = None if value is None else field.validate(field.name, value)
        if wrong is not None:
            _refuse(wrong)
        found[field.name] = field.default if value is None else value
    return found


def _refuse_unknown(sent: Fields, fields: tuple[Field, ...]) -> None:
    known = tuple(field.name for field in fields)
    for name in sent:
        if name not in known:
            hint = did_you_mean(name, known)
            _refuse(f"Unknown field {quoted(name)}" + (f"; {hint}" if hint else ""))


def missing(required: tuple[str, ...]) -> str:
    """Return the text about fields that are required."""
    return f"Missing at least one required field. Required fields are [{', '.join(required)}]"


def require_https(name: str, value: object, *, with_credentials: bool) -> None:
    """Check that credentials do not go to a plain http URL on another machine."""
    if not with_credentials or not isinstance(value, str) or is_loopback(value):
        return
    if value[:6].lower() != "https:":
        _refuse(f"Invalid {name}: https is required with credentials")


def _refuse(description: str) -> NoReturn:
    raise Refusal(400, description)
