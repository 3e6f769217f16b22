"""Random scripts that are changed under a call: what is named as a change, and what never is."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bxml import PhoneNumber, SpeakSentence
from callcontrol.events import (
    Event,
    GatherEvent,
    InitiateEvent,
    RecordCompleteEvent,
    RedirectEvent,
    TransferCompleteEvent,
)
from callcontrol.scripts import Call, Script, ScriptRequest, Scripts, Signal, script
from callcontrol.scripts.journals import MemoryJournal
from tests.callcontrol.scripts.test_protocol import query_of

SIGNALS = {name: Signal(name, str) for name in ("agent", "supervisor")}
EVENTS: dict[str, Event] = {
    "gather": GatherEvent(call_id="c-1", digits="1"),
    "record": RecordCompleteEvent(call_id="c-1", recording_id="r-1"),
    "transfer": TransferCompleteEvent(call_id="c-1", cause="busy"),
    "pause": RedirectEvent(call_id="c-1"),
    **dict.fromkeys(SIGNALS, RedirectEvent(call_id="c-1")),
}
"""The webhook that ends each await."""


@dataclass(frozen=True)
class Op:
    """One statement: its kind, and a number for its text and its timeout."""

    kind: str
    number: int = 0


_KINDS = st.sampled_from([*EVENTS, "run", "run", "say"])
_OPS = st.builds(Op, _KINDS, st.integers(1, 9))
programs = st.lists(_OPS, min_size=1, max_size=7).map(lambda ops: [*ops, Op("gather", 1)])


@st.composite
def edited(draw: st.DrawFn, program: Sequence[Op]) -> list[Op]:
    """Return a program in which statements were added, removed, replaced or given other texts."""
    ops = list(program)
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(ops) - 1))
        how = draw(st.sampled_from(["add", "remove", "replace", "number", "number"]))
        if how == "remove" and len(ops) > 1:
            del ops[place]
        elif how == "number":
            ops[place] = Op(ops[place].kind, draw(st.integers(1, 9)))
        else:
            ops[place : place + (how == "replace")] = [draw(_OPS)]
    return ops


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Op], list[Op], int]:
    """Return a program, an edited one, and how many awaits the call is past."""
    program = draw(programs)
    awaits = [op for op in program if op.kind in EVENTS]
    return program, draw(edited(program)), draw(st.integers(0, len(awaits) - 1))


def script_of(program: Sequence[Op]) -> Script:
    """Return the script that does what a program says."""

    async def do(call: Call, op: Op) -> None:
        text = SpeakSentence(f"Text {op.number}.")
        if op.kind == "gather":
            await call.gather(text, first_digit_timeout=op.number, max_digits=op.number)
        elif op.kind == "record":
            await call.record(max_duration=op.number)
        elif op.kind == "transfer":
            await call.transfer(PhoneNumber(f"+1919555011{op.number}"), call_timeout=op.number)
        elif op.kind == "pause":
            await call.pause(duration=op.number)
        elif op.kind == "run":
            await call.run(str, op.number)
        elif op.kind == "say":
            call.speak_sentence(f"Said {op.number}.")
        else:
            await call.wait_for(SIGNALS[op.kind], hold=text, timeout=op.number * 1000)

    @script("changed")
    async def changed(call: Call) -> None:
        for op in program:
            await do(call, op)

    return changed


def trace(program: Sequence[Op], awaits: int) -> Sequence[str] | None:
    """Return the awaits and runs up to an await; None if there are not so many."""
    found: list[str] = []
    for op in program:
        if op.kind != "say":
            found.append(op.kind)
        if op.kind in EVENTS:
            awaits -= 1
        if awaits < 0:
            return found
    return None


def reply(app: Scripts, what: Event, query: str) -> str:
    """Return the document for a webhook."""
    done = app.handle(ScriptRequest(query=query, body=what.to_json().encode()))
    assert done.status == 200
    return done.body.decode()


def advanced(app: Scripts, program: Sequence[Op], past: int) -> tuple[str, str]:
    """Bring a call past so many awaits; return the address and the kind of the pending one."""
    kinds = [op.kind for op in program if op.kind in EVENTS]
    document = reply(app, InitiateEvent(call_id="c-1"), "")
    for kind in kinds[:past]:
        if kind in SIGNALS:
            app.signal("c-1", SIGNALS[kind], "Ann")
        document = reply(app, EVENTS[kind], query_of(document))
    return query_of(document), kinds[past]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes())
def test_a_change_is_named_if_the_awaits_so_far_differ(
    caplog: pytest.LogCaptureFixture, change: tuple[list[Op], list[Op], int]
) -> None:
    """Always; a change of texts, numbers, timeouts and of later code never is."""
    before, after, past = change
    expected = trace(before, past) != trace(after, past)
    event(f"changed: {expected}")
    journal = MemoryJournal()
    query, pending = advanced(Scripts(script_of(before), journal=journal), before, past)
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        document = reply(Scripts(script_of(after), journal=journal), EVENTS[pending], query)
    named = "the code has changed under a running call" in caplog.text
    assert named is expected, caplog.text
    assert ("We are sorry" in document) is expected
    run = journal.run("c-1")
    assert run is not None
    assert (run.state == "failed") is expected
