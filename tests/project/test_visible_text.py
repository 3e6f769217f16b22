"""No text that an application can influence does anything to a terminal but appear on it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from bxml import check
from bxml._wording import visible_lines, visible_text
from bxml.cli.commands import cli as bxml_cli
from callcontrol.cli.commands import cli
from callcontrol.explorer import Arrow, Fault, Graph, Node, explore
from callcontrol.recorder.diff import Change
from callcontrol.simulator import Simulator
from callcontrol.simulator.core.observations import Said, Warned
from callcontrol.simulator.testing.timeline import json_line, rendered
from tests.servers import served

pytest_plugins = ["pytester"]

IN_XML = "\u202eleft\u202c \u2066in\u2069 \x85\x9b31m \u200bzero \ufeffmark"
"""What XML can carry: another direction, a control sequence of C1, what cannot be seen."""
HOSTILE = f"\x1b[31mred\x1b]0;title\x07 \r{IN_XML}\x7f"


def is_harmless(shown: str) -> bool:
    """Return whether a terminal only shows a text: nothing but line ends besides what is seen."""
    return all(line.isprintable() for line in shown.split("\n"))


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Serve a menu of hostile words, and a hostile mistake behind a key."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    start("200 OK", [("Content-Type", "application/xml")])
    said = f"<SpeakSentence>{IN_XML}</SpeakSentence>"
    if b'"gather"' not in body:
        return [
            f'<Response><Gather gatherUrl="/" maxDigits="1">{said}</Gather></Response>'.encode()
        ]
    if b'"digits":"1"' in body:
        return [f'<Response><Pause duration="{IN_XML}"/>{HOSTILE}</Response>'.encode()]
    return [f'<Response>{said}<Transfer tag="{IN_XML}"/></Response>'.encode()]


@given(st.text())
def test_visible_text_is_harmless_and_short(text: str) -> None:
    """Printable text stays as it is; the rest is escaped as Python writes it, never left out."""
    shown = visible_text(text)
    assert shown.isprintable()
    assert (shown == text) == text.isprintable()
    assert is_harmless(visible_lines(text))
    assert visible_lines(text).count("\n") == text.count("\n")


SHOWN: tuple[Callable[[str], str], ...] = (
    lambda text: Graph((Node("s1", "prompt", text, 0),), (Arrow("s1", text, "s1"),)).mermaid(),
    lambda text: Graph((Node("s1", "prompt", text, 0),), (Arrow("s1", text, "s1"),)).svg(),
    lambda text: str(Fault(kind="server-error", text=text, script=text)),
    lambda text: str(Change(text, "changed", text, text)),
    lambda text: str(Change("Response", "added", None, f"<a>{text}</a>")),
    lambda text: rendered([Warned(at=datetime.now(UTC), call_id="c-1", text=text)]),
    lambda text: json_line(
        Said(at=datetime.now(UTC), call_id="c-1", text=text, seconds=1, taken=True)
    ),
)


@pytest.mark.parametrize("show", SHOWN)
def test_texts_from_elsewhere_are_made_visible(show: Callable[[str], str]) -> None:
    """Graphs, faults, changes, timelines and problems escape what a terminal would act on."""
    shown = show(HOSTILE)
    assert is_harmless(shown)
    assert "\\u202e" in shown or "\\x1b" in shown


@pytest.mark.parametrize(
    "document",
    [
        "<Response/></{text}>",
        "<Response></{text}></Response>",
        "<Response><{text}/></Response>",
        "<Response><Pause {text}='1'/></Response>",
        "<Response><Pause duration='{text}'/></Response>",
        "<Response>{text}</Response>",
        "<Response><Tag>&{text};</Tag></Response>",
    ],
)
def test_problems_quote_documents_harmlessly(document: str) -> None:
    """Message, path and hint are shown at terminals and kept in logs."""
    for text in (HOSTILE, IN_XML, "\u202e"):
        problems = check(document.replace("{text}", text))
        assert problems
        assert is_harmless("\n".join(map(repr, problems)) + "\n".join(map(str, problems)))


def test_problems_show_what_cannot_be_seen() -> None:
    """What a problem quotes from a document is escaped, not left out."""
    assert "got </\\u202eb>" in str(check("<Response/></\u202eb>")[-1])


def _invoked(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_commands_show_hostile_replies_harmlessly(tmp_path: Path) -> None:
    """What dial, explore and check write, on both streams and into files."""
    graph, document = tmp_path / "graph.mmd", tmp_path / "hostile.xml"
    document.write_text(f"<Response><Pause a='{IN_XML}'/>{IN_XML}</Response>", encoding="utf-8")
    runs: list[Result] = []
    with served(app) as url:
        runs.append(_invoked("dial", url, "--script", "press 1"))
        runs.append(_invoked("dial", url, "--script", "press 2"))
        runs.append(_invoked("dial", url, "--script", "press 2", "--json"))
        runs.append(_invoked("explore", url, "--keys", "12", "--mermaid", str(graph)))
    runs += [
        CliRunner().invoke(bxml_cli, ["check", "--format", style, str(document)])
        for style in ("text", "json", "github")
    ]
    for run in runs:
        assert run.exception is None or isinstance(run.exception, SystemExit)
        assert run.output
        assert is_harmless(run.output), run.output
    assert is_harmless(graph.read_text(encoding="utf-8"))
    assert "\\u202e" in graph.read_text(encoding="utf-8")


def test_reports_of_tests_show_hostile_replies_harmlessly() -> None:
    """What a failed assertion shows: a finding, a timeline, the report of the explorer."""
    report = explore(app, keys="12")
    assert is_harmless(str(report))
    assert is_harmless(json.dumps(report.listed()))
    simulator = Simulator()
    try:
        call = simulator.dial_in(app, to="+19195551234")
        found = call.hears("something else")
        assert not found
        assert is_harmless(repr(found))
        assert "\\u202e" in call.history
        assert is_harmless(call.history)
    finally:
        simulator.stop()


def test_a_failed_test_shows_what_an_application_raised(pytester: pytest.Pytester) -> None:
    """The sections of the plugin are harmless, whatever the application's error says."""
    pytester.makepyfile(r"""
        def app(environ, start_response):
            raise RuntimeError("\x1b[31m\u202ered")

        def test_menu(simulator):
            simulator.dial_in(app, to="+19195551234")
            assert False
    """)
    shown = pytester.runpytest("--tb=no", "-rN", "-q", "--show-capture=all").stdout.str()
    assert is_harmless(shown)
