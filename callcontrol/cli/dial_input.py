"""Steps from standard input: single keys at a terminal, lines from a pipe."""

import time
from collections import deque
from collections.abc import Mapping

from callcontrol.cli.dial_display import Screen
from callcontrol.cli.dial_keyboard import Keyboard
from callcontrol.phone.script import LIVE_ACTIONS, ScriptError, Step, parse_script
from callcontrol.simulator.core.engine import DIGITS

KEYS = (
    "0-9 * # A-D are typed, s says words; a answers, r refuses, b is busy, h hangs up; "
    "c places another call, Tab changes phones; Ctrl-C hangs up and leaves"
)
KEYPAD = frozenset(digit for digit in DIGITS if not digit.islower())
END = "\x04"
"""Ctrl-D."""
STEPS: Mapping[str, Step] = {
    "a": Step("answer"),
    "r": Step("decline"),
    "b": Step("busy"),
    "h": Step("hang up"),
    "c": Step("dial"),
    "\t": Step("next phone"),
    END: Step("leave"),
    **{key: Step("press", key) for key in KEYPAD},
}
"""Keys that are a step."""
LONGEST_LINE = 4096
"""Characters of a line; what is longer is refused, as a terminal does it."""


class Input:
    """Turns what is typed into steps, in order; ``wait`` delays those after it.

    At a terminal, ``s`` lets the person type words, in a line of the terminal itself. In a pipe
    each line is a key, several keys of a keypad, or the steps of a script.
    """

    def __init__(self, keyboard: Keyboard, screen: Screen, speed: float) -> None:
        self._keyboard = keyboard
        self._screen = screen
        self._speed = speed
        self._steps: deque[Step] = deque()
        self._resumes = 0.0
        """When a ``wait`` is over; real time."""
        self._line = ""
        """The beginning of a line that is being typed."""

    @property
    def is_over(self) -> bool:
        """Whether input has ended and every step has been returned."""
        return self._keyboard.is_over and not self._steps

    def seconds_to_next(self, longest: float) -> float:
        """Return the seconds until a step can be done, at most ``longest``."""
        if not self._steps:
            return longest
        return min(longest, max(0.0, self._resumes - time.monotonic()))

    def next_step(self) -> Step | None:
        """Return the next step that can be done now, once."""
        while self._steps and time.monotonic() >= self._resumes:
            step = self._steps.popleft()
            if step.action != "wait":
                return step
            self._resumes = time.monotonic() + (step.seconds or 0) / self._speed
        return None

    def read(self) -> None:
        """Read what has been typed; call it only if ``select`` returned the file."""
        text = self._keyboard.read()
        if self._keyboard.is_terminal:
            for key in text:
                self._type(key)
            return
        *lines, self._line = f"{self._line}{text}".split("\n")
        if self._keyboard.is_over or len(self._line) > LONGEST_LINE:
            lines.append(self._line)
            self._line = ""
        for line in lines:
            self._take(line.strip())

    # --- a terminal -----------------------------------------------------------------------

    def _type(self, key: str) -> None:
        if self._keyboard.takes_lines:
            self._type_words(key)
        elif key in STEPS:
            self._steps.append(STEPS[key])
        elif key == "s":
            self._keyboard.take_lines(wanted=True)
            self._screen.note("type the words and press Return")
        elif key == "?":
            self._screen.note(KEYS)

    def _type_words(self, key: str) -> None:
        if key not in ("\n", END):
            self._line = f"{self._line}{key}"[:LONGEST_LINE]
            return
        words, self._line = self._line.strip(), ""
        self._keyboard.take_lines(wanted=False)
        if words and key != END:
            self._steps.append(Step("say", words))

    # --- a pipe ---------------------------------------------------------------------------

    def _take(self, line: str) -> None:
        if line in STEPS:
            self._steps.append(STEPS[line])
        elif KEYPAD.issuperset(line):
            self._steps.extend(STEPS[key] for key in line)
        elif len(line) > LONGEST_LINE:
            self._screen.refuse(f"expected at most {LONGEST_LINE} characters in a line, got more")
        else:
            try:
                self._steps.extend(parse_script(line, LIVE_ACTIONS))
            except ScriptError as error:
                for problem in error.problems:
                    self._screen.refuse(str(problem))
