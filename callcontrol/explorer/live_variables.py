"""Variables of a suspended function that its further course depends on, from its bytecode.

A variable is live if it may be read before it is written again. The iterator of a ``for`` loop is
in no variable: the last value that it gave stands for it.
"""

import dis
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType
from typing import cast

_ACCESS = re.compile(r"(LOAD|STORE|DELETE)_FAST(_AND_CLEAR)?")
"""The parts of an instruction's name, several in a combined one such as STORE_FAST_LOAD_FAST."""
_JUMPS_AWAY = ("JUMP_FORWARD", "JUMP_BACKWARD", "RETURN_", "RAISE_VARARGS", "RERAISE")
"""Beginnings of the names of instructions that the next one does not follow."""
_UNPACKS = ("UNPACK_SEQUENCE", "UNPACK_EX", "EXTENDED_ARG", "CACHE")


@dataclass(frozen=True, slots=True)
class _Step:
    """An instruction: what it reads first, what it writes, and where it leads."""

    reads: frozenset[str]
    writes: frozenset[str]
    next: tuple[int, ...]


def live_variables(frame: FrameType) -> Mapping[str, object]:
    """Return the live variables of a suspended function; those of closures are always live."""
    code, values = frame.f_code, frame.f_locals
    live = _live_after(code).get(frame.f_lasti, frozenset(code.co_varnames))
    names = sorted(live | {*code.co_cellvars, *code.co_freevars})
    return {name: values[name] for name in names if name in values}


@lru_cache(maxsize=256)
def _live_after(code: CodeType) -> Mapping[int, frozenset[str]]:
    """Return the variables that are live after each instruction, by its offset."""
    steps = _steps(code)
    before: dict[int, frozenset[str]] = dict.fromkeys(steps, frozenset())
    after = dict(before)
    changed = True
    while changed:
        changed = False
        for offset, step in reversed(steps.items()):
            nothing = frozenset[str]()
            after[offset] = nothing.union(*(before.get(other, nothing) for other in step.next))
            found = step.reads | (after[offset] - step.writes)
            changed = changed or found != before[offset]
            before[offset] = found
    return after


def _steps(code: CodeType) -> dict[int, _Step]:
    instructions = [*dis.get_instructions(code)]
    handlers = [*_handlers(code)]
    found: dict[int, _Step] = {}
    for number, instruction in enumerate(instructions):
        reads, writes = _accesses(instruction)
        if instruction.opname == "FOR_ITER":
            reads |= _given(instructions[number + 1 :])
        following = [target for start, end, target in handlers if start <= instruction.offset < end]
        if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
            following.append(cast(int, instruction.argval))
        if number + 1 < len(instructions) and not instruction.opname.startswith(_JUMPS_AWAY):
            following.append(instructions[number + 1].offset)
        found[instruction.offset] = _Step(reads, writes, tuple(following))
    return found


def _handlers(code: CodeType) -> Iterator[tuple[int, int, int]]:
    """Yield begin, end and handler of each range of instructions that may raise."""
    entries: Sequence[object] = getattr(dis.Bytecode(code), "exception_entries", ())
    for entry in entries:
        start, end, target = (getattr(entry, name) for name in ("start", "end", "target"))
        yield start, end, target


def _accesses(instruction: dis.Instruction) -> tuple[frozenset[str], frozenset[str]]:
    """Return the local variables that an instruction reads before it writes, and all it writes."""
    kinds = [f"{kind}{clear}" for kind, clear in _ACCESS.findall(instruction.opname)]
    names: object = instruction.argval
    listed = cast("tuple[str, ...]", names if isinstance(names, tuple) else (names,))
    reads, writes = set[str](), set[str]()
    for kind, name in zip(kinds, listed, strict=False):
        if kind == "LOAD" and name not in writes:
            reads.add(name)
        elif kind != "LOAD":
            writes.add(name)
    return frozenset(reads), frozenset(writes)


def _given(following: Sequence[dis.Instruction]) -> frozenset[str]:
    """Return the variables that a loop stores the values of its iterator in."""
    found = frozenset[str]()
    for instruction in following:
        _, writes = _accesses(instruction)
        if not writes and instruction.opname not in _UNPACKS:
            break
        found |= writes
    return found
