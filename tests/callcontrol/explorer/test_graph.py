"""The call flow as Mermaid and as a picture."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from wsgiref.types import WSGIApplication

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bxml import Gather, PhoneNumber, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.events import Event, GatherEvent, TransferCompleteEvent
from callcontrol.explorer import Arrow, Bounds, Graph, Node, explore
from callcontrol.explorer.diagram import split_arrows

Serving = Callable[[Callable[[Event, str], Document]], WSGIApplication]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<b> & "quotes" # | ; end\u00e9 ]]>'


def ask(prompt: str, url: str = "/") -> Response:
    """Return a document that asks for a key."""
    return Response(Gather(SpeakSentence(prompt), gather_url=url, max_digits=1))


@pytest.fixture
def graph(serving: Serving) -> Graph:
    """Return the graph of a menu with a transfer, a loop and an end."""

    def voice(event: Event, _: str) -> Document:
        match event:
            case GatherEvent(digits="1"):
                leg = PhoneNumber("+19195550111")
                return Response().transfer(leg, transfer_complete_url="/")
            case GatherEvent(digits="2" | "3" | "#"):
                return ask("Press a key.")
            case GatherEvent() | TransferCompleteEvent():
                return Response().speak_sentence("Goodbye.").hangup()
            case _:
                return ask("Press a key.")

    return explore(serving(voice)).graph


def test_mermaid(graph: Graph) -> None:
    """Shapes tell what a state is, and keys with the same effect share an arrow."""
    assert graph.mermaid() == (
        "flowchart LR\n"
        '    s1["Press a key."]\n'
        '    s2{{"+19195550111 rings"}}\n'
        '    s3(["Goodbye."])\n'
        '    s4("talks to +19195550111")\n'
        '    s1 -->|"1"| s2\n'
        '    s1 -->|"#35; 2 3"| s1\n'
        '    s1 -->|"other keys, silence"| s3\n'
        '    s2 -->|"answer"| s4\n'
        '    s2 -->|"decline, busy, no answer"| s3\n'
        '    s4 -->|"callee: hang up"| s3\n'
    )


def test_texts_cannot_break_the_graph() -> None:
    """What an application says stays text, in Mermaid and in the picture."""
    nodes = (Node("s1", "prompt", HOSTILE, 0), Node("s2", "ended", "Bye", 1))
    graph = Graph(nodes, (Arrow("s1", HOSTILE, "s2"),))
    _, first, _, arrow = graph.mermaid().splitlines()
    for line in (first, arrow):
        assert re.sub(r"#\w+;", "", line).count('"') == 2
        assert "<" not in line
        assert "&" not in line
    root = etree.fromstring(graph.svg().encode())
    texts = ["".join(each.itertext()) for each in root.iter(f"{SVG}title")]
    assert texts == [HOSTILE, "Bye"]
    label = [each.text for each in root.iter(f"{SVG}text") if each.get("class") == "label"]
    assert " ".join(map(str, label)) == HOSTILE


def test_a_picture_needs_nothing_else(graph: Graph) -> None:
    """It is well-formed, has every state and arrow, and names no other host, script or font."""
    text = graph.svg()
    root = etree.fromstring(text.encode())
    ids = {each.get("id") for each in root.iter(f"{SVG}g")}
    assert ids == {node.id for node in graph.nodes}
    arrows = [each for each in root.iter(f"{SVG}path") if each.get("marker-end")]
    assert len(arrows) == len(graph.arrows)
    assert set(re.findall(r"https?://[^\"]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "script" not in text.replace("data-script", "")


def boxes(text: str) -> list[tuple[float, float, float, float]]:
    """Return left, top, right and bottom of every state in a picture."""
    found = etree.fromstring(text.encode()).iter(f"{SVG}rect")
    sizes = [
        [float(item.get(name, "0")) for name in ("x", "y", "width", "height")] for item in found
    ]
    return [(x, y, x + width, y + height) for x, y, width, height in sizes]


def test_fifty_states_can_be_read(serving: Serving) -> None:
    """A tree of fifty menus with ways back: no box covers another or leaves the picture."""

    def voice(event: Event, path: str) -> Document:
        state = int(path.strip("/") or 0)
        digits = event.digits if isinstance(event, GatherEvent) else ""
        if digits == "*":
            return ask("Menu 0. What would you like to do today?", "/0")
        if digits.isdigit() and "1" <= digits <= "4" and state * 4 + int(digits) < 50:
            number = state * 4 + int(digits)
            return ask(f"Menu {number}. What would you like to do today?", f"/{number}")
        if isinstance(event, GatherEvent):
            return Response().speak_sentence("Goodbye.").hangup()
        return ask("Menu 0. What would you like to do today?", "/0")

    report = explore(serving(voice), keys="1234*", bounds=Bounds(seconds=60))
    assert report.faults == ()
    assert report.states == 51
    arrows, notes = split_arrows(report.graph, 44)
    assert len(arrows) + sum(map(len, notes.values())) == len(report.graph.arrows)
    back, over = "* \u2192 Menu 0. What would you like to do today?", "silence \u2192 Goodbye."
    assert notes["s7"] == (back, over)
    assert f"today?<br>{back}<br>{over}" in report.graph.mermaid()
    text = report.graph.svg()
    width, height = map(float, re.findall(r'viewBox="0 0 (\d+) (\d+)"', text)[0])
    found = boxes(text)
    assert len(found) == 51
    for one, other in combinations(found, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    assert all(x >= 0 and y >= 0 and to_x <= width and to_y <= height for x, y, to_x, to_y in found)


def test_a_call_that_is_over_at_once(serving: Serving) -> None:
    """One state without arrows is a picture, too."""
    graph = explore(serving(lambda _, __: Response().speak_sentence("Closed.").hangup())).graph
    assert graph.mermaid() == 'flowchart LR\n    s1(["Closed."])\n'
    assert len(boxes(graph.svg())) == 1


def test_states_that_nothing_connects() -> None:
    """Parts stand below each other, single states too, and every arrow is drawn."""
    ids = [f"s{number}" for number in range(12)]
    nodes = tuple(Node(id_, "prompt", f"Menu {id_}.", 0) for id_ in ids)
    pairs = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 2), (4, 5), (5, 6), (6, 7), (4, 7), (8, 9)]
    arrows = tuple(Arrow(f"s{source}", "1", f"s{target}") for source, target in pairs)
    text = Graph(nodes, arrows).svg()
    assert Graph(nodes, arrows).svg() == text
    found = boxes(text)
    assert len(found) == len(nodes)
    for one, other in combinations(found, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    assert text.count("marker-end=") == len(arrows)


def test_a_picture_is_the_same_in_every_process(graph: Graph) -> None:
    """It does not depend on how a process hashes texts."""
    code = f"from callcontrol.explorer import *; print({graph!r}.svg())"
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert made == {f"{graph.svg()}\n"}


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), unique=True))
def test_any_graph_can_be_drawn(pairs: list[tuple[int, int]]) -> None:
    """Whatever leads where: no box and no label covers another of its kind, no arrow is missing."""
    nodes = tuple(Node(f"s{number}", "prompt", f"Menu {number}.", 0) for number in range(10))
    arrows = tuple(Arrow(f"s{source}", f"{source} {to}", f"s{to}") for source, to in pairs)
    graph = Graph(nodes, arrows)
    text = graph.svg()
    found = boxes(text)
    assert len(found) == len(nodes)
    for one, other in combinations(found, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    drawn, notes = split_arrows(graph, 44)
    assert text.count("marker-end=") == len(drawn) == text.count('class="label"')
    assert len(drawn) + sum(map(len, notes.values())) == len(arrows)
    places = re.findall(r'class="label" x="(\S+)" y="(\S+)"', text)
    assert len(set(places)) == len(places)
