"""The record of one rule: what people read about it, and the function that finds it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from bxml._invariants import Finding, Naming
from bxml._node import Node
from bxml.documents import Document
from bxml.errors import Severity

__all__ = ["Basis", "DocumentFinder", "ElementFinder", "Finding", "Naming", "Rule"]

Basis = Literal["documented", "inferred", "safety"]

ElementFinder = Callable[[Node, Naming], Iterator[Finding]]
"""Looks at one element value; attributes that could not be read are None in it."""

DocumentFinder = Callable[[Document, str | None, Naming], Iterator[Finding]]
"""Looks at a whole document, given the id of the context it is checked for or None."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the language.

    Its examples are documents: ``bad`` breaks this rule, ``good`` is the repaired twin. A rule
    that holds in a context only is tried there (``context``).
    """

    id: str
    severity: Severity
    basis: Basis
    """``documented`` by the vendor, ``inferred`` by us, or ``safety``: protects the checker."""
    why: str
    """What happens otherwise, in one or two sentences."""
    bad: str | bytes
    good: str | bytes
    context: str | None = None
    enabled: bool = True
    """False for a rule that must be asked for, because a document alone cannot prove it."""
    elements: tuple[str, ...] = ()
    """Elements that ``find`` looks at; empty for rules that the reader or ``document`` finds."""
    find: ElementFinder | None = None
    document: DocumentFinder | None = None

    @property
    def can_be_disabled(self) -> bool:
        """Whether ``disable`` takes this id: inferred rules, and every warning."""
        return self.basis == "inferred" or (self.basis != "safety" and self.severity == "warning")
