"""The call flow as Mermaid and as a picture."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import get_args
from wsgiref.types import WSGIApplication

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bxml import Gather, PhoneNumber, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.events import Event, GatherEvent, TransferCompleteEvent
from callcontrol.explorer import Arrow, Bounds, Graph, Node, explore
from callcontrol.explorer.diagram import TITLE, split_arrows
from callcontrol.explorer.states import StateKind
from callcontrol.explorer.text_width import text_width, wrapped
from tests.callcontrol.explorer.geometry import boxes, overlaps

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
    assert len(boxes(text)) == 51
    assert list(overlaps(text)) == []


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
    assert len(boxes(text)) == len(nodes)
    assert list(overlaps(text)) == []
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
    """Whatever leads where: nothing covers anything else, and no arrow is missing."""
    nodes = tuple(Node(f"s{number}", "prompt", f"Menu {number}.", 0) for number in range(10))
    arrows = tuple(Arrow(f"s{source}", f"{source} {to}", f"s{to}") for source, to in pairs)
    graph = Graph(nodes, arrows)
    text = graph.svg()
    assert len(boxes(text)) == len(nodes)
    assert list(overlaps(text)) == []
    drawn, notes = split_arrows(graph, 44)
    assert text.count("marker-end=") == len(drawn) == text.count('class="label"')
    assert len(drawn) + sum(map(len, notes.values())) == len(arrows)


PARTS = st.sampled_from(
    [
        "Press 1 for sales.",
        "WWWWMMMM",
        "O" * 60,
        "\u8acb\u6309\u4e00",
        "\u202e",
        "\U0001f600",
        "a <b> &",
    ]
)
LABELS = st.lists(
    st.sampled_from(
        ["1 2", "silence", "other keys", "callee: hang up", "decline, busy, no answer"]
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def menus_of_fifty(draw: st.DrawFn) -> Graph:
    """Return the call flow of fifty states, most of them along one path."""
    ids = [f"s{number}" for number in range(1, 51)]
    kind = st.sampled_from(get_args(StateKind))
    titles = st.lists(PARTS, max_size=6).map(" ".join)
    nodes = tuple(Node(id_, draw(kind), draw(titles)[:TITLE], 0) for id_ in ids)
    onward = list(pairwise(ids))[: draw(st.integers(0, 49))]
    other = draw(st.sets(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=120))
    pairs = dict.fromkeys([*onward, *sorted(other)])
    return Graph(nodes, tuple(Arrow(a, ", ".join(draw(LABELS)), b) for a, b in pairs))


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(graph=menus_of_fifty())
def test_fault_c24_random_menus_of_fifty_states_can_be_read(graph: Graph) -> None:
    """No label, note or box covers another one or an arrow, and text fits into its box."""
    assert list(overlaps(graph.svg())) == []


def test_fault_c24_the_geometry_of_the_tests_sees_faults(graph: Graph) -> None:
    """Text that is wider than its box, a label on another one, and an arrow through both."""
    text = graph.svg()
    assert list(overlaps(text)) == []
    long = text.replace(">Press a key.</text>", f">{'Press a key. ' * 3}</text>")
    assert "does not fit into s1" in str(list(overlaps(long)))
    [first, second, *_] = re.findall(r'class="label"[^>]* (x="\S+" y="\S+")', text)
    assert "overlap" in str(list(overlaps(text.replace(second, first))))
    moved = re.sub(
        r'(class="label"[^>]* y=")([0-9.]+)', lambda at: f"{at[1]}{float(at[2]) + 8}", text
    )
    assert "the arrow s1 s3 meets 'other keys, silence'" in list(overlaps(moved))


@pytest.mark.parametrize(
    ("text", "most", "lines"),
    [
        pytest.param("", None, ("",), id="empty"),
        pytest.param("Press 1.", None, ("Press 1.",), id="one"),
        pytest.param("W" * 25, None, ("W" * 10, "W" * 10, "W" * 5), id="a-long-word"),
        pytest.param(
            "one two three four five six seven eight nine",
            2,
            ("one two three four", "five six seven ..."),
            id="cut",
        ),
        pytest.param("\u8acb" * 8, None, ("\u8acb" * 7, "\u8acb"), id="ideographs"),
        pytest.param("e\u0301" * 12, None, ("e\u0301" * 12,), id="accents"),
    ],
)
def test_fault_c24_lines_are_cut_by_their_width(
    text: str, most: int | None, lines: tuple[str, ...]
) -> None:
    """Wide letters take more space than narrow ones, and a long word is broken."""
    assert wrapped(text, 100, 10, most) == lines
    assert all(text_width(line, 10) <= 100 for line in lines)
