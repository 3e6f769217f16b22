"""The account's calls: the state machine that every door of the simulator works on.

    queued ──▶ initiated ──▶ answered ──▶ disconnected     (outbound)
               initiated ──▶ answered ──▶ disconnected     (inbound)

Any state may jump to disconnected. Nothing here knows HTTP, sockets, threads or the time of day.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count, takewhile
from random import Random
from typing import cast
from uuid import UUID

from callcontrol.simulator.bodies import Fields
from callcontrol.simulator.calls import (
    Call,
    Direction,
    DisconnectCause,
    Happening,
    HappeningKind,
    State,
)
from callcontrol.simulator.clock import Clock
from callcontrol.simulator.queueing import CallQueue
from callcontrol.simulator.settings import Limits

__all__ = ["CONCURRENT_LIMIT", "HISTORY", "Registry"]

RETENTION = timedelta(days=7)
"""How long an ended call can still be read (getCallState in the vendor's OpenAPI document)."""
HISTORY = 1000
"""Happenings kept per call; older ones are dropped."""
CONCURRENT_LIMIT = "Account concurrent call limit exceeded"


class Registry:
    """Every call of the account, oldest first, with its document and history."""

    def __init__(self, clock: Clock, limits: Limits, account_id: str, random: Random) -> None:
        self._clock = clock
        self._limits = limits
        self._account_id = account_id
        self._random = random
        self._calls: dict[str, Call] = {}
        self._documents: dict[str, str] = {}
        self._histories: dict[str, deque[Happening]] = {}
        self._serial = count(1)
        self._active = 0
        self.queue = CallQueue(clock, limits.calls_per_second, self._dial)

    def __iter__(self) -> Iterator[Call]:
        """Yield every call that can still be read, in order of creation."""
        oldest = self._clock.now - RETENTION
        return (call for call in self._calls.values() if not _ended_before(call, oldest))

    def get(self, call_id: str) -> Call | None:
        """Return a call, None if it never was or ended more than seven days ago."""
        call = self._calls.get(call_id)
        if call is None or _ended_before(call, self._clock.now - RETENTION):
            return None
        return call

    def document(self, call_id: str) -> str | None:
        """Return the BXML a call was last given, None if it has none or has ended."""
        return self._documents.get(call_id)

    def history(self, call_id: str) -> tuple[Happening, ...]:
        """Return what has happened to a call, oldest first."""
        return tuple(self._histories.get(call_id, ()))

    @property
    def is_full(self) -> bool:
        """Whether no further call may be up at the same time."""
        limit = self._limits.active_calls
        return limit is not None and self._active >= limit

    @property
    def queue_is_full(self) -> bool:
        """Whether no further call may wait."""
        return len(self.queue) >= self._limits.queue_capacity

    def enqueue(self, order: Fields) -> Call:
        """Put an outbound call on the queue; ``order`` is a judged createCall body."""
        call = self._add("outbound", "queued", order)
        self.queue.add(call.call_id, cast("int", order["priority"]))
        return call

    def receive(self, order: Fields) -> Call:
        """Add an inbound call, initiated and not yet answered."""
        self._active += 1
        return self._add("inbound", "initiated", order)

    def answer(self, call_id: str) -> Call:
        """Answer a call that is queued or initiated; a queued one is dialled first."""
        if self._calls[call_id].state == "queued":
            self.queue.remove(call_id)
            self._initiate(call_id)
        now = self._clock.now
        return self._change(replace(self._calls[call_id], state="answered", answer_time=now))

    def end(self, call_id: str, cause: DisconnectCause, error_message: str | None = None) -> Call:
        """Disconnect a call that has not ended."""
        call = self._calls[call_id]
        if call.state == "queued":
            self.queue.remove(call_id)
        else:
            self._active -= 1
        self._documents.pop(call_id, None)
        ended = replace(
            call,
            state="disconnected",
            end_time=self._clock.now,
            disconnect_cause=cause,
            error_message=error_message,
            error_id=str(self._uuid()) if error_message else None,
        )
        return self._change(ended, cause)

    def interrupt(self, call_id: str, document: str) -> None:
        """Drop what an answered call is doing and give it a new document."""
        self._documents[call_id] = document
        self._note(call_id, "document", document)

    def redirect(self, call_id: str, order: Fields) -> None:
        """Drop what an answered call is doing and send it to a URL; sets the tag if one is given.

        ``order`` is a judged updateCall body. The call has no document until one is fetched.
        """
        tag = order["tag"]
        if tag is not None:
            self._calls[call_id] = replace(self._calls[call_id], tag=str(tag) or None)
        self._documents.pop(call_id, None)
        self._note(call_id, "redirect", str(order["redirectUrl"]))

    def _dial(self, call_id: str) -> None:
        if self.is_full:
            self.end(call_id, "account-limit", CONCURRENT_LIMIT)
            return
        call = self._initiate(call_id)
        self._clock.call_later(
            cast("float", call.order["callTimeout"]), partial(self._give_up, call_id)
        )

    def _give_up(self, call_id: str) -> None:
        call = self._calls.get(call_id)
        if call is not None and call.state == "initiated":
            self.end(call_id, "timeout", "Call was not answered within callTimeout")

    def _initiate(self, call_id: str) -> Call:
        self._active += 1
        call = replace(self._calls[call_id], state="initiated", start_time=self._clock.now)
        return self._change(call)

    def _add(self, direction: Direction, state: State, order: Fields) -> Call:
        self._forget_old()
        now = self._clock.now
        call = Call(
            call_id=f"c-{self._random.getrandbits(32):08x}-{self._uuid()}",
            serial=next(self._serial),
            account_id=self._account_id,
            application_id=str(order["applicationId"]),
            direction=direction,
            state=state,
            from_=str(order["from"]),
            to=str(order["to"]),
            last_update=now,
            tag=str(order["tag"] or "") or None,
            enqueued_time=now if state == "queued" else None,
            start_time=None if state == "queued" else now,
            order=order,
        )
        self._histories[call.call_id] = deque(maxlen=HISTORY)
        return self._change(call)

    def _change(self, call: Call, detail: str = "") -> Call:
        changed = replace(call, last_update=self._clock.now)
        self._calls[call.call_id] = changed
        self._note(call.call_id, call.state, detail)
        return changed

    def _note(self, call_id: str, kind: HappeningKind, detail: str = "") -> None:
        self._histories[call_id].append(Happening(self._clock.now, kind, detail))

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _forget_old(self) -> None:
        oldest = self._clock.now - RETENTION
        for call in list(takewhile(lambda call: _ended_before(call, oldest), self._calls.values())):
            del self._calls[call.call_id], self._histories[call.call_id]


def _ended_before(call: Call, moment: datetime) -> bool:
    return call.end_time is not None and call.end_time < moment
