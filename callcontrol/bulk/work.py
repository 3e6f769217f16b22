"""One request for one call: a value that any worker can carry out, and its outcome."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from callcontrol.bulk.safety import NORMAL_CAUSES
from callcontrol.errors import (
    AuthenticationError,
    CallControlError,
    ClientError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    TokenError,
    TransportError,
)
from callcontrol.models import CallState

if TYPE_CHECKING:
    from callcontrol.client import Client

Action = Literal["replace", "redirect", "hang_up", "look"]
Result = Literal["done", "gone", "refused", "unknown", "skipped", "limited", "unsent", "rejected"]
"""The first five are final. ``limited`` and ``unsent`` requests are sent again. After a ``rejected``
one, whose credentials are wrong, no other is sent."""

SkipIf = Callable[[CallState], bool]


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """One request; it can be pickled and contains no credentials of the platform."""

    number: int
    """Row of the journal."""
    action: Action
    call_id: str
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
    """The reason, without secrets."""
    retry_after: float | None = None
    """Seconds of a Retry-After header."""
    cause: str | None = None
    """Disconnect cause, for ``look``."""
    worker: str = ""
    """Process that did the work."""


def perform(client: "Client", unit: WorkUnit) -> Outcome:
    """Carry out a work unit and return its outcome; no error of the platform is raised."""
    try:
        if unit.action == "look":
            return _look(client, unit.call_id)
        if unit.skip_if is not None and unit.skip_if(client.get_call_state(unit.call_id)):
            return Outcome("skipped", "skip_if returned true")
        _send(client, unit)
    except ConflictError as error:
        return _conflict(client, unit, error)
    except CallControlError as error:
        return outcome_of(error)
    return Outcome("done")


def perform_here(unit: WorkUnit) -> Outcome:
    """Carry out a work unit with a client of this process, made from its environment."""
    outcome = perform(_client_of_process(), unit)
    return replace(outcome, worker=f"{os.uname().nodename}:{os.getpid()}")


_clients: "dict[int, Client]" = {}


def _client_of_process() -> "Client":
    from callcontrol.client import Client

    found = _clients.get(os.getpid())
    if found is None:
        found = _clients[os.getpid()] = Client.from_env(max_retries=0)
    return found


def _send(client: "Client", unit: WorkUnit) -> None:
    if unit.action == "replace":
        client.update_call_bxml(unit.call_id, unit.body or b"")
    elif unit.action == "redirect":
        client.redirect_call(unit.call_id, unit.url or "")
    else:
        client.hang_up(unit.call_id)


def _look(client: "Client", call_id: str) -> Outcome:
    call = client.get_call_state(call_id)
    cause = call.disconnect_cause if call.state == "disconnected" else None
    return look_outcome(cause, call.error_message)


def look_outcome(cause: str | None, message: str | None) -> Outcome:
    """Return the outcome of a look at a call with this disconnect cause."""
    if cause in NORMAL_CAUSES:
        return Outcome("done", cause=cause)
    said = f": {message}" if message else ""
    return Outcome("refused", f"the call ended with the cause {cause}{said}", cause=cause)


def _conflict(client: "Client", unit: WorkUnit, error: ConflictError) -> Outcome:
    try:
        state = client.get_call_state(unit.call_id).state
    except NotFoundError:
        state = "disconnected"
    except CallControlError:
        state = None
    return conflict_outcome(state, error)


def conflict_outcome(state: str | None, error: ConflictError) -> Outcome:
    """Return the outcome of a 409 for a call in this state."""
    if state == "disconnected":
        return Outcome("gone", "the call has ended")
    return Outcome("refused", error.description or "the call cannot be changed now")


_RESULTS: tuple[tuple[type[CallControlError], Result], ...] = (
    (RateLimitError, "limited"),
    (NotFoundError, "gone"),
    (AuthenticationError, "rejected"),
    (ForbiddenError, "rejected"),
    (TokenError, "rejected"),
    (ServiceUnavailableError, "unsent"),
    (ClientError, "refused"),
)
_TEXTS: Mapping[str, str] = {"gone": "the call has ended"}


def outcome_of(error: CallControlError) -> Outcome:
    """Return the outcome that an error of the client stands for; ``unknown`` if in doubt."""
    found = (result for kind, result in _RESULTS if isinstance(error, kind))
    result: Result = next(found, "unknown")
    if isinstance(error, TransportError) and not error.may_have_acted:
        result = "unsent"
    if isinstance(error, TokenError) and (error.status is None or error.status >= 500):  # noqa: PLR2004 - server errors
        result = "unsent"
    retry_after = error.retry_after if isinstance(error, ClientError) else None
    return Outcome(result, _TEXTS.get(result, str(error)), retry_after)
