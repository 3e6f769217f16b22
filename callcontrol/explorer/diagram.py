"""The call flow as values for drawing: states, and arrows from one to another."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from bxml._wording import visible_text
from callcontrol.explorer.actions import CALLEE, Action
from callcontrol.explorer.bounds import KEYS
from callcontrol.explorer.loops import shortened
from callcontrol.explorer.state_graph import Edge, Flow, Key
from callcontrol.explorer.states import StateKind

MAX_KEYS = 4
"""Keys that are named one by one; more are `other keys`."""
TITLE = 90
"""Characters of a title."""
POPULAR = 6
"""Arrows to a state that are drawn one by one."""


@dataclass(frozen=True, slots=True)
class Node:
    """One state."""

    id: str
    kind: StateKind
    title: str
    depth: int
    """How many actions lead to it."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A transition between two states. Hanging up is left out: it is always possible."""

    source: str
    label: str
    target: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """States and arrows, in the order of their discovery."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]

    @classmethod
    def of(cls, flow: Flow) -> Self:
        """Return the diagram of an explored call flow."""
        edges = [edge for edge in flow.edges if edge.action.kind != "hang up"]
        reached = {key for edge in edges for key in (edge.source, edge.target)}
        reached.update(key for key, known in flow.states.items() if not known.path)
        states = [known for key, known in flow.states.items() if key in reached]
        names = {known.state.key: f"s{number}" for number, known in enumerate(states, 1)}
        nodes = tuple(
            Node(
                names[known.state.key],
                known.state.kind,
                shortened(visible_text(known.state.title), TITLE),
                len(known.path),
            )
            for known in states
        )
        return cls(nodes, tuple(_arrows(edges, names)))


def split_arrows(
    diagram: Diagram, length: int
) -> tuple[tuple[Arrow, ...], Mapping[str, tuple[str, ...]]]:
    """Return the arrows to draw, and by state the notes that replace the other arrows.

    Where many arrows lead to one state only the first is drawn, to keep the picture readable.
    Notes are cut to ``length`` characters.
    """
    count = Counter(arrow.target for arrow in diagram.arrows if arrow.source != arrow.target)
    titles = {node.id: node.title for node in diagram.nodes}
    reached = {node.id for node in diagram.nodes[:1]}
    arrows: list[Arrow] = []
    notes: dict[str, tuple[str, ...]] = {}
    for arrow in diagram.arrows:
        if arrow.source == arrow.target or count[arrow.target] <= POPULAR:
            arrows.append(arrow)
        elif arrow.target not in reached:
            reached.add(arrow.target)
            arrows.append(arrow)
        else:
            note = shortened(f"{arrow.label} \u2192 {titles[arrow.target]}", length)
            notes[arrow.source] = (*notes.get(arrow.source, ()), note)
    return tuple(arrows), notes


def _arrows(edges: Iterable[Edge], names: Mapping[Key, str]) -> Iterator[Arrow]:
    """Yield one arrow for each pair of states, labelled with every action between them."""
    actions_between: dict[tuple[Key, Key], list[Action]] = {}
    for edge in edges:
        actions_between.setdefault((edge.source, edge.target), []).append(edge.action)
    for (source, target), actions in actions_between.items():
        labels = [action.label for action in actions if action.kind != "key"]
        typed = [action.label for action in actions if action.kind == "key"]
        for prefix in ("", CALLEE):
            keys = [
                label.removeprefix(prefix)
                for label in typed
                if label.startswith(CALLEE) == bool(prefix)
            ]
            if keys:
                labels.insert(0, f"{prefix}{_key_label(keys)}")
        yield Arrow(names[source], visible_text(", ".join(labels)), names[target])


def _key_label(keys: list[str]) -> str:
    if set(KEYS).issubset(keys):
        return "any key"
    return "other keys" if len(keys) > MAX_KEYS else " ".join(sorted(keys))
