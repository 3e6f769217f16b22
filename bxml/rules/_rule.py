"""The record of one rule: what people read about it, and the function that finds it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, cast

from bxml import _invariants
from bxml._invariants import Naming
from bxml._node import Node
from bxml._record import record
from bxml.documents import Document
from bxml.errors import Severity

__all__ = [
    "Absent",
    "Basis",
    "DocumentFinder",
    "ElementFinder",
    "Example",
    "Finding",
    "Naming",
    "Rule",
    "fields",
]

N = TypeVar("N", bound=Node)

Absent = frozenset[tuple[int, str]]
"""Fields of elements: the identity of the value and the Python name."""


def fields(node: Node, *names: str) -> Absent:
    """Return these fields of one element."""
    return frozenset((id(node), name) for name in names)


Basis = Literal["documented", "inferred", "safety"]

Example = str | bytes | Document
"""A document as ``check`` takes it; one made in Python where XML cannot show the case."""


@record
class Finding(_invariants.Violation):
    """What a rule found."""

    absent: Absent = frozenset()
    """Fields that the finding takes to be left out. It does not hold where one of them was given
    but could not be read."""


ElementFinder = Callable[[Node, Naming], Iterable[Finding]]
"""Looks at one element value; attributes that could not be read are None in it."""

DocumentFinder = Callable[[Document, str | None, Naming], Iterable[Finding]]
"""Looks at a whole document, given the id of the context it is checked for or None."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the language.

    Its examples are documents: ``bad`` breaks this rule, ``good`` is the repaired twin. A rule
    that holds in a context only is tried there (``context``), its twin in ``good_context``.
    """

    id: str
    severity: Severity
    basis: Basis
    """``documented`` by the vendor, ``inferred`` by us, or ``safety``: protects the checker."""
    why: str
    """What happens otherwise, in one or two sentences."""
    bad: Example
    good: Example
    context: str | None = None
    enabled: bool = True
    """False for a rule that must be asked for, because a document alone cannot prove it."""
    elements: tuple[str, ...] = ()
    """Elements that ``find`` looks at, or of which ``document`` needs one among the verbs to find
    anything; empty for rules that the reader finds or that concern every document."""
    when: frozenset[str] = frozenset()
    """Attributes of which one must be given for ``find`` to find anything; empty for always."""
    find: ElementFinder | None = None
    document: DocumentFinder | None = None

    elsewhere: str | None = None
    """Where the good twin belongs, when no document is good in ``context``."""

    @property
    def good_context(self) -> str | None:
        """Id of the context in which the good twin is tried."""
        return self.elsewhere or self.context

    @property
    def can_be_disabled(self) -> bool:
        """Whether ``disable`` takes this id: inferred rules, and every warning."""
        return self.basis == "inferred" or (self.basis != "safety" and self.severity == "warning")

    def on(
        self,
        *classes: type[N],
        find: Callable[[N, Naming], Iterable[Finding]],
        when: Iterable[str] = (),
    ) -> "Rule":
        """Return the rule with the function that looks at the values of these classes."""
        names = tuple(cls.element.name for cls in classes)
        finder = cast("ElementFinder", find)
        return replace(self, elements=names, when=frozenset(when), find=finder)

    def over(self, find: DocumentFinder, *verbs: type[Node]) -> "Rule":
        """Return the rule with the function that looks at documents that hold such a verb."""
        names = tuple(verb.element.name for verb in verbs)
        return replace(self, elements=names, document=find)
