"""What an exploration has found, for tests and for people."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bxml._wording import visible_text
from bxml.rules._texts import counted
from callcontrol.explorer.diagram import Graph
from callcontrol.explorer.faults import Fault

__all__ = ["Report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was found; ``print(report)`` shows it."""

    faults: tuple[Fault, ...]
    """What is wrong, the gravest first; kinds that were allowed are left out."""
    graph: Graph
    """The call flow."""
    calls: int
    """How many calls were placed."""
    seconds: float
    """Real seconds that it took."""
    stopped: str = ""
    """The bound that left something out, such as ``60 seconds``; empty if none did."""
    left: int = 0
    """How many things were not tried."""
    notes: tuple[str, ...] = ()
    """What else there is to know about the result."""
    is_unreachable: bool = False
    """Whether nobody listened where the call was to begin."""

    @property
    def states(self) -> int:
        """How many states the call flow has, ends of the call included."""
        return len(self.graph.nodes)

    @property
    def summary(self) -> str:
        """How much was tried, in one line."""
        tried = f"{counted(self.states, 'state')} in {counted(self.calls, 'call')}"
        return f"{counted(len(self.faults), 'fault')}; {tried}, {self.seconds:.1f} s"

    def __repr__(self) -> str:
        return f"<{self}>"  # what a failed assertion shows

    def __str__(self) -> str:
        return "\n".join([*map(str, self.faults), *map(visible_text, self.remarks()), self.summary])

    def remarks(self) -> Iterator[str]:
        """Yield what limits the result."""
        if self.stopped:
            left = f", with {counted(self.left, 'call')} to go" if self.left else ""
            yield f"not everything was tried: stopped after {self.stopped}{left}"
        yield from self.notes

    def facts(self) -> Mapping[str, object]:
        """Return the result for programs, without faults and graph."""
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
        """Return every fault for programs."""
        return [
            {
                "kind": fault.kind,
                "severity": fault.severity,
                "text": fault.text,
                "advice": fault.advice,
                "script": fault.script,
                "ways": fault.ways,
                "problems": [asdict(problem) for problem in fault.problems],
            }
            for fault in self.faults
        ]
