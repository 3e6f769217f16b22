"""The path explorer: walks every way through an application, and says what is wrong on it.

    from callcontrol.explorer import explore
    report = explore(app, url="/voice")
    assert not report.faults, report

Inside, from the first to the last: limits, actions (what can be done), scenes (when it can be
done), walk (one call), judging (what is wrong with a piece of it), faults, flow (what is known),
search (what to try next), loops, branches (code that was never reached), graph and svg, report,
exploring.
"""

from typing import TYPE_CHECKING

from callcontrol.explorer.faults import KINDS, Fault, Kind
from callcontrol.explorer.limits import Bounds, Progress

if TYPE_CHECKING:
    from callcontrol.explorer.exploring import explore
    from callcontrol.explorer.graph import Arrow, Graph, Node
    from callcontrol.explorer.report import Report

__all__ = [
    "KINDS",
    "Arrow",
    "Bounds",
    "Fault",
    "Graph",
    "Kind",
    "Node",
    "Progress",
    "Report",
    "explore",
]

_LAZY = {
    "Arrow": "graph",
    "Graph": "graph",
    "Node": "graph",
    "Report": "report",
    "explore": "exploring",
}
"""Names whose modules bring the simulator with them, imported on first use."""


if not TYPE_CHECKING:  # pragma: no branch - a checker that saw it would let misspelt imports pass

    def __getattr__(name: str) -> object:
        if name in _LAZY:
            from importlib import import_module

            value: object = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
