"""Reports of problems for terminals, programs and GitHub."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from bxml._reading.decode import Undecodable, decode
from bxml._wording import visible_lines
from bxml.cli.loaded import Loaded, Unread
from bxml.cli.sources import printable
from bxml.cli.wrapping import hanging, on_error_stream
from bxml.documents import MAX_BYTES
from bxml.errors import Problem

TAB = "    "
UNPRINTABLE = "\u00b7"
"""Replaces a character that is not printable."""
CUT = "..."


class Excerpts:
    """Finds the source lines of problems in one document."""

    def __init__(self, body: bytes, width: int) -> None:
        if len(body) > MAX_BYTES:
            body = b""  # the problem is its size, which has no position
        try:
            text = decode(body).characters
        except Undecodable:
            text = body.decode("utf-8", "replace").removeprefix("\ufeff")
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._shown = [not line.isspace() and line != "" for line in self._lines]
        self._width = width

    def around(self, problem: Problem) -> tuple[str, ...]:
        """Return the source line and the caret line; nothing for a position without text."""
        if problem.line is None or problem.column is None or problem.line > len(self._lines):
            return ()
        index = problem.line - 1
        shown = self._shown[index]
        return marked(self._lines[index], problem.column, self._width) if shown else ()


def marked(line: str, column: int, width: int) -> tuple[str, str]:
    """Return the printable form of the line, and the caret line below it.

    ``column`` counts characters from 1. A line of more than ``width`` cells is cut around the
    column, leaving at least a third of the width on each side.
    """
    index = min(column - 1, len(line))
    before = [_printable(character) for character in line[max(0, index - width) : index]]
    after = [_printable(character) for character in line[index : index + width]]
    room = width - 2 * len(CUT)
    behind = _fitting(after, max(room // 3, room - _cells(before)))
    ahead = _fitting(reversed(before), room - _cells(behind))
    left = "".join(reversed(ahead))
    if len(ahead) < index:
        left = CUT + left
    right = "".join(behind)
    if len(behind) < len(line) - index:
        right += CUT
    return left + right, " " * cell_len(left) + "^"


def _printable(character: str) -> str:
    if character == "\t":
        return TAB
    return character if character.isprintable() else UNPRINTABLE


def _cells(pieces: Iterable[str]) -> int:
    return sum(map(cell_len, pieces))


def _fitting(pieces: Iterable[str], room: int) -> list[str]:
    """Return the first pieces that fit into ``room`` cells."""
    taken: list[str] = []
    for piece in pieces:
        room -= cell_len(piece)
        if room < 0:
            break
        taken.append(piece)
    return taken


WIDTH = 100
"""Columns without a terminal."""
MARGIN = 2
COLOURS = {"error": "bold red", "warning": "bold yellow"}


def screen(*, stderr: bool = False) -> Console:
    """Return the console of standard output or standard error."""
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH
    return console


@dataclass(slots=True)
class Tally:
    """Counts over all documents."""

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
        """The exit code: 2 if a source could not be read, 1 for errors, else 0."""
        return 2 if self.unread else int(bool(self.errors))

    def __str__(self) -> str:
        found = [
            f"{count} {word}{'' if count == 1 else 's'}"
            for count, word in ((self.errors, "error"), (self.warnings, "warning"))
            if count
        ]
        files = f"{self.documents} document{'' if self.documents == 1 else 's'} checked"
        unread = f", {self.unread} not readable" if self.unread else ""
        nothing = "no result" if self.unread else "nothing to report"
        return f"{files}{unread}: {', '.join(found) or nothing}"


class Report(Protocol):
    """Writes the problems of documents."""

    def add(self, loaded: Loaded, problems: Sequence[Problem]) -> None:
        """Report the problems of one document."""

    def fail(self, unread: Unread) -> None:
        """Report a source that could not be read."""

    def close(self, tally: Tally) -> None:
        """Finish the report."""


def remark(name: str, text: str) -> None:
    """Write a line about a source to standard error."""
    line = f"bxml: {printable(name)}: {printable(text)}"
    click.echo(on_error_stream(line, MARGIN), err=True)


class TextReport:
    """Text: position, message, source line and caret."""

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
        self._console.print(hanging(self._console, line, MARGIN), soft_wrap=True)

    def fail(self, unread: Unread) -> None:
        """Write that a source could not be read."""
        remark(unread.name, unread.reason)

    def close(self, tally: Tally) -> None:
        """Write the summary."""
        self._console.print(str(tally), soft_wrap=True)


class JsonReport:
    """JSON: one list with an object for each problem, written at the end."""

    def __init__(self) -> None:
        self._found: list[Mapping[str, object]] = []

    def add(self, loaded: Loaded, problems: Sequence[Problem]) -> None:
        """Keep the problems of one document."""
        for note in loaded.notes:
            remark(loaded.name, note)
        self._found += [{"file": loaded.name, **asdict(problem)} for problem in problems]

    def fail(self, unread: Unread) -> None:
        """Write to standard error that a source could not be read."""
        remark(unread.name, unread.reason)

    def close(self, tally: Tally) -> None:
        """Write the list."""
        del tally
        click.echo(json.dumps(self._found, indent=2))


class GithubReport:
    """GitHub Actions: workflow commands that become annotations."""

    def add(self, loaded: Loaded, problems: Sequence[Problem]) -> None:
        """Write an annotation for each problem."""
        for note in loaded.notes:
            self._annotate("warning", {"title": "bxml"}, f"{loaded.name}: {note}")
        for problem in problems:
            message = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
            if loaded.kind == "file":
                place = {"file": loaded.name, "line": problem.line, "col": problem.column}
            else:
                place, message = {}, f"{loaded.name}: {message}"
            self._annotate(problem.severity, {**place, "title": problem.rule}, message)

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
    return visible_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


REPORTS = {"text": TextReport, "json": JsonReport, "github": GithubReport}
"""Reports by the name of the format."""
