"""The core of the simulator: clock, queue, call states and tokens, without HTTP."""

import gc
import re
from collections.abc import Callable
from datetime import timedelta
from random import Random
from types import MappingProxyType
from weakref import ref

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from callcontrol.simulator.core.calls import CAUSES, Call, DisconnectCause
from callcontrol.simulator.core.clock import LATEST, START, Clock, timestamp
from callcontrol.simulator.core.registry import HISTORY, RETENTION, Registry
from callcontrol.simulator.core.tokens import Tokens
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.settings import Limits

ORDER = MappingProxyType(
    {
        "from": "+19195554321",
        "to": "+19195551234",
        "applicationId": "app",
        "priority": 5,
        "callTimeout": 30,
        "tag": "t",
    }
)
REDIRECT = MappingProxyType({"redirectUrl": "https://a.example/next", "tag": None})


def seeded(seed: int = 0) -> Random:
    """Return the source of ids."""
    return Random(seed)  # noqa: S311 - has to be the same in every run


def make(*, seed: int = 0, **limits: float) -> tuple[Clock, Registry]:
    """Return a clock and an empty account with the given limits."""
    clock = Clock()
    known = Limits(
        calls_per_second=limits.get("calls_per_second", 5),
        active_calls=int(limits.get("active_calls", 100)),
        queue_seconds=limits.get("queue_seconds", 300),
        ended_calls=int(limits.get("ended_calls", 10_000)),
        ended_characters=int(limits.get("ended_characters", 50_000_000)),
    )
    return clock, Registry(clock, known, "9900000", seeded(seed))


def states(calls: Registry) -> list[str]:
    """Return the state of every call, in order of creation."""
    return [call.state for call in calls]


class Action:
    """Something that a timer refers to."""

    def run(self) -> None:
        """Do nothing."""


class TestClock:
    """Time stands still until it is moved."""

    def test_cancelled_timer_lets_go_of_its_action(self) -> None:
        """The clock keeps the timer until it is due, maybe for a day, but not what it is about."""
        clock = Clock()
        action = Action()
        timer = clock.call_later(86_400, action.run)
        watched = ref(action)
        del action
        timer.cancel()
        gc.collect()
        assert watched() is None

    def test_starts_at_a_fixed_instant(self) -> None:
        """Two clocks agree, today and tomorrow."""
        assert Clock().now == START

    def test_runs_what_falls_due_in_order(self) -> None:
        """Actions run by due time, then in the order in which they were asked for."""
        clock, seen = Clock(), list[tuple[str, float]]()

        def note(name: str) -> Callable[[], None]:
            return lambda: seen.append((name, (clock.now - START).total_seconds()))

        clock.call_later(2, note("late"))
        clock.call_later(1, note("first"))
        clock.call_later(1, note("second"))
        clock.call_later(9, note("never"))
        clock.advance(5)
        assert seen == [("first", 1), ("second", 1), ("late", 2)]
        assert clock.now == START + timedelta(seconds=5)

    def test_runs_what_an_action_asks_for(self) -> None:
        """An action may start another one that falls due in the same move."""
        clock, seen = Clock(), list[float]()

        def again() -> None:
            clock.call_later(1, lambda: seen.append(clock.now.second))

        clock.call_later(1, again)
        clock.advance(2)
        assert seen == [2]

    def test_cancelled_action_does_not_run(self) -> None:
        """``cancel`` wins, even at the due instant."""
        clock, seen = Clock(), list[int]()
        timer = clock.call_later(0, lambda: seen.append(1))
        timer.cancel()
        clock.advance(1)
        assert seen == []

    def test_overdue_action_does_not_turn_time_back(self) -> None:
        """An action whose time has passed runs now."""
        clock, seen = Clock(), list[object]()
        clock.advance(10)
        clock.call_at(START, lambda: seen.append(clock.now))
        clock.advance(0)
        assert seen == [START + timedelta(seconds=10)]

    @pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e300, "5", None, True])
    def test_refuses_what_is_no_time(self, seconds: float) -> None:
        """Negative, endless and mistyped durations are refused and move nothing."""
        clock = Clock()
        with pytest.raises(SimulatorError, match="advance: expected a number of 0 or more"):
            clock.advance(seconds)
        assert clock.now == START

    def test_refuses_to_run_out_of_dates(self) -> None:
        """The end of the calendar is a clear refusal, not an overflow."""
        clock = Clock()
        for _ in range(220):
            clock.advance(1_000_000_000)
        with pytest.raises(SimulatorError, match=f"ends with the year {LATEST.year - 1}"):
            clock.advance(1_000_000_000)

    def test_timestamp_has_milliseconds_and_a_z(self) -> None:
        """The wire form is the vendor's."""
        assert timestamp(START + timedelta(microseconds=7160)) == "2026-01-01T12:00:00.007Z"


class TestQueue:
    """Outbound calls wait for their turn."""

    def test_call_stays_queued_until_time_moves(self) -> None:
        """Enqueuing does not dial."""
        clock, calls = make()
        call = calls.enqueue(ORDER)
        assert (call.state, call.enqueued_time, call.start_time) == ("queued", START, None)
        clock.advance(0)
        assert [(call.state, call.start_time) for call in calls] == [("initiated", START)]

    def test_fifteen_calls_leave_in_three_seconds(self) -> None:
        """At 5 calls per second the queue holds its rate: the vendor's own example."""
        clock, calls = make()
        for _ in range(15):
            calls.enqueue(ORDER)
        left: list[int] = []
        for _ in range(4):
            clock.advance(0.999)
            left.append(states(calls).count("initiated"))
        assert left == [5, 10, 15, 15]

    def test_priority_goes_first_then_order_of_arrival(self) -> None:
        """Priority 1 overtakes, equals do not."""
        clock, calls = make(calls_per_second=1)
        for priority in (5, 3, 1, 3):
            calls.enqueue({**ORDER, "priority": priority, "callTimeout": 300})
        clock.advance(3)
        dialled = sorted(calls, key=lambda call: call.start_time or LATEST)
        assert [call.order["priority"] for call in dialled] == [1, 3, 3, 5]
        assert dialled[1].serial < dialled[2].serial

    def test_capacity_is_five_minutes_of_dialling(self) -> None:
        """The queue is full at calls per second times 300."""
        assert Limits().queue_capacity == 1500
        _, calls = make(calls_per_second=1, queue_seconds=3)
        for _ in range(3):
            assert not calls.queue_is_full
            calls.enqueue(ORDER)
        assert calls.queue_is_full

    def test_cancelled_call_leaves_the_queue(self) -> None:
        """An ended call is never dialled and frees its place."""
        clock, calls = make(calls_per_second=1, queue_seconds=1)
        call = calls.enqueue(ORDER)
        calls.end(call.call_id, "cancel")
        assert not calls.queue_is_full
        clock.advance(10)
        assert states(calls) == ["disconnected"]

    def test_call_dialled_into_a_full_account_ends(self) -> None:
        """A call that waited too long meets the session limit when it is dialled."""
        clock, calls = make(active_calls=1)
        calls.enqueue(ORDER)
        calls.enqueue(ORDER)
        clock.advance(1)
        first, second = calls
        assert first.state == "initiated"
        assert second.disconnect_cause == "account-limit"
        assert second.error_message == "Account concurrent call limit exceeded"
        assert re.fullmatch(r"[0-9a-f-]{36}", second.error_id or "")


class TestStates:
    """A call passes through its states and remembers when."""

    def test_id_has_the_shape_of_the_vendors(self) -> None:
        """47 characters, as the vendor's examples have them."""
        _, calls = make()
        pattern = r"c-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
        assert re.fullmatch(pattern, calls.enqueue(ORDER).call_id)

    def test_same_seed_gives_the_same_ids(self) -> None:
        """A run can be repeated to the letter, and another seed gives other ids."""
        found = [make(seed=seed)[1].enqueue(ORDER).call_id for seed in (1, 1, 2)]
        assert found[0] == found[1] != found[2]

    def test_outbound_call_keeps_the_time_of_every_step(self) -> None:
        """queued, initiated, answered, disconnected: each has its timestamp."""
        clock, calls = make()
        call_id = calls.enqueue(ORDER).call_id
        clock.advance(1)
        calls.answer(call_id)
        clock.advance(1)
        call = calls.end(call_id, "hangup")
        times = (call.enqueued_time, call.start_time, call.answer_time, call.end_time)
        assert times == (START, START, *(START + timedelta(seconds=n) for n in (1, 2)))
        assert call.last_update == call.end_time
        kinds = [happening.kind for happening in calls.history(call_id)]
        assert kinds == ["queued", "initiated", "answered", "disconnected"]

    def test_answering_a_queued_call_dials_it_first(self) -> None:
        """No state is skipped in the history."""
        clock, calls = make()
        call = calls.answer(calls.enqueue(ORDER).call_id)
        assert call.start_time == call.answer_time == START
        clock.advance(10)
        assert states(calls) == ["answered"]

    def test_unanswered_call_times_out(self) -> None:
        """The callTimeout counts from the moment of dialling."""
        clock, calls = make()
        call_id = calls.enqueue({**ORDER, "callTimeout": 10}).call_id
        clock.advance(9.9)
        assert states(calls) == ["initiated"]
        clock.advance(0.2)
        call = calls.get(call_id)
        assert call is not None
        assert (call.disconnect_cause, call.end_time) == ("timeout", START + timedelta(seconds=10))

    def test_answered_call_does_not_time_out(self) -> None:
        """The callTimeout is for ringing only."""
        clock, calls = make()
        call_id = calls.enqueue({**ORDER, "callTimeout": 10}).call_id
        clock.advance(5)
        calls.answer(call_id)
        clock.advance(3600)
        assert states(calls) == ["answered"]

    def test_inbound_call_starts_initiated(self) -> None:
        """It is never queued, and its ringing has no limit."""
        clock, calls = make()
        call = calls.receive(ORDER)
        assert (call.direction, call.state, call.enqueued_time) == ("inbound", "initiated", None)
        clock.advance(3600)
        assert states(calls) == ["initiated"]

    def test_document_lasts_until_redirect_or_end(self) -> None:
        """A call has one document at a time, and the history has them all."""
        _, calls = make()
        call_id = calls.answer(calls.enqueue(ORDER).call_id).call_id
        calls.interrupt(call_id, "<Bxml/>")
        calls.interrupt(call_id, "<Response/>")
        assert calls.document(call_id) == "<Response/>"
        calls.redirect(call_id, REDIRECT)
        assert calls.document(call_id) is None
        calls.interrupt(call_id, "<Bxml/>")
        calls.end(call_id, "hangup")
        assert calls.document(call_id) is None
        assert [(it.kind, it.detail) for it in calls.history(call_id)][3:] == [
            ("document", "<Bxml/>"),
            ("document", "<Response/>"),
            ("redirect", "https://a.example/next"),
            ("document", "<Bxml/>"),
            ("disconnected", "hangup"),
        ]

    @pytest.mark.parametrize(("sent", "kept"), [(None, "t"), ("", None), ("new", "new")])
    def test_redirect_sets_the_tag(self, sent: str | None, kept: str | None) -> None:
        """No tag leaves it, an empty one clears it."""
        _, calls = make()
        call_id = calls.answer(calls.enqueue(ORDER).call_id).call_id
        calls.redirect(call_id, {**REDIRECT, "tag": sent})
        assert [call.tag for call in calls] == [kept]

    def test_history_is_bounded(self) -> None:
        """A call that is updated forever does not fill the memory."""
        _, calls = make()
        call_id = calls.answer(calls.enqueue(ORDER).call_id).call_id
        for number in range(HISTORY + 5):
            calls.interrupt(call_id, f"<Bxml><!--{number}--></Bxml>")
        history = calls.history(call_id)
        assert len(history) == HISTORY
        assert history[-1].detail == f"<Bxml><!--{HISTORY + 4}--></Bxml>"

    def test_ended_call_is_forgotten_after_seven_days(self) -> None:
        """Up to the last second it can be read."""
        clock, calls = make()
        call_id = calls.receive(ORDER).call_id
        calls.end(call_id, "hangup")
        clock.advance(RETENTION.total_seconds())
        assert calls.get(call_id) is not None
        assert len(list(calls)) == 1
        clock.advance(1)
        assert calls.get(call_id) is None
        assert list(calls) == []
        calls.receive(ORDER)
        assert calls.history(call_id) == ()

    def test_ended_calls_are_kept_up_to_a_limit(self) -> None:
        """The one that ended first goes first; calls that are up stay, however many there are."""
        _, calls = make(ended_calls=2)
        up = calls.receive(ORDER).call_id
        ids = [calls.receive(ORDER).call_id for _ in range(4)]
        for call_id in (ids[1], ids[0], ids[3], ids[2]):
            calls.end(call_id, "hangup")
        assert [call.call_id for call in calls] == [up, ids[2], ids[3]]
        assert calls.get(ids[1]) is None
        assert calls.history(ids[1]) == ()
        assert len(calls._histories) == len(calls._calls) == 3

    def test_documents_of_ended_calls_are_kept_up_to_a_limit(self) -> None:
        """Large ones push out older calls; the call that is up keeps what it has."""
        _, calls = make(ended_characters=2_500)
        up = calls.receive(ORDER).call_id
        calls.set_document(up, "x" * 9_000)
        ids = [calls.receive(ORDER).call_id for _ in range(5)]
        for call_id in ids:
            calls.set_document(call_id, "x" * 1_000)
            calls.end(call_id, "hangup")
        assert [call.call_id for call in calls] == [up, *ids[3:]]
        assert len(calls._histories) == len(calls._calls) == len(calls._ended) + 1
        assert calls._ended_characters == sum(size for _, size in calls._ended) <= 2_500

    def test_a_call_that_is_up_keeps_no_ended_one_alive(self) -> None:
        """Those that ended seven days ago go, although an older one is still up."""
        clock, calls = make()
        calls.receive(ORDER)
        calls.end(calls.receive(ORDER).call_id, "hangup")
        clock.advance(RETENTION.total_seconds() + 1)
        calls.receive(ORDER)
        assert len(calls._calls) == 2

    def test_repr_shows_no_credentials(self) -> None:
        """A call printed by a failing test gives nothing away."""
        _, calls = make()
        call = calls.enqueue({**ORDER, "username": "ada", "password": "hunter2"})
        assert "hunter2" not in repr(call)
        assert call.call_id in repr(call)


class TestTokens:
    """Bearer tokens live in virtual time."""

    def test_token_dies_at_its_time(self) -> None:
        """It is good for its lifetime and not a second longer."""
        clock = Clock()
        tokens = Tokens(clock, 60)
        token = tokens.issue()
        assert token.expires_in == 60
        clock.advance(59)
        assert tokens.accepts(token.access_token)
        clock.advance(1)
        assert not tokens.accepts(token.access_token)

    def test_tokens_live_side_by_side(self) -> None:
        """A new token does not kill the old one."""
        tokens = Tokens(Clock(), 60)
        first, second = tokens.issue(), tokens.issue()
        assert first != second
        assert tokens.accepts(first.access_token)
        assert tokens.accepts(second.access_token)

    def test_expire_all_kills_every_token(self) -> None:
        """None survives, and none is made up."""
        tokens = Tokens(Clock(), 60)
        token = tokens.issue()
        tokens.expire_all()
        assert not tokens.accepts(token.access_token)
        assert not tokens.accepts("")

    def test_repr_hides_the_token(self) -> None:
        """Tokens do not show in a traceback."""
        token = Tokens(Clock(), 60).issue()
        assert token.access_token not in repr(token)


class Histories(RuleBasedStateMachine):
    """Random lives of calls: whatever happens, the account stays consistent."""

    live = Bundle[str]("live")

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.calls = make(calls_per_second=2, active_calls=3, queue_seconds=3)
        self.before = self.clock.now

    def state(self, call_id: str) -> str:
        """Return the state of a call that can be read."""
        call = self.calls.get(call_id)
        return call.state if call is not None else "forgotten"

    @precondition(lambda self: not self.calls.queue_is_full)
    @rule(target=live, priority=st.integers(1, 5), timeout=st.integers(1, 300))
    def enqueue(self, priority: int, timeout: int) -> str:
        """Create an outbound call."""
        order = {**ORDER, "priority": priority, "callTimeout": timeout}
        return self.calls.enqueue(order).call_id

    @precondition(lambda self: not self.calls.is_full)
    @rule(target=live)
    def receive(self) -> str:
        """Let a call come in."""
        return self.calls.receive(ORDER).call_id

    @rule(call_id=live)
    def answer(self, call_id: str) -> None:
        """Pick up."""
        if self.state(call_id) in ("queued", "initiated"):
            assert self.calls.answer(call_id).state == "answered"

    @rule(call_id=live)
    def update(self, call_id: str) -> None:
        """Push a document, then redirect the call."""
        if self.state(call_id) == "answered":
            self.calls.interrupt(call_id, "<Bxml/>")
            self.calls.redirect(call_id, REDIRECT)

    @rule(call_id=live, cause=st.sampled_from(CAUSES))
    def end(self, call_id: str, cause: DisconnectCause) -> None:
        """Hang up, whoever does it."""
        if self.state(call_id) not in ("disconnected", "forgotten"):
            self.calls.end(call_id, cause)

    @rule(seconds=st.floats(0, 400))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    @invariant()
    def limits_hold(self) -> None:
        """Time goes on, counters match the calls, and histories are in order."""
        assert self.clock.now >= self.before
        self.before = self.clock.now
        known = list(self.calls)
        assert len(self.calls.queue) == [call.state for call in known].count("queued")
        assert [call.serial for call in known] == sorted(call.serial for call in known)
        active = [call for call in known if call.state in ("initiated", "answered")]
        assert self.calls.is_full == (len(active) >= 3)
        for call in known:
            self.history_fits(call)

    def history_fits(self, call: Call) -> None:
        """Each state is entered at most once, at the time the record says."""
        history = self.calls.history(call.call_id)
        assert [it.at for it in history] == sorted(it.at for it in history)
        entered = {it.kind: it.at for it in history}
        assert sum(it.kind == "disconnected" for it in history) == (call.end_time is not None)
        assert entered.get("queued") == call.enqueued_time
        assert entered.get("answered") == call.answer_time
        assert entered.get("disconnected") == call.end_time


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
