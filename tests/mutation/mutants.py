"""All mutants of a source file: where each one is, and its text.

A mutant replaces the text of one node and leaves the rest of the file alone, so that its
difference reads well. What is skipped by design is in ``_skipped`` and in README.md.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import cast

from tests.mutation.operators import OPERATORS, UNOBSERVABLE, Change, negated

__all__ = ["Mutant", "mutants_of"]

UNREAD_NAMES: Mapping[type[ast.AST], frozenset[str]] = {
    ast.keyword: UNOBSERVABLE,
    ast.Assign: frozenset({"__all__", "__slots__"}),
    ast.Subscript: frozenset({"Literal", "Annotated", "Callable"}),
    ast.Call: frozenset({"TypeVar", "ParamSpec", "NewType"}),
}
"""Names by the kind of node that nothing reads at run time."""
PARENTHESES = (ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    path: str
    line: int
    end_line: int
    operator: str
    start: int
    """Offset in bytes of what is replaced."""
    end: int
    text: str
    related: frozenset[int] = frozenset()
    """Lines that depend on what the import makes of the change: the rest of the definition, and
    where the module names it."""

    def apply(self, source: bytes) -> bytes:
        """Return the source with the change in it."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def compiles(self, source: bytes) -> bool:
        """Return whether the changed source is Python, and another program than before."""
        try:
            changed = ast.parse(self.apply(source))
            compile(changed, self.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        return ast.dump(changed) != ast.dump(ast.parse(source))

    def difference(self, source: bytes, context: int = 1) -> list[str]:
        """Return the lines of a unified difference, without its head."""
        before, after = source.decode(), self.apply(source).decode()
        lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=context)
        return list(lines)[2:]


def mutants_of(path: str, source: bytes) -> list[Mutant]:
    """Return every mutant of a file, in the order of the source."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[tuple[int, int, str], Mutant] = {}
    for statement in ast.parse(source).body:
        related = _related(statement, source)
        for node, holder, operator, text in _Walk(statement).changes():
            start = starts[holder.lineno - 1] + holder.col_offset
            end = starts[(holder.end_lineno or 0) - 1] + (holder.end_col_offset or 0)
            lines = (node.lineno, node.end_lineno or node.lineno)
            mutant = Mutant(path, *lines, operator, start, end, text, related)
            found.setdefault((start, end, text), mutant)
    return sorted(found.values(), key=lambda it: (it.start, it.end, it.text))


def _related(statement: ast.stmt, source: bytes) -> frozenset[int]:
    """Return the lines of a definition, and those that name it."""
    own = range(statement.lineno, (statement.end_lineno or 0) + 1)
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            pass
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            pass
        case _:
            return frozenset(own)
    word = re.compile(rf"\b{name}\b".encode())
    naming = (number for number, line in enumerate(source.splitlines(), 1) if word.search(line))
    return frozenset([*own, *naming])


Place = ast.expr | ast.stmt


class _Walk:
    """Goes through a tree and tries the operators on each node."""

    def __init__(self, statement: ast.stmt) -> None:
        self.module = ast.Module([statement], [])
        self.holder: Place | None = None
        """The f-string around the node: its parts have no positions of their own."""

    def changes(self) -> Iterator[tuple[Place, Place, str, str]]:
        """Yield the node, the node whose text is replaced, the operator and the new text."""
        yield from self._inside(self.module)

    def _inside(self, parent: ast.AST) -> Iterator[tuple[Place, Place, str, str]]:
        for name, value in ast.iter_fields(parent):
            items = cast("list[object]", value) if isinstance(value, list) else [value]
            for index, node in enumerate(items):
                if isinstance(node, ast.AST) and not _skipped(parent, name, index, node):
                    yield from self._at(parent, name, index, node)

    def _at(
        self, parent: ast.AST, name: str, index: int, node: ast.AST
    ) -> Iterator[tuple[Place, Place, str, str]]:
        outer = self.holder
        if isinstance(node, ast.JoinedStr):
            self.holder = outer or node
        if isinstance(node, ast.expr | ast.stmt):
            for operator, other in _alternatives(parent, name, node):
                text = self._text(parent, name, index, other)
                if text is not None:
                    yield node, self.holder or node, operator, text
        yield from self._inside(node)
        self.holder = outer

    def _text(self, parent: ast.AST, name: str, index: int, other: ast.AST) -> str | None:
        """Return the source that takes the place of the node, or of the f-string around it."""
        if self.holder is None:
            text = ast.unparse(other)
            return f"({text})" if isinstance(other, PARENTHESES) else text
        whole = getattr(parent, name)
        try:
            if isinstance(whole, list):
                setattr(parent, name, [*whole[:index], other, *whole[index + 1 :]])
            else:
                setattr(parent, name, other)
            return ast.unparse(self.holder)
        except ValueError:  # Python 3.11 cannot write every f-string
            return None
        finally:
            setattr(parent, name, whole)


def _alternatives(parent: ast.AST, name: str, node: ast.AST) -> Iterable[Change]:
    if type(node) in OPERATORS:
        yield from OPERATORS[type(node)](node)
    is_test = isinstance(parent, ast.If | ast.While | ast.IfExp) and name == "test"
    if isinstance(node, ast.expr) and (is_test or name == "ifs"):
        other = negated(node)
        if other is not None:
            yield "condition negated", other


def _skipped(parent: ast.AST, name: str, index: int, node: ast.AST) -> bool:
    """Return whether nothing at run time depends on the node."""
    return (
        _is_for_readers(node)
        or name in ("annotation", "returns", "type_params")
        or _is_type_alias(parent, name, node)
        or (name in ("test", "body") and _is_type_checking(parent))
        or (name == "args" and index == 0 and _is_cast(parent))
    )


def _is_for_readers(node: ast.AST) -> bool:
    """Return whether only people, type checkers and importers of ``*`` read this."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert():
            return True  # docstrings; asserts narrow a type here
        case ast.FunctionDef(decorator_list=[ast.Name(id="overload"), *_]):
            return True
        case (
            ast.keyword(arg=name)
            | ast.Assign(targets=[ast.Name(id=name)])
            | ast.Subscript(value=ast.Name(id=name))
            | ast.Call(func=ast.Name(id=name))
        ):
            return name in UNREAD_NAMES[type(node)]
        case _:
            return False


def _is_type_checking(parent: ast.AST) -> bool:
    return (
        isinstance(parent, ast.If)
        and isinstance(parent.test, ast.Name)
        and parent.test.id == "TYPE_CHECKING"
    )


def _is_cast(parent: ast.AST) -> bool:
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id == "cast"
    )


def _is_type_alias(parent: ast.AST, name: str, node: ast.AST) -> bool:
    """Return whether this is ``A | B`` of classes, given a name."""
    if not isinstance(parent, ast.Assign | ast.AnnAssign) or name != "value":
        return False
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.BitOr):
        return False
    classes = (ast.BinOp, ast.BitOr, ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Load)
    return all(isinstance(each, classes) for each in ast.walk(node))
