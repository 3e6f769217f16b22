"""Problems as people, programs and GitHub read them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import click
from rich.console import Console
from rich.text import Text

from bxml.cli.excerpts import Excerpts
from bxml.cli.sources import Loaded, Unread, printable
from bxml.errors import Problem

__all__ = [
    "REPORTS",
    "GithubReport",
    "JsonReport",
    "Report",
    "Tally",
    "TextReport",
    "remark",
    "screen",
]

WIDTH = 100
"""Columns where there is no terminal that says how many it has."""
MARGIN = 2
COLOURS = {"error": "bold red", "warning": "bold yellow"}


def screen(*, stderr: bool = False) -> Console:
    """Return what writes to the terminal or the file behind a standard stream."""
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH
    return console


@dataclass(slots=True)
class Tally:
    """What was found so far."""

    documents: int = 0
    errors: int = 0
    warnings: int = 0
    unread: int = 0

    def add(self, problems: Sequence[Problem]) -> None:
        """Count one document with its problems."""
        errors = sum(problem.severity == "error" for problem in problems)
        self.documents += 1
        self.errors += errors
        self.warnings += len(problems) - errors

    @property
    def status(self) -> int:
        """The exit code: 2 when something could not be read, 1 for errors, else 0."""
        return 2 if self.unread else int(bool(self.errors))

    def __str__(self) -> str:
        found = [
            f"{count} {word}{'' if count == 1 else 's'}"
            for count, word in ((self.errors, "error"), (self.warnings, "warning"))
            if count
        ]
        files = f"{self.documents} document{'' if self.documents == 1 else 's'} checked"
        unread = f", {self.unread} not readable" if self.unread else ""
        return f"{files}{unread}: {', '.join(found) or 'nothing to report'}"


class Report(Protocol):
    """Takes documents with their problems one by one and writes them down."""

    def add(self, loaded: Loaded, problems: Sequence[Problem]) -> None:
        """Take the problems of one document."""

    def fail(self, unread: Unread) -> None:
        """Take a source that could not be read."""

    def close(self, tally: Tally) -> None:
        """Write what can only be written at the end."""


def remark(name: str, text: str) -> None:
    """Write a line that is not about the content of a document."""
    click.echo(f"bxml: {printable(name)}: {printable(text)}", err=True)


class TextReport:
    """For people: where, what, the source line and a caret."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or screen()

    def add(self, loaded: Loaded, problems: Sequence[Problem]) -> None:
        """Write the problems of one document."""
        for note in loaded.notes:
            remark(loaded.name, note)
        if problems:
            excerpts = Excerpts(loaded.body, self._console.width - MARGIN)
            for problem in problems:
                self._write(printable(loaded.name), problem)
                for line in excerpts.around(problem):
                    self._console.print(f"{' ' * MARGIN}{line}", soft_wrap=True)

    def _write(self, where: str, problem: Problem) -> None:
        place = f"{problem.line}:{problem.column}: " if problem.line is not None else " "
        hint = f"; {problem.hint}" if problem.hint else ""
        line = Text.assemble(
            f"{where}:{place}",
            (problem.severity, COLOURS[problem.severity]),
            f": {printable(problem.message + hint)} ",
            (f"[{problem.rule}]", "dim"),
        )
        self._console.print(line, soft_wrap=True)

    def fail(self, unread: Unread) -> None:
        """Say at once that a source could not be read."""
        remark(unread.name, unread.reason)

    def close(self, tally: Tally) -> None:
        """Write the summary."""
        self._console.print(str(tally), soft_wrap=True)


class JsonReport:
    """For programs: one list with an object for each problem, once all are known."""

    def __init__(self) -> None:
        self._found: list[Mapping[str, object]] = []

    def add(self, loaded: Loaded, problems: Sequence[Problem]) -> None:
        """Keep the problems of one document."""
        for note in loaded.notes:
            remark(loaded.name, note)
        self._found += [{"file": loaded.name, **asdict(problem)} for problem in problems]

    def fail(self, unread: Unread) -> None:
        """Say on the error stream that a source could not be read."""
        remark(unread.name, unread.reason)

    def close(self, tally: Tally) -> None:
        """Write the list."""
        del tally
        click.echo(json.dumps(self._found, indent=2))


class GithubReport:
    """For GitHub Actions: workflow commands that become annotations."""

    def add(self, loaded: Loaded, problems: Sequence[Problem]) -> None:
        """Write an annotation for each problem."""
        for note in loaded.notes:
            self._annotate("warning", {"title": "bxml"}, f"{loaded.name}: {note}")
        for problem in problems:
            said = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
            if loaded.kind == "file":
                place = {"file": loaded.name, "line": problem.line, "col": problem.column}
            else:
                place, said = {}, f"{loaded.name}: {said}"
            self._annotate(problem.severity, {**place, "title": problem.rule}, said)

    def fail(self, unread: Unread) -> None:
        """Write an annotation for a source that could not be read."""
        self._annotate("error", {"title": "bxml"}, f"{unread.name}: {unread.reason}")

    def close(self, tally: Tally) -> None:
        """Write the summary to the log."""
        click.echo(str(tally))

    def _annotate(self, command: str, properties: Mapping[str, object], message: str) -> None:
        given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        click.echo(f"::{command} {given}::{_data(message)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


REPORTS = {"text": TextReport, "json": JsonReport, "github": GithubReport}
"""Reports by the name of the format."""
