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


_URL = validators.url(2048)
_TEXT = validators.text(1024)
_SECONDS = validators.number()


def _webhook(prefix: str, *, required: bool = False) -> tuple[Field, Field]:
    method = f"{prefix}Method" if prefix else "method"
    return (
        Field(f"{prefix}Url", _URL, required=required),
        Field(method, validators.method, "POST"),
    )


_CREDENTIALS = tuple(
    Field(name, _TEXT) for name in ("username", "password", "fallbackUsername", "fallbackPassword")
)

_MACHINE_DETECTION = (
    Field("mode", validators.one_of("sync", "async"), "async"),
    Field("detectionTimeout", _SECONDS, 15),
    Field("silenceTimeout", _SECONDS, 10),
    Field("speechThreshold", _SECONDS, 10),
    Field("speechEndThreshold", _SECONDS, 5),
    Field("machineSpeechEndThreshold", _SECONDS),
    Field("delayResult", validators.boolean, default=False),
    *_webhook("callback"),
    *_webhook("fallback"),
    *_CREDENTIALS,
)

_CREATE_CALL = (
    Field("from", validators.phone_number, required=True),
    Field("to", validators.destination, required=True),
    *_webhook("answer", required=True),
    Field("applicationId", validators.text(1024), required=True),
    Field("privacy", validators.boolean),
    Field("displayName", validators.display_name),
    Field("uui", validators.user_to_user),
    *_webhook("answerFallback"),
    *_webhook("disconnect"),
    *_CREDENTIALS,
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
    *_CREDENTIALS,
    Field("tag", validators.text(4096)),
)
_NOT_WHEN_COMPLETED = tuple(
    field
    for field in _UPDATE_CALL
    if field.name in ("redirectUrl", "redirectMethod", "redirectFallbackMethod", "tag")
)


def create_call(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of a createCall body (M10)."""
    fields = _read(_object(body), _CREATE_CALL, ignore_unknown=ignore_unknown)
    if fields["privacy"] and fields["displayName"] not in (None, *PRIVACY_WORDS):
        _refuse(f"Invalid displayName: must be one of [{', '.join(PRIVACY_WORDS)}] with privacy")
    for url, user in (("answerUrl", "username"), ("answerFallbackUrl", "fallbackUsername")):
        _require_https(url, fields[url], with_credentials=fields[user] is not None)
    detection = fields["machineDetection"]
    if isinstance(detection, dict):
        sent = cast("Fields", detection)
        validated = _machine_detection(sent, ignore_unknown=ignore_unknown)
        return {**fields, "machineDetection": validated}
    return fields


def update_call(body: bytes, *, ignore_unknown: bool = False) -> Fields:
    """Return the fields of an updateCall body; tag None leaves the call's tag as it is."""
    sent = _object(body)
    fields = dict(_read(sent, _UPDATE_CALL, ignore_unknown=ignore_unknown))
    if fields["state"] == "completed":
        for field in _NOT_WHEN_COMPLETED:
            # The vendor's own SDKs send the default methods whatever the state.
            if sent.get(field.name) not in (None, field.default):
                _refuse(f"Invalid {field.name}: must not be set when state is completed")
    elif fields["redirectUrl"] is None:
        _refuse(_missing(("redirectUrl",)))
    return fields


def _machine_detection(sent: Fields, *, ignore_unknown: bool) -> Fields:
    fields = _read(sent, _MACHINE_DETECTION, ignore_unknown=ignore_unknown)
    if fields["mode"] == "async" and fields["callbackUrl"] is None:
        _refuse("Invalid machineDetection: callbackUrl is required when mode is async")
    return fields


def _object(body: bytes) -> dict[str, object]:
    try:
        value: object = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        _refuse("There is something wrong with the request: the body is not JSON")
    if not isinstance(value, dict):
        _refuse("There is something wrong with the request: the body is not a JSON object")
    return cast("dict[str, object]", value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _read(sent: Fields, fields: tuple[Field, ...], *, ignore_unknown: bool) -> Fields:
    required = tuple(field.name for field in fields if field.required)
    if any(sent.get(name) in (None, "") for name in required):
        _refuse(_missing(required))
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


def _missing(required: tuple[str, ...]) -> str:
    return f"Missing at least one required field. Required fields are [{', '.join(required)}]"


def _require_https(name: str, value: object, *, with_credentials: bool) -> None:
    if not with_credentials or not isinstance(value, str) or is_loopback(value):
        return
    if value[:6].lower() != "https:":
        _refuse(f"Invalid {name}: https is required with credentials")


def _refuse(description: str) -> NoReturn:
    raise Refusal(400, description)
