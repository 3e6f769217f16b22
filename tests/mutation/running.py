"""Runs tests against mutants, each in a copy of the project; the working tree stays as it is."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
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
BUDGET = 40.0
"""Seconds of recorded tests that a mutant gets at most, twice."""
TEST_TIMEOUT = 30
"""Seconds after which one test counts as hung."""
QUIET = ("-q", "-p", "no:cacheprovider")
WRITING: Mapping[str, str] = {"PYTHONDONTWRITEBYTECODE": ""}
"""Environment in which compiled modules are kept, for runs without a mutant."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the project in which one mutant at a time is tried."""

    root: Path
    folder: Path

    def make(self, folders: Iterable[str]) -> None:
        """Copy the project, and compile it and its tests once."""
        copytree(self.root, self.folder, ignore=ignore_patterns(*LEFT_BEHIND))
        self.run("-m", "pytest", "--collect-only", *QUIET, *folders, seconds=600, **WRITING)

    def try_out(self, mutant: Mutant, record: Record) -> Outcome:
        """Return what the tests make of the mutant."""
        source = self.root / mutant.path
        target = self.folder / mutant.path
        target.write_bytes(mutant.apply(source.read_bytes()))
        try:
            first = record.of_line(mutant, BUDGET)
            outcome = self._judge(first)
            if outcome == "survived":
                outcome = self._judge(record.of_module(mutant, BUDGET, after=first))
            return outcome
        finally:
            copy2(source, target)

    def _judge(self, selection: Selection) -> Outcome:
        if not selection.tests:
            return "survived"
        status = self._run_tests(selection, selection.tests)
        if (
            status == pytest.ExitCode.USAGE_ERROR
        ):  # the mutant may only have changed names of examples
            functions = dict.fromkeys(test.partition("[")[0] for test in selection.tests)
            status = self._run_tests(selection, functions)
        if status is None:
            return "timeout"
        return "killed" if status else "survived"

    def _run_tests(self, selection: Selection, tests: Iterable[str]) -> int | None:
        names = self.folder / "build" / "tests.txt"
        names.parent.mkdir(exist_ok=True)
        names.write_text("\n".join(tests))
        limits = (f"--timeout={TEST_TIMEOUT}", "-x")
        seconds = 120 + 5 * selection.seconds
        return self.run("-m", "pytest", *limits, *QUIET, f"@{names}", seconds=seconds)

    def run(self, *arguments: str, seconds: float, **environment: str) -> int | None:
        """Run Python in the copy; return its status, or None when it takes too long."""
        own = {
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",  # a mutant must not be left behind in __pycache__
            "HYPOTHESIS_PROFILE": "mutation",
        }
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, **own, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and what it has started."""
    with suppress(ProcessLookupError):  # it may have ended and left nothing
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def record_of(copy: Copy, package: str, suite: Suite, kept: Path) -> Record:
    """Return the record of a package's tests, made anew when code or tests have changed."""
    file = kept / f"{package}-{_digest(copy.root, suite)}.json"
    if not file.exists():
        kept.mkdir(parents=True, exist_ok=True)
        sys.stderr.write(f"recording what each test in {suite.folder} executes\n")
        ignored = [f"--ignore-glob={suite.folder}/{each}" for each in suite.ignored]
        plugin = ("-m", "pytest", *QUIET, "-p", "tests.mutation.recording")
        copy.run(*plugin, *ignored, suite.folder, seconds=3600, MUTATION_RECORD=str(file))
    record = Record(file)
    for test in record.failed:
        sys.stderr.write(f"left out, because it does not pass without a mutant: {test}\n")
    return record


def _digest(root: Path, suite: Suite) -> str:
    found = hashlib.sha256()
    for folder in ("bxml", "callcontrol", suite.folder):
        for path in sorted((root / folder).rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]
