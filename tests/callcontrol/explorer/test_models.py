"""The explorer against menus that are made up at random: it finds the very menu, and its loops."""

from collections.abc import Callable, Mapping
from wsgiref.types import WSGIApplication

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bxml import Gather, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.events import Event, GatherEvent
from callcontrol.explorer import Report, explore

Serving = Callable[[Callable[[Event, str], Document]], WSGIApplication]
Menus = Mapping[int, tuple[int, ...]]
"""Where each key of each menu leads, silence first; numbers that are no menu are ends."""

KEYS = "123"


@st.composite
def menus(draw: st.DrawFn) -> Menus:
    """Return up to six menus."""
    count = draw(st.integers(1, 6))
    target = st.integers(0, count + 1)
    one = st.tuples(*[target] * (len(KEYS) + 1))
    return dict(enumerate(draw(st.lists(one, min_size=count, max_size=count))))


def document(model: Menus, state: int) -> Document:
    """Return what a state says."""
    if state not in model:
        return Response().speak_sentence(f"End {state}.").hangup()
    prompt = SpeakSentence(f"Menu {state}.")
    return Response(Gather(prompt, gather_url=f"/{state}", max_digits=1))


def explored(serving: Serving, model: Menus) -> Report:
    """Explore the menus."""

    def voice(event: Event, path: str) -> Document:
        if not isinstance(event, GatherEvent):
            return document(model, 0)
        chosen = 0 if event.digits == "" else KEYS.index(event.digits) + 1
        return document(model, model[int(path.strip("/"))][chosen])

    return explore(serving(voice), keys=KEYS)


def reachable(model: Menus, start: int) -> set[int]:
    """Return what can be reached from a state with one action or more."""
    found: set[int] = set()
    waiting = [*model.get(start, ())]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += model.get(state, ())
    return found


def walked(model: Menus, script: str) -> list[int]:
    """Return the states that a script passes, by the model alone."""
    states = [0]
    for step in script.split("; "):
        if step.startswith("press "):
            states.append(model[states[-1]][KEYS.index(step[-1]) + 1])
        elif step == "wait 5":
            states.append(model[states[-1]][0])
    return states


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(model=menus())
def test_the_flow_is_the_menu(serving: Serving, model: Menus) -> None:
    """Every state that can be reached is there, with every key that leads on from it."""
    report = explored(serving, model)
    title = {node.id: node.title for node in report.graph.nodes}
    arrows = {
        (title[arrow.source], title[arrow.target]): set(arrow.label.replace(",", "").split())
        for arrow in report.graph.arrows
    }
    expected: dict[tuple[str, str], set[str]] = {}
    for state in reachable(model, 0) | {0}:
        for key, target in zip(("silence", *KEYS), model.get(state, ()), strict=False):
            name = f"Menu {target}." if target in model else f"End {target}."
            expected.setdefault((f"Menu {state}.", name), set()).add(key)
    assert arrows == expected
    assert (report.stopped, report.notes) == ("", ())


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(model=menus())
def test_loops_are_found_and_nothing_else(serving: Serving, model: Menus) -> None:
    """A fault stands for menus that lead only to each other, or for silence that has no end."""
    report = explored(serving, model)
    live = reachable(model, 0) | {0}
    ends = {state for state in live if state not in model}
    trapped = {state for state in live - ends if reachable(model, state).isdisjoint(ends)}
    groups = {
        frozenset(reachable(model, state))
        for state in trapped
        if all(state in reachable(model, each) for each in reachable(model, state))
    }
    silent = {
        state: frozenset(reachable({k: v[:1] for k, v in model.items()}, state)) for state in live
    }
    endless = {
        group
        for state, group in silent.items()
        if state in group and all(silent.get(each) == group for each in group)
    }
    stuck = frozenset[int]().union(*groups)
    kinds = [fault.kind for fault in report.faults]
    assert kinds.count("loop-without-exit") == len(groups)
    asked = [fault.ways for fault in report.faults if fault.kind == "endless-prompt"]
    silent_loops = len([each for each in endless if not each & stuck])
    assert asked == ([silent_loops] if silent_loops else []), "one fault stands for all of them"
    assert len(kinds) == kinds.count("loop-without-exit") + kinds.count("endless-prompt")
    for fault in report.faults:
        states = walked(model, str(fault.script))
        assert states[-1] in states[:-1], "the script goes round"
