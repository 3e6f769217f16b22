"""The page about the simulator: up to date, complete, and every rule proven."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from callcontrol.simulator.settings import Assumptions
from docs._site.simulator_page import NOT_SIMULATED, RULES, page, proofs_in

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parents[1]
PAGE = ROOT / "docs/simulator.md"


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    """The page names the command that writes it, needed after a change of a rule or its tests."""
    assert PAGE.read_text(encoding="utf-8") == page(proofs_in(TESTS))


def test_the_script_prints_the_page() -> None:
    """The command works."""
    script = ROOT / "docs/_site/simulator_page.py"
    command = [sys.executable, "-X", "utf8", str(script), str(TESTS)]
    done = subprocess.run(command, check=True, capture_output=True)
    assert done.stdout.decode() == page(proofs_in(TESTS))


def test_every_rule_has_a_row_with_a_test() -> None:
    """Each id is there once, and a test proves it."""
    rows = [line.split(" | ") for line in page(proofs_in(TESTS)).splitlines()]
    found = {cells[0].removeprefix("| "): cells[-1] for cells in rows if len(cells) == 4}
    assert set(RULES) <= set(found)
    assert [rule for rule in RULES if "`test_" not in found[rule]] == []


def test_every_assumption_and_gap_has_a_row() -> None:
    """Options, and what is not simulated, are all listed."""
    text = page({})
    for field in fields(Assumptions):
        assert f"\n| `{field.name}` | " in text
    for what in NOT_SIMULATED:
        assert f"\n| {what} | " in text


def test_tests_are_found_by_their_names(tmp_path: Path) -> None:
    """One test may prove several rules; other names prove nothing."""
    (tmp_path / "test_one.py").write_text(
        "def test_g3_g4_ends(): ...\ndef test_g3(): ...\ndef test_p(): ...\ndef test_z9_x(): ...\n"
        "def helper_g3(): ...\nX = 1\n"
    )
    assert proofs_in(tmp_path) == {"G3": ["test_g3_g4_ends", "test_g3"], "G4": ["test_g3_g4_ends"]}
