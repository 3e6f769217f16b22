"""Whether a pattern can take more than linear time, by the ambiguity of its automaton.

Time is quadratic where a loop can hand the same text to a later loop character by character (a
search is a loop in front of the pattern), and exponential where a loop can read the same text in
two ways, in both cases if what follows can fail.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from tests.attack.automaton import EDGE, Automaton, Letter, State, automaton

__all__ = ["slow_because"]

T = TypeVar("T")
Steps = Mapping[Letter, Mapping[State, int]]


@dataclass(frozen=True)
class _Graph:
    automaton: Automaton
    steps: Mapping[State, Steps]
    reached: Mapping[State, set[State]]
    loops: Mapping[State, frozenset[State]]
    """For each state on a loop, the states that it reaches and that reach it."""
    safe: Mapping[State, frozenset[Letter]]
    """Letters before which a state cannot fail."""

    def after(self, state: State, letter: Letter) -> Mapping[State, int]:
        return self.steps[state].get(letter, {})


def slow_because(pattern: re.Pattern[str] | re.Pattern[bytes], mode: str) -> str | None:
    """Return why a pattern can take more than linear time; None where it cannot."""
    graph = _graph(automaton(pattern, mode))
    for state in graph.loops:
        if (word := _two_ways(graph, state)) is not None:
            return f"a loop reads {_said(graph, word)} in two ways"
    for first in graph.loops:
        for second in graph.loops:
            if second in graph.loops[first] or second not in graph.reached[first]:
                continue
            word = _handed_on(graph, first, second)
            if word is not None:
                both = "a search" if first[0] == graph.automaton.start else "a loop"
                return f"{both} and a loop behind it both read {_said(graph, word)}"
    return None


def _said(graph: _Graph, word: Iterable[Letter]) -> str:
    return repr("".join(graph.automaton.characters[letter] for letter in word))


def _graph(made: Automaton) -> _Graph:
    steps: dict[State, Steps] = {}
    waiting: list[State] = [(made.start, -1)]
    while waiting:
        state = waiting.pop()
        if state not in steps:
            steps[state] = made.steps(state)
            waiting.extend(target for ways in steps[state].values() for target in ways)
    reached = {state: _reached(steps, state) for state in steps}
    loops = {
        state: frozenset(other for other in reached[state] if state in reached[other])
        for state in steps
        if state in reached[state]
    }
    return _Graph(made, steps, reached, loops, _safe(made, steps))


def _safe(made: Automaton, steps: Mapping[State, Steps]) -> dict[State, frozenset[Letter]]:
    """Return the letters before which each state cannot fail: it has matched if they follow.

    Where all of the text must match, a state cannot fail if it matches whatever follows.
    """
    accepted = {state: made.accepted(state) for state in steps}
    if not made.whole:
        return accepted
    letters = frozenset(range(len(made.characters)))
    found = {state for state in steps if EDGE in accepted[state]}
    while True:
        left = {
            state
            for state in found
            if all(found & steps[state].get(letter, {}).keys() for letter in letters)
        }
        if left == found:
            return {state: letters if state in found else frozenset() for state in steps}
        found = left


def _reached(steps: Mapping[State, Steps], state: State) -> set[State]:
    found: set[State] = set()
    waiting = [state]
    while waiting:
        for ways in steps[waiting.pop()].values():
            new = ways.keys() - found
            found |= new
            waiting.extend(new)
    return found


def _two_ways(graph: _Graph, state: State) -> list[Letter] | None:
    """Return a text by which a state comes back to itself in two ways."""
    inside = graph.loops[state]
    start: tuple[State, State, bool] = (state, state, False)
    came: dict[tuple[State, State, bool], tuple[tuple[State, State, bool], Letter]] = {}
    waiting: deque[tuple[State, State, bool]] = deque([start])
    while waiting:
        at = waiting.popleft()
        for letter in graph.steps[at[0]].keys() - (graph.safe[at[0]] & graph.safe[at[1]]):
            for one, ways in graph.after(at[0], letter).items():
                for two in graph.after(at[1], letter):
                    if one not in inside or two not in inside:
                        continue
                    parted = at[2] or one != two or ways > 1
                    following = (one, two, parted)
                    if following not in came:
                        came[following] = at, letter
                        waiting.append(following)
    goal = (state, state, True)
    return _way(came, start, goal) if goal in came else None


def _handed_on(graph: _Graph, first: State, second: State) -> list[Letter] | None:
    """Return a text by which each state comes back to itself, and the first to the second."""
    if first[1] != second[1] and first[1] != -1:
        return None
    start, goal = (first, first, second), (first, second, second)
    came: dict[tuple[State, ...], tuple[tuple[State, ...], Letter]] = {}
    waiting: deque[tuple[State, ...]] = deque([start])
    while waiting and goal not in came:
        at = waiting.popleft()
        for letter in graph.steps[at[0]].keys() - graph.safe[at[2]]:
            for one in graph.after(at[0], letter).keys() & graph.loops[first]:
                for three in graph.after(at[2], letter).keys() & graph.loops[second]:
                    for two in graph.after(at[1], letter):
                        following = (one, two, three)
                        if following not in came:
                            came[following] = at, letter
                            waiting.append(following)
    return _way(came, start, goal) if goal in came else None


def _way(came: Mapping[T, tuple[T, Letter]], start: T, goal: T) -> list[Letter]:
    letters: list[Letter] = []
    at = goal
    while True:
        at, letter = came[at]
        letters.append(letter)
        if at == start:
            return letters[::-1]
