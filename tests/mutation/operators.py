"""The small changes: for each kind of syntax node, what may stand in its place.

An operator takes a node and gives pairs of its own name and a replacement. The replacement is a
statement for a statement and an expression for an expression.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping

__all__ = ["OPERATORS", "UNOBSERVABLE", "Change", "negated"]

Change = tuple[str, ast.AST]

COMPARISONS: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitOr,
}

UNOBSERVABLE = frozenset({"slots", "maxsize"})
"""Arguments that change memory and speed, not results."""


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """Return a shallow copy with other fields."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _without_each(node: ast.AST, field: str, *beside: str) -> Iterator[ast.AST]:
    """Yield copies that lack one item of a list, and what stands beside it in other lists."""
    for index in range(len(getattr(node, field))):
        lists = {name: list(getattr(node, name)) for name in (field, *beside)}
        for items in lists.values():
            del items[index]
        yield _with(node, **lists)


def _compare(node: ast.Compare) -> Iterator[Change]:
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield "comparison", _with(node, ops=ops)


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    yield "and/or", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for shorter in _without_each(node, "values"):
        values: list[ast.expr] = getattr(shorter, "values")  # noqa: B009 - typed as any node
        yield "condition dropped", shorter if len(values) > 1 else values[0]


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield "sign or not", node.operand


def _binary(node: ast.BinOp) -> Iterator[Change]:
    if isinstance(node.op, ast.BitOr):  # a union of sets, flags or classes
        yield "side of a union dropped", node.left
        yield "side of a union dropped", node.right
    elif type(node.op) in ARITHMETIC:
        yield "arithmetic", _with(node, op=ARITHMETIC[type(node.op)]())


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "constant", ast.Constant(value + 1)
        yield "constant", ast.Constant(value - 1)
    elif isinstance(value, str):
        yield "text", ast.Constant(f"XX{value}")
    elif isinstance(value, bytes):
        yield "text", ast.Constant(b"XX" + value)


def negated(test: ast.expr) -> ast.expr | None:
    """Return ``not test``, or None where another operator says the same."""
    if isinstance(test, ast.Compare | ast.BoolOp | ast.Constant):
        return None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return None
    return ast.UnaryOp(ast.Not(), test)


def _branch(node: ast.IfExp) -> Iterator[Change]:
    other = negated(node.test)
    if other is not None:
        yield "condition negated", _with(node, test=other)


def _call(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id == "cast":
        return
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None and keyword.arg not in UNOBSERVABLE:
            kept = [*node.keywords[:index], *node.keywords[index + 1 :]]
            yield "argument dropped", _with(node, keywords=kept)
    if len(node.args) > 1 and not isinstance(node.args[-1], ast.Starred):
        yield "argument dropped", _with(node, args=node.args[:-1])


def _slice(node: ast.Slice) -> Iterator[Change]:
    for bound in ("lower", "upper"):
        if getattr(node, bound) is not None:
            yield "bound of a slice dropped", _with(node, **{bound: None})


def _items(node: ast.Set | ast.List) -> Iterator[Change]:
    if len(node.elts) > 1:
        for shorter in _without_each(node, "elts"):
            yield "entry dropped", shorter


def _entries(node: ast.Dict) -> Iterator[Change]:
    if len(node.keys) > 1:
        for shorter in _without_each(node, "keys", "values"):
            yield "entry dropped", shorter


def _return(node: ast.Return) -> Iterator[Change]:
    nothing = node.value is None or (
        isinstance(node.value, ast.Constant) and node.value.value is None
    )
    if not nothing:
        yield "return None", ast.Return(ast.Constant(None))


def _drop(_: ast.AST) -> Iterator[Change]:
    yield "statement dropped", ast.Pass()


def _raise(_: ast.Raise) -> Iterator[Change]:
    yield "raise dropped", ast.Pass()


def _assign(node: ast.Assign | ast.AnnAssign) -> Iterator[Change]:
    """Leave an attribute or item as it was; without a plain name nothing after it would run."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is not None and not any(isinstance(target, ast.Name) for target in targets):
        yield "statement dropped", ast.Pass()


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    yield "statement dropped", ast.Pass()
    if type(node.op) in ARITHMETIC:
        yield "arithmetic", _with(node, op=ARITHMETIC[type(node.op)]())


def _break(_: ast.Break) -> Iterator[Change]:
    yield "break/continue", ast.Continue()


def _continue(_: ast.Continue) -> Iterator[Change]:
    yield "break/continue", ast.Break()


OPERATORS: Mapping[type[ast.AST], Callable[..., Iterator[Change]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Constant: _constant,
    ast.IfExp: _branch,
    ast.Call: _call,
    ast.Slice: _slice,
    ast.Set: _items,
    ast.List: _items,
    ast.Dict: _entries,
    ast.Return: _return,
    ast.Expr: _drop,
    ast.Delete: _drop,
    ast.Raise: _raise,
    ast.Assign: _assign,
    ast.AnnAssign: _assign,
    ast.AugAssign: _augmented,
    ast.Break: _break,
    ast.Continue: _continue,
}
"""Operators by the kind of node."""
