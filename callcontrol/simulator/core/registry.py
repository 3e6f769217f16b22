"""The account's calls: the state machine that REST and the engine work on (C1).

    queued (outbound only) ──▶ initiated ──▶ answered ──▶ disconnected

Any state may jump to disconnected. Nothing here depends on HTTP, sockets, threads or real time.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Protocol, cast
from uuid import UUID

from callcontrol.simulator.core.call_queue import CallQueue
from callcontrol.simulator.core.calls import (
    Call,
    Direction,
    DisconnectCause,
    HistoryEntry,
    HistoryKind,
    State,
)
from callcontrol.simulator.core.clock import Clock, Timer
from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.settings import Limits

RETENTION = timedelta(days=7)
"""How long an ended call can still be read (getCallState in the vendor's OpenAPI document)."""
HISTORY = 1000
"""History entries kept per call; older ones are dropped."""
RATE_LIMIT = "Account call creation rate limit exceeded"
RING_LIMIT = 30
"""Seconds within which a dialled call has to ring."""
CONCURRENT_LIMIT = "Account concurrent call limit exceeded"


class Listener(Protocol):
    """Called after every change: the engine that runs the calls."""

    def answered(self, call: Call) -> None:
        """Handle an answered call."""
        ...

    def ended(self, call: Call) -> None:
        """Handle a call that has ended."""
        ...

    def queued(self, call: Call) -> None:
        """Handle an outbound call that enters the queue."""
        ...

    def dialled(self, call: Call) -> None:
        """Handle an outbound call that leaves the queue."""
        ...

    def interrupted(self, call: Call, document: str) -> None:
        """Run a document that was pushed."""
        ...

    def redirected(self, call: Call, fields: Fields) -> None:
        """Fetch a document; ``fields`` is a validated updateCall body."""
        ...

    def set_recording(self, call_id: str, *, paused: bool) -> bool:
        """Pause or resume the recording of a call; return False if there is none (R15)."""
        ...


class Registry:
    """Every call of the account, oldest first, with its document and history."""

    listener: Listener | None = None
    """The engine that runs the calls; without one they stay in their state."""
    ring_delay: float = 0
    """Seconds from dialling until the far end rings."""

    def __init__(self, clock: Clock, limits: Limits, account_id: str, random: Random) -> None:
        self.uncontrolled: set[str] = set()
        """Forwarded calls, which the application cannot update any more."""
        self._dialled: deque[datetime] = deque()
        self._ringing: dict[str, Timer] = {}
        self._clock = clock
        self._limits = limits
        self._account_id = account_id
        self._random = random
        self._calls: dict[str, Call] = {}
        self._documents: dict[str, str] = {}
        self._histories: dict[str, deque[HistoryEntry]] = {}
        self._ended: deque[tuple[str, int]] = deque()
        """Ended calls that are kept, in the order of their ends, with their characters."""
        self._ended_characters = 0
        self._serial = count(1)
        self._active = 0
        self.queue = CallQueue(clock, limits.calls_per_second, self._dial)

    def __iter__(self) -> Iterator[Call]:
        """Yield every call that can still be read, in order of creation."""
        oldest = self._clock.now - RETENTION
        return (call for call in self._calls.values() if not call.ended_before(oldest))

    def get(self, call_id: str) -> Call | None:
        """Return a call, None if it does not exist or ended more than seven days ago."""
        call = self._calls.get(call_id)
        if call is None or call.ended_before(self._clock.now - RETENTION):
            return None
        return call

    def document(self, call_id: str) -> str | None:
        """Return the last BXML of a call, None if it has none or has ended."""
        return self._documents.get(call_id)

    def history(self, call_id: str) -> tuple[HistoryEntry, ...]:
        """Return the history of a call, oldest first."""
        return tuple(self._histories.get(call_id, ()))

    @property
    def is_full(self) -> bool:
        """Whether no further call may be up at the same time."""
        return not self.has_room_for(1)

    def has_room_for(self, count: int) -> bool:
        """Whether ``count`` further calls may be up at the same time."""
        limit = self._limits.active_calls
        return limit is None or self._active + count <= limit

    def expect_room(self, where: str) -> None:
        """Check that one further call may be up.

        :raises SimulatorError: if ``Limits.active_calls`` are up; ``where`` begins its text.
        """
        if self.is_full:
            limit = f"the limit of {self._limits.active_calls} active calls (Limits.active_calls)"
            raise SimulatorError(f"{where}: {limit} is reached")

    @property
    def queue_is_full(self) -> bool:
        """Whether no further call may wait."""
        return len(self.queue) >= self._limits.queue_capacity

    def enqueue(self, fields: Fields) -> Call:
        """Put an outbound call on the queue; ``fields`` is a validated createCall body."""
        call = self._add("outbound", "queued", fields)
        self.queue.add(call.call_id, cast("int", fields["priority"]))
        if self.listener is not None:
            self.listener.queued(call)
        return call

    def receive(self, fields: Fields) -> Call:
        """Add an inbound call, initiated and not yet answered."""
        self._active += 1
        return self._add("inbound", "initiated", fields)

    def answer(self, call_id: str) -> Call:
        """Answer a call that is queued or initiated; a queued one is dialled first."""
        self.dial_now(call_id)
        self._stop_ringing(call_id)
        now = self._clock.now
        call = self._calls[call_id]
        call = self._enter(replace(call, state="answered", answer_time=now, last_update=now))
        if self.listener is not None:
            self.listener.answered(call)
        return self._calls.get(call_id, call)

    def end(self, call_id: str, cause: DisconnectCause, error_message: str | None = None) -> Call:
        """Disconnect a call that has not ended; a queued one leaves the queue (Q5)."""
        call = self._calls[call_id]
        if call.state == "queued":
            self.queue.remove(call_id)
        else:
            self._active -= 1
        self._documents.pop(call_id, None)
        self._stop_ringing(call_id)
        now = self._clock.now
        ended = replace(
            call,
            state="disconnected",
            last_update=now,
            end_time=now,
            disconnect_cause=cause,
            error_message=error_message,
            error_id=str(self._uuid()) if error_message else None,
        )
        self.uncontrolled.discard(call_id)
        self._enter(ended, cause)
        if self.listener is not None:
            self.listener.ended(ended)
        self._keep(call_id)
        self._drop_old_calls()
        return ended

    def interrupt(self, call_id: str, document: str) -> None:
        """Interrupt an answered call and run a new document."""
        self.set_document(call_id, document)
        if self.listener is not None:
            self.listener.interrupted(self._calls[call_id], document)

    def set_document(self, call_id: str, document: str) -> None:
        """Store the document that a call runs."""
        self._documents[call_id] = document
        self._add_history(call_id, "document", document)

    def set_tag(self, call_id: str, tag: str) -> None:
        """Set the tag of a call; an empty one clears it."""
        self._calls[call_id] = replace(self._calls[call_id], tag=tag or None)

    def redirect(self, call_id: str, fields: Fields) -> None:
        """Interrupt an answered call and fetch a document for it; sets the tag if one is given.

        ``fields`` is a validated updateCall body. The call has no document until one is fetched.
        """
        tag = fields["tag"]
        if tag is not None:
            self._calls[call_id] = replace(self._calls[call_id], tag=str(tag) or None)
        self._documents.pop(call_id, None)
        self._add_history(call_id, "redirect", str(fields["redirectUrl"]))
        if self.listener is not None:
            self.listener.redirected(self._calls[call_id], fields)

    @property
    def is_over_rate(self) -> bool:
        """Whether as many legs were dialled in the last second as the account may dial."""
        second_ago = self._clock.now - timedelta(seconds=1)
        while self._dialled and self._dialled[0] <= second_ago:
            self._dialled.popleft()
        return len(self._dialled) >= self._limits.calls_per_second

    def dial_leg(self, fields: Fields, parent_call_id: str) -> Call:
        """Dial a leg of a Transfer or Forward, past the queue."""
        self._active += 1
        call = self._add("outbound", "initiated", fields)
        self._calls[call.call_id] = replace(call, parent_call_id=parent_call_id)
        self._await_answer(call.call_id)
        return self._calls[call.call_id]

    def never_rings(self, call_id: str) -> None:
        """Keep the far end of a dialled call from ringing: it times out after 30 seconds."""
        self._ringing.pop(call_id).cancel()
        self._give_up_later(call_id, RING_LIMIT, f"Call did not ring within {RING_LIMIT} s")

    def dial_now(self, call_id: str) -> None:
        """Dial a queued call before its turn."""
        if self._calls[call_id].state == "queued":
            self.queue.remove(call_id)
            self._initiate(call_id)
            self._await_answer(call_id)
            if self.listener is not None:
                self.listener.dialled(self._calls[call_id])

    def _dial(self, call_id: str) -> None:
        if self.is_full:
            self.end(call_id, "account-limit", CONCURRENT_LIMIT)
            return
        self.dial_now(call_id)

    def _await_answer(self, call_id: str) -> None:
        """Time out 30 seconds after dialling without ringing, or callTimeout after ringing.

        Rules C7, C8 and T2.
        """
        self._dialled.append(self._clock.now)
        if self.ring_delay > RING_LIMIT:
            self._give_up_later(call_id, RING_LIMIT, f"Call did not ring within {RING_LIMIT} s")
            return
        timeout = cast("float", self._calls[call_id].order["callTimeout"])
        self._give_up_later(
            call_id, self.ring_delay + timeout, "Call was not answered within callTimeout"
        )

    def _give_up_later(self, call_id: str, seconds: float, message: str) -> None:
        self._ringing[call_id] = self._clock.call_later(
            seconds, partial(self.end, call_id, "timeout", message)
        )

    def _stop_ringing(self, call_id: str) -> None:
        timer = self._ringing.pop(call_id, None)
        if timer is not None:
            timer.cancel()

    def _initiate(self, call_id: str) -> Call:
        self._active += 1
        now = self._clock.now
        call = replace(self._calls[call_id], state="initiated", start_time=now, last_update=now)
        return self._enter(call)

    def _add(self, direction: Direction, state: State, fields: Fields) -> Call:
        self._drop_old_calls()
        now = self._clock.now
        call = Call(
            call_id=f"c-{self._random.getrandbits(32):08x}-{self._uuid()}",
            serial=next(self._serial),
            account_id=self._account_id,
            application_id=str(fields["applicationId"]),
            direction=direction,
            state=state,
            from_=str(fields["from"]),
            to=str(fields["to"]),
            last_update=now,
            tag=str(fields["tag"] or "") or None,
            enqueued_time=now if state == "queued" else None,
            start_time=None if state == "queued" else now,
            order=fields,
        )
        self._histories[call.call_id] = deque(maxlen=HISTORY)
        return self._enter(call)

    def _enter(self, call: Call, detail: str = "") -> Call:
        """Store a call that has entered its state."""
        self._calls[call.call_id] = call
        self._add_history(call.call_id, call.state, detail)
        return call

    def _add_history(self, call_id: str, kind: HistoryKind, detail: str = "") -> None:
        self._histories[call_id].append(HistoryEntry(self._clock.now, kind, detail))

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _keep(self, call_id: str) -> None:
        """Count a call that has ended among those that are kept."""
        characters = sum([len(entry.detail) for entry in self._histories[call_id]])
        self._ended.append((call_id, characters))
        self._ended_characters += characters

    def _drop_old_calls(self) -> None:
        """Drop ended calls that are too old, too many or too large."""
        oldest = self._clock.now - RETENTION
        while self._ended:
            if not (self._keeps_too_much() or self._calls[self._ended[0][0]].ended_before(oldest)):
                break
            call_id, characters = self._ended.popleft()
            self._ended_characters -= characters
            del self._calls[call_id], self._histories[call_id]

    def _keeps_too_much(self) -> bool:
        kept = (len(self._ended), self._ended_characters)
        limits = (self._limits.ended_calls, self._limits.ended_characters)
        return any(most is not None and has > most for has, most in zip(kept, limits, strict=True))
