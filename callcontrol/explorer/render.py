"""The call flow of a report, with the formats that it can be drawn in."""

from dataclasses import dataclass

from bxml._once import FIRST_IMPORT
from callcontrol.explorer.bounds import require_extra
from callcontrol.explorer.diagram import Diagram
from callcontrol.explorer.mermaid import mermaid_text


@dataclass(frozen=True, slots=True)
class Graph(Diagram):
    """The call flow: states and arrows, in the order of their discovery."""

    def mermaid(self) -> str:
        """Return the graph as a Mermaid flowchart."""
        return mermaid_text(self)

    def svg(self) -> str:
        """Return the graph as a picture.

        :raises SimulatorError: if the extra ``explore``, which has the layout, is not installed.
        """
        with FIRST_IMPORT:
            from callcontrol.explorer.svg import svg_text

        require_extra("fast_sugiyama", "Graph.svg")
        return svg_text(self)
