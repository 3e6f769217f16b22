"""The path explorer: walks every way through an application, and says what is wrong on it.

    from callcontrol.explorer import explore
    report = explore(app, url="/voice")
    assert not report.faults, report

Inside, from the first to the last: bounds, actions (what can be done), states (when it can be
done), trial (one call), checks (what is wrong with a piece of it), faults, state_graph (what is
known), search (what to try next), loops, unreached (code that was never reached), diagram and svg,
report, exploration.
"""

from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol.explorer.bounds import Bounds, Progress
from callcontrol.explorer.faults import KINDS, Fault, Kind

if TYPE_CHECKING:
    from callcontrol.explorer.diagram import Arrow, Graph, Node
    from callcontrol.explorer.exploration import explore
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
    "Arrow": "diagram",
    "Graph": "diagram",
    "Node": "diagram",
    "Report": "report",
    "explore": "exploration",
}
"""Names whose modules bring the simulator with them, imported on first use."""


if not TYPE_CHECKING:  # pragma: no branch - a checker that saw it would let misspelt imports pass

    def __getattr__(name: str) -> object:
        if name in _LAZY:
            with FIRST_IMPORT:
                from importlib import import_module

                value: object = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
