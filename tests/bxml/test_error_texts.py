"""The exact text of every kind of error, as somebody who is new to BXML would read it.

``error_texts.txt`` holds the table: Python source, and below it, for each problem in order, its
rule and the line that people read.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

import bxml
from bxml import ValidationError, ssml

NAMES = {name: getattr(bxml, name) for name in bxml.__all__} | {"ssml": ssml, "Decimal": Decimal}
LONGEST = 230
"""Characters of the longest message: three lines of a terminal."""


def table() -> Mapping[str, list[tuple[str, str]]]:
    """Return rule and line of each problem, by source."""
    text = (Path(__file__).parent / "error_texts.txt").read_text(encoding="utf-8")
    found: dict[str, list[tuple[str, str]]] = {}
    for block in text.split("\n\n"):
        source, *lines = block.strip().split("\n    ")
        pairs = [line.partition(" | ") for line in lines]
        found[source] = [(rule, told) for rule, _, told in pairs]
    return found


ERRORS = table()
EACH = pytest.mark.parametrize("source", ERRORS)


def raised(source: str) -> ValidationError:
    """Return the error that the source raises."""
    with pytest.raises(ValidationError) as caught:
        eval(source, dict(NAMES))  # noqa: S307 - our own table
    return caught.value


@EACH
def test_text(source: str) -> None:
    """Rule and text of each problem are exactly these, in this order."""
    error = raised(source)
    assert [(problem.rule, str(problem)) for problem in error.problems] == ERRORS[source]


@EACH
def test_the_error_is_the_sum_of_its_problems(source: str) -> None:
    """One problem is one line; several are counted and listed."""
    lines = [line for _, line in ERRORS[source]]
    several = [f"{len(lines)} problems", *(f"  {line}" for line in lines)]
    assert str(raised(source)).split("\n") == (several if lines[1:] else lines)


@EACH
def test_the_grammar(source: str) -> None:
    """Every message is ``where: expected X, got Y``, with a path and without a position."""
    for problem in raised(source).problems:
        where, expected, rest = problem.message.partition(": expected ")
        assert where == problem.path
        assert expected
        assert ", got " in rest
        assert "\n" not in str(problem)
        assert len(problem.message) <= LONGEST
        assert (problem.line, problem.column, problem.severity) == (None, None, "error")


def test_the_table_covers_the_rules_of_constructors() -> None:
    """Every rule that a constructor can report is in the table."""
    assert len(ERRORS) >= 100
    assert {rule for problems in ERRORS.values() for rule, _ in problems} == {
        *("bad-boolean", "bad-number", "bad-url", "display-name-keyword-with-privacy"),
        *("document-too-large", "element-not-allowed-here", "gather-repeat-limit"),
        *("malformed-xml", "nested-too-deep", "pattern-mismatch", "record-credentials-need-https"),
        *("refer-sip-uri-has-attributes", "required-attribute-missing", "required-text-missing"),
        *("speak-sentence-blank", "ssml-break-too-long", "ssml-date-needs-format"),
        *("start-recording-credentials-need-https", "start-stream-credentials-need-https"),
        *("start-transcription-credentials-need-https", "stream-destination-not-websocket"),
        *("text-not-allowed", "too-few-children", "too-many-children", "unknown-attribute"),
        *("transcription-destination-not-websocket", "transfer-display-name-keyword-with-privacy"),
        *("unknown-element", "value-not-in-enum", "value-out-of-range", "value-too-long"),
    }
