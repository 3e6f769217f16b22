"""Every regular expression of both packages, how it is used, and where it stands.

Found in the source: calls of ``re``, and the patterns of the kinds of values; and in what modules
hold. A pattern that cannot be worked out from the module alone needs an entry in ``MADE_LATER``.
"""

import ast
import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import cast

import bxml
import callcontrol
from bxml._kinds import compiled
from callcontrol.recorder import redact_bxml

__all__ = ["MADE_LATER", "AnyPattern", "Use", "unexplained", "uses"]

AnyPattern = re.Pattern[str] | re.Pattern[bytes]

MODES = {
    **dict.fromkeys(("search", "sub", "subn", "split", "findall", "finditer"), "search"),
    "match": "match",
    "fullmatch": "fullmatch",
}
"""How a method of a pattern uses it."""
ANY_USE = ("fullmatch", "search")
SKIPPED = frozenset({"bxml.__main__", "callcontrol.__main__"})
"""Modules that run a program when they are imported."""

MADE_LATER: Mapping[tuple[str, str], tuple[AnyPattern, ...]] = {
    # Of a kind: ``pattern=`` and ``advice=`` are collected where they are written.
    ("bxml._kinds", "compiled"): (),
    ("bxml._kinds", "_advice"): (),
    # From tables of their modules, which hold the compiled ones.
    ("bxml._reading.xml_errors", ""): (),
    ("callcontrol.simulator.rest.routes", "_pattern"): (),
    # The user of the explorer gives it and waits for it.
    ("callcontrol.explorer.options", "as_pattern"): (),
    ("callcontrol.recorder.redact_bxml", "own_url_pattern"): (
        redact_bxml.own_url_pattern(["voice.example", "[::1]:8080"]),
    ),
}
"""Patterns made of more than their module holds, by module and function: examples of them."""


@dataclass(frozen=True)
class Use:
    """A pattern and how it is used: ``search``, ``match`` or ``fullmatch``."""

    where: str
    pattern: AnyPattern
    mode: str

    def __str__(self) -> str:
        return f"{self.where}:{self.mode}"


@cache
def uses() -> tuple[Use, ...]:
    """Return every use of a pattern in both packages, each once."""
    found: dict[tuple[str | bytes, int, str], Use] = {}
    for module in _modules():
        for use in (*_held(module), *_written(module)):
            found.setdefault((use.pattern.pattern, use.pattern.flags, use.mode), use)
    return tuple(found.values())


def unexplained() -> list[tuple[str, str]]:
    """Return the patterns that are made in functions and missing from ``MADE_LATER``."""
    return [
        (module.__name__, _function(module, node))
        for module in _modules()
        for node, _, _ in _expressions(module)
        if _value(module, node) is None
        and (module.__name__, _function(module, node)) not in MADE_LATER
    ]


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(
        importlib.import_module(walk_package.name)
        for package in (bxml, callcontrol)
        for walk_package in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if walk_package.name not in SKIPPED
    )


@cache
def _tree(module: ModuleType) -> ast.Module:
    file = inspect.getsourcefile(module)
    assert file is not None
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def _held(module: ModuleType) -> Iterator[Use]:
    for name, value in vars(module).items():
        for pattern in _patterns_in(value):
            for mode in _modes(module, name):
                yield Use(f"{module.__name__}.{name}", pattern, mode)


def _patterns_in(value: object) -> Iterator[AnyPattern]:
    if isinstance(value, re.Pattern):
        yield cast("AnyPattern", value)
    elif isinstance(value, tuple | list):
        for each in cast("tuple[object, ...] | list[object]", value):
            yield from _patterns_in(each)
    elif isinstance(value, dict):
        yield from _patterns_in(list(cast("dict[object, object]", value).values()))


def _modes(module: ModuleType, name: str) -> tuple[str, ...]:
    """Return how a pattern is used that a module holds by this name."""
    everywhere = _modules() if not name.startswith("_") else (module,)
    found = {mode for each in everywhere for mode in _modes_by_name(each).get(name, ())}
    return tuple(sorted(found)) or ANY_USE


@cache
def _modes_by_name(module: ModuleType) -> Mapping[str, set[str]]:
    """Return how a module uses what could be a pattern, by the last part of its name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Attribute) and node.attr in MODES:
            found[_last(node.value) or ""].add(MODES[node.attr])
    return found


def _last(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _written(module: ModuleType) -> Iterator[Use]:
    for node, mode, make in _expressions(module):
        value = _value(module, node)
        known = MADE_LATER.get((module.__name__, _function(module, node)), ())
        for pattern in known if value is None else map(make, _texts(value)):
            for each in (mode,) if mode else ANY_USE:
                yield Use(f"{module.__name__} (line {node.lineno})", pattern, each)


Make = Callable[[str | bytes], AnyPattern]


def _expressions(module: ModuleType) -> Iterator[tuple[ast.expr, str | None, Make]]:
    """Yield the expressions of patterns, how each is used if that is plain, what compiles it."""
    held = {
        id(statement.value)
        for statement in _tree(module).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
    }
    for node in ast.walk(_tree(module)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and _last(node.func.value) == "re":
            flags = [_value(module, arg) for arg in node.args[1:]]
            make = _compiler(next((flag for flag in flags if isinstance(flag, re.RegexFlag)), 0))
            if node.func.attr in MODES:
                yield node.args[0], MODES[node.func.attr], make
            elif node.func.attr == "compile" and id(node) not in held:
                yield node.args[0], "search", make
        elif _last(node.func) == "Text":
            for keyword in node.keywords:
                if keyword.arg in ("pattern", "quick"):
                    yield keyword.value, "fullmatch", cast("Make", compiled)
                elif keyword.arg == "advice":
                    yield keyword.value, "search", _compiler(0)


def _function(module: ModuleType, node: ast.expr) -> str:
    """Return the name of the innermost function around an expression."""
    around = [
        each
        for each in ast.walk(_tree(module))
        if isinstance(each, ast.FunctionDef)
        and each.lineno <= node.lineno <= (each.end_lineno or 0)
    ]
    return max(around, key=lambda each: each.lineno).name if around else ""


def _compiler(flags: int) -> Make:
    return lambda text: re.compile(text, flags)


def _value(module: ModuleType, node: ast.expr) -> object:
    """Return the value of an expression that needs nothing but its module; None for others."""
    try:
        return eval(ast.unparse(node), dict(vars(module)))  # noqa: S307 - our own source
    except NameError:
        return None


def _texts(value: object) -> Iterator[str | bytes]:
    if isinstance(value, str | bytes):
        yield value
    elif isinstance(value, tuple):
        for sought, _ in cast("tuple[tuple[str, str], ...]", value):
            yield sought
