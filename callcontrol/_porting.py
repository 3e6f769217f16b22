"""Counterparts of the clients, errors and webhooks of other libraries for Python.

Each line of a table is a row in docs/porting-from-bandwidth-sdk.md, or for Twilio's library in
docs/porting-from-twiml.md: the library, and here.
"""

import re
from collections.abc import Iterable

from bxml._porting import missing_name, rows

__all__ = ["call_hint", "client_hint", "field_hint", "missing_name", "name_hint"]

CLIENT = rows("""
    `Configuration(client_id=..., client_secret=...)` | `Client(account_id, client_id=..., client_secret=...)`, or `Client.from_env()`
    `Configuration(username=..., password=...)` | `Client(account_id, username=..., password=...)`, which shows a `BasicAuthWarning`: the vendor ends it on 2026-12-02
    `Configuration(host="http://...")` | `Client(base_url=...)`; http to another machine needs `allow_http=True`
    `CallsApi(ApiClient(configuration))` | the client itself
    the account id in every call | once, in the client
    `api.create_call(account_id, CreateCall(to=..., var_from=...))` | `client.create_call(to=..., from_=...)`
    `api.get_call_state(account_id, call_id)`, `.var_from` | `client.get_call_state(call_id)`, `.from_`
    `api.list_calls(account_id, to=..., page_token=...)`: one page | `client.list_calls(to=...)`: all of them, page by page as you go on
    `api.update_call(account_id, call_id, UpdateCall(redirect_url=...))` | `client.redirect_call(call_id, url)`, or `client.update_call(call_id, redirect_url=url)`
    `api.update_call(account_id, call_id, UpdateCall(state="completed"))` | `client.hang_up(call_id)`
    `api.update_call_bxml(account_id, call_id, text)` | `client.update_call_bxml(call_id, document)`, checked first
    `MachineDetectionConfiguration(...)` | `MachineDetection(...)`
    `_request_timeout=...` in each call, none by default | `Client(timeout=...)`, always finite, decompression included
    `..._with_http_info`, `..._without_preload_content` | none; errors carry the request line and the status
    `ConferencesApi`, `RecordingsApi`, `TranscriptionsApi`, `StatisticsApi`, `EndpointsApi` | [methods of the same client](operations.md)
    `MessagesApi`, `MFAApi`, ... | not here: keep the SDK for those
""")
"""The client."""

ERRORS = rows("""
    `ApiException`, its `status` and `body` | `ApiError`: `status`, `type`, `description`, `error_id`
    `BadRequestException` | `BadRequestError`
    `UnauthorizedException` | `AuthenticationError`
    `ForbiddenException` | `ForbiddenError`
    `NotFoundException` | `NotFoundError`
    `ConflictException` | `ConflictError`
    `UnprocessableEntityException` | `ClientError`
    `ApiException` with status 429 | `RateLimitError`, after the retries
    `ServiceException` | `ServerError`, `ServiceUnavailableError`, or `OutcomeUnknownError` where the call may have been placed all the same
    `ApiValueError`, pydantic's `ValidationError` | `RequestError`, before anything is sent
    errors of urllib3 | `TransportError`, `OutcomeUnknownError`, `TokenError`
""")
"""Exceptions."""

WEBHOOKS = rows("""
    `InitiateCallback` | `InitiateEvent`
    `AnswerCallback` | `AnswerEvent`
    `GatherCallback`, `DtmfCallback` | `GatherEvent`, `DtmfEvent`
    `RedirectCallback` | `RedirectEvent`
    `TransferAnswerCallback`, `TransferCompleteCallback`, `TransferDisconnectCallback` | `TransferAnswerEvent`, `TransferCompleteEvent`, `TransferDisconnectEvent`
    `BridgeCompleteCallback`, `BridgeTargetCompleteCallback` | `BridgeCompleteEvent`, `BridgeTargetCompleteEvent`
    `RecordingCompleteCallback` | `RecordCompleteEvent`
    `RecordingAvailableCallback`, `TranscriptionAvailableCallback` | `RecordingAvailableEvent`, `TranscriptionAvailableEvent`
    `MachineDetectionCompleteCallback` | `MachineDetectionCompleteEvent`
    `DisconnectCallback` | `DisconnectEvent`
    `ConferenceCreatedCallback`, `ConferenceMemberJoinCallback`, `ConferenceMemberExitCallback`, `ConferenceCompletedCallback`, `ConferenceRedirectCallback`, `ConferenceRecordingAvailableCallback` | `ConferenceCreatedEvent`, `ConferenceMemberJoinEvent`, `ConferenceMemberExitEvent`, `ConferenceCompletedEvent`, `ConferenceRedirectEvent`, `ConferenceRecordingAvailableEvent`
    `ReferCompleteCallback` | `ReferCompleteEvent`
    no model | the events of streams, live transcriptions, partial gathers and endpoints
    a field that the model does not know | in `extra`
""")
"""Models of webhooks."""

REST = rows("""
    `client.calls.create(to=..., from_=..., url=...)` | `client.create_call(to=..., from_=..., application_id=..., answer_url=...)`
    `client.calls.create(..., twiml=...)` | none: the document is the reply to `answer_url`
    `machine_detection="Enable"` | `machine_detection=MachineDetection(mode="sync")`
    `client.calls(sid).update(twiml=...)` | `client.update_call_bxml(call_id, document)`
    `client.calls(sid).update(url=...)` | `client.redirect_call(call_id, url)`
    `client.calls(sid).update(status="completed")` | `client.hang_up(call_id)`
    `client.calls(sid).fetch()` | `client.get_call_state(call_id)`
    `client.calls.list(...)` | `client.list_calls(...)`
    `TwilioRestException` | `ApiError` and its classes; see [errors](reference/errors.md)
""")
"""The client of Twilio's library."""

_VARIANT = re.compile(r"_(with_http_info|without_preload_content)$")
_ATTRIBUTE = re.compile(r"`client\.(\w+)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = re.compile(r"`([A-Z]\w+)|\(([A-Z]\w+)\(")
_OURS = re.compile(r"`([A-Z]\w+)")


def name_hint(name: str) -> str | None:
    """Return the counterpart of a name that the SDK exports; None for any other name."""
    for theirs, here in (*CLIENT, *ERRORS, *WEBHOOKS):
        names = [one or other for one, other in _NAME.findall(theirs)]
        if name in names:
            ours = _OURS.findall(here)
            is_pair = len(ours) == len(names) > 1
            return f"here it is {ours[names.index(name)] if is_pair else here.replace('`', '')}"
    return None


def client_hint(name: str) -> str | None:
    """Return what to use instead of an attribute of another client; None for any other name."""
    if variant := _VARIANT.search(name):
        here = next(here for theirs, here in CLIENT if variant[0] in theirs)
        return f"{name.removesuffix(variant[0])} has no such variant: {here}"
    found = [here for theirs, here in REST if name in _ATTRIBUTE.findall(theirs)]
    methods = dict.fromkeys(method for here in found for method, _ in _calls(here))
    if methods:
        return f"client.{name} of Twilio's library is the client itself here: {', '.join(methods)}"
    return name_hint(name)


def call_hint(method: str) -> str | None:
    """Return how a method of the client is called that got arguments like the SDK's."""
    calls = (call for _, here in CLIENT for call in _calls(here))
    return next((f"write {text}" for name, text in calls if name == method), None)


def _calls(cell: str) -> list[tuple[str, str]]:
    """Return the calls of methods of the client in a cell: the method, and the whole call."""
    texts = [text for text in cell.split("`") if text.startswith("client.")]
    return [(text.partition("(")[0].removeprefix("client."), text) for text in texts]


def field_hint(name: str, fields: Iterable[str]) -> str | None:
    """Return the field that the SDK, or the wire, calls by another name; None without one."""
    plain = _HUMP.sub("_", name.removeprefix("var_")).lower()
    found = {plain, f"{plain}_"}.intersection(fields)
    return f"here it is {found.pop()}" if found else None
