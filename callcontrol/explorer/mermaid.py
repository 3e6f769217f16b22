"""A diagram as text in the language of Mermaid."""

from collections.abc import Mapping

from bxml._wording import visible_text
from callcontrol.explorer.diagram import TITLE, Diagram, split_arrows
from callcontrol.explorer.states import StateKind

_SHAPES: Mapping[StateKind, tuple[str, str]] = {
    "prompt": ('["', '"]'),
    "message": ('[/"', '"/]'),
    "incoming": ('{{"', '"}}'),
    "ringing": ('{{"', '"}}'),
    "ended": ('(["', '"])'),
}
_PLAIN = ('("', '")')
_ESCAPED = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "|": "#124;"}


def mermaid_text(diagram: Diagram) -> str:
    """Return a diagram as a Mermaid flowchart, from left to right."""
    arrows, notes = split_arrows(diagram, TITLE)
    lines = ["flowchart LR"]
    for node in diagram.nodes:
        left, right = _SHAPES.get(node.kind, _PLAIN)
        texts = "<br>".join(map(_escaped, (node.title, *notes.get(node.id, ()))))
        lines.append(f"    {node.id}{left}{texts}{right}")
    lines += [
        f'    {arrow.source} -->|"{_escaped(arrow.label)}"| {arrow.target}' for arrow in arrows
    ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(character, character) for character in visible_text(text))
