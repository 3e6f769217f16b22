"""Reading the document in a reply of the application (X1 to X10, F7, T6, P9)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bxml import BxmlError, Problem
from bxml.checking import check
from bxml.documents import Document, Response
from bxml.parser import parse
from callcontrol.simulator.settings import Assumptions

ContextId = Literal[
    "call-webhook-reply", "call-update", "conference-webhook-reply", "transfer-answer-reply"
]
"""Where the document is used; ids of ``bxml.rules.CONTEXTS``."""

NEVER_A_FAULT: frozenset[str] = frozenset({"unknown-attribute"})
CACHED = 512


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """A document and its base URL."""

    document: Document
    url: str | None
    """Base of its relative URLs; None for a pushed document."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The document in a body, or why it cannot be run."""

    document: Document | None
    """None if the body cannot be run."""
    error: str = ""
    """The problem with it, in one line; empty if it can be run."""
    warnings: tuple[str, ...] = ()


def read(body: bytes, context: ContextId, assumptions: Assumptions) -> Reading:
    """Return the document in a body, or why there is none."""
    lenient = assumptions.unknown_attributes == "ignore"
    return _read(body, context, lenient)


@lru_cache(maxsize=CACHED)
def _read(body: bytes, context: ContextId, lenient: bool) -> Reading:  # noqa: FBT001 - cache key
    if not body.strip():
        return Reading(Response(), warnings=("the reply is empty; it counts as an empty document",))
    problems = check(body, context=context)
    forgiven = NEVER_A_FAULT if lenient else frozenset[str]()
    fatal = [problem.severity == "error" and problem.rule not in forgiven for problem in problems]
    errors = [problem for problem, is_error in zip(problems, fatal, strict=True) if is_error]
    warnings = tuple(
        str(problem) for problem, is_error in zip(problems, fatal, strict=True) if not is_error
    )
    if errors:
        return Reading(None, _in_one_line(errors), warnings)
    try:
        return Reading(parse(body, allow_unknown=True), warnings=warnings)
    except BxmlError as error:
        return Reading(None, str(error).replace("\n", "; "))


def _in_one_line(errors: list[Problem]) -> str:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0]}{more}".replace("\n", " ")
