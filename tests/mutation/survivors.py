"""Mutation testing of the parts that judge: prints each change that no test notices.

    python tests/mutation/survivors.py [FOLDER]

Needs mutmut beside what the tests need; it is no dependency of the project. The work is done on a
copy in FOLDER (a temporary one by default); an interrupted run goes on where it stopped when it is
given the same folder.
"""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import mkdtemp

ROOT = Path(__file__).parents[2]
MUTATED = ("bxml/rules/*.py", "bxml/_kinds.py", "bxml/_writer.py")
NEEDED = ("bxml", "callcontrol", "schemas", "tests", "docs", "README.md", "pyproject.toml")
ELSEWHERE = ("test_cli*.py", "test_strategies.py", "test_docstrings.py")
"""Tests that need the project to be installed, or that look at its source."""
SLOW = ("*propert*.py", "test_strategies_invalid.py", "test_attributes.py", "test_hostile*.py")
"""Tests that only those mutants get to see that live through all others."""
QUIET = ("-q", "-p", "no:cacheprovider")


def chosen(folder: Path, *unwanted: str) -> list[str]:
    """Return the tests of bxml, those about rules first."""
    tests = folder / "tests" / "bxml"
    names = {each.name for each in tests.glob("test_*.py")}
    names -= {each.name for pattern in unwanted for each in tests.glob(pattern)}
    return [f"tests/bxml/{name}" for name in sorted(names, key=lambda it: ("rule" not in it, it))]


def prepare(folder: Path) -> None:
    """Copy the project and tell mutmut what to do with it."""
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            copytree(source, target, ignore=ignore_patterns("__pycache__", "callcontrol", "fuzz"))
        else:
            target.write_bytes(source.read_bytes())
    copytree(ROOT / "callcontrol", folder / "callcontrol", dirs_exist_ok=True)
    settings = {
        "source_paths": ["bxml"],
        "only_mutate": MUTATED,
        "also_copy": [name for name in NEEDED if name not in ("bxml", "tests", "pyproject.toml")],
        "pytest_add_cli_args": QUIET,
        "pytest_add_cli_args_test_selection": chosen(folder, *ELSEWHERE, *SLOW),
    }
    lines = [f"{key} =\n    " + "\n    ".join(settings[key]) for key in settings]
    (folder / "setup.cfg").write_text("[mutmut]\n" + "\n".join(lines) + "\n")


def mutmut(folder: Path, *arguments: str) -> str:
    """Return what mutmut prints; stop with it when mutmut fails."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def lives(folder: Path, name: str) -> bool:
    """Return whether the mutant lives through all tests in a process of its own.

    mutmut changes functions after the import; those that only the import calls are missed there.
    """
    tests = chosen(folder, *ELSEWHERE, *SLOW)
    tests += sorted(set(chosen(folder, *ELSEWHERE)) - set(tests))
    command = [sys.executable, "-m", "pytest", "-x", *QUIET, *tests]
    environment = {**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONPATH": "."}
    done = subprocess.run(
        command, cwd=folder / "mutants", env=environment, capture_output=True, check=False
    )
    return done.returncode == 0


def main() -> None:
    """Print the difference that each surviving mutant makes."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else mkdtemp())
    folder.mkdir(exist_ok=True)
    if not (folder / "setup.cfg").exists():
        prepare(folder)
    mutmut(folder, "run", "--max-children", "1")
    if not lives(folder, "none"):
        sys.exit("expected the tests to pass without a mutant, got a failure")
    rows = (line.strip().split(": ") for line in mutmut(folder, "results").splitlines())
    survivors = [row[0] for row in rows if row[-1] in ("survived", "no tests")]
    for name in survivors:
        if lives(folder, name):
            sys.stdout.write(f"{mutmut(folder, 'show', name)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
