"""The record of one rule: its texts, its examples and the function that finds violations."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, cast

from bxml import _invariants
from bxml._node import Node
from bxml._record import record
from bxml.documents import Document
from bxml.errors import Severity

N = TypeVar("N", bound=Node)

Naming = _invariants.Naming

Absent = frozenset[tuple[int, str]]
"""Fields of elements: pairs of the identity of the element and the Python name."""


def fields(node: Node, *names: str) -> Absent:
    """Return the named fields of one element."""
    return frozenset((id(node), name) for name in names)


Basis = Literal["documented", "inferred", "safety"]

Example = str | bytes | Document
"""An argument of ``check``: a Python document if XML cannot express the case."""


@record
class Finding(_invariants.Violation):
    """A violation that a rule found."""

    absent: Absent = frozenset()
    """Fields that the finding assumes to be absent. It is dropped if one of them was given but
    could not be read."""


ElementFinder = Callable[[Node, Naming], Iterable[Finding]]
"""Finds violations in one element; attributes that could not be read are None."""

DocumentFinder = Callable[[Document, str | None, Naming], Iterable[Finding]]
"""Finds violations in a whole document; takes the id of its context or None."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the language.

    Its examples are documents: ``bad`` breaks this rule, ``good`` is the repaired version. For a
    rule of one context, ``bad`` is checked in ``context``, ``good`` in ``good_context``.
    """

    id: str
    severity: Severity
    basis: Basis
    """``documented`` by the vendor, ``inferred`` from it, or ``safety``: protects the checker."""
    why: str
    """Reason for the rule, in one or two sentences."""
    bad: Example
    good: Example
    context: str | None = None
    enabled: bool = True
    """False for a rule that is off by default, because a document alone cannot prove it."""
    elements: tuple[str, ...] = ()
    """Elements that ``find`` takes, or verbs of which ``document`` needs at least one; empty for
    rules that the reader applies or that concern every document."""
    when: frozenset[str] = frozenset()
    """Attributes of which ``find`` needs at least one; empty if it needs none."""
    tagged: bool = False
    """True if ``find`` reports nothing about speech without tags."""
    find: ElementFinder | None = None
    document: DocumentFinder | None = None

    elsewhere: str | None = None
    """Context of ``good``, if every document is wrong in ``context``."""

    @property
    def good_context(self) -> str | None:
        """Id of the context in which ``good`` is checked."""
        return self.elsewhere or self.context

    @property
    def can_be_disabled(self) -> bool:
        """Whether ``disable`` accepts this id: inferred rules, and all warnings."""
        return self.basis == "inferred" or (self.basis != "safety" and self.severity == "warning")

    def on(
        self,
        *classes: type[N],
        find: Callable[[N, Naming], Iterable[Finding]],
        when: Iterable[str] = (),
        tagged: bool = False,
    ) -> "Rule":
        """Return the rule with a finder for elements of these classes."""
        names = tuple(cls.element.name for cls in classes)
        finder = cast("ElementFinder", find)
        given = frozenset(when)
        return replace(self, elements=names, when=given, tagged=tagged, find=finder)

    def over(self, find: DocumentFinder, *verbs: type[Node]) -> "Rule":
        """Return the rule with a finder for documents that contain one of these verbs."""
        names = tuple(verb.element.name for verb in verbs)
        return replace(self, elements=names, document=find)
