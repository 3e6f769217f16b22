"""Which elements stand in which: the children that constructors and ``append`` accept."""

from collections.abc import Callable, Iterable
from typing import TypeVar, get_args

from bxml._element import Element
from bxml._invariants import INVARIANTS, check_invariants
from bxml._node import ELEMENTS, Node
from bxml._once import FIRST_IMPORT
from bxml._record import declared_fields
from bxml._wording import join_with_or, quoted
from bxml.errors import Problem, ValidationError

N = TypeVar("N", bound=Node)


def child_types(cls: type[Node]) -> tuple[type[Node], ...]:
    """Return the classes that the annotation of the children field allows."""
    held = declared_fields(cls)[cls.element.content.name]
    inner = get_args(held.annotation)[0]
    return get_args(inner) or (inner,)


def simple_types(cls: type[Node]) -> frozenset[type[Node]]:
    """Return the element classes that a class takes as children."""
    if cls.element.content.form != "children":
        return frozenset()
    allowed = child_types(cls)
    return frozenset(element for element in ELEMENTS.values() if issubclass(element, allowed))


def complete_types(cls: type[Node]) -> frozenset[type[Node]]:
    """Return those of them that need no children of their own."""
    return frozenset(child for child in simple_types(cls) if not child._minimum)


def allowed(cls: type[Node]) -> Callable[[tuple[Node, ...]], bool]:
    """Return a test whether children are of these classes and have the children they need."""
    simple = simple_types(cls)

    def are_allowed(children: tuple[Node, ...]) -> bool:
        return simple.issuperset(map(type, children)) and all(
            not child._minimum or getattr(child, child.element.content.name) for child in children
        )

    return are_allowed


def validate_children(
    parent: Node, children: Iterable[object], problems: list[Problem], start: int = 0
) -> tuple[Node, ...]:
    """Return the children that may stand in ``parent``; add a problem for each that may not."""
    owner = parent.element.name
    field_name = parent.element.content.name
    allowed = child_types(type(parent))
    taken: list[Node] = []
    for index, child in enumerate(children, start):
        if not isinstance(child, allowed):
            problems.append(_misplaced(f"{owner}.{field_name}[{index}]", allowed, child))
            continue
        content = child.element.content
        if content.form == "children" and len(getattr(child, content.name)) < content.minimum:
            problems.append(too_few(child.element))
        taken.append(child)
    return tuple(taken)


def append_checked(parent: N, added: tuple[Node, ...]) -> N:
    """Return a copy of ``parent`` with the children at the end; raise for any that do not fit."""
    problems: list[Problem] = []
    content = parent.element.content
    held: tuple[Node, ...] = getattr(parent, content.name)
    both = held + validate_children(parent, added, problems, len(held))
    if content.maximum is not None and len(both) > content.maximum:
        too_many(parent.element, both, problems)
    made = parent._with(content.name, both)
    if parent.element.name in INVARIANTS:
        problems = check_invariants(made, problems) or []
    if problems:
        raise ValidationError(problems)
    if all(each._proved for each in added):
        object.__setattr__(made, "_proved", parent._proved)
    return made


def too_few(element: Element) -> Problem:
    """Return the problem of an element that lacks children."""
    content = element.content
    more = f" to {content.maximum}" if content.maximum != content.minimum else ""
    finding = f"expected {content.minimum}{more} {_names_of_children(element)}, got none"
    return Problem.at(f"{element.name}.{content.name}", "too-few-children", finding)


def too_many(element: Element, children: tuple[Node, ...], problems: list[Problem]) -> None:
    """Add the problem of an element with more children than it takes."""
    content = element.content
    expected = f"expected at most {content.maximum} {_names_of_children(element)}"
    where, finding = f"{element.name}.{content.name}", f"{expected}, got {len(children)}"
    problems.append(Problem.at(where, "too-many-children", finding))


def _names_of_children(element: Element) -> str:
    return join_with_or(_element_names(child_types(ELEMENTS[element.name])))


def _element_names(allowed: tuple[type[Node], ...]) -> list[str]:
    """Return the names of the classes that are elements: neither Verb nor Custom."""
    return [cls.__name__ for cls in allowed if cls.__name__ in ELEMENTS]


def _ported(child: object) -> str | None:
    with FIRST_IMPORT:
        from bxml._porting_sdk import object_hint

    return object_hint(child)


def _misplaced(where: str, allowed: tuple[type[Node], ...], child: object) -> Problem:
    names = _element_names(allowed)
    expected = join_with_or(names) or "a verb"
    got, hint = quoted(child), None
    if isinstance(child, Node):
        got = type(child).__name__
        if child.element.parents:
            hint = f"{got} belongs in {join_with_or(child.element.parents)}"
    elif isinstance(child, str):
        nouns = [f"{name}(...)" for name in names if ELEMENTS[name].element.kind == "noun"]
        hint = f"wrap it in {join_with_or(nouns)}" if nouns else None
        hint = hint or "wrap text to say in SpeakSentence(...)"
    elif isinstance(child, type):
        got, hint = f"the class {child.__name__}", f"call it: {child.__name__}(...)"
    elif isinstance(child, list | tuple):
        hint = "unpack it with *"
    else:
        hint = _ported(child)
    finding = f"expected {expected}, got {got}"
    return Problem.at(where, "element-not-allowed-here", finding, hint=hint)
