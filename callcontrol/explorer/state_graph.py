"""The call flow as far as it is known: scenes, and what leads from one to another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from callcontrol.explorer.actions import Action
from callcontrol.explorer.states import State

__all__ = ["Edge", "Flow", "Key", "Known", "closure"]

Key = str
"""What a scene is known by; empty for none."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Something that was done in a scene, and where it led."""

    source: Key
    action: Action
    target: Key


@dataclass(frozen=True, slots=True)
class Known:
    """A scene and the shortest way to it."""

    scene: State
    way: tuple[Action, ...]
    script: str
    """The same for ``callcontrol dial --script``."""
    cost: float
    """Real seconds that slow replies take on the way."""


@dataclass(slots=True)
class Flow:
    """What a search has found."""

    scenes: dict[Key, Known] = field(default_factory=dict[Key, Known])
    """By what they are known by, in the order of their discovery; the first begins the call."""
    edges: dict[Edge, None] = field(default_factory=dict[Edge, None])
    """In the order of their discovery."""
    unexplored: set[Key] = field(default_factory=set[Key])
    """Scenes in which not everything was tried."""

    def following(self) -> Mapping[Key, set[Key]]:
        """Return the scenes that come right after each, unless the caller hangs up."""
        found: dict[Key, set[Key]] = {key: set() for key in self.scenes}
        for edge in self.edges:
            if edge.action.kind != "hang up":
                found[edge.source].add(edge.target)
        return found


def closure(direct: Mapping[Key, Iterable[Key]], start: Iterable[Key]) -> set[Key]:
    """Return everything that can be reached from somewhere, the beginning included."""
    found: set[Key] = set()
    waiting = list(start)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(direct.get(key, ()))
    return found
