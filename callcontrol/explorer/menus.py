"""Notes about menus without a choice: no key is taken, or none makes a difference."""

from collections.abc import Iterator, Sequence
from string import digits

from callcontrol.explorer.actions import TIME
from callcontrol.explorer.loops import state_name
from callcontrol.explorer.state_graph import Edge, Flow, Key

NO_GATHER = (
    "no Gather waits for keys or words on any path, so there was nothing to try; put the prompt of "
    "a menu into a Gather"
)
SAME_END = (
    "the call ends alike for every key and for silence; if the keys are a choice, compare the "
    'digits of the GatherEvent with text, such as "1"'
)


def notes_on_menus(flow: Flow) -> Iterator[str]:
    """Yield a note if no state takes input, else one for each prompt whose keys do nothing."""
    if flow.states and all(known.state.kind == "ended" for known in flow.states.values()):
        yield NO_GATHER
    leads: dict[Key, list[Edge]] = {}
    for edge in flow.edges:
        if edge.action.kind != "hang up":
            leads.setdefault(edge.source, []).append(edge)
    for key, edges in leads.items():
        state = flow.states[key].state
        if state.kind == "prompt" and key not in flow.unexplored and _has_one_end(flow, edges):
            yield f"{state_name(state)}: {SAME_END}"


def _has_one_end(flow: Flow, edges: Sequence[Edge]) -> bool:
    """Return whether every digit and silence lead to one and the same last text.

    A prompt that keys only skip does not: the call goes on. One for codes of several keys does not
    count, because a valid code may not be known; nor one at which few keys were tried.
    """
    labels = {edge.action.label for edge in edges if edge.action.kind == "key"}
    targets = {edge.target for edge in edges}
    if not labels.issuperset(digits) or any(len(label) > 1 for label in labels):
        return False
    ends = [flow.states[target].state for target in targets]
    is_end = len(ends) == 1 and ends[0].kind == "ended" and bool(ends[0].text)
    return is_end and any(edge.action == TIME for edge in edges)
