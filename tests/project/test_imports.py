"""No circles of imports, lazy and type-only ones included, and layers that the linter guards."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bxml", "callcontrol")

Graph = Mapping[str, AbstractSet[str]]
"""The modules that each module imports, anywhere in its source."""


# --- reading ------------------------------------------------------------------------------


def modules(root: Path) -> Mapping[str, Path]:
    """Return the files of the packages by the names of their modules."""
    found: dict[str, Path] = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(source: str, package: str) -> Iterator[str]:
    """Yield the dotted names that a module of ``package`` imports, in functions and types too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (
                argument.value
                for argument in node.args[:1]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


def imports_of(root: Path) -> Graph:
    """Return the graph of the modules below a folder."""
    files = modules(root)
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        names = set(imported(path.read_text(encoding="utf-8"), package))
        targets = {name if name in files else name.rpartition(".")[0] for name in names}
        graph[module] = (targets & files.keys()) - {module}
    return graph


def folders(graph: Graph, container: str) -> Graph:
    """Return the graph of the modules and folders directly inside a package."""
    depth = container.count(".") + 2

    def folder(module: str) -> str:
        return ".".join(module.split(".")[:depth])

    found: dict[str, set[str]] = {}
    for module, targets in graph.items():
        if module.startswith(f"{container}."):
            inside = {folder(target) for target in targets if target.startswith(f"{container}.")}
            found.setdefault(folder(module), set()).update(inside - {folder(module)})
    return found


def reachable(graph: Graph, start: str) -> AbstractSet[str]:
    """Return what a module imports, directly and through others."""
    found: set[str] = set()
    waiting = [*graph.get(start, ())]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(graph.get(module, ()))
    return found


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or through others."""
    found = {module: reachable(graph, module) for module in graph}
    groups = {
        frozenset(other for other in found[module] if module in found.get(other, ()))
        for module in graph
        if module in found[module]
    }
    return sorted(map(sorted, groups))


# --- circles ------------------------------------------------------------------------------


def test_no_modules_import_each_other() -> None:
    """Not when they start, not inside a function, and not for types only."""
    assert circles(imports_of(ROOT)) == []


def test_no_folders_of_callcontrol_import_each_other() -> None:
    """A folder is used by those above it only, whichever of its modules that concerns."""
    assert circles(folders(imports_of(ROOT), "callcontrol")) == []


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write the modules of a small tree."""
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")


PLANTED = {
    "plain": "from bxml.upper import draw\n",
    "module": "import bxml.upper\n",
    "from the package": "from bxml import upper\n",
    "relative": "from . import upper\n",
    "relative name": "from .upper import draw\n",
    "lazy": "def draw():\n    from bxml.upper import draw\n",
    "type-only": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bxml.upper\n",
    "by name": "import importlib\nimportlib.import_module('bxml.upper')\n",
}


@pytest.mark.parametrize("lower", PLANTED.values(), ids=PLANTED)
def test_a_planted_circle_is_found(tmp_path: Path, lower: str) -> None:
    """Whichever way the lower module imports the upper one, through a third."""
    sound = {
        "bxml/__init__.py": "",
        "bxml/upper.py": "from bxml.middle import draw\n",
        "bxml/middle.py": "from bxml.lower import draw\n",
        "bxml/lower.py": "import ast\n",
    }
    write(tmp_path, sound)
    assert circles(imports_of(tmp_path)) == []
    write(tmp_path, {"bxml/lower.py": lower})
    assert circles(imports_of(tmp_path)) == [["bxml.lower", "bxml.middle", "bxml.upper"]]


def test_a_planted_circle_of_folders_is_found(tmp_path: Path) -> None:
    """Two folders may import each other although no two modules do."""
    files = {
        "callcontrol/phone/player.py": "from callcontrol.explorer.bounds import LIMIT\n",
        "callcontrol/phone/script.py": "",
        "callcontrol/explorer/search.py": "from callcontrol.phone.script import parse\n",
        "callcontrol/explorer/bounds.py": "",
    }
    write(tmp_path, files)
    graph = imports_of(tmp_path)
    assert circles(graph) == []
    expected = ["callcontrol.explorer", "callcontrol.phone"]
    assert circles(folders(graph, "callcontrol")) == [expected]


# --- contracts ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with copies of the packages and the contracts."""
    root = tmp_path_factory.mktemp("copied")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def broken(root: Path) -> tuple[str, str]:
    """Return the names of the broken contracts, line by line, and all that the linter says."""
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"],
        cwd=root,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    shown = done.stdout + done.stderr
    assert "Contracts:" in shown, shown
    lines = (line.partition(" BROKEN") for line in done.stdout.splitlines())
    names = "\n".join(name for name, mark, _ in lines if mark)
    assert (done.returncode == 0) == (names == "")
    return names, shown


def test_the_contracts_hold(copied: Path) -> None:
    """As ``make lint`` finds them."""
    names, shown = broken(copied)
    assert names == "", shown


VIOLATIONS = [
    ("bxml/_once.py", "import callcontrol.errors", "bxml never imports callcontrol"),
    (
        "callcontrol/recorder/diff.py",
        "import bxml._construct",
        "callcontrol uses of bxml what is listed",
    ),
    (
        "callcontrol/recorder/diff.py",
        "import bxml.cli.reports",
        "callcontrol uses of bxml what is listed",
    ),
    (
        "callcontrol/client.py",
        "def draw():\n    from callcontrol.simulator import settings",
        "layers of callcontrol",
    ),
    (
        "callcontrol/events/_base.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import callcontrol.phone.script",
        "layers of callcontrol",
    ),
    ("callcontrol/unplaced.py", "import ast", "layers of callcontrol"),
    (
        "callcontrol/simulator/core/clock.py",
        "import callcontrol.simulator.rest.refusal",
        "layers of the simulator",
    ),
    ("bxml/_kinds.py", "import bxml.documents", "layers of bxml"),
    ("callcontrol/recorder/matching.py", "import callcontrol.recorder.diff", "no circles"),
]


@pytest.mark.parametrize(("path", "line", "contract"), VIOLATIONS)
def test_a_planted_import_breaks_its_contract(
    copied: Path, path: str, line: str, contract: str
) -> None:
    """The linter says so, and names the module."""
    file = copied / path
    before = file.read_text(encoding="utf-8") if file.exists() else None
    file.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        names, shown = broken(copied)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, encoding="utf-8")
    assert contract in names.splitlines()
    module = path.removesuffix(".py").replace("/", ".")
    assert module in shown or module.rpartition(".")[2] in shown
