"""The slow path of constructors: arguments that the inline tests did not accept."""

import re
from collections.abc import Mapping
from typing import Final, cast

from bxml._element import Element
from bxml._kinds import Kind
from bxml._once import FIRST_IMPORT
from bxml._record import ReadOnlyMap
from bxml._wording import (
    InvalidValue,
    did_you_mean,
    exact_str,
    join_with_or,
    meant,
    quoted,
    refuse_illegal,
)
from bxml.errors import Problem

Problems = list[Problem]

LISTED = 4
"""Attributes that a hint names when none is near."""

MAX_NAME = 256
_NAME = r"[A-Za-z_][A-Za-z0-9_.\-]*"
_RESERVED = "xml"
"""How names begin that mean something to XML itself: xmlns would rename whole elements."""


class Missing:
    """Type of the marker for an argument that was not given."""

    def __repr__(self) -> str:
        return "<required>"


MISSING: Final = Missing()


def accept(
    where: str,
    kind: Kind,
    value: object,
    problems: Problems | None,
    missing: str = "required-attribute-missing",
) -> tuple[object, Problems | None]:
    """Return the value in its one spelling, or None, and the problems together with its own."""
    if isinstance(value, Missing):
        problem = Problem.at(where, missing, f"expected {kind.expected}, got nothing")
    else:
        try:
            return kind.accept(value), problems
        except InvalidValue as refused:
            problem = Problem.at(where, refused.rule, refused.finding, hint=refused.hint)
    return None, [*(problems or ()), problem]


def trimmed(text: object) -> object:
    """Return text without white space at its ends; unchanged when XML cannot carry it."""
    if not isinstance(text, str):
        return text
    try:
        refuse_illegal(exact_str(text))
    except InvalidValue:
        return text  # so that the index in the message counts from the caller's own beginning
    return exact_str(text).strip(" \t\r\n")


def unknown_argument_problems(
    element: Element, surplus: tuple[object, ...], unknown: Mapping[str, object], problems: Problems
) -> None:
    """Add a problem for each argument that the element does not have."""
    owner = element.owner
    names = tuple(attribute.name for attribute in element.attributes)
    if surplus:
        hint = f"attributes are keyword arguments: {', '.join(names[:3])}" if names else None
        finding = f"expected no more positional arguments, got {quoted(surplus[0])}"
        problems.append(Problem.at(owner, "text-not-allowed", finding, hint=hint))
    if element.content.name in unknown:
        misnamed = f"{owner}.{element.content.name}"
        problems[:] = [problem for problem in problems if problem.path != misnamed]
    for name in unknown:
        hint = _known_as(element, name) or _ported(element, name)
        hint = hint or did_you_mean(name, names) or _in_the_sdk(element, name) or _names_of(names)
        finding = f"expected a known attribute, got {name!r}"
        problems.append(Problem.at(f"{owner}.{name}", "unknown-attribute", finding, hint=hint))


def _ported(element: Element, name: str) -> str | None:
    with FIRST_IMPORT:
        from bxml._porting import attribute_hint

    return attribute_hint(element.name, name, wire=False)


def _in_the_sdk(element: Element, name: str) -> str | None:
    with FIRST_IMPORT:
        from bxml._porting_sdk import argument_hint

    return argument_hint(element.name, name)


def _names_of(names: tuple[str, ...]) -> str:
    rest = len(names) - LISTED
    more = [f"{rest} more"] if rest > 0 else []
    return f"it has {join_with_or([*names[:LISTED], *more], 'and')}"


def _known_as(element: Element, name: str) -> str | None:
    """Return what to write instead of a keyword that BXML knows under another name."""
    wires = {attribute.wire: attribute.name for attribute in element.attributes}
    if name in wires:
        return meant(wires[name])
    if name == element.content.name:
        return f"give {name} as positional arguments"
    return None if wires else _in_the_sdk(element, name) or f"{element.name} has no attributes"


def checked_extras(element: Element, given: object, problems: Problems) -> ReadOnlyMap[str] | None:
    """Return ``extra_attributes`` as they will be written; None when there are none."""
    return checked_mapping(f"{element.owner}.extra_attributes", element, given, problems)


def checked_mapping(
    where: str, element: Element, given: object, problems: Problems
) -> ReadOnlyMap[str] | None:
    """Return attributes outside the table: unknown XML names with text that XML can carry."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        finding = f"expected a mapping of wire names to texts, got {quoted(given)}"
        problems.append(Problem.at(where, "unknown-attribute", finding))
        return None
    known = {attribute.wire: attribute.name for attribute in element.attributes}
    items: dict[str, str] = {}
    for key, value in cast(Mapping[object, object], given).items():
        name = checked_name(where, key, problems)
        if name in known:
            finding = f"expected names that {element.owner} does not have, got {name!r}"
            hint = f"write {known[name]}=... instead"
            problems.append(Problem.at(where, "unknown-attribute", finding, hint=hint))
        items[name] = checked_value(f"{where}[{quoted(key)}]", value, problems)
    return ReadOnlyMap(items) if items else None


def checked_name(where: str, name: object, problems: Problems) -> str:
    """Return an XML name without a prefix; empty after adding the problem."""
    hint = None
    text = exact_str(name) if isinstance(name, str) else ""
    if len(text) <= MAX_NAME and re.fullmatch(_NAME, text):
        if not text.lower().startswith(_RESERVED):
            return text
        hint = "names that begin with xml belong to XML itself"
    finding = f"expected an XML name without a prefix, got {quoted(name)}"
    problems.append(Problem.at(where, "pattern-mismatch", finding, hint=hint))
    return ""


def checked_value(where: str, value: object, problems: Problems) -> str:
    """Return text as it will be written, after adding a problem for what XML cannot carry."""
    if not isinstance(value, str):
        finding = f"expected text, got {quoted(value)}"
        problems.append(Problem.at(where, "pattern-mismatch", finding))
        return ""
    text = exact_str(value)
    try:
        refuse_illegal(text)
    except InvalidValue as refused:
        problems.append(Problem.at(where, refused.rule, refused.finding, hint=refused.hint))
    return text
