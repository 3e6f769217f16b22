"""The page about the explorer says what the explorer says."""

from pathlib import Path

from callcontrol.explorer import KINDS

PAGE = Path(__file__).parents[3] / "docs/explore.md"


def test_every_kind_of_fault_is_on_the_page() -> None:
    """With its severity and its meaning, in the same order."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    told = [line for line in rows if line.split("`")[1] in KINDS]
    assert told == [f"| `{kind.id}` | {kind.severity} | {kind.text} |" for kind in KINDS.values()]
