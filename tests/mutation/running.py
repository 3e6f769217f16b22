"""Runs tests against mutants, each in a copy of the project; the working tree stays as it is."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns
from typing import Literal

import pytest

from tests.mutation.areas import Suite
from tests.mutation.mutants import Mutant
from tests.mutation.selection import Record, Selection

__all__ = ["Copy", "Outcome", "record_of"]

Outcome = Literal["killed", "timeout", "survived"]

LEFT_BEHIND = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "build", "dist", "site")
BUDGET = 20.0
"""Seconds of recorded tests of its line that a mutant gets at most, and of others."""
TEST_TIMEOUT = 30
"""Seconds after which one test counts as hung."""
QUIET = ("-q", "-p", "no:cacheprovider")


class Copy:
    """A copy of the project in which one mutant at a time is tried."""

    def __init__(self, root: Path, folder: Path, suites: Iterable[str]) -> None:
        self.root = root
        self.folder = folder
        copytree(root, folder, ignore=ignore_patterns(*LEFT_BEHIND))
        self.run("-m", "pytest", "--collect-only", *QUIET, *suites)  # compiles everything once
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.mutation.fork_server"],
            cwd=folder,
            env={**self._environment, "PYTHONDONTWRITEBYTECODE": "1"},  # no mutant in __pycache__
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C lets it finish
        )

    @property
    def _environment(self) -> Mapping[str, str]:
        own = {
            "PYTHONPATH": str(self.folder),
            "PYTHONHASHSEED": "0",
            "HYPOTHESIS_PROFILE": "mutation",
        }
        return {**os.environ, **own}

    def run(self, *arguments: str, **environment: str) -> None:
        """Run Python in the copy, without a mutant."""
        subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**self._environment, **environment},
            stdout=subprocess.DEVNULL,
            check=False,
        )

    def close(self) -> None:
        """End the server."""
        self._server.communicate()

    def try_out(self, mutant: Mutant, record: Record) -> Outcome:
        """Return what the tests make of the mutant."""
        source = self.root / mutant.path
        target = self.folder / mutant.path
        target.write_bytes(mutant.apply(source.read_bytes()))
        try:
            for stage in record.stages(mutant, BUDGET):
                outcome = self._judge(stage)
                if outcome != "survived":
                    return outcome
            return "survived"
        finally:
            copy2(source, target)

    def _judge(self, selection: Selection) -> Outcome:
        if not selection.tests:
            return "survived"
        status = self._status(selection.tests, selection.seconds)
        if status == str(int(pytest.ExitCode.USAGE_ERROR)):  # perhaps only the names of examples
            functions = dict.fromkeys(test.partition("[")[0] for test in selection.tests)
            status = self._status(functions, selection.seconds)
        if status == "timeout":
            return "timeout"
        return "survived" if status == "0" else "killed"

    def _status(self, tests: Iterable[str], seconds: float) -> str:
        """Return the exit status of pytest, or ``timeout``."""
        names = self.folder / "build" / "tests.txt"
        names.parent.mkdir(exist_ok=True)
        names.write_text("\n".join(tests))
        arguments = ["-x", *QUIET, f"--timeout={TEST_TIMEOUT}", f"@{names}"]
        stdin, stdout = self._server.stdin, self._server.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps([120 + 5 * seconds, arguments]) + "\n")
        stdin.flush()
        status = stdout.readline().strip()
        if not status:
            raise RuntimeError("the process that runs the tests has ended")
        return status


def record_of(copy: Copy, package: str, suite: Suite, kept: Path) -> Record:
    """Return the record of a package's tests, made anew when code or tests have changed."""
    file = kept / f"{package}-{_digest(copy.folder, suite)}.json"
    if not file.exists():
        kept.mkdir(parents=True, exist_ok=True)
        print(f"recording what each test in {suite.folder} executes", file=sys.stderr)
        ignored = [f"--ignore-glob={suite.folder}/{each}" for each in suite.ignored]
        plugin = ("-m", "pytest", *QUIET, "-p", "tests.mutation.recording")
        copy.run(*plugin, *ignored, suite.folder, MUTATION_RECORD=str(file))
    record = Record(file)
    for test in record.failed:
        print(f"left out, because it does not pass without a mutant: {test}", file=sys.stderr)
    return record


def _digest(root: Path, suite: Suite) -> str:
    found = hashlib.sha256()
    for folder in ("bxml", "callcontrol", suite.folder):
        for path in sorted((root / folder).rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]
