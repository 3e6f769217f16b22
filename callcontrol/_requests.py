"""The arguments of each operation: one record each, with the limits in the types of its fields.

Vendor page: dev.bandwidth.com/apis/voice (schemas createCall, updateCall and
machineDetectionConfiguration, parameters of listCalls).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal
from urllib.parse import quote

from bxml._kinds import Default, Enumeration, Number, Range, Text
from bxml._record import KW_ONLY
from bxml._types import (
    PRIVACY_WORDS,
    Destination,
    DisplayName,
    HttpMethod,
    PhoneNumberText,
    UserToUser,
)
from bxml._wording import InvalidValue, did_you_mean, quoted
from callcontrol._request_types import Record, RequestProblem, Rule, record
from callcontrol._wire.json import Misfit
from callcontrol._wire.kinds import Time

_TIME = Time()
_ZONE = r"(?ai)(?:Z|[+-]\d\d:?\d\d)\Z"
_PRIVACY = Enumeration(PRIVACY_WORDS)


def identifier(what: str) -> Text:
    """Return the kind of an id that becomes one segment of a path."""
    return Text(
        f"{what} without '/' or '..'",
        # A single dot would vanish from the path; other characters are percent-encoded.
        pattern=r"(?!\.$)(?:(?!\.\.)[^/])+",
    )


ACCOUNT_ID = identifier("an account id")
CALL_ID = identifier("a call id")

_ABSOLUTE = r"[hH][tT][tT][pP][sS]?://(?:[^\s/?#@]*@)?[^\s/?#@:][^\s]*"
URL = "an absolute http or https URL"


def _url(max_length: int | None = None) -> Text:
    return Text(
        URL,
        max_length=max_length,
        pattern=_ABSOLUTE,
        rule="bad-url",
        hint="begin with https:// and a host name, and percent-encode white space",
    )


def segment(identifier: str) -> str:
    """Return an account or call id as one segment of a path."""
    return quote(identifier, safe="")


WHEN = Text(f"{_TIME.expected} or a datetime with a zone")
_DETECTION = Text("a MachineDetection")


def moment(value: object) -> str:
    """Return a ``datetime`` or ISO 8601 text with a zone in the platform's format, in UTC."""
    try:
        found = _TIME.accept(value) if isinstance(value, datetime) else _TIME.read(value)
    except Misfit as misfit:
        naive = isinstance(value, datetime) and value.utcoffset() is None
        got = "a datetime without a zone" if naive else quoted(value)
        hint = "such as datetime(..., tzinfo=UTC)" if naive else None
        raise InvalidValue("bad-time", f"expected {WHEN.expected}, got {got}", hint) from misfit
    if isinstance(value, str) and re.search(_ZONE, value) is None:
        text = f"expected {WHEN.expected}, got {quoted(value)} without a zone"
        raise InvalidValue("bad-time", text, "add Z for UTC, or an offset such as +02:00")
    return _TIME.write(found)


def _detection(value: object) -> MachineDetection:
    """Return the value if it is a ``MachineDetection``, which was checked on construction."""
    if isinstance(value, MachineDetection):
        return value
    raise InvalidValue("bad-object", f"expected {_DETECTION.expected}, got {quoted(value)}")


CallId = Annotated[str, CALL_ID]
Url = Annotated[str, _url()]
LongUrl = Annotated[str, _url(2048)]
Method = Annotated[HttpMethod, Default("POST")]
UserName = Annotated[str, Text("a user name", max_length=1024)]
Password = Annotated[str, Text("a password", max_length=1024, secret=True)]
Tag = Annotated[str, Text("a tag", max_length=4096)]
Identifier = Annotated[str, Text("an id", min_length=1)]
Word = Annotated[str, Text("a word", min_length=1)]
Seconds = Annotated[Number, Range(minimum=0, unit="seconds")]
When = Annotated[datetime | str, WHEN]


def https(url: str, *credentials: str) -> Rule:
    """Return the rule that credentials require an https URL."""

    def find(values: Mapping[str, object]) -> Iterator[RequestProblem]:
        target = values[url]
        given = any(values[name] is not None for name in credentials)
        if given and isinstance(target, str) and not target.lower().startswith("https:"):
            text = f"expected https with {' and '.join(credentials)}, got http"
            yield RequestProblem(url, "credentials-over-http", text)

    return Rule((url, *credentials), find)


def _mode_needs_url(values: Mapping[str, object]) -> Iterator[RequestProblem]:
    if values["mode"] != "sync" and values["callback_url"] is None:
        text = f"expected {URL} with mode 'async' (the default), got nothing"
        yield RequestProblem(
            "callback_url", "required-field-missing", text, "mode='sync' needs none"
        )


@record()
class MachineDetection(Record):
    """Whether a person or a machine has answered, for ``create_call``.

    Durations are in seconds, 0 or more. Give whole numbers: according to the vendor, fractions are
    mishandled at present.

    :raises RequestError: for invalid values, and for mode ``async`` without ``callback_url``.

    Vendor page: dev.bandwidth.com/docs/voice/guides/machineDetection
    """

    rules = (Rule(("mode", "callback_url"), _mode_needs_url),)

    _: KW_ONLY
    mode: Annotated[Literal["sync", "async"], Default("async")] | None = None
    """``async``: the call goes on and ``callback_url`` gets the result; ``sync``: the answer
    webhook waits for the result and carries it."""
    detection_timeout: Annotated[Seconds, Default(15)] | None = None
    """Limit of the whole detection; after that the result is ``timeout``."""
    silence_timeout: Annotated[Seconds, Default(10)] | None = None
    """Time without speech after which the result is ``silence``."""
    speech_threshold: Annotated[Seconds, Default(10)] | None = None
    """Speech of at least this length counts as a machine, shorter speech as a person."""
    speech_end_threshold: Annotated[Seconds, Default(5)] | None = None
    """Silence that counts as the end of speech."""
    machine_speech_end_threshold: Seconds | None = None
    """The same after a machine was recognised; default: ``speech_end_threshold``."""
    delay_result: Annotated[bool, Default(value=False)] | None = None
    """Delay the result ``answering-machine`` until the greeting is over."""
    callback_url: LongUrl | None = None
    """Gets the machineDetectionComplete webhook; unused in mode ``sync``."""
    callback_method: Method | None = None
    username: UserName | None = None
    """For ``callback_url``."""
    password: Password | None = None
    fallback_url: LongUrl | None = None
    fallback_method: Method | None = None
    fallback_username: UserName | None = None
    """For ``fallback_url``."""
    fallback_password: Password | None = None


def _private_name(values: Mapping[str, object]) -> Iterator[RequestProblem]:
    name = values["display_name"]
    if values["privacy"] is True and isinstance(name, str) and name not in PRIVACY_WORDS:
        text = f"expected {_PRIVACY.expected} with privacy True, got {quoted(name)}"
        hint = did_you_mean(name, PRIVACY_WORDS)
        yield RequestProblem("display_name", "display-name-keyword-with-privacy", text, hint)


@record("create_call")
class CreateCall(Record):
    """Arguments of ``create_call``."""

    readers = MappingProxyType({"machine_detection": _detection})
    rules = (
        Rule(("privacy", "display_name"), _private_name),
        https("answer_url", "username", "password"),
        https("answer_fallback_url", "fallback_username", "fallback_password"),
    )

    _: KW_ONLY
    to: Destination
    """Whom to call: an E.164 number or a SIP URI."""
    from_: PhoneNumberText
    """The calling number in E.164: one of the account's, also with ``privacy``."""
    application_id: Identifier
    """The voice application that the calling number belongs to."""
    answer_url: LongUrl
    """Gets the answer webhook and replies with the first BXML; https if it has credentials."""
    privacy: bool | None = None
    """Hide the calling number from the called party."""
    display_name: DisplayName | None = None
    """Caller name, at most 256 characters; with ``privacy`` only ``Restricted``, ``Anonymous``,
    ``Private`` or ``Unavailable``."""
    uui: UserToUser | None = None
    """User-To-User values for a SIP URI, separated by commas, at most 350 characters in all."""
    answer_method: Method | None = None
    username: UserName | None = None
    """For ``answer_url`` and ``disconnect_url``: sent by the platform to your server."""
    password: Password | None = None
    answer_fallback_url: LongUrl | None = None
    """Second try for the answer webhook."""
    answer_fallback_method: Method | None = None
    fallback_username: UserName | None = None
    """For ``answer_fallback_url``."""
    fallback_password: Password | None = None
    disconnect_url: LongUrl | None = None
    """Gets the disconnect webhook, the only notice of a call that fails later."""
    disconnect_method: Method | None = None
    call_timeout: Annotated[Number, Range(1, 300, "seconds"), Default(30)] | None = None
    """Seconds the phone may ring, 1 to 300."""
    callback_timeout: Annotated[Number, Range(1, 25, "seconds"), Default(15)] | None = None
    """Seconds each webhook of the call may take, 1 to 25."""
    machine_detection: Annotated[MachineDetection, _DETECTION] | None = None
    priority: Annotated[int, Range(1, 5), Default(5)] | None = None
    """1 leaves the queue first, 5 last."""
    tag: Tag | None = None
    """Included in the webhooks of the call, at most 4,096 characters."""


def in_order(first: str, last: str) -> Rule:
    """Return the rule that one time is not before another."""

    def find(values: Mapping[str, object]) -> Iterator[RequestProblem]:
        low, high = values[first], values[last]
        if low is not None and high is not None and _TIME.read(low) > _TIME.read(high):
            text = f"expected a time not before {first} ({low}), got {high}"
            yield RequestProblem(last, "value-out-of-range", text)

    return Rule((first, last), find)


@record("list_calls")
class ListCalls(Record):
    """Arguments of ``list_calls``."""

    readers = MappingProxyType({"min_start_time": moment, "max_start_time": moment})
    rules = (in_order("min_start_time", "max_start_time"),)

    _: KW_ONLY
    to: Destination | None = None
    """Only calls to exactly this number or SIP URI."""
    from_: Destination | None = None
    """Only calls from exactly this number."""
    min_start_time: When | None = None
    """Only calls that started then or later; a datetime needs a zone."""
    max_start_time: When | None = None
    """Only calls that started then or earlier."""
    disconnect_cause: Word | None = None
    """Only calls that ended for this cause, such as ``hangup``."""
    page_size: Annotated[int, Range(1, 10_000), Default(1000)] | None = None
    """Calls fetched at a time, 1 to 10,000."""


@record()
class _Redirection(Record):
    """Optional arguments of a redirect."""

    in_path = ("call_id",)

    _: KW_ONLY
    redirect_method: Method | None = None
    username: UserName | None = None
    """For ``redirect_url``."""
    password: Password | None = None
    redirect_fallback_url: Url | None = None
    """Second try for the redirect webhook."""
    redirect_fallback_method: Method | None = None
    fallback_username: UserName | None = None
    """For ``redirect_fallback_url``."""
    fallback_password: Password | None = None
    tag: Tag | None = None
    """Replaces the call's tag, at most 4,096 characters; ``""`` clears it."""


@record("redirect_call")
class RedirectCall(_Redirection):
    """Arguments of ``redirect_call``."""

    call_id: CallId
    redirect_url: Url
    """Gets the redirect webhook and replies with the BXML to run."""


def _state_and_url(values: Mapping[str, object]) -> Iterator[RequestProblem]:
    if values["state"] != "completed":
        if values["redirect_url"] is None:
            text = f"expected {URL} with state 'active' (the default), got nothing"
            hint = "state='completed' hangs up"
            yield RequestProblem("redirect_url", "required-field-missing", text, hint)
        return
    for name in _REDIRECT_ONLY:
        if values[name] is not None:
            yield RequestProblem(
                name, "surplus-field", "expected nothing with state 'completed', got a value"
            )


_REDIRECT_ONLY = ("redirect_url", "redirect_method", "redirect_fallback_method", "tag")


@record("update_call")
class UpdateCall(_Redirection):
    """Arguments of ``update_call``."""

    rules = (Rule(("state", *_REDIRECT_ONLY), _state_and_url),)

    call_id: CallId
    _: KW_ONLY
    state: Annotated[Literal["active", "completed"], Default("active")] | None = None
    """``active`` redirects to ``redirect_url``; ``completed`` hangs up, cancels or rejects."""
    redirect_url: Url | None = None
    """Gets the redirect webhook and replies with the BXML to run; only with ``active``."""
