"""What holds for every example application."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPLICATIONS = sorted((ROOT / "examples/applications").glob("*.py"))
LONGEST = 140
COMMANDS = ("flask --app ", "uvicorn ", "python ")


def text_of(application: Path) -> str:
    """Return what is in the file."""
    return application.read_text(encoding="utf-8")


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda each: each.stem)
def test_an_application_is_read_in_one_sitting(application: Path) -> None:
    """It is short, and its first text says what it does and how to run it."""
    text = text_of(application)
    assert text.count("\n") <= LONGEST
    told = ast.get_docstring(ast.parse(text)) or ""
    assert any(f"{command}{application.stem}" in told for command in COMMANDS)


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda each: each.stem)
def test_an_application_is_tested_and_described(application: Path) -> None:
    """A new one comes with tests that ring it and a paragraph on the page of examples."""
    tests = Path(__file__).parent.glob("test_applications_*.py")
    assert any(f"examples.applications.{application.stem} import" in text_of(e) for e in tests)
    assert f"{application.stem}.py" in text_of(ROOT / "docs/examples.md")


def test_the_page_names_no_application_that_is_gone() -> None:
    """Every application in the table is there."""
    rows = [line for line in text_of(ROOT / "docs/examples.md").splitlines() if "| [" in line]
    names = {row.partition("[")[2].partition("]")[0] for row in rows}
    assert names == {application.name for application in APPLICATIONS} - {"waiting_room_agent.py"}
