"""The path explorer: explores every path through an application and reports faults.

    from callcontrol.explorer import explore
    report = explore(app, url="/voice")
    assert not report.faults, report

The modules in the order of their imports: bounds, actions, normalization (of what differs in each
call), states (in which an action is possible), advice, faults, options, trial (one call), checks
(the faults of a segment), state_graph (the explored call flow), search (which call to place next),
loops, varying, notes (the limits of the result), unreached (code that was never reached), diagram
with mermaid, text_width, layout, svg and render, report, exploration.
"""

from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol.explorer.bounds import Bounds, Progress
from callcontrol.explorer.faults import KINDS, Fault, Kind

if TYPE_CHECKING:
    from callcontrol.explorer.diagram import Arrow, Node
    from callcontrol.explorer.exploration import explore
    from callcontrol.explorer.render import Graph
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
    "Graph": "render",
    "Node": "diagram",
    "Report": "report",
    "explore": "exploration",
}
"""Names whose modules import the simulator, imported on first use."""


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
