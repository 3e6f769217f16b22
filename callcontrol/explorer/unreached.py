"""Branches of the application's code that no call has reached, measured with coverage."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bxml._once import FIRST_IMPORT
from callcontrol.explorer.bounds import require_extra
from callcontrol.explorer.faults import Fault

if TYPE_CHECKING:
    from coverage import Coverage


Block = list[ast.stmt]
PRAGMA = "pragma: no"
"""Marks a line whose branch may stay unreached, as for coverage."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_IGNORED = (ast.Pass, ast.Raise, ast.Assert)
"""Statements that need not be reached."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Code that was never reached although the code around it was."""

    line: int
    text: str
    """The line with its condition, such as ``case GatherEvent(digits="12"):``."""


class Tracing:
    """Records which lines of some files run inside the ``with`` block."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = [str(file.resolve()) for file in files]
        self._coverage: Coverage | None = None
        self._outer: Coverage | None = None

    def __enter__(self) -> Self:
        if self._files:
            require_extra("coverage", "explore.code")
            with FIRST_IMPORT:
                from coverage import Coverage

            outer = Coverage.current()
            inner = Coverage(
                data_file=None,
                include=self._files,
                config_file=False,
                branch=outer is not None and bool(outer.get_option("run:branch")),
            )
            inner.set_option("run:disable_warnings", ["no-data-collected"])
            inner.start()
            self._outer, self._coverage = outer, inner
        return self

    def __exit__(self, *_: object) -> None:
        if self._coverage is not None:
            self._coverage.stop()
            if self._outer is not None:  # coverage of a test run would miss these lines
                self._outer.get_data().update(self._coverage.get_data())

    def faults(self) -> Iterator[Fault]:
        """Yield every branch that was never reached."""
        if self._coverage is None:
            return
        data = self._coverage.get_data()
        for name in self._files:
            path = Path(name)
            for branch in unreached(path.read_text(encoding="utf-8"), set(data.lines(name) or ())):
                where = f"{path.name}:{branch.line}"
                text = f"{where}: no path through the call reaches this branch: {branch.text}"
                hint = _DIGITS_ARE_TEXT if _NUMBER.search(branch.text) else None
                yield Fault(kind="never-reached", text=text, hint=hint or "")


_NUMBER = re.compile(r"\bcase [0-9]|== ?[0-9]|digits=[0-9]")
"""A comparison with a number, which keys never equal."""
_DIGITS_ARE_TEXT = (
    'digits are text: compare them with text, such as case "1"; otherwise remove the branch, or '
    "let a document lead to it"
)


def unreached(source: str, ran: AbstractSet[int]) -> list[Branch]:
    """Return the branches that never ran, in functions that did.

    Exception handlers are left out, because an exploration does not cause the failures that they
    handle; so are blocks that only raise or pass.
    """
    lines = source.splitlines()
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, _FUNCTIONS))
    found = (line for function in functions for line in _in_block(function.body, ran))
    return [
        Branch(line, lines[line - 1].partition("  # ")[0].strip())
        for line in sorted(frozenset(found))
        if PRAGMA not in lines[line - 1]
    ]


def _in_block(block: Block, ran: AbstractSet[int]) -> Iterator[int]:
    """Yield the line of each unreached branch in a block whose first statement ran."""
    code = [statement for statement in block if _is_traced(statement)]
    for index, statement in enumerate(code):
        if not _ran(statement, ran):
            if index and not isinstance(statement, _IGNORED):
                yield statement.lineno
            return
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            continue  # functions are examined one by one
        for guard, inner in _blocks(statement):
            if _ran(inner[0], ran):
                yield from _in_block(inner, ran)
            elif not isinstance(inner[0], _IGNORED):
                yield guard


def _is_traced(statement: ast.stmt) -> bool:
    """Return whether coverage sees a statement: it does not see strings and declarations."""
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None
    is_string = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not is_string and not isinstance(statement, ast.Global | ast.Nonlocal)


def _blocks(statement: ast.stmt) -> Iterator[tuple[int, Block]]:
    """Yield the blocks inside a statement with the lines of their conditions."""
    if isinstance(statement, ast.Match):
        yield from ((case.pattern.lineno, case.body) for case in statement.cases)
        return
    for name in ("body", "orelse", "finalbody"):
        block: Block = getattr(statement, name, [])
        if block:
            yield (statement.lineno if name == "body" else block[0].lineno), block


def _ran(statement: ast.stmt, ran: AbstractSet[int]) -> bool:
    return any(line in ran for line in _lines(statement))


def _lines(statement: ast.stmt) -> Iterable[int]:
    """Return the lines of a statement without those of its blocks."""
    first = min((block[0].lineno for _, block in _blocks(statement)), default=None)
    last = (statement.end_lineno or statement.lineno) if first is None else first - 1
    decorators = [node.lineno for node in getattr(statement, "decorator_list", [])]
    return (*decorators, *range(statement.lineno, max(last, statement.lineno) + 1))
