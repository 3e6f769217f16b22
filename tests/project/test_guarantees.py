"""Every promise of the page "What you can rely on" names a test, and that test exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
SUBJECTS = (
    "Timeouts",
    "Sizes",
    "Repeats",
    "Many calls",
    "Journals of call scripts",
    "Threads",
    "Event loops",
    "Processes and forks",
    "Idle connections",
    "Secrets",
    "Time is linear",
    "Simulator exposure",
)
REFERENCE = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
PROMISES = [
    " ".join(promise.split())
    for _, *promises in (section.split("\n- ") for section in PAGE.split("\n## ")[1:])
    for promise in promises
]


def names(nodes: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Yield the tests of a module as pytest names them, without parameters."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield prefix + node.name
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from names(node.body, f"{prefix}{node.name}::")


def test_every_subject_has_a_section_with_promises() -> None:
    """Sections are the subjects, in this order, and none is empty."""
    sections = PAGE.split("\n## ")[1:]
    assert tuple(section.partition("\n")[0] for section in sections) == SUBJECTS
    assert [section for section in sections if "\n- " not in section] == []


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_ends_with_a_test_that_exists(promise: str) -> None:
    """The file is there and defines the test."""
    *_, last = promise.rpartition(" ")
    found = REFERENCE.fullmatch(last)
    assert found, f"expected a test at the end of a promise, got {last}"
    path, test = found.groups()
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert test in set(names(module.body))
