"""Loops in a call flow: those that nobody gets out of, and those that silence never gets out of.

The application may count rounds where nobody can see it, so a loop is walked before it is believed.
"""

from collections import Counter
from collections.abc import Callable

from bxml.rules._texts import counted
from callcontrol.explorer.actions import TIME, Action
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.flow import Flow, Key, Known, closure
from callcontrol.explorer.scenes import Scene
from callcontrol.explorer.search import Search

__all__ = ["endless", "shortened"]

ROUNDS = 6
"""How often a loop is walked before it counts as endless."""
MOST = 200
"""Actions of one such walk."""
SHORT = 60


def endless(search: Search) -> list[Fault]:
    """Return the loops without an exit; walking them may find scenes that were not known."""
    trapped = _trapped(search.flow)
    found = [_without_exit(search, loop) for loop in trapped]
    stuck = {key for loop in trapped for key in loop}
    found += [_never_over(search, loop) for loop in _silent_loops(search.flow, stuck)]
    return [each for each in found if each is not None]


def shortened(text: str, length: int = SHORT) -> str:
    """Return a text cut at a word."""
    if len(text) <= length:
        return text
    return f"{text[:length].rsplit(' ', 1)[0]} ..."


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
    found: list[list[Key]] = []
    for key in stuck:
        group = [each for each in stuck if each in reach[key]]  # in the order of discovery
        if group and group not in found and all(key in reach[each] for each in group):
            found.append(group)
    return found


def _gets_out(flow: Flow, key: Key) -> bool:
    return key in flow.unexplored or flow.scenes[key].scene.is_exit


def _without_exit(search: Search, loop: list[Key]) -> Fault | None:
    first = search.flow.scenes[loop[0]]
    script = _round(search.wander(first.way, _taking_turns(len(loop))), loop)
    if script is None:
        return None
    more = f" and {counted(len(loop) - 1, 'more state')}" if len(loop) > 1 else ""
    text = f'"{shortened(first.scene.title)}"{more}: expected a way out but hanging up, got none'
    return Fault(kind="loop-without-exit", text=text, script=script)


def _round(met: list[tuple[Scene, str]], loop: list[Key]) -> str | None:
    """Return the script that goes round a loop once, None if the walk has left the loop."""
    if not met or any(scene.key not in loop for scene, _ in met):
        return None
    return next((script for scene, script in met[1:] if scene.key == met[0][0].key), None)


def _taking_turns(scenes: int) -> Callable[[Scene], Action | None]:
    """Return what does in each scene what was done there least often."""
    used: Counter[tuple[Key, Action]] = Counter()
    left = min(MOST, scenes * ROUNDS)

    def choose(scene: Scene) -> Action | None:
        nonlocal left
        options = [each for each in scene.options if each.kind != "hang up"]
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
    following = {each.source: each.target for each in flow.edges if each.action == TIME}
    found: list[list[Key]] = []
    for key in following:
        way = [key]
        while (key := following.get(key, "")) and key not in way:
            way.append(key)
        loop = way[way.index(key) :] if key in way else []
        prompts = any(flow.scenes[each].scene.kind == "prompt" for each in loop)
        known = any(set(loop) == set(each) for each in found)
        if prompts and not known and stuck.isdisjoint(loop):
            found.append(loop)
    return found


def _never_over(search: Search, loop: list[Key]) -> Fault | None:
    first = min((search.flow.scenes[each] for each in loop), key=_length)
    left = min(MOST, len(loop) * ROUNDS)

    def choose(scene: Scene) -> Action | None:
        nonlocal left
        left -= 1
        return TIME if left >= 0 and TIME in scene.options else None

    script = _round(search.wander(first.way, choose), loop)
    if script is None:
        return None
    text = f'"{shortened(first.scene.title)}": expected an end if nobody reacts, got the same again'
    return Fault(kind="endless-prompt", text=text, script=script)


def _length(known: Known) -> int:
    return len(known.way)
