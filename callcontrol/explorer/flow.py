"""The call flow as far as it is known: scenes, and what leads from one to another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from callcontrol.explorer.actions import Action
from callcontrol.explorer.scenes import Scene

__all__ = ["Edge", "Flow", "Key", "Known"]

Key = tuple[object, ...]
"""What a scene is known by."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Something that was done in a scene, and where it led."""

    source: Key
    action: Action
    target: Key


@dataclass(frozen=True, slots=True)
class Known:
    """A scene and the shortest way to it."""

    scene: Scene
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

    def leaving(self, key: Key) -> Iterator[Edge]:
        """Yield what can be done in a scene but hang up."""
        return (each for each in self.edges if each.source == key and each.action.kind != "hang up")

    def reach(self) -> Mapping[Key, frozenset[Key]]:
        """Return which scenes can be reached from which, without hanging up."""
        direct = {key: {each.target for each in self.leaving(key)} for key in self.scenes}
        return {key: frozenset(_closure(direct, targets)) for key, targets in direct.items()}


def _closure(direct: Mapping[Key, Iterable[Key]], found: Iterable[Key]) -> set[Key]:
    closed: set[Key] = set()
    waiting = list(found)
    while waiting:
        key = waiting.pop()
        if key not in closed:
            closed.add(key)
            waiting.extend(direct.get(key, ()))
    return closed
