"""Every test can fail: it asserts something, or demands an error or a warning."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
DEMANDS = frozenset({"pytest.raises", "pytest.warns", "pytest.fail"})
HELPER = "assert_"
"""What the names of functions begin with that assert for a test, ``assert_outcomes`` of pytest
among them."""


def can_fail(node: ast.AST) -> bool:
    """Return whether a function holds an assertion of something that is not constant."""
    return any(
        not isinstance(each.test, ast.Constant) if isinstance(each, ast.Assert) else demands(each)
        for each in ast.walk(node)
    )


def demands(node: ast.AST) -> bool:
    """Return whether a node calls what fails by itself."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    return called in DEMANDS or called.rpartition(".")[2].startswith(HELPER)


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the tests of a module, and its functions that assert for them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):  # noqa: SIM102 - for mypy
            if node.name.startswith(("test_", HELPER)):
                yield node


def test_every_test_can_fail() -> None:
    """So can the functions that tests leave it to."""
    found = [
        f"{path.relative_to(TESTS)}:{function.lineno}: {function.name} asserts nothing"
        for path in sorted(TESTS.rglob("*.py"))
        for function in functions(path.read_text())
        if not can_fail(function)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("work()", False),
        ("assert True", False),
        ("assert_called()", True),
        ("result.assert_outcomes(passed=1)", True),
        ("assert work()", True),
        ("with pytest.raises(ValueError): work()", True),
        ("subprocess.run(command, check=True)", False),
    ],
)
def test_what_counts_as_an_assertion(body: str, *, expected: bool) -> None:
    """A call that merely raises is no assertion: it says nothing of what was expected."""
    assert can_fail(ast.parse(body)) is expected
