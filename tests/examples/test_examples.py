"""What holds for every example."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
LONGEST = 60


def test_every_example_has_tests() -> None:
    """A new example comes with a file of tests that runs it."""
    here = Path(__file__).parent
    untested = [
        each.name for each in EXAMPLES.glob("*.py") if not (here / f"test_{each.name}").exists()
    ]
    assert untested == []


def test_examples_are_short_and_say_how_to_run_them() -> None:
    """Each fits on a page, and its first text names the command."""
    for each in EXAMPLES.glob("*.py"):
        text = each.read_text(encoding="utf-8")
        assert text.count("\n") <= LONGEST, each.name
        assert f"python {each.name}" in text.partition('"""\n')[0], each.name
