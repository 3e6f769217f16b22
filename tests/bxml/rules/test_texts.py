"""The exact text of every finding: where, what was expected, what was got, and what to do.

``rule_texts.txt`` holds, for the bad example of each rule, the lines that people read: about the
XML, with position and wire names, and about the value, with Python names where it is a valid one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bxml import Document, ParseError, check, parse
from bxml.rules import RULES, Rule


def table() -> Mapping[str, list[str]]:
    """Return the lines by rule."""
    text = (Path(__file__).parent / "rule_texts.txt").read_text(encoding="utf-8")
    blocks = (block.strip("\n").split("\n    ") for block in text.split("\n\n"))
    return {rule: lines for rule, *lines in blocks}


TEXTS = table()


def judged(rule: Rule, source: str | bytes | Document) -> Iterator[str]:
    """Yield what check says about the bad example in one of its forms."""
    form = "python" if isinstance(source, Document) else "xml"
    enable = [] if rule.enabled else [rule.id]
    for each in check(source, context=rule.context, enable=enable):
        yield f"{form} | {each}"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_finding_reads_exactly_so(rule: Rule) -> None:
    """Paths, positions, names, values and advice are these, for XML and for values."""
    said = [*judged(rule, rule.bad)]
    if not isinstance(rule.bad, Document):
        try:
            said += judged(rule, parse(rule.bad))
        except ParseError:  # an error has no value
            assert rule.severity == "error"
    assert said == TEXTS[rule.id]


def test_the_table_is_about_the_rules() -> None:
    """No rule is missing, and none is left over."""
    assert list(TEXTS) == list(RULES)
