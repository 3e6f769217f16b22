"""Hostile texts for a pattern: a way to one of its loops, the loop again and again, and an end."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.attack.automaton import EDGE, Letter, State, automaton
from tests.attack.patterns import Use

__all__ = ["Hostile", "hostile_texts"]

MOST_ROUNDS = 12
"""Different rounds of one loop that are tried."""


@dataclass(frozen=True)
class Hostile:
    """Three parts, of which the middle one is repeated."""

    before: str
    repeated: str
    after: str

    def text(self, size: int) -> str:
        """Return a text of about ``size`` characters."""
        return f"{self.before}{self.repeated * (size // len(self.repeated))}{self.after}"


def hostile_texts(use: Use) -> Iterator[Hostile]:
    """Yield texts made from a pattern, each once."""
    made = automaton(use.pattern, use.mode)
    words = _words(made.steps, (made.start, EDGE))
    found: dict[Hostile, None] = {}
    for state, way in words.items():
        rounds = [*_rounds(made.steps, state)][:MOST_ROUNDS]
        refused = next((n for n in range(len(made.characters)) if n not in made.steps(state)), EDGE)
        for each in rounds:
            for end in {EDGE, refused}:
                before, repeated = (
                    "".join(made.characters[letter] for letter in word) for word in (way, each)
                )
                after = "" if end == EDGE else made.characters[end]
                found[Hostile(before, repeated, after)] = None
                found[Hostile("", before + repeated, after)] = None
    for character in made.characters:
        found[Hostile("", character, "")] = None
    yield from found


Steps = Callable[[State], dict[Letter, dict[State, int]]]


def _words(steps: Steps, start: State) -> dict[State, tuple[Letter, ...]]:
    """Return the shortest text that leads to each state."""
    words: dict[State, tuple[Letter, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for letter, ways in steps(state).items():
            for target in ways:
                if target not in words:
                    words[target] = (*words[state], letter)
                    waiting.append(target)
    return words


def _rounds(steps: Steps, state: State) -> Iterator[tuple[Letter, ...]]:
    """Yield the shortest texts that lead back to a state, one for each first letter."""
    for letter, ways in steps(state).items():
        for target in ways:
            word = _words(steps, target).get(state)
            if word is not None:
                yield (letter, *word)
                break
