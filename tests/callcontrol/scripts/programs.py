"""Random scripts and random callers: programs as data, and the script that interprets them."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bxml import PhoneNumber, SpeakSentence
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


class Interpreter:
    """Does what a program says; ``run`` is called by the functions of the script."""

    def __init__(self, run: Callable[[str], str]) -> None:
        self._run = run
        self._statements: dict[str, Callable[[Call, Op], Coroutine[Any, Any, None]]] = {
            "say": self._say,
            "gather": self._gather,
            "run": self._call,
            "pause": self._pause,
            "wait": self._wait,
            "loop": self._loop,
            "branch": self._branch,
            "finally": self._finally,
            "transfer": self._transfer,
            "whisper": self._whisper,
        }

    async def do(self, call: Call, ops: Sequence[Op]) -> None:
        """Do one statement after the other."""
        for op in ops:
            await self._statements[op.kind](call, op)

    async def _say(self, call: Call, op: Op) -> None:
        call.speak_sentence(f"Text {op.number}.")

    async def _gather(self, call: Call, _: Op) -> None:
        keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
        call.speak_sentence(f"Key {keys.digits}.")

    async def _call(self, call: Call, op: Op) -> None:
        call.speak_sentence(await call.run(self._run, f"run {op.number}"))

    async def _pause(self, call: Call, op: Op) -> None:
        await call.pause(duration=op.number + 1)

    async def _wait(self, call: Call, _: Op) -> None:
        with suppress(TimeoutError):
            value = await call.wait_for(GO, hold=SpeakSentence("Hold."), timeout=6)
            call.speak_sentence(f"Signal {value}.")

    async def _loop(self, call: Call, op: Op) -> None:
        for _ in range(op.number):
            await self.do(call, op.body)

    async def _branch(self, call: Call, op: Op) -> None:
        keys = await call.gather(SpeakSentence("Which?"), max_digits=1)
        await self.do(call, op.body if keys.digits == "1" else op.body[::-1])

    async def _finally(self, call: Call, op: Op) -> None:
        try:
            await self.do(call, op.body)
        finally:
            await call.run(self._run, f"finally {op.number}")

    async def _transfer(self, call: Call, _: Op) -> None:
        talk = await call.transfer(PhoneNumber("+19195550111"), call_timeout=10)
        call.speak_sentence(f"Talk {talk.outcome}.")

    async def _whisper(self, call: Call, _: Op) -> None:
        @whisper
        async def ask(callee: Call) -> str:
            keys = await callee.gather(SpeakSentence("Take it?"), max_digits=1)
            found = await callee.run(self._run, f"whisper {keys.digits}")
            if keys.digits == "3":
                callee.refuse()
            return found

        number = PhoneNumber("+19195550111")
        talk = await call.transfer(number, answered=ask, call_timeout=10)
        call.speak_sentence(f"Talk {talk.outcome} {talk.value}.")


def script_of(program: Sequence[Op], run: Callable[[str], str]) -> Script:
    """Return the script that does what a program says."""

    @script("random")
    async def random(call: Call) -> None:
        await Interpreter(run).do(call, program)

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
