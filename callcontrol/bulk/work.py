"""One request for one call: a value that any worker can carry out, and its outcome."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from bxml._once import FIRST_IMPORT
from callcontrol._bxml_body import CheckedBody
from callcontrol.bulk.masking import masked
from callcontrol.bulk.safety import NORMAL_CAUSES
from callcontrol.errors import (
    ApiError,
    AuthenticationError,
    CallControlError,
    ClientError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    RequestError,
    ServerError,
    ServiceUnavailableError,
    TokenError,
    TransportError,
)
from callcontrol.models import CallState

if TYPE_CHECKING:
    from callcontrol.async_client import AsyncClient
    from callcontrol.client import Client

Action = Literal["replace", "redirect", "hang_up", "look"]
Result = Literal["done", "gone", "refused", "unknown", "skipped", "limited", "unsent", "rejected"]
"""The first five are final. ``limited`` and ``unsent`` requests are sent again. After a
``rejected`` one, which was not carried out either, no other is sent."""

SkipIf = Callable[[CallState], bool]


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """One request; it can be pickled and contains no credentials of the platform."""

    number: int
    """Row of the journal."""
    action: Action
    call_id: str
    account_id: str
    """The account that a worker with credentials of its own must have."""
    body: bytes | None = field(default=None, repr=False)
    """The document, for ``replace``."""
    url: str | None = field(default=None, repr=False)
    """The target, for ``redirect``."""
    skip_if: SkipIf | None = field(default=None, repr=False)
    """Asked with the state of the call just before the request; true skips the call."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a work unit."""

    result: Result
    text: str = ""
    """The reason, without secrets and phone numbers."""
    retry_after: float | None = None
    """Seconds of a Retry-After header."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """An operation of either client."""

    operation: Literal["get_call_state", "update_call_bxml", "redirect_call", "hang_up"]
    call_id: str
    content: tuple[str | bytes, ...] = ()


_Routine = Generator[_Ask, object, Outcome]


def perform(client: "Client", unit: WorkUnit) -> Outcome:
    """Carry out a work unit and return its outcome; no error of the platform is raised."""
    routine = _routine(unit)
    try:
        ask = next(routine)
        while True:
            operation: Callable[..., object] = getattr(client, ask.operation)
            try:
                value = operation(ask.call_id, *ask.content)
            except CallControlError as error:
                ask = routine.throw(error)
            else:
                ask = routine.send(value)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


async def perform_async(client: "AsyncClient", unit: WorkUnit) -> Outcome:
    """Do the same with an ``AsyncClient``."""
    routine = _routine(unit)
    try:
        ask = next(routine)
        while True:
            operation = getattr(client, ask.operation)
            try:
                value: object = await operation(ask.call_id, *ask.content)
            except CallControlError as error:
                ask = routine.throw(error)
            else:
                ask = routine.send(value)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def perform_here(unit: WorkUnit) -> Outcome:
    """Carry out a work unit with a client of this process, made from its environment."""
    try:
        client = _client_of_process()
    except RequestError as error:
        return Outcome("rejected", f"the environment of a worker: {error.problems[0]}")
    if client.account_id != unit.account_id:
        text = f"expected account {unit.account_id}, got {client.account_id}"
        return Outcome("rejected", f"the environment of a worker: {text}")
    return perform(client, unit)


@cache
def _client_of_process() -> "Client":
    with FIRST_IMPORT:
        from callcontrol.client import Client

    return Client.from_env(max_retries=0)


def _routine(unit: WorkUnit) -> _Routine:
    if unit.action == "look":
        return (yield from _look(unit.call_id))
    if unit.skip_if is not None:
        skipped = yield from _skipped(unit.call_id, unit.skip_if)
        if skipped is not None:
            return skipped
    try:
        yield _change(unit)
    except ConflictError as error:
        return (yield from _conflict(unit.call_id, error))
    except CallControlError as error:
        return outcome_of(error)
    return Outcome("done")


def _change(unit: WorkUnit) -> _Ask:
    if unit.action == "replace":
        return _Ask("update_call_bxml", unit.call_id, (CheckedBody(unit.body or b""),))
    if unit.action == "redirect":
        return _Ask("redirect_call", unit.call_id, (unit.url or "",))
    return _Ask("hang_up", unit.call_id)


def _state(call_id: str) -> Generator[_Ask, object, CallState | Outcome]:
    """Return the state of a call, or why it is not known; reading it changes nothing."""
    try:
        call = yield _Ask("get_call_state", call_id)
    except CallControlError as error:
        outcome = outcome_of(error)
        if outcome.result in ("unknown", "refused"):
            return Outcome("unsent", outcome.text, outcome.retry_after)
        return outcome
    assert isinstance(call, CallState)  # noqa: S101 - as the operation returns it
    return call


def _skipped(call_id: str, skip_if: SkipIf) -> Generator[_Ask, object, Outcome | None]:
    call = yield from _state(call_id)
    if isinstance(call, Outcome):
        return call
    try:
        skips = skip_if(call)
    except Exception as error:  # noqa: BLE001 - the user's function may raise anything
        return Outcome("refused", f"skip_if raised {type(error).__name__}; nothing was sent")
    return Outcome("skipped", "skip_if returned true") if skips else None


def _look(call_id: str) -> _Routine:
    """Return ``refused`` for a call that ended with an error, and ``gone`` if none is shown."""
    call = yield from _state(call_id)
    if isinstance(call, Outcome):
        return call
    cause = call.disconnect_cause if call.state == "disconnected" else None
    if cause in NORMAL_CAUSES:
        return Outcome("done")
    said = f": {masked(call.error_message)}" if call.error_message else ""
    return Outcome("refused", f"the call ended with the cause {cause}{said}")


def _conflict(call_id: str, error: ConflictError) -> _Routine:
    call = yield from _state(call_id)
    if isinstance(call, Outcome):
        return call if call.result == "gone" else outcome_of(error)
    return Outcome("gone", _GONE) if call.state == "disconnected" else outcome_of(error)


_RESULTS: tuple[tuple[type[CallControlError], Result], ...] = (
    (RateLimitError, "limited"),
    (NotFoundError, "gone"),
    (AuthenticationError, "rejected"),
    (ForbiddenError, "rejected"),
    (TokenError, "rejected"),
    (ServiceUnavailableError, "unsent"),
    (ClientError, "refused"),
    (RequestError, "refused"),
)
_GONE = "the call has ended"


def outcome_of(error: CallControlError) -> Outcome:
    """Return the outcome that an error of the client stands for; ``unknown`` if in doubt."""
    result: Result = "unknown"
    for kind, found in _RESULTS:
        if isinstance(error, kind):
            result = found
            break
    is_unsent = isinstance(error, TransportError) and not error.may_have_acted
    if is_unsent or (isinstance(error, TokenError) and _is_passing(error.status)):
        result = "unsent"
    retry_after = error.retry_after if isinstance(error, ApiError) else None
    return Outcome(result, _GONE if result == "gone" else masked(_finding(error)), retry_after)


def _is_passing(status: int | None) -> bool:
    """Return whether the token address may give a token later."""
    server_error = HTTPStatus.INTERNAL_SERVER_ERROR
    return status is None or status >= server_error or status == HTTPStatus.TOO_MANY_REQUESTS


def _finding(error: CallControlError) -> str:
    """Return what an error says besides the request, which the row of the journal names."""
    if isinstance(error, ClientError | ServerError):
        return f"{error.status} {error.reason}"
    return str(getattr(error, "finding", error))
