"""``callcontrol demo``, from start to end."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bxml import check
from callcontrol.cli.commands import cli
from callcontrol.cli.demo import MISTAKE, STEPS, menu
from callcontrol.cli.loading import load_script

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the demo writes where there is no account, no colour and a useless proxy."""
    for name in ("BW_ACCOUNT_ID", "BW_CLIENT_ID", "BW_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    result = CliRunner().invoke(cli, ["demo"])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_the_menu_is_the_one_of_the_examples() -> None:
    """The copy that travels in the wheel equals the example."""
    assert load_script(str(EXAMPLES / "menu.py")).source == menu


def test_steps_are_numbered_in_order(page: str) -> None:
    """Each step has its heading, and nothing is written in colour."""
    headings = re.findall(r"^(\d+\. .*)$", page, re.MULTILINE)
    assert headings == [f"{number}. {title}" for number, (title, _) in enumerate(STEPS, 1)]
    assert "\x1b" not in page


def test_the_platform_did_what_the_page_says(page: str) -> None:
    """Created, pushed, redirected, ended: with the statuses of the operations."""
    statuses = re.findall(r"^   (POST|PUT) \S+ -> (\d+)$", page, re.MULTILINE)
    assert statuses == [("POST", "201"), ("PUT", "204"), ("POST", "200"), ("POST", "200")]
    assert "The call is disconnected, cause hangup." in page


def test_the_document_that_the_platform_holds_is_shown(page: str) -> None:
    """Line by line, as the menu is written."""
    shown = [line.strip() for line in page.splitlines()]
    expected = [line.strip() for line in menu.to_bxml(pretty=True).splitlines()]
    at = shown.index(expected[0])
    assert shown[at : at + len(expected)] == expected


def test_the_python_that_is_shown_makes_the_menu(page: str) -> None:
    """The code of the first step can be copied and run."""
    step = page.partition(STEPS[0][0])[2].partition(f"2. {STEPS[1][0]}")[0]
    code = "\n".join(line[5:] for line in step.splitlines())
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - what the demo shows
    assert names["menu"] == menu


def test_a_mistake_is_shown_from_both_sides(page: str) -> None:
    """All of our findings with line and column, and the body of the platform's 400."""
    flat = " ".join(page.split())
    problems = check(MISTAKE, context="call-update")
    assert len(problems) == 2
    for problem in problems:
        assert str(problem) in flat
    found = re.search(r"400 (\{.*?\})", flat)
    assert found is not None
    assert json.loads(found[1])["type"] == "validation"


def test_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a terminal is, code is highlighted, and the text stays the same."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    coloured = CliRunner().invoke(cli, ["demo"]).stdout
    assert "\x1b[" in coloured
    monkeypatch.undo()
    plain = CliRunner().invoke(cli, ["demo"]).stdout
    lines = re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()
    assert [line.rstrip() for line in lines] == plain.splitlines()
