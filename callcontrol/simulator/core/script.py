"""Reading the document in a reply of the application (X1 to X10, F7, T6, P9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bxml.checking import check
from bxml.documents import Document, Response
from bxml.errors import BxmlError, Problem
from bxml.parser import parse
from callcontrol.simulator.settings import Assumptions

ContextId = Literal[
    "call-webhook-reply",
    "call-update",
    "conference-webhook-reply",
    "conference-update",
    "transfer-answer-reply",
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


_EMPTY = "the reply is empty, which counts as a document without verbs; return a document"


def error_in(body: bytes, context: ContextId, assumptions: Assumptions) -> str:
    """Return the first error of a document with its rule, empty if it can be run (X8, X9)."""
    problems = check(body, context=context)
    return _in_one_line(_errors(problems, lenient=assumptions.unknown_attributes == "ignore"))


def read(body: bytes, context: ContextId, assumptions: Assumptions) -> Reading:
    """Return the document in a body, or why there is none."""
    lenient = assumptions.unknown_attributes == "ignore"
    return _read(body, context, lenient)


@lru_cache(maxsize=CACHED)
def _read(body: bytes, context: ContextId, lenient: bool) -> Reading:  # noqa: FBT001 - cache key
    if not body.strip():
        return Reading(Response(), warnings=(_EMPTY,))
    problems = check(body, context=context)
    errors = _errors(problems, lenient=lenient)
    warnings = tuple(map(str, (it for it in problems if not _is_fatal(it, lenient=lenient))))
    if errors:
        return Reading(None, _in_one_line(errors), warnings)
    try:
        return Reading(parse(body, allow_unknown=True), warnings=warnings)
    except BxmlError as error:
        return Reading(None, str(error).replace("\n", "; "))


def _errors(problems: Sequence[Problem], *, lenient: bool) -> Sequence[Problem]:
    return [problem for problem in problems if _is_fatal(problem, lenient=lenient)]


def _is_fatal(problem: Problem, *, lenient: bool) -> bool:
    return problem.severity == "error" and not (lenient and problem.rule in NEVER_A_FAULT)


def _in_one_line(errors: Sequence[Problem]) -> str:
    if not errors:
        return ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0]} ({errors[0].rule}){more}".replace("\n", " ")
