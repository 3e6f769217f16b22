"""Random scripts and random callers: programs as data, and the script that interprets them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import strategies as st

from bxml import PhoneNumber, SpeakSentence
from callcontrol.events import GatherEvent
from callcontrol.scripts import Call, Script, Signal, script, whisper
from callcontrol.simulator.testing.phone_call import PhoneCall

GO = Signal("go", int)


@dataclass(frozen=True)
class Op:
    """One statement of a program, with those inside it."""

    kind: str
    number: int = 0
    body: tuple["Op", ...] = ()


@dataclass(frozen=True)
class Act:
    """One action of a caller, or of the application."""

    kind: str
    number: int = 0


_LEAVES = st.sampled_from(["say", "gather", "run", "wait", "pause", "transfer", "whisper"])
_leaf = st.builds(Op, _LEAVES, st.integers(0, 3))


def _nested(inside: st.SearchStrategy[Op]) -> st.SearchStrategy[Op]:
    bodies = st.lists(inside, max_size=3).map(tuple)
    kinds = st.sampled_from(["loop", "branch", "finally"])
    return st.builds(Op, kinds, st.integers(1, 2), bodies)


programs = st.lists(st.recursive(_leaf, _nested, max_leaves=5), min_size=1, max_size=5)
callers = st.lists(
    st.builds(
        Act,
        st.sampled_from(["press", "press", "wait", "wait", "signal", "answer", "drop", "leave"]),
        st.integers(0, 3),
    ),
    max_size=8,
)


def script_of(program: Sequence[Op], run: Callable[[str], str]) -> Script:
    """Return the script that does what a program says; ``run`` is called by its functions."""

    @whisper
    async def ask(call: Call) -> str:
        keys = await call.gather(SpeakSentence("Take it?"), max_digits=1)
        found = await call.run(run, f"whisper {keys.digits}")
        if keys.digits == "3":
            call.refuse()
        return found

    async def do(call: Call, op: Op) -> None:
        match op.kind:
            case "say":
                call.speak_sentence(f"Text {op.number}.")
            case "gather":
                keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
                call.speak_sentence(f"Key {keys.digits}.")
            case "run":
                call.speak_sentence(await call.run(run, f"run {op.number}"))
            case "pause":
                await call.pause(duration=op.number + 1)
            case "wait":
                with suppress(TimeoutError):
                    value = await call.wait_for(GO, hold=SpeakSentence("Hold."), timeout=6)
                    call.speak_sentence(f"Signal {value}.")
            case _:
                await nest(call, op)

    async def nest(call: Call, op: Op) -> None:
        match op.kind:
            case "loop":
                for _ in range(op.number):
                    await do_all(call, op.body)
            case "branch":
                keys: GatherEvent = await call.gather(SpeakSentence("Which?"), max_digits=1)
                await do_all(call, op.body if keys.digits == "1" else op.body[::-1])
            case "finally":
                try:
                    await do_all(call, op.body)
                finally:
                    await call.run(run, f"finally {op.number}")
            case _:
                answered = ask if op.kind == "whisper" else None
                await transfer(call, with_whisper=answered is not None)

    async def transfer(call: Call, *, with_whisper: bool) -> None:
        number = PhoneNumber("+19195550111")
        if with_whisper:
            told = await call.transfer(number, answered=ask, call_timeout=10)
            call.speak_sentence(f"Talk {told.outcome} {told.value}.")
        else:
            talk = await call.transfer(number, call_timeout=10)
            call.speak_sentence(f"Talk {talk.outcome}.")

    async def do_all(call: Call, ops: Sequence[Op]) -> None:
        for op in ops:
            await do(call, op)

    @script("random")
    async def random(call: Call) -> None:
        await do_all(call, program)

    return random


def act(caller: PhoneCall, action: Act, signal: Callable[[int], object]) -> None:
    """Do one action, as far as it is possible now."""
    if caller.ended:
        return
    up = [leg for leg in caller.legs if not leg.ended]
    match action.kind:
        case "press":
            (up[-1] if up and up[-1].record.state == "answered" else caller).press(
                str(action.number), run=False
            )
        case "signal":
            signal(action.number)
        case "answer" if up and up[-1].record.state != "answered":
            up[-1].answer(run=False)
        case "drop" if up and up[-1].record.state == "answered":
            up[-1].hang_up()
        case "leave":
            caller.hang_up()
        case _:
            pass
    if not caller.ended:
        caller.waits(seconds=1 + action.number)
