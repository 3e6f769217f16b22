"""No regular expression of the packages can take more than linear time.

What the check finds is shown by patterns planted here; ``make attack`` measures the same.
"""

import re

import pytest

from tests.attack.ambiguity import slow_because
from tests.attack.patterns import unexplained, uses

ALLOWED = {
    "bxml.strategies._rule_faults": "reads the examples of our own rules, of a few lines",
}
"""Modules that may hold a slow pattern, and why their input is short."""


def test_every_pattern_is_linear() -> None:
    """All uses of all patterns are checked, but for the allowed ones."""
    slow = {use.where: why for use in uses() if (why := slow_because(use.pattern, use.mode))}
    allowed = {where for where in slow if where.startswith(tuple(ALLOWED))}
    assert {where: why for where, why in slow.items() if where not in allowed} == {}
    # An entry that is needed no more is taken out.
    assert {where.partition(" ")[0] for where in allowed} == set(ALLOWED)


def test_every_pattern_is_found() -> None:
    """A pattern that cannot be worked out from the source needs an example."""
    assert unexplained() == []
    found = {use.where.partition(" ")[0] for use in uses()}
    assert {"bxml._types", "callcontrol.recorder.redact_bxml._TAG"} <= found
    assert len(uses()) > 100


@pytest.mark.parametrize(
    ("pattern", "mode"),
    [
        # Repeats inside repeats.
        (r"(a*)*b", "match"),
        (r"(a+)+$", "fullmatch"),
        (r"(?:a|a)*b", "match"),
        (r"(?:a?b?)*c", "match"),
        (r"(?:[a-z]{1,3})*;", "match"),
        (r"(?:\s*\w+\s*)*;", "match"),
        # Repeats side by side, or with something between that both can read.
        (r"a*a*b", "match"),
        (r"\d+\w*;", "match"),
        (r".*=.*;", "match"),
        (r"https?://[^\s/?#]+[^\s]*", "fullmatch"),
        (r"x(?i:[a-f]*)[A-F]*;", "match"),
        (r"(?>a*)\w*b|c", "match"),
        # A search that begins anew at each character.
        (r"a*b", "search"),
        (r"\s+$", "search"),
        (r"[^=]+=", "search"),
        (r"<!--.*?-->", "search"),
        (r"//.*@", "search"),
        (r"a++b", "search"),
        (r"x(?=[\w-]*\d)", "search"),
        (r"\b(?=[\w-]*\d)[\w-]{24,}\b", "search"),
        (rb"&[^;]*;", "search"),
        # Those that were in the packages.
        (r"</?([A-Za-z_][^\s<>/\"']*)(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>", "match"),
        (r"([^\s=<>\"'/]+)(\s*=\s*)(?:\"([^\"<]*)\"|'([^'<]*)')", "search"),
        (r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+", "search"),
    ],
)
def test_slow_patterns_are_told(pattern: str | bytes, mode: str) -> None:
    """Planted slow patterns are found, so the check can fail."""
    assert slow_because(re.compile(pattern), mode) is not None


@pytest.mark.parametrize(
    ("pattern", "mode"),
    [
        (r"a*b", "match"),
        (r"a*+a?b", "match"),
        (r"(?:ab?)*c", "match"),
        (r"\ba+\b", "search"),
        (r"(?<![a-z])[a-z]+;", "search"),
        (r"(?<=//)[^/?#\s]*@", "search"),
        (r"\"[^\"]*\"", "search"),
        (r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", "search"),
        (r"[0-9]{1,300}(\.[0-9]{1,300})?", "fullmatch"),
        (r"(?s:[^/]*.*)", "fullmatch"),
        (r"([^,\s]+(,[^,\s]+)*)?", "fullmatch"),
    ],
)
def test_linear_patterns_are_not(pattern: str, mode: str) -> None:
    """Linear patterns are not suspected, or the check would be turned off some day."""
    assert slow_because(re.compile(pattern), mode) is None
