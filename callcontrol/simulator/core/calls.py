"""Calls as records, and entries of their history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from callcontrol.simulator.core.clock import timestamp
from callcontrol.simulator.core.messages import Fields

State = Literal["queued", "initiated", "answered", "disconnected"]
"""Outbound calls pass through all four, inbound calls start as initiated."""
Direction = Literal["inbound", "outbound"]
DisconnectCause = Literal[
    "hangup",
    "busy",
    "timeout",
    "cancel",
    "rejected",
    "callback-error",
    "invalid-bxml",
    "application-error",
    "account-limit",
    "node-capacity-exceeded",
    "error",
    "unknown",
]
CAUSES: tuple[str, ...] = get_args(DisconnectCause)
HistoryKind = Literal["queued", "initiated", "answered", "document", "redirect", "disconnected"]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a call's history."""

    at: datetime
    """Virtual time, UTC."""
    kind: HistoryKind
    detail: str = field(default="", repr=False)
    """The BXML of a document, the URL of a redirect, the cause of a disconnect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The state of a call at one moment; it does not change when the call does.

    Field names are those of the wire in snake case (callState in the vendor's OpenAPI document).
    """

    call_id: str
    serial: int
    """Place in the order of creation, from 1."""
    account_id: str
    application_id: str
    direction: Direction
    state: State
    from_: str
    to: str
    last_update: datetime
    """When the state last changed."""
    tag: str | None = None
    parent_call_id: str | None = None
    """The A-leg's id, for a leg that a Transfer made."""
    enqueued_time: datetime | None = None
    start_time: datetime | None = None
    """When dialling began; None while queued."""
    answer_time: datetime | None = None
    end_time: datetime | None = None
    disconnect_cause: DisconnectCause | None = None
    error_message: str | None = None
    error_id: str | None = None
    """A UUID whenever there is an error message."""
    order: Fields = field(default_factory=dict[str, object], repr=False, compare=False)
    """The createCall fields of an outbound call; not in the ``repr``, as it holds credentials."""

    def ended_before(self, moment: datetime) -> bool:
        """Return whether it ended before a moment."""
        return self.end_time is not None and self.end_time < moment


def call_state(call: Call) -> Mapping[str, object]:
    """Return the callState body of a call."""
    return {
        "applicationId": call.application_id,
        "accountId": call.account_id,
        "callId": call.call_id,
        "parentCallId": call.parent_call_id,
        "to": call.to,
        "from": call.from_,
        "direction": call.direction,
        "state": call.state,
        "stirShaken": None,
        "identity": None,
        "enqueuedTime": _optional_timestamp(call.enqueued_time),
        "startTime": _optional_timestamp(call.start_time),
        "answerTime": _optional_timestamp(call.answer_time),
        "endTime": _optional_timestamp(call.end_time),
        "disconnectCause": call.disconnect_cause,
        "errorMessage": call.error_message,
        "errorId": call.error_id,
        "lastUpdate": _optional_timestamp(call.last_update),
    }


_ECHOED = (
    "callTimeout",
    "callbackTimeout",
    "tag",
    "answerMethod",
    "answerUrl",
    "answerFallbackMethod",
    "answerFallbackUrl",
    "disconnectMethod",
    "disconnectUrl",
    "username",
    "password",
    "fallbackUsername",
    "fallbackPassword",
    "priority",
)
_MASKED = frozenset({"password", "fallbackPassword"})
_MASK = "*****"


def created_call(call: Call, call_url: str) -> Mapping[str, object]:
    """Return the createCallResponse body of an outbound call, passwords masked."""
    return {
        "applicationId": call.application_id,
        "accountId": call.account_id,
        "callId": call.call_id,
        "to": call.to,
        "from": call.from_,
        "enqueuedTime": _optional_timestamp(call.enqueued_time),
        "callUrl": call_url,
        **{name: _masked_value(name, call.order[name]) for name in _ECHOED},
    }


def _masked_value(name: str, value: object) -> object:
    return _MASK if name in _MASKED and value is not None else value


def _optional_timestamp(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment is not None else None
