"""Scripts of the actions of a caller: ``wait 2; press 1; hang up``.

wait [SECONDS]     this time, or until the call waits for an action or has ended
press KEYS         0-9 A-D * #, one right after the other
say TEXT           speak
beep               make a tone, as at the end of a greeting
hang up
answer             pick up the phone that rings first, as soon as one does
decline, busy, no answer, voicemail [GREETING]     other actions of such a phone
callee STEP        the same on the leg that a Transfer has dialled last
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite

from bxml._wording import did_you_mean, quoted
from bxml.errors import Problem
from callcontrol.simulator.core.engine import DIGITS
from callcontrol.simulator.errors import SimulatorError

LONGEST = 86_400
"""Seconds that a single step can wait."""
CALLEE = "callee"
_PIECE = re.compile(r'(?:"[^"]*"?|[^";\n])+')

ACTIONS: Mapping[str, str] = {
    "wait": "seconds?",
    "press": "keys",
    "say": "text",
    "beep": "",
    "hang up": "",
    "answer": "",
    "decline": "",
    "busy": "",
    "no answer": "",
    "voicemail": "text?",
}
"""The actions, each with the kind of its argument; ``?`` marks an optional one."""
LIVE_ACTIONS: Mapping[str, str] = {**ACTIONS, "wait": "seconds", "dial": "", "call": "phone"}
"""The same for calls in real time, of which there may be several."""


class ScriptError(SimulatorError):
    """A script has errors; ``problems`` lists all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a person."""

    action: str
    """One of ``ACTIONS``."""
    argument: str = ""
    """Keys or words; may be empty."""
    seconds: float | None = None
    """How long to wait; None for until the call waits for an action."""
    callee: bool = False
    """Whether the person on the last leg of a Transfer does it, not the one on the call itself."""

    def __str__(self) -> str:
        argument = f"{self.seconds:.10g}" if self.seconds is not None else self.argument
        if '"' not in argument and (";" in argument or "\n" in argument):
            argument = f'"{argument}"'
        return " ".join(filter(None, (CALLEE if self.callee else "", self.action, argument)))


@dataclass(frozen=True, slots=True)
class _MisreadError(Exception):
    finding: str
    hint: str | None = None


def parse_script(text: str, actions: Mapping[str, str] = ACTIONS) -> tuple[Step, ...]:
    """Return the steps of a script, which are separated by semicolons or line ends.

    A text in double quotes may contain semicolons. ``actions`` are those that there are.

    :raises ScriptError: with every mistake.
    """
    steps: list[Step] = []
    problems: list[Problem] = []
    pieces = (found[0].strip() for found in _PIECE.finditer(text))
    for number, piece in enumerate(filter(None, pieces), 1):
        try:
            steps.append(_step(piece, actions))
        except _MisreadError as error:
            where = f"step {number} ({quoted(piece)})"
            problems.append(Problem.at(where, "bad-step", error.finding, hint=error.hint))
    if problems:
        raise ScriptError(tuple(problems))
    return tuple(steps)


def _step(piece: str, actions: Mapping[str, str]) -> Step:
    words = piece.split()
    callee = words[0].lower() == CALLEE
    if callee:
        words = words[1:]
    for size in (2, 1):
        action = " ".join(words[:size]).lower()
        if action in actions:
            rest = piece.split(maxsplit=size + callee)[size + callee :]
            step = Step(action, rest[0].strip() if rest else "", callee=callee)
            return _checked(step, actions[action])
    begun = " ".join(words)
    hint = did_you_mean(begun.partition(" ")[0], tuple(actions)) or did_you_mean(
        begun, tuple(actions)
    )
    raise _MisreadError(f"expected {', '.join(actions)}, got {quoted(begun)}", hint)


def _checked(step: Step, expected: str) -> Step:
    """Return a step with its argument as a value; ``expected`` is the kind of the argument."""
    kind = expected.removesuffix("?")
    argument = step.argument
    if not argument:
        if expected != kind or not kind:
            return step
        raise _MisreadError(f"expected {_EXPECTED[kind]} after {step.action!r}, got nothing")
    if not kind:
        raise _MisreadError(f"expected nothing after {step.action!r}, got {quoted(argument)}")
    if kind == "seconds":
        return replace(step, argument="", seconds=_seconds(argument))
    if kind == "keys":
        argument = "".join(argument.split()).upper()
        if not DIGITS.issuperset(argument):
            raise _MisreadError(f"expected {_EXPECTED[kind]}, got {quoted(argument)}")
        return replace(step, argument=argument)
    return replace(step, argument=_unquoted(argument))


_EXPECTED = {
    "seconds": f"a number of seconds from 0 to {LONGEST}",
    "keys": "keys 0-9 A-D * #",
    "text": "words",
    "phone": "the number of a phone, such as 2",
}


def _seconds(text: str) -> float:
    try:
        number = float(text.removesuffix("s").strip())
    except ValueError:
        number = -1
    if not isfinite(number) or not 0 <= number <= LONGEST:
        raise _MisreadError(f"expected {_EXPECTED['seconds']}, got {quoted(text)}")
    return number


def _unquoted(text: str) -> str:
    if text.count('"') % 2:
        raise _MisreadError("expected a second double quote, got one alone")
    inner = text[1:-1] if text[0] == text[-1] == '"' and text.count('"') == 2 else text  # noqa: PLR2004 - a pair
    if not inner.strip():
        raise _MisreadError(f"expected {_EXPECTED['text']} between the quotes, got none")
    return inner.strip()
