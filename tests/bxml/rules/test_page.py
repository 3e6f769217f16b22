"""The rules page: up to date, complete, and readable."""

import re
import subprocess
import sys
from pathlib import Path

from bxml.rules import CONTEXTS, RULES
from docs._site.rules_page import page

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/rules.md"


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    """After a change of the table: python docs/_site/rules_page.py > docs/rules.md."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_script_prints_the_page() -> None:
    """The command in the documentation works."""
    command = [sys.executable, "-X", "utf8", str(ROOT / "docs/_site/rules_page.py")]
    done = subprocess.run(command, check=True, capture_output=True)
    assert done.stdout.decode() == page()


def test_every_rule_and_context_has_an_entry() -> None:
    """Each id is a heading of its own, so that it can be linked to; each context has a row."""
    headings = re.findall(r"(?m)^### (.+)$", page())
    assert headings == list(RULES)
    for context in CONTEXTS:
        assert f"\n| `{context}` |" in page()


def test_code_blocks_are_closed_and_narrow() -> None:
    """Long examples are cut, so that the page stays readable."""
    blocks = re.findall(r"(?ms)^```(?:xml|python)\n(.*?)\n```$", page())
    assert page().count("```") == 2 * len(blocks)
    assert max(len(line) for block in blocks for line in block.splitlines()) <= 120
