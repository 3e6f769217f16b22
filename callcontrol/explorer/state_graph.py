"""The call flow as far as it is explored: states, and the actions that connect them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from callcontrol.explorer.actions import Action
from callcontrol.explorer.states import State

Key = str
"""The digest of a state; empty for none."""
Path = tuple[Action, ...]
"""The actions that lead from the beginning of a call to a state."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An action in one state, and the state that it led to."""

    source: Key
    action: Action
    target: Key


@dataclass(frozen=True, slots=True)
class KnownState:
    """A state and the shortest path to it."""

    state: State
    path: Path
    script: str
    """The same for ``callcontrol dial --script``."""
    cost: float
    """Real seconds that slow replies take on the path."""


@dataclass(slots=True)
class Flow:
    """The result of a search."""

    states: dict[Key, KnownState] = field(default_factory=dict[Key, KnownState])
    """By key, in the order of their discovery; the first begins the call."""
    edges: dict[Edge, None] = field(default_factory=dict[Edge, None])
    """In the order of their discovery."""
    unexplored: set[Key] = field(default_factory=set[Key])
    """States in which not every action was tried."""

    def following(self) -> Mapping[Key, set[Key]]:
        """Return the states that follow each state, hanging up apart."""
        found: dict[Key, set[Key]] = {key: set() for key in self.states}
        for edge in self.edges:
            if edge.action.kind != "hang up":
                found[edge.source].add(edge.target)
        return found


def closure(direct: Mapping[Key, Iterable[Key]], start: Iterable[Key]) -> set[Key]:
    """Return everything that can be reached from ``start``, ``start`` included."""
    found: set[Key] = set()
    waiting = list(start)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(direct.get(key, ()))
    return found
