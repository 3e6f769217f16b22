"""The result of an exploration, for tests and for people."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bxml._wording import visible_text
from bxml.rules._texts import counted
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.render import Graph

_LISTED = ("kind", "severity", "text", "advice", "script", "ways")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The faults and the call flow of an application; ``print(report)`` shows the faults."""

    faults: tuple[Fault, ...]
    """The most severe first; allowed kinds are left out."""
    graph: Graph
    """The call flow."""
    calls: int
    """How many calls were placed."""
    seconds: float
    """Real seconds of the search."""
    stopped: str = ""
    """The bound that left something out, such as ``60 seconds``; empty if none did."""
    left: int = 0
    """How many planned calls were not placed."""
    notes: tuple[str, ...] = ()
    """Other limits of the result."""
    is_unreachable: bool = False
    """Whether nothing listened at the URL of the first call."""

    @property
    def states(self) -> int:
        """Number of states in the call flow, ends of the call included."""
        return len(self.graph.nodes)

    @property
    def summary(self) -> str:
        """Number of faults, states and calls, and the seconds, in one line."""
        tried = f"{counted(self.states, 'state')} in {counted(self.calls, 'call')}"
        faults = counted(len(self.faults), "fault")
        found = f"incomplete: {faults}" if self.stopped or self.left else faults
        return f"{found}; {tried}, {self.seconds:.1f} s"

    def __repr__(self) -> str:
        return f"<{self}>"  # what a failed assertion shows

    def __str__(self) -> str:
        return "\n".join([*map(str, self.faults), *map(visible_text, self.remarks()), self.summary])

    def remarks(self) -> Iterator[str]:
        """Yield the limits of the result."""
        if self.stopped:
            left = f", {counted(self.left, 'planned call')} left" if self.left else ""
            yield f"incomplete: stopped after {self.stopped}{left}"
        yield from self.notes

    def facts(self) -> Mapping[str, object]:
        """Return the result as JSON values, without faults and graph."""
        return {
            "states": self.states,
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
            "faults": len(self.faults),
            "stopped": self.stopped or None,
            "left": self.left,
            "notes": list(self.notes),
        }

    def listed(self) -> list[Mapping[str, object]]:
        """Return every fault as JSON values."""
        return [
            {name: getattr(fault, name) for name in _LISTED}
            | {"problems": [asdict(problem) for problem in fault.problems]}
            for fault in self.faults
        ]
