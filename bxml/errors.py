"""Errors of bxml, and the one record that every finding uses.

    BxmlError
    ├── ParseError        text that could not be read as BXML (also a ValueError)
    └── ValidationError   a value or document that breaks a rule (also a ValueError)

Both carry ``problems``: every finding, in document order, not only the first.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, Self

from bxml._record import record

Severity = Literal["error", "warning"]


@record
class Problem:
    """One finding: which rule, where, what was expected and what was found.

    The same shape serves constructor errors, document rules, schema findings and XML syntax
    errors. ``str(problem)`` is the line for people.
    """

    rule: str
    """Stable id of the rule, such as ``value-out-of-range``."""
    severity: Severity
    """``error``: refused or broken by the platform. ``warning``: works, but is likely a mistake."""
    path: str
    """Where: ``Gather.max_digits`` for values made in Python, ``Response/Gather[2]/@maxDigits``
    for documents that were read."""
    line: int | None
    """Line in the source, counted from 1; None for values made in Python."""
    column: int | None
    """Column in the source, counted in characters from 1; None for values made in Python."""
    message: str
    """``where: expected X, got Y``."""
    hint: str | None = None
    """Advice, such as ``did you mean 'max_digits'?``."""

    @classmethod
    def at(cls, path: str, rule: str, finding: str, *, hint: str | None = None) -> Self:
        """Return an error found at ``path`` in a value that has no source position."""
        return cls(rule, "error", path, None, None, f"{path}: {finding}", hint)

    def __str__(self) -> str:
        tail = f"; {self.hint}" if self.hint else ""
        where, separator, finding = self.message.partition(": ")
        if not separator and self.message.startswith(self.path) and self.line is None:
            return f"{self.message}{tail}"  # a sentence about the place, such as "X is not set"
        if not separator:
            where, finding = self.path, self.message
        if self.line is not None:
            where = f"{where} (line {self.line}, column {self.column})"
        return f"{where}: {finding}{tail}"


def one_per_line(problems: Sequence[object]) -> str:
    """Return the only problem, or how many there are and each on a line of its own."""
    if len(problems) == 1:
        return str(problems[0])
    return f"{len(problems)} problems" + "".join(f"\n  {problem}" for problem in problems)


class BxmlError(Exception):
    """Base of everything that bxml raises on purpose."""


class ProblemsError(ValueError):
    """An error made of one or more problems."""

    problems: tuple[Problem, ...]
    """Every problem found, in document order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return one_per_line(self.problems)


class ParseError(BxmlError, ProblemsError):
    """The text is not a BXML document; ``problems`` says why, with line and column."""


class ValidationError(BxmlError, ProblemsError):
    """A verb, attribute or document breaks a rule; ``problems`` lists every finding."""
