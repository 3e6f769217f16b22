"""Loops in a call flow: those that nobody gets out of, and those that silence never gets out of.

The application may count rounds where nobody can see it, so a loop is walked before it is believed.
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
from callcontrol.explorer.state_graph import Flow, Key, closure
from callcontrol.explorer.states import State

__all__ = ["endless", "shortened"]

ROUNDS = 10
"""How often a loop is walked before it counts as endless."""
MOST = 200
"""Actions of one such walk."""
SHORT = 60
ANY: frozenset[ActionKind] = frozenset(get_args(ActionKind)) - {"hang up"}


def endless(search: Search) -> list[Fault]:
    """Return the loops without an exit; walking them may find scenes that were not known."""
    trapped = _trapped(search.flow)
    found = [_without_exit(search, loop) for loop in trapped]
    stuck = {key for loop in trapped for key in loop}
    silent = [_never_over(search, loop) for loop in _silent_loops(search.flow, stuck)]
    return [*(item for item in found if item is not None), *_grouped(silent)]


def shortened(text: str, length: int = SHORT) -> str:
    """Return a text cut at a word."""
    if len(text) <= length:
        return text
    return f"{text[:length].rsplit(' ', 1)[0]} ..."


def _named(scene: State) -> str:
    """Return what a scene is called in a report."""
    title = shortened(scene.title)
    is_wordless = not title.strip(". ")
    return (
        f"document from {shown_url(scene.where)}" if is_wordless and scene.where else f'"{title}"'
    )


# --- nobody gets out ----------------------------------------------------------------------


def _trapped(flow: Flow) -> list[list[Key]]:
    """Return every group of scenes that only lead to each other."""
    following = flow.following()
    before: dict[Key, set[Key]] = {}
    for key, others in following.items():
        for other in others:
            before.setdefault(other, set()).add(key)
    out = closure(before, [key for key in flow.scenes if _gets_out(flow, key)])
    stuck = [key for key in flow.scenes if key not in out]
    reach = {key: closure(following, following[key]) for key in stuck}
    found: dict[frozenset[Key], list[Key]] = {}
    for key in stuck:
        group = [each for each in stuck if each in reach[key]]  # in the order of discovery
        if group and all(key in reach[each] for each in group):
            found.setdefault(frozenset(group), group)
    return [*found.values()]


def _gets_out(flow: Flow, key: Key) -> bool:
    return key in flow.unexplored or flow.scenes[key].scene.is_exit


def _without_exit(search: Search, loop: list[Key]) -> Fault | None:
    first = search.flow.scenes[loop[0]]
    if not _stays(search.follow(first.way, _taking_turns(len(loop))), loop):
        return None
    more = f" and {counted(len(loop) - 1, 'more state')}" if len(loop) > 1 else ""
    text = f"{_named(first.scene)}{more}: expected a way out but hanging up, got none"
    return Fault(kind="loop-without-exit", text=text, script=_round(search, loop, ANY))


def _stays(met: list[tuple[State, str]], loop: list[Key]) -> bool:
    """Return whether a walk round a loop has not left it."""
    return bool(met) and all(scene.key in loop for scene, _ in met)


def _round(search: Search, loop: list[Key], kinds: frozenset[ActionKind]) -> str:
    """Return the script of the shortest way to a loop and once round it."""
    first = search.flow.scenes[loop[0]]
    edges = [edge for edge in search.flow.edges if edge.action.kind in kinds]
    ways: dict[Key, tuple[Action, ...]] = {}
    waiting: deque[tuple[Key, tuple[Action, ...]]] = deque([(loop[0], ())])
    while waiting and loop[0] not in ways:
        key, way = waiting.popleft()
        for edge in edges:
            if edge.source == key and edge.target in loop and edge.target not in ways:
                ways[edge.target] = (*way, edge.action)
                waiting.append((edge.target, ways[edge.target]))
    steps = iter(ways.get(loop[0], ()))
    met = search.follow(first.way, lambda _: next(steps, None))
    return met[-1][1] if met else first.script


def _taking_turns(scenes: int) -> Callable[[State], Action | None]:
    """Return what does in each scene what was done there least often."""
    used: Counter[tuple[Key, Action]] = Counter()
    left = min(MOST, scenes * ROUNDS)

    def choose(scene: State) -> Action | None:
        nonlocal left
        options = [option for option in scene.options if option.kind != "hang up"]
        if not options or not left:
            return None
        left -= 1
        chosen = min(options, key=lambda each: used[scene.key, each])
        used[scene.key, chosen] += 1
        return chosen

    return choose


# --- silence never gets out ---------------------------------------------------------------


def _silent_loops(flow: Flow, stuck: set[Key]) -> list[list[Key]]:
    """Return every group of prompts that a caller who does nothing hears in turns."""
    following = {edge.source: edge.target for edge in flow.edges if edge.action == TIME}
    found: dict[frozenset[Key], list[Key]] = {}
    for key in following:
        way = [key]
        while (key := following.get(key, "")) and key not in way:
            way.append(key)
        loop = way[way.index(key) :] if key in way else []
        if any(flow.scenes[each].scene.kind == "prompt" for each in loop):
            found.setdefault(frozenset(loop), sorted(loop, key=lambda it: _depth(flow, it)))
    return [loop for keys, loop in found.items() if stuck.isdisjoint(keys)]


def _depth(flow: Flow, key: Key) -> int:
    return len(flow.scenes[key].way)


def _never_over(search: Search, loop: list[Key]) -> Fault | None:
    first = search.flow.scenes[loop[0]]
    left = min(MOST, len(loop) * ROUNDS)

    def choose(scene: State) -> Action | None:
        nonlocal left
        left -= 1
        return TIME if left >= 0 and TIME in scene.options else None

    if not _stays(search.follow(first.way, choose), loop):
        return None
    text = f"{_named(first.scene)}: expected an end if nobody reacts, got the same again"
    script = _round(search, loop, frozenset(("time",)))
    return Fault(kind="endless-prompt", text=text, script=script)


def _grouped(faults: list[Fault | None]) -> list[Fault]:
    """Return one fault for all prompts that are asked for ever: it is one habit."""
    found = sorted((fault for fault in faults if fault is not None), key=_length)
    if len(found) < 2:  # noqa: PLR2004 - nothing to put together
        return found
    where, _, finding = found[0].text.partition(": expected")
    text = f"{where} and {counted(len(found) - 1, 'more prompt')}: expected{finding}"
    return [replace(found[0], text=text, ways=len(found))]


def _length(fault: Fault) -> int:
    return len(fault.script or "")
