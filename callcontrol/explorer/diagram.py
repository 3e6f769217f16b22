"""The call flow as a graph for people: states, and what leads from one to another."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bxml._once import FIRST_IMPORT
from bxml._wording import visible_text
from callcontrol.explorer.actions import CALLEE, Action
from callcontrol.explorer.bounds import KEYS, need
from callcontrol.explorer.loops import shortened
from callcontrol.explorer.state_graph import Edge, Flow, Key
from callcontrol.explorer.states import SceneKind

__all__ = ["Arrow", "Graph", "Node"]

MOST_KEYS = 4
"""Keys that are named one by one; more are `other keys`."""
TITLE = 90
"""Characters of a title."""
POPULAR = 6
"""Arrows to a state that are drawn one by one."""

_SHAPES: Mapping[SceneKind, tuple[str, str]] = {
    "prompt": ('["', '"]'),
    "message": ('[/"', '"/]'),
    "incoming": ('{{"', '"}}'),
    "ringing": ('{{"', '"}}'),
    "ended": ('(["', '"])'),
}
_PLAIN = ('("', '")')
_ESCAPED = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "|": "#124;"}


@dataclass(frozen=True, slots=True)
class Node:
    """One state."""

    id: str
    kind: SceneKind
    title: str
    depth: int
    """How many actions lead to it."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """What leads from one state to another; hanging up is left out, as it is always possible."""

    source: str
    label: str
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """States and arrows, in the order of their discovery."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]

    @classmethod
    def of(cls, flow: Flow) -> "Graph":
        """Return the graph of what was found."""
        edges = [edge for edge in flow.edges if edge.action.kind != "hang up"]
        reached = {key for edge in edges for key in (edge.source, edge.target)}
        reached.update(key for key, item in flow.scenes.items() if not item.way)
        known = [item for key, item in flow.scenes.items() if key in reached]
        names = {each.scene.key: f"s{number}" for number, each in enumerate(known, 1)}
        nodes = tuple(
            Node(
                names[each.scene.key],
                each.scene.kind,
                shortened(visible_text(each.scene.title), TITLE),
                len(each.way),
            )
            for each in known
        )
        return cls(nodes, tuple(_arrows(edges, names)))

    def mermaid(self) -> str:
        """Return the graph in the language of Mermaid."""
        arrows, notes = self.parted(TITLE)
        lines = ["flowchart LR"]
        for node in self.nodes:
            left, right = _SHAPES.get(node.kind, _PLAIN)
            texts = "<br>".join(map(_escaped, (node.title, *notes.get(node.id, ()))))
            lines.append(f"    {node.id}{left}{texts}{right}")
        lines += [
            f'    {arrow.source} -->|"{_escaped(arrow.label)}"| {arrow.target}' for arrow in arrows
        ]
        return "\n".join(lines) + "\n"

    def parted(self, length: int) -> tuple[tuple[Arrow, ...], Mapping[str, tuple[str, ...]]]:
        """Return the arrows to draw, and by state what is written there instead of an arrow.

        Where many arrows lead to a state only the first is drawn, or nobody could follow them.
        Texts are cut to ``length`` characters.
        """
        count = Counter(arrow.target for arrow in self.arrows if arrow.source != arrow.target)
        titles = {node.id: node.title for node in self.nodes}
        reached = {node.id for node in self.nodes[:1]}
        arrows: list[Arrow] = []
        notes: dict[str, tuple[str, ...]] = {}
        for arrow in self.arrows:
            if arrow.source == arrow.target or count[arrow.target] <= POPULAR:
                arrows.append(arrow)
            elif arrow.target not in reached:
                reached.add(arrow.target)
                arrows.append(arrow)
            else:
                note = shortened(f"{arrow.label} \u2192 {titles[arrow.target]}", length)
                notes[arrow.source] = (*notes.get(arrow.source, ()), note)
        return tuple(arrows), notes

    def svg(self) -> str:
        """Return the graph as a picture.

        Raises ``SimulatorError`` without the extra ``explore``, which finds out where states go.
        """
        with FIRST_IMPORT:
            from callcontrol.explorer.svg import drawn

        need("fast_sugiyama", "Graph.svg")
        return drawn(self)


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(each, each) for each in visible_text(text))


def _arrows(edges: Iterable[Edge], names: Mapping[Key, str]) -> Iterator[Arrow]:
    """Yield an arrow for each pair of states, with everything that leads along it."""
    along: dict[tuple[Key, Key], list[Action]] = {}
    for edge in edges:
        along.setdefault((edge.source, edge.target), []).append(edge.action)
    for (source, target), actions in along.items():
        labels = [action.label for action in actions if action.kind != "key"]
        typed = [action.label for action in actions if action.kind == "key"]
        for prefix in ("", CALLEE):
            own = [each.removeprefix(prefix) for each in typed if _prefix(each) == prefix]
            if own:
                labels.insert(0, f"{prefix}{_keys(own)}")
        yield Arrow(names[source], visible_text(", ".join(labels)), names[target])


def _prefix(label: str) -> str:
    return CALLEE if label.startswith(CALLEE) else ""


def _keys(typed: list[str]) -> str:
    if set(KEYS).issubset(typed):
        return "any key"
    return "other keys" if len(typed) > MOST_KEYS else " ".join(sorted(typed))
