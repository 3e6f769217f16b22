"""Prepare pages for the site: drop blocks that only the tests run, and draw graphs as pictures."""

import html
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping

from callcontrol.explorer import Arrow, Graph, Node
from callcontrol.explorer.states import StateKind

INVISIBLE = re.compile(r"^<!--- invisible-code-block: .*?^--->\n*", re.DOTALL | re.MULTILINE)
MERMAID = re.compile(r"^```mermaid\nflowchart LR\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NODE = re.compile(r'\s*(\w+)([\[({/]+)"([^"]*)"[\])}/]+')
ARROW = re.compile(r'\s*(\w+) -->\|"([^"]*)"\| (\w+)')
KINDS: Mapping[str, StateKind] = {"[": "prompt", "[/": "message", "{{": "ringing", "([": "ended"}
"""Kind of a state by the brackets around its title, as ``Graph.mermaid`` writes them."""


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return the page as the site shows it.

    The theme would fetch a script from another host to draw Mermaid, so call flows are drawn here.
    """
    return MERMAID.sub(_drawn, INVISIBLE.sub("", markdown))


def _drawn(block: re.Match[str]) -> str:
    graph = _graph(block[1])
    if graph is None:
        return block[0]  # not written by Graph.mermaid: stays as text
    picture = b64encode(graph.svg().encode()).decode()
    source = f"data:image/svg+xml;base64,{picture}"
    name = f"flow-{block.start()}"
    return (
        f'<figure class="flow"><input type="checkbox" id="{name}">'
        f'<label for="{name}">Full size</label>'
        f'<div><img alt="Call flow" src="{source}"></div></figure>'
    )


def _graph(text: str) -> Graph | None:
    """Return the graph that ``Graph.mermaid`` has written as this text; None for another."""
    nodes: list[Node] = []
    arrows: list[Arrow] = []
    notes: list[tuple[str, str]] = []
    for line in text.splitlines():
        if found := NODE.fullmatch(line):
            title, *more = map(_plain, found[3].split("<br>"))
            nodes.append(Node(found[1], KINDS.get(found[2], "talk"), title, depth=0))
            notes += [(found[1], each) for each in more]
        elif found := ARROW.fullmatch(line):
            arrows.append(Arrow(found[1], _plain(found[2]), found[3]))
        else:
            return None
    return Graph(tuple(nodes), (*arrows, *_written_out(notes, nodes)))


def _written_out(notes: list[tuple[str, str]], nodes: list[Node]) -> Iterator[Arrow]:
    """Yield the arrows that were not drawn, but written into the state that they leave."""
    for source, note in notes:
        label, _, title = note.partition(" \u2192 ")
        begin = title.removesuffix("...").rstrip()
        target = next((node.id for node in nodes if node.title.startswith(begin)), source)
        yield Arrow(source, label, target)


def _plain(text: str) -> str:
    """Undo the escapes of Mermaid: those of HTML with another sign in front."""
    return html.unescape(re.sub(r"#(\d+);", r"&#\1;", re.sub(r"#([a-z]+);", r"&\1;", text)))
