"""Workflows of GitHub and hooks of pre-commit run what exists, and may do no more than needed."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
FOLDER = ROOT / ".github/workflows"
FILES = sorted(FOLDER.glob("*.yml"))
Table = Mapping[str, object]
PERMISSIONS: dict[str, dict[str, Table]] = {
    "ci.yml": {"": {"contents": "read"}},
    "publish.yml": {
        "": {},
        "build": {"contents": "read"},
        "attest": {"contents": "read", "id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
    },
}
"""What each job may do; an empty name stands for jobs that say nothing."""
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def load(path: Path) -> Table:
    """Return what a YAML file says."""
    return cast("Table", yaml.safe_load(path.read_text(encoding="utf-8")))


def jobs_of(path: Path) -> dict[str, Table]:
    """Return the jobs of a workflow by name."""
    return cast("dict[str, Table]", load(path)["jobs"])


def values(path: Path, key: str) -> Iterator[str]:
    """Yield what the steps of a workflow have under a key."""
    for job in jobs_of(path).values():
        yield from (step[key] for step in cast("list[dict[str, str]]", job["steps"]) if key in step)


def test_there_is_one_to_check_and_one_to_publish() -> None:
    """The tests below look at these."""
    assert {path.name for path in FILES} == set(PERMISSIONS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_steps_run_what_exists(path: Path) -> None:
    """Each runs one target of the Makefile, or one script that can be executed."""
    commands = list(values(path, "run"))
    assert commands
    for command in commands:
        program, *words = command.split()
        if program == "make":
            assert words, command
            assert set(words) <= set(TARGETS), command
        else:
            assert not words, command
            assert shutil.which(ROOT / program), command


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_actions_are_pinned(path: Path) -> None:
    """Each names a full version."""
    actions = list(values(path, "uses"))
    assert actions
    assert [each for each in actions if not re.fullmatch(r"[\w/-]+@v\d+\.\d+\.\d+", each)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_jobs_may_do_no_more_than_they_need(path: Path) -> None:
    """Only what attests and publishes has an identity, and those run none of our code."""
    jobs = jobs_of(path)
    granted = {"": load(path)["permissions"]}
    granted |= {name: job["permissions"] for name, job in jobs.items() if "permissions" in job}
    assert granted == PERMISSIONS[path.name]
    for name, job in jobs.items():
        steps = cast("list[Table]", job["steps"])
        if "id-token" in PERMISSIONS[path.name].get(name, {}):
            assert [step for step in steps if "run" in step] == []


def test_every_supported_python_is_tested() -> None:
    """The matrix has the versions of the classifiers."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    strategy = cast("Mapping[str, Table]", jobs_of(FOLDER / "ci.yml")["tests"]["strategy"])
    assert strategy["matrix"]["python"] == re.findall(r'"[\w ]+ :: Python :: (3\.\d+)"', project)


def test_actionlint_finds_nothing() -> None:
    """Expressions, inputs of actions and names of runners hold, too."""
    if not (BIN / "actionlint").exists():
        pytest.skip("actionlint is not installed; `make workflows` installs and runs it")
    done = subprocess.run([BIN / "actionlint", *FILES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_hooks_run_what_exists() -> None:
    """Each hook for contributors is a tool of the project's environment."""
    config = load(ROOT / ".pre-commit-config.yaml")
    repositories = cast("list[dict[str, list[dict[str, str]]]]", config["repos"])
    entries = [hook["entry"].split()[0] for each in repositories for hook in each["hooks"]]
    assert [Path(entry).name for entry in entries] == ["ruff", "ruff", "mypy"]
    for entry in entries:
        assert entry.startswith(".venv/bin/")
        assert (BIN / Path(entry).name).exists(), entry
