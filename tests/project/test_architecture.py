"""docs/architecture.md names files and names that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
FOLDERS = ("", "bxml", "bxml/_reading", "callcontrol", "callcontrol/simulator")
"""Where the page's short paths begin."""
CODED = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
PATHS = [text for text in CODED if re.fullmatch(r"[\w/]+(\.py|\.xsd)|\w+/\w+", text)]
NAMES = [text for text in CODED if re.fullmatch(r"_?[a-z]+(_[a-z]+)+|([A-Z][a-z]+)+", text)]
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for package in ("bxml", "callcontrol")
    for path in sorted((ROOT / package).rglob("*.py"))
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_exists(path: str) -> None:
    """From the root, or from one of the folders that the page is about."""
    assert any((ROOT / folder / path).exists() for folder in FOLDERS)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_defined(name: str) -> None:
    """As a class, a function or a field."""
    assert re.search(rf"\b(class|def) {name}\b|^\s*{name}\b *[:=]", SOURCES, re.MULTILINE)


def test_the_page_names_much() -> None:
    """So that the two tests above have something to look at."""
    assert len(PATHS) > 40
    assert len(NAMES) > 10
