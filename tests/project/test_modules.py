"""Modules are short, class names mean one thing, and private modules export no list."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 350
REPEATED = {
    "callcontrol": frozenset(
        (
            *("Call", "Journal", "JournalError", "Recording", "Report", "Route"),
            *("ScriptError", "Signal"),
        )
    ),
}
"""Class names that several subpackages define, each for its own users and documented there."""


def sources(package: str) -> Mapping[str, str]:
    """Return the source of each module of a package by its path."""
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / package).rglob("*.py"))
    }


PACKAGES = {package: sources(package) for package in ("bxml", "callcontrol")}
DOCUMENTED = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if path.name != "architecture.md"
)
"""Pages for users; the architecture page is for those who change the code."""


def too_long(modules: Mapping[str, str]) -> list[str]:
    """Return the modules with more lines than a person takes in."""
    return [path for path, source in modules.items() if len(source.splitlines()) > LONGEST]


def repeated(modules: Mapping[str, str], allowed: frozenset[str]) -> dict[str, list[str]]:
    """Return the class names that more than one module defines, with the modules."""
    places: dict[str, list[str]] = {}
    for path, source in modules.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and node.name not in allowed:
                places.setdefault(node.name, []).append(path)
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def is_public(path: str, documented: str) -> bool:
    """Return whether users may import a module: no leading underscore, and a page names it."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return not any(part.startswith("_") for part in parts) and ".".join(parts) in documented


COLLECTED = frozenset(("callcontrol/client.py", "callcontrol/models.py"))
"""Modules whose lists make up that of the package."""


def exporting(modules: Mapping[str, str], documented: str) -> Iterator[str]:
    """Yield the private modules that have ``__all__`` for names of their own.

    A module that passes names of other modules on needs the list: type checkers ask for it.
    """
    for path, source in modules.items():
        if is_public(path, documented) or path in COLLECTED:
            continue
        for statement in ast.parse(source).body:
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            listed = any(isinstance(name, ast.Name) and name.id == "__all__" for name in targets)
            if listed and not _passes_on(source):
                yield path


def _passes_on(source: str) -> bool:
    """Return whether ``__all__`` lists a name that the module does not define."""
    body = ast.parse(source).body
    kinds = (ast.FunctionDef, ast.ClassDef)
    own = {statement.name for statement in body if isinstance(statement, kinds)}
    for statement in body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        own |= {target.id for target in targets if isinstance(target, ast.Name)}
    lists = (
        ast.literal_eval(statement.value)
        for statement in body
        if isinstance(statement, ast.Assign)
        and getattr(statement.targets[0], "id", "") == "__all__"
    )
    return any(not own.issuperset(names) for names in lists)


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_are_short(package: str) -> None:
    """At most 350 lines."""
    assert too_long(PACKAGES[package]) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_class_name_means_one_thing(package: str) -> None:
    """In its package, but for those that are listed."""
    assert repeated(PACKAGES[package], REPEATED.get(package, frozenset())) == {}


def test_names_that_may_repeat_do() -> None:
    """The list of exceptions holds nothing that is no longer one."""
    for package, names in REPEATED.items():
        assert names <= repeated(PACKAGES[package], frozenset()).keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_private_modules_have_no_list_of_exports(package: str) -> None:
    """``__all__`` says what users may import, and from a private module they import nothing."""
    assert [*exporting(PACKAGES[package], DOCUMENTED)] == []


def test_planted_violations_are_found() -> None:
    """Of each kind."""
    assert too_long({"a.py": "\n" * 350, "b.py": "\n" * 351}) == ["b.py"]
    classes = {"a.py": "class Call: ...", "b.py": "def f():\n    class Call: ..."}
    assert repeated(classes, frozenset()) == {"Call": ["a.py", "b.py"]}
    assert repeated(classes, frozenset({"Call"})) == {}
    listed: dict[str, str] = dict.fromkeys(
        ("bxml/_a.py", "bxml/_b/c.py", "bxml/d.py", "bxml/e.py", "bxml/e/__init__.py"),
        "__all__: list[str] = []",
    )
    private = ["bxml/_a.py", "bxml/_b/c.py", "bxml/d.py"]
    assert [*exporting(listed, "See bxml._a, bxml._b.c and bxml.e.")] == private
