"""The limits of an exploration, in words: what it has not tried, and could not know."""

from collections.abc import Iterable, Iterator, Sequence

from bxml.rules._texts import counted
from callcontrol.explorer.actions import CALLEE
from callcontrol.explorer.loops import state_name
from callcontrol.explorer.menus import notes_on_menus
from callcontrol.explorer.search import Search
from callcontrol.explorer.state_graph import Edge, Flow, Key
from callcontrol.explorer.states import State
from callcontrol.explorer.varying import varying_texts

DIVERGED = (
    "behaved differently from earlier calls with the same steps: "
    "the application keeps state between calls, or depends on time or chance"
)
STREAMS = "what is said over the WebSocket of its stream, and what follows, is not explored"
SAY = "name words to say with --say"
DIGITS = "1234567890"
MOST_DIGITS = 10
"""Digits of an entry that is given as an example."""


def notes_of(search: Search, entries: Sequence[str]) -> Iterator[str]:
    """Yield the limits of a search in which ``entries`` were typed."""
    if search.diverged:
        yield f"{counted(search.diverged, 'call')} {DIVERGED}"
    if search.stopped or search.diverged:
        yield from map(str, varying_texts(known.state for known in search.flow.states.values()))
    if search.streaming:
        yield f"document from {' and '.join(search.streaming)}: {STREAMS}"
    if not (search.stopped or search.streaming):
        yield from notes_on_menus(search.flow)
    yield from _prompts_without_entry(search.flow, entries)
    yield from _prompts_without_words(search.flow)


def _prompts_without_words(flow: Flow) -> Iterator[str]:
    """Yield one note for the prompts at which nothing was said."""
    silent = [known.state for known in flow.states.values() if known.state.needs_words]
    if silent:
        yield f"tried without speech: {_names(silent)}; {SAY}"


def _names(states: Sequence[State]) -> str:
    more = f" and {counted(len(states) - 1, 'more state')}" if len(states) > 1 else ""
    return f"{state_name(states[0])}{more}"


def _prompts_without_entry(flow: Flow, entries: Sequence[str]) -> Iterator[str]:
    """Yield one note for the prompts at which no entry of several keys led any further."""
    found: dict[tuple[str, ...], list[State]] = {}
    edges: dict[Key, list[Edge]] = {}
    for edge in flow.edges:
        edges.setdefault(edge.source, []).append(edge)
    for key, known in flow.states.items():
        typed = _failed_entries(edges.get(key, ()))
        if typed and not set(typed) & {*entries} and key not in flow.unexplored:
            found.setdefault(typed, []).append(known.state)
    for typed, states in found.items():
        keys = " and ".join(typed)
        digits = min(max(map(len, typed)), MOST_DIGITS)
        yield (
            f"{_names(states)}: of entries with several keys only {keys} {_was(typed)} tried, and "
            "led no further than any single key; name one that the application accepts, such as "
            f"--entry {DIGITS[:digits]}"
        )


def _was(typed: Sequence[str]) -> str:
    return "was" if len(typed) == 1 else "were"


def _failed_entries(edges: Iterable[Edge]) -> tuple[str, ...]:
    """Return the entries of several keys at a prompt, if all lead where other actions lead."""
    leads = [edge for edge in edges if edge.action.kind in ("key", "time")]
    longer = {edge: label for edge in leads if len(label := _typed(edge)) > 1}
    elsewhere = {edge.target for edge in leads if edge not in longer}
    if any(edge.target not in {*elsewhere, edge.source} for edge in longer):
        return ()
    return tuple(longer.values())


def _typed(edge: Edge) -> str:
    """Return the keys of an action; empty for waiting."""
    return edge.action.label.removeprefix(CALLEE) if edge.action.kind == "key" else ""
