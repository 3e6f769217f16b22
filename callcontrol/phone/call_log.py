"""The log of a call and of all its legs, made of observations."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from bxml._node import ELEMENTS
from bxml.checking import check
from bxml.errors import Problem
from callcontrol._urls import shown_url
from callcontrol.simulator.core.calls import DisconnectCause, State
from callcontrol.simulator.core.observations import (
    Changed,
    Fetched,
    Observation,
    Played,
    Recorded,
    Rejected,
    Sent,
    Spoke,
    Transferring,
    Unjoined,
    Warned,
)
from callcontrol.simulator.core.reply_findings import FAILURE_TEXTS, failure_advice, reply_name
from callcontrol.simulator.core.script import NEVER_A_FAULT, ContextId
from callcontrol.simulator.testing.call_view import normalized as flat

EXPECTED: frozenset[DisconnectCause] = frozenset(
    ("hangup", "cancel", "timeout", "busy", "rejected")
)
"""Causes that people bring about; any other is a failure of the application or the account."""
SUCCESS = range(200, 300)
CHALLENGE = 401
"""Status of a first attempt without credentials; the result of the second one counts."""
NOT_FOUND = 404
RUN: frozenset[str] = frozenset(
    (
        *("initiate", "answer", "redirect"),
        *(
            kind
            for cls in ELEMENTS.values()
            for callback in cls.element.callbacks
            if callback.replies
            for kind in callback.webhooks
        ),
    )
)
"""Events whose replies are run as BXML."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that went wrong, in one line."""

    text: str
    document: str = ""
    """Name of the invalid document in reports; empty without one."""
    body: bytes = field(default=b"", repr=False)
    problems: tuple[Problem, ...] = ()
    """The errors of the document."""
    unreachable: bool = False
    """Whether no server listens at the URL of the first webhook."""


@dataclass(slots=True)
class Phone:
    """One leg, as the person on it sees it."""

    call_id: str
    number: str
    state: State = "initiated"
    dialled: bool = False
    """Whether the platform called it, so that it rings until it is answered."""

    @property
    def rings(self) -> bool:
        """Whether it can be answered now."""
        return self.dialled and self.state in ("queued", "initiated")

    @property
    def is_up(self) -> bool:
        """Whether its call has not ended."""
        return self.state != "disconnected"


class CallLog:
    """Collects every observation, in order; the first one determines the call of the log."""

    def __init__(self, number: str, *, outbound: bool) -> None:
        self.seen: list[Observation] = []
        self.troubles: list[Trouble] = []
        self.phones: dict[str, Phone] = {}
        """Every leg by call id, the call itself first."""
        self.cause: DisconnectCause | None = None
        """Why the call ended; None while it is up."""
        self.error_message: str | None = None
        self._sent: dict[int, tuple[Sent, float]] = {}
        self.took = 0.0
        """Seconds from the last webhook that was answered to its reply: real or virtual ones,
        whichever are more."""
        self.recorded = False
        """Whether a recording was begun, which is reported a little after the end of the call."""
        self._number = number
        self._outbound = outbound
        self._replies: dict[str, Fetched] = {}
        self._states: dict[str, State] = {}
        self._reached = False
        self._refused = False
        self._spoken: dict[str, list[str]] = defaultdict(list)
        self._audio: list[str] = []
        self._shown = 0
        """Number of troubles that ``new_troubles`` has returned."""

    # --- state ----------------------------------------------------------------------------

    @property
    def began(self) -> datetime | None:
        """When the call began; None before it has."""
        return self.seen[0].at if self.seen else None

    @property
    def own(self) -> Phone | None:
        """The phone of the call itself; None before the call has begun."""
        return next(iter(self.phones.values()), None)

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return self.cause is not None

    @property
    def failed(self) -> bool:
        """Whether there are troubles, or people did not cause the end."""
        return bool(self.troubles) or (self.cause is not None and self.cause not in EXPECTED)

    @property
    def unreachable(self) -> bool:
        """Whether no server listened at the URL of the first webhook."""
        return self._refused and not self._reached

    @property
    def reached_nothing(self) -> bool:
        """Whether the first webhook was answered with 404."""
        first = next((seen for seen in self.seen if isinstance(seen, Fetched)), None)
        return first is not None and first.status == NOT_FOUND

    @property
    def is_challenged(self) -> bool:
        """Whether the last webhook was answered with 401."""
        fetched = [seen for seen in self.seen if isinstance(seen, Fetched)]
        return bool(fetched) and fetched[-1].status == CHALLENGE

    @property
    def ringing(self) -> Phone | None:
        """The phone that rings first."""
        return next((phone for phone in self.phones.values() if phone.rings), None)

    @property
    def callee(self) -> Phone | None:
        """The leg that was dialled last and is up."""
        legs = list(self.phones.values())[1:]
        return next((phone for phone in reversed(legs) if phone.is_up), None)

    def new_troubles(self) -> list[Trouble]:
        """Return the troubles since the last time that this was called."""
        found = self.troubles[self._shown :]
        self._shown = len(self.troubles)
        return found

    @property
    def waiting(self) -> tuple[Sent, ...]:
        """Webhooks without a result so far."""
        return tuple(sent for sent, _ in self._sent.values())

    def age(self, sent: Sent) -> float:
        """Return for how many real seconds a webhook has had no result."""
        return time.monotonic() - self._sent[id(sent)][1]

    @property
    def heard(self) -> tuple[str, ...]:
        """The spoken texts, leg by leg."""
        return tuple(text for texts in self._spoken.values() for text in texts)

    def has_heard(self, text: str) -> bool:
        """Whether one of the legs heard a text, or a file whose URL holds it."""
        wanted = flat(text)
        spoken = (flat(" ".join(texts)) for texts in self._spoken.values())
        return any(wanted in heard for heard in (*spoken, *map(flat, self._audio)))

    # --- observations ---------------------------------------------------------------------

    def observe(self, seen: Observation) -> None:
        """Record an observation."""
        self.seen.append(seen)
        match seen:
            case Changed():
                self._changed(seen)
            case Transferring():
                state = self._states.get(seen.leg_id, "initiated")
                self.phones[seen.leg_id] = Phone(seen.leg_id, seen.to, state, dialled=True)
            case Spoke():
                self._spoken[seen.call_id].append(seen.text)
            case Played():
                self._audio.append(shown_url(seen.url))
            case Sent():
                self._sent[id(seen)] = seen, time.monotonic()
            case Fetched():
                self._fetched(seen)
            case Recorded():
                self.recorded = True
            case Rejected() | Unjoined() | Warned():
                self._add_trouble(seen)
            case _:
                pass

    def _add_trouble(self, seen: Rejected | Unjoined | Warned) -> None:
        match seen:
            case Rejected():
                self.troubles.append(self._trouble(seen))
            case Unjoined(is_empty=True):
                self.troubles.append(Trouble(self.unjoined_text(seen)))
            case Warned(call_id=""):
                self.troubles.append(Trouble(seen.text))
            case _:
                pass

    def _changed(self, seen: Changed) -> None:
        self._states[seen.call_id] = seen.state
        if not self.phones:
            self.phones[seen.call_id] = Phone(seen.call_id, self._number, dialled=self._outbound)
        phone = self.phones.get(seen.call_id)
        if phone is None:
            return
        phone.state = seen.state
        if phone is self.own and seen.state == "disconnected":
            self.cause = seen.cause or "unknown"
            self.error_message = seen.error_message

    def _fetched(self, seen: Fetched) -> None:
        self._reached = self._reached or seen.failure is None
        self._refused = self._refused or seen.failure == "unreachable"
        if seen.event_type is None:
            return
        self._check_report(seen)
        self._replies[seen.call_id] = seen
        for sent in self.waiting:
            if (sent.call_id, sent.event.event_type) == (seen.call_id, seen.event_type):
                self.took = max(self.age(sent), (seen.at - sent.at).total_seconds())
                del self._sent[id(sent)]
                return

    def _check_report(self, seen: Fetched) -> None:
        """Record the failure of a webhook whose reply the call does not need."""
        is_report = seen.event_type not in RUN or str(seen.event_type).startswith("conference")
        may_repeat = seen.failure is not None and seen.attempt == "first"
        if is_report and not may_repeat and seen.status not in (*SUCCESS, CHALLENGE):
            where = f"{seen.event_type} webhook to {shown_url(seen.url)}"
            if seen.failure is not None:
                self.troubles.append(Trouble(f"{where}: {FAILURE_TEXTS[seen.failure]}"))
            else:
                self.troubles.append(Trouble(f"{where}: {seen.finding}"))

    def unjoined_text(self, seen: Unjoined) -> str:
        """Return why an empty document kept the parties of a transfer apart."""
        phone, reply = self.phones.get(seen.leg_id), self._replies.get(seen.leg_id)
        number = "the callee" if phone is None else phone.number
        where = "" if reply is None else f"{_named(reply)}: "
        return f"{where}an empty document hung up on {number}; the parties were never joined"

    def _trouble(self, seen: Rejected) -> Trouble:
        reply = self._replies.get(seen.call_id)
        usable = reply is not None and reply.failure is None and reply.status in SUCCESS
        if reply is None or not usable:
            failed = reply is not None and reply.failure is not None
            hint = failure_advice(seen.text) if failed else ""
            text = f"{seen.text}; {hint}" if hint else seen.text
            return Trouble(text, unreachable=self.unreachable)
        found = check(reply.body, context=self.context(seen.call_id, reply))
        errors = [item for item in found if item.severity == "error"]
        problems = tuple(error for error in errors if error.rule not in NEVER_A_FAULT)
        return Trouble(seen.text, _named(reply), reply.body, problems)

    def context(self, call_id: str, reply: Fetched) -> ContextId:
        """Return the context in which the platform checked the reply."""
        if str(reply.event_type).startswith("conference"):
            return "conference-webhook-reply"
        own = self.own
        is_leg = own is not None and call_id != own.call_id
        return "transfer-answer-reply" if is_leg else "call-webhook-reply"


def _named(reply: Fetched) -> str:
    return reply_name(reply.event_type, reply.url, reply.handler)
