"""Runs the code blocks of README.md and docs/ as tests: Python, and ``$`` commands with output."""

import os
import subprocess
import sys
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent
SECONDS = 120
"""Seconds after which a command of a page counts as hung."""


def _run_console(example: Example) -> str | None:
    """Run each line that begins with ``$`` and compare what follows it with its output."""
    commands = str(example.parsed).split("\n$ ")
    commands[0] = commands[0].removeprefix("$ ")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for each in commands:
        command, _, expected = each.partition("\n")
        done = subprocess.run(  # noqa: S602 - the commands of our own pages
            command,
            shell=True,
            cwd=ROOT,
            env={**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        checker, options = OutputChecker(), ELLIPSIS | NORMALIZE_WHITESPACE
        if expected.strip() and not checker.check_output(expected, done.stdout, options):
            return f"$ {command}\nexpected:\n{expected}\ngot:\n{done.stdout}"
    return None


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(),
        SkipParser(),
        CodeBlockParser(language="console", evaluator=_run_console),
    ],
    patterns=["README.md", "docs/*.md", "docs/reference/*.md"],
).pytest()
