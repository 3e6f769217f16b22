"""The account's calls: the state machine that every door of the simulator works on (C1).

    queued ──▶ initiated ──▶ answered ──▶ disconnected     (outbound)
               initiated ──▶ answered ──▶ disconnected     (inbound)

Any state may jump to disconnected. Nothing here knows HTTP, sockets, threads or the time of day.
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
    """Is told of every change, right after it: the engine that runs the calls."""

    def answered(self, call: Call) -> None:
        """See a call that was picked up."""
        ...

    def ended(self, call: Call) -> None:
        """See a call that is over."""
        ...

    def queued(self, call: Call) -> None:
        """See an outbound call enter the queue."""
        ...

    def dialled(self, call: Call) -> None:
        """See an outbound call leave the queue."""
        ...

    def interrupted(self, call: Call, document: str) -> None:
        """Run a document that was pushed."""
        ...

    def redirected(self, call: Call, order: Fields) -> None:
        """Fetch a document; ``order`` is a judged updateCall body."""
        ...


class Registry:
    """Every call of the account, oldest first, with its document and history."""

    listener: Listener | None = None
    """Who runs the calls; None leaves them where they are."""
    ring_delay: float = 0
    """Seconds from dialling until the far end rings."""

    def __init__(self, clock: Clock, limits: Limits, account_id: str, random: Random) -> None:
        self.uncontrolled: set[str] = set()
        """Calls that the application has given away and cannot update any more."""
        self._dialled: deque[datetime] = deque()
        self._ringing: dict[str, Timer] = {}
        self._clock = clock
        self._limits = limits
        self._account_id = account_id
        self._random = random
        self._calls: dict[str, Call] = {}
        self._documents: dict[str, str] = {}
        self._histories: dict[str, deque[HistoryEntry]] = {}
        self._ended: deque[str] = deque()
        """Ended calls that are still kept, by the order of their ends."""
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

    def history(self, call_id: str) -> tuple[HistoryEntry, ...]:
        """Return what has happened to a call, oldest first."""
        return tuple(self._histories.get(call_id, ()))

    @property
    def is_full(self) -> bool:
        """Whether no further call may be up at the same time."""
        return not self.has_room_for(1)

    def has_room_for(self, count: int) -> bool:
        """Whether so many further calls may be up at the same time."""
        limit = self._limits.active_calls
        return limit is None or self._active + count <= limit

    @property
    def queue_is_full(self) -> bool:
        """Whether no further call may wait."""
        return len(self.queue) >= self._limits.queue_capacity

    def enqueue(self, order: Fields) -> Call:
        """Put an outbound call on the queue; ``order`` is a judged createCall body."""
        call = self._add("outbound", "queued", order)
        self.queue.add(call.call_id, cast("int", order["priority"]))
        if self.listener is not None:
            self.listener.queued(call)
        return call

    def receive(self, order: Fields) -> Call:
        """Add an inbound call, initiated and not yet answered."""
        self._active += 1
        return self._add("inbound", "initiated", order)

    def answer(self, call_id: str) -> Call:
        """Answer a call that is queued or initiated; a queued one is dialled first."""
        self.dial_now(call_id)
        self._stop_ringing(call_id)
        now = self._clock.now
        call = self._change(replace(self._calls[call_id], state="answered", answer_time=now))
        if self.listener is not None:
            self.listener.answered(call)
        return self._calls.get(call_id, call)

    def end(self, call_id: str, cause: DisconnectCause, error_message: str | None = None) -> Call:
        """Disconnect a call that has not ended; one that waits leaves the queue (Q5)."""
        call = self._calls[call_id]
        if call.state == "queued":
            self.queue.remove(call_id)
        else:
            self._active -= 1
        self._documents.pop(call_id, None)
        self._stop_ringing(call_id)
        ended = replace(
            call,
            state="disconnected",
            end_time=self._clock.now,
            disconnect_cause=cause,
            error_message=error_message,
            error_id=str(self._uuid()) if error_message else None,
        )
        self.uncontrolled.discard(call_id)
        final = self._change(ended, cause)
        if self.listener is not None:
            self.listener.ended(final)
        self._ended.append(call_id)
        self._forget_old()
        return final

    def interrupt(self, call_id: str, document: str) -> None:
        """Drop what an answered call is doing and give it a new document."""
        self.take(call_id, document)
        if self.listener is not None:
            self.listener.interrupted(self._calls[call_id], document)

    def take(self, call_id: str, document: str) -> None:
        """Note the document that a call has been given."""
        self._documents[call_id] = document
        self._note(call_id, "document", document)

    def set_tag(self, call_id: str, tag: str) -> None:
        """Set the tag of a call; an empty one clears it."""
        self._calls[call_id] = replace(self._calls[call_id], tag=tag or None)

    def redirect(self, call_id: str, order: Fields) -> None:
        """Drop what an answered call is doing and send it to a URL; sets the tag if one is given.

        ``order`` is a judged updateCall body. The call has no document until one is fetched.
        """
        tag = order["tag"]
        if tag is not None:
            self._calls[call_id] = replace(self._calls[call_id], tag=str(tag) or None)
        self._documents.pop(call_id, None)
        self._note(call_id, "redirect", str(order["redirectUrl"]))
        if self.listener is not None:
            self.listener.redirected(self._calls[call_id], order)

    @property
    def is_over_rate(self) -> bool:
        """Whether as many legs were dialled in the last second as the account may dial."""
        second_ago = self._clock.now - timedelta(seconds=1)
        while self._dialled and self._dialled[0] <= second_ago:
            self._dialled.popleft()
        return len(self._dialled) >= self._limits.calls_per_second

    def dial_leg(self, order: Fields, parent_call_id: str) -> Call:
        """Dial a leg of a Transfer or Forward, past the queue."""
        self._active += 1
        call = self._add("outbound", "initiated", order)
        self._calls[call.call_id] = replace(call, parent_call_id=parent_call_id)
        self._await_answer(call.call_id)
        return self._calls[call.call_id]

    def never_rings(self, call_id: str) -> None:
        """Let the far end of a dialled call stay silent: it is given up after 30 seconds."""
        self._ringing.pop(call_id).cancel()
        self._give_up_later(call_id, RING_LIMIT, f"Call did not ring within {RING_LIMIT} s")

    def dial_now(self, call_id: str) -> None:
        """Dial a call that waits in the queue, whoever else waits."""
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
        """Give up 30 seconds after dialling if nothing rings, else callTimeout after it does.

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
            seconds, partial(self._give_up, call_id, message)
        )

    def _give_up(self, call_id: str, message: str) -> None:
        call = self._calls.get(call_id)
        if call is not None and call.state == "initiated":
            self.end(call_id, "timeout", message)

    def _stop_ringing(self, call_id: str) -> None:
        timer = self._ringing.pop(call_id, None)
        if timer is not None:
            timer.cancel()

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

    def _note(self, call_id: str, kind: HistoryKind, detail: str = "") -> None:
        self._histories[call_id].append(HistoryEntry(self._clock.now, kind, detail))

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _forget_old(self) -> None:
        """Drop ended calls that are too many or too old."""
        oldest, most = self._clock.now - RETENTION, self._limits.ended_calls
        while self._ended and (
            (most is not None and len(self._ended) > most)
            or _ended_before(self._calls[self._ended[0]], oldest)
        ):
            call_id = self._ended.popleft()
            del self._calls[call_id], self._histories[call_id]


def _ended_before(call: Call, moment: datetime) -> bool:
    return call.end_time is not None and call.end_time < moment
