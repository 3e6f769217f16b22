"""Loops in a call flow that have no exit, and prompts that repeat while the caller is silent.

The application may count rounds without showing it, so a loop is repeated before it is reported.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from bxml.rules._texts import counted
from callcontrol._urls import shown_url
from callcontrol.explorer.actions import TIME, Action, ActionKind
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.search import Search
from callcontrol.explorer.state_graph import Flow, Key, Path, closure
from callcontrol.explorer.states import State

ROUNDS = 10
"""How often a loop is repeated before it counts as infinite."""
MAX_ACTIONS = 200
"""Actions of one such call."""
TITLE = 60
INPUTS: frozenset[ActionKind] = frozenset(get_args(ActionKind)) - {"hang up"}
REPEATS = "endlessly while the caller does not react"


def find_loops(search: Search) -> list[Fault]:
    """Return the loops without an exit. Confirming them may discover new states."""
    groups = _closed_groups(search.flow)
    found = [_missing_exit(search, loop) for loop in groups]
    closed = {key for loop in groups for key in loop}
    silent = [_endless_prompt(search, loop) for loop in _silent_loops(search.flow, closed)]
    return [*(fault for fault in found if fault is not None), *_grouped(silent)]


def shortened(text: str, length: int = TITLE) -> str:
    """Return a text cut at a word."""
    if len(text) <= length:
        return text
    return f"{text[:length].rsplit(' ', 1)[0]} ..."


def state_name(state: State) -> str:
    """Return the words of a state, or where its document came from."""
    title = shortened(state.title)
    if not title.strip(". ") and state.document_url:
        return f"document from {shown_url(state.document_url)}"
    return f'"{title}"'


def _closed_groups(flow: Flow) -> list[list[Key]]:
    """Return every group of states that only lead to each other."""
    following = flow.following()
    before: dict[Key, set[Key]] = {}
    for key, others in following.items():
        for other in others:
            before.setdefault(other, set()).add(key)
    states = ((key, known.state) for key, known in flow.states.items())
    exits = [key for key, state in states if state.is_exit or state.needs_words]
    out = closure(before, [*flow.unexplored, *exits])
    trapped = [key for key in flow.states if key not in out]
    reach = {key: closure(following, following[key]) for key in trapped}
    found: dict[frozenset[Key], list[Key]] = {}
    for key in trapped:
        group = [other for other in trapped if other in reach[key]]  # in the order of discovery
        if group and all(key in reach[other] for other in group):
            found.setdefault(frozenset(group), group)
    return [*found.values()]


def _missing_exit(search: Search, loop: list[Key]) -> Fault | None:
    first = search.flow.states[loop[0]]
    if not _stayed_inside(search.follow(first.path, _least_used_action(len(loop))), loop):
        return None
    more = f" and {counted(len(loop) - 1, 'more state')}" if len(loop) > 1 else ""
    text = f"{state_name(first.state)}{more}: no action except hanging up leads out"
    return Fault(kind="loop-without-exit", text=text, script=_loop_script(search, loop, INPUTS))


def _stayed_inside(visited: list[tuple[State, str]], loop: list[Key]) -> bool:
    return bool(visited) and all(state.key in loop for state, _ in visited)


def _loop_script(search: Search, loop: list[Key], kinds: frozenset[ActionKind]) -> str:
    """Return the script of the shortest path to a loop and once through it."""
    first = search.flow.states[loop[0]]
    edges = [edge for edge in search.flow.edges if edge.action.kind in kinds]
    paths: dict[Key, Path] = {}
    waiting: deque[tuple[Key, Path]] = deque([(loop[0], ())])
    while waiting and loop[0] not in paths:
        key, path = waiting.popleft()
        for edge in edges:
            if edge.source == key and edge.target in loop and edge.target not in paths:
                paths[edge.target] = (*path, edge.action)
                waiting.append((edge.target, paths[edge.target]))
    actions = iter(paths.get(loop[0], ()))
    visited = search.follow(first.path, lambda _: next(actions, None))
    return visited[-1][1] if visited else first.script


def _least_used_action(states: int) -> Callable[[State], Action | None]:
    """Return a function that chooses in each state the action that was used least there."""
    uses: Counter[tuple[Key, Action]] = Counter()
    left = min(MAX_ACTIONS, states * ROUNDS)

    def choose(state: State) -> Action | None:
        nonlocal left
        options = [option for option in state.options if option.kind != "hang up"]
        if not options or not left:
            return None
        left -= 1
        chosen = min(options, key=lambda option: uses[state.key, option])
        uses[state.key, chosen] += 1
        return chosen

    return choose


def _silent_loops(flow: Flow, closed: set[Key]) -> list[list[Key]]:
    """Return every group of prompts that repeat while the caller does nothing."""
    following = {edge.source: edge.target for edge in flow.edges if edge.action == TIME}
    found: dict[frozenset[Key], list[Key]] = {}
    for key in following:
        keys = [key]
        while (key := following.get(key, "")) and key not in keys:
            keys.append(key)
        loop = keys[keys.index(key) :] if key in keys else []
        if any(flow.states[member].state.kind == "prompt" for member in loop):
            ordered = sorted(loop, key=lambda member: len(flow.states[member].path))
            found.setdefault(frozenset(loop), ordered)
    return [loop for keys, loop in found.items() if closed.isdisjoint(keys)]


def _endless_prompt(search: Search, loop: list[Key]) -> Fault | None:
    first = search.flow.states[loop[0]]
    left = min(MAX_ACTIONS, len(loop) * ROUNDS)

    def choose(state: State) -> Action | None:
        nonlocal left
        left -= 1
        return TIME if left >= 0 and TIME in state.options else None

    if not _stayed_inside(search.follow(first.path, choose), loop):
        return None
    text = f"{state_name(first.state)}: repeats {REPEATS}"
    script = _loop_script(search, loop, frozenset(("time",)))
    return Fault(kind="endless-prompt", text=text, script=script)


def _grouped(faults: list[Fault | None]) -> list[Fault]:
    """Return one fault for all prompts that repeat without limit: they usually have one cause."""
    found = sorted(
        (fault for fault in faults if fault is not None), key=lambda fault: len(fault.script or "")
    )
    if len(found) < 2:  # noqa: PLR2004 - nothing to put together
        return found
    name = found[0].text.removesuffix(f": repeats {REPEATS}")
    text = f"{name} and {counted(len(found) - 1, 'more prompt')}: repeat {REPEATS}"
    return [replace(found[0], text=text, ways=len(found))]
