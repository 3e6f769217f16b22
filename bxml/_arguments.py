"""What a compiled constructor does with an argument that is not plainly fine."""

from collections.abc import Mapping
from typing import Final

from bxml._element import Element
from bxml._kinds import (
    InvalidValue,
    Kind,
    Text,
    did_you_mean,
    exact_str,
    join_with_or,
    quoted,
    refuse_illegal,
)
from bxml._node import ExtraAttributes
from bxml._once import FIRST_IMPORT
from bxml.errors import Problem

__all__ = [
    "MISSING",
    "Problems",
    "accept",
    "content_missing",
    "extras",
    "owner_of",
    "trimmed",
    "unknown_argument_problems",
]

Problems = list[Problem]


class Missing:
    """Type of the marker for an argument that was not given."""

    def __repr__(self) -> str:
        return "<required>"


MISSING: Final = Missing()


def accept(where: str, kind: Kind, value: object, problems: Problems) -> object:
    """Return the value in its one spelling, or None after adding the problem."""
    if isinstance(value, Missing):
        problems.append(
            Problem.at(
                where, "required-attribute-missing", f"expected {kind.expected}, got nothing"
            )
        )
        return None
    try:
        return kind.accept(value)
    except InvalidValue as refused:
        problems.append(Problem.at(where, refused.rule, refused.finding, hint=refused.hint))
        return None


def trimmed(text: object) -> object:
    """Return text without white space at its ends; as it is when no XML could carry it."""
    if not isinstance(text, str):
        return text
    try:
        refuse_illegal(exact_str(text))
    except InvalidValue:
        return text  # so that the index in the message counts from the caller's own beginning
    return exact_str(text).strip(" \t\r\n")


def content_missing(where: str, kind: Text, problems: Problems) -> None:
    """Add the problem of a text that was not given."""
    """Add the problem of an element without the text it needs."""
    problems.append(
        Problem.at(where, "required-text-missing", f"expected {kind.expected}, got nothing")
    )


def unknown_argument_problems(
    element: Element, surplus: tuple[object, ...], unknown: Mapping[str, object], problems: Problems
) -> None:
    """Add a problem for each argument that the element does not have."""
    owner = owner_of(element)
    names = tuple(attribute.name for attribute in element.attributes)
    if surplus:
        hint = f"attributes are keyword arguments: {', '.join(names[:3])}" if names else None
        problems.append(
            Problem.at(
                owner,
                "text-not-allowed",
                f"expected no more positional arguments, got {quoted(surplus[0])}",
                hint=hint,
            )
        )
    misnamed = f"{owner}.{element.content.name}"
    if element.content.name in unknown:
        problems[:] = [problem for problem in problems if problem.path != misnamed]
    for name in unknown:
        hint = _known_as(element, name) or _ported(element, name)
        hint = hint or did_you_mean(name, names) or _names_of(names)
        problems.append(
            Problem.at(
                f"{owner}.{name}",
                "unknown-attribute",
                f"expected a known attribute, got {name!r}",
                hint=hint,
            )
        )


def _ported(element: Element, name: str) -> str | None:
    with FIRST_IMPORT:
        from bxml._porting import attribute_hint

    return attribute_hint(element.name, name, wire=False)


LISTED = 4
"""Attributes that a hint names when none is near."""


def _names_of(names: tuple[str, ...]) -> str:
    rest = len(names) - LISTED
    more = [f"{rest} more"] if rest > 0 else []
    return f"it has {join_with_or([*names[:LISTED], *more], 'and')}"


def _known_as(element: Element, name: str) -> str | None:
    """Return what to write instead of a keyword that BXML knows under another name."""
    wires = {attribute.wire: attribute.name for attribute in element.attributes}
    if name in wires:
        return f"did you mean {wires[name]!r}?"
    if name == element.content.name:
        return f"give {name} as positional arguments"
    return None if wires else f"{element.name} has no attributes"


def owner_of(element: Element) -> str:
    """Return the name that error paths begin with."""
    """Return the name that error paths begin with."""
    return f"ssml.{element.python_name}" if element.kind == "ssml" else element.name


def extras(element: Element, given: object, problems: Problems) -> ExtraAttributes | None:
    """Return ``extra_attributes`` checked: unknown XML names with text that XML can carry."""
    with FIRST_IMPORT:
        from bxml._escape_hatch import checked_extras

    return checked_extras(f"{owner_of(element)}.extra_attributes", element, given, problems)
