"""Strategies for documents with one fault, with the rule that it breaks."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml._once import once
from bxml._wording import did_you_mean, quoted
from bxml.errors import Problem, ValidationError
from bxml.rules import RULES
from bxml.strategies._rule_faults import advice_faults, cross_field_faults
from bxml.strategies._structure_faults import structure_faults
from bxml.strategies._text_faults import text_faults
from bxml.strategies._value_faults import value_faults


class InvalidDocument(NamedTuple):
    """A document with one fault."""

    xml: str
    """Its text."""
    rule: str
    """Id of the broken rule, as in ``Problem.rule``."""


@once
def faults() -> Mapping[str, SearchStrategy[str]]:
    """Return strategies for the texts of documents with one fault, by the rule it breaks."""
    return {
        **value_faults(),
        **structure_faults(),
        **cross_field_faults(),
        **text_faults(),
        **advice_faults(),
    }


def _checked(rules: object) -> list[str]:
    """Return the requested rule ids.

    :raises ValidationError: for an id without a strategy.
    """
    known = tuple(faults())
    if rules is None:
        return [rule for rule in known if RULES[rule].severity == "error"]
    where = "strategies.invalid_documents.rules"
    if isinstance(rules, str) or not isinstance(rules, Iterable):
        finding = f"expected a list of rule ids, got {quoted(rules)}"
        raise ValidationError([Problem.at(where, "value-not-in-enum", finding)])
    wanted = list(cast("Iterable[object]", rules))
    unknown = [rule for rule in wanted if rule not in known]
    problems = [
        Problem.at(
            where,
            "value-not-in-enum",
            f"expected the id of a rule that a text can break by itself, got {quoted(rule)}",
            hint=did_you_mean(rule, known) if isinstance(rule, str) else None,
        )
        for rule in unknown
    ]
    if not wanted:
        finding = "expected at least one rule id, got none"
        problems.append(Problem.at(where, "too-few-children", finding))
    if problems:
        raise ValidationError(problems)
    return [str(rule) for rule in wanted]


@st.composite
def _broken(draw: st.DrawFn, rule: str) -> InvalidDocument:
    return InvalidDocument(draw(faults()[rule]), rule)


def invalid_documents(*, rules: Iterable[str] | None = None) -> SearchStrategy[InvalidDocument]:
    """Return a strategy for documents with exactly one fault: the XML and the rule it breaks.

    ``rules`` defaults to all rules of severity error that a text can break by itself. It may name
    warnings too: such a document is valid, and its other verbs may cause further warnings. Rules
    of single contexts are excluded. ``bxml.check`` reports the rule for each document, and no
    other rule of severity error.

    :raises ValidationError: for any other argument.
    """
    return st.one_of([_broken(rule) for rule in _checked(rules)])
