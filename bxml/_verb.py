"""``@verb``: from a class of typed fields to an element that checks, writes and explains itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import (
    TYPE_CHECKING,
    Concatenate,
    ParamSpec,
    TypeVar,
    dataclass_transform,
    get_args,
)

from bxml import _construct
from bxml._element import Callback, Content, Element, ElementKind, Ends, derive
from bxml._invariants import INVARIANTS
from bxml._kinds import join_with_or, quoted
from bxml._node import Node, forbid_change
from bxml._once import FIRST_USE, ClassValue, once
from bxml._record import declared_fields, slotted
from bxml._speech import speech
from bxml.errors import Problem, ValidationError

if TYPE_CHECKING:
    from inspect import Signature

__all__ = ["ELEMENTS", "Noun", "Verb", "adopt", "append", "appends", "equip", "too_few", "verb"]

ELEMENTS: dict[str, type[Node]] = {}
"""Every element class by its BXML name."""

ROOTS = ("Response", "Bxml")

P = ParamSpec("P")
M = TypeVar("M", bound=Node)
N = TypeVar("N", bound=Node)


class Verb(Node):
    """Base of the elements that stand directly in a document."""

    __slots__ = ()


class Noun(Node):
    """Base of the elements that stand only inside a certain verb."""

    __slots__ = ()


class _Signature:
    """Gives ``inspect.signature`` the constructor's parameters without computing them early."""

    def __get__(self, instance: Node | None, owner: type[Node]) -> "Signature":
        with FIRST_USE:
            from inspect import Parameter, Signature

        element = owner.element
        content = element.content
        parameters: list[Parameter] = []
        if content.form == "text":
            empty = Parameter.empty if content.required else ""
            parameters.append(
                Parameter(content.name, Parameter.POSITIONAL_OR_KEYWORD, default=empty)
            )
        required = [attribute for attribute in element.attributes if attribute.required]
        nested = content.form in ("children", "speech")
        if nested:
            parameters.append(Parameter(content.name, Parameter.VAR_POSITIONAL))
        kind = Parameter.KEYWORD_ONLY if nested else Parameter.POSITIONAL_OR_KEYWORD
        parameters += [Parameter(each.name, kind) for each in required]
        optional = [attribute.name for attribute in element.attributes if not attribute.required]
        parameters += [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None)
            for name in [*optional, "extra_attributes"]
        ]
        return Signature(parameters)


def _names(cls: type[Node]) -> tuple[str, ...]:
    """Return the names of the fields in the order of the constructor."""
    content = cls.element.content
    held = [] if content.form == "none" else [content.name]
    return (*held, *(attribute.name for attribute in cls.element.attributes), "extra_attributes")


@dataclass_transform(frozen_default=True)
def verb(
    *,
    name: str | None = None,
    python_name: str | None = None,
    kind: ElementKind = "verb",
    content: Content = Content("none"),  # noqa: B008 - frozen
    parents: tuple[str, ...] = ROOTS,
    callbacks: tuple[Callback, ...] = (),
    ends: Ends = Ends(),  # noqa: B008 - frozen
    blocking: bool | str = True,
    beta: bool = False,
    since: str | None = None,
    page: str | None = None,
    wire_names: Mapping[str, str] | None = None,
) -> Callable[[type[N]], type[N]]:
    """Make a class of annotated fields into an element; the arguments are what types cannot say."""

    def decorate(cls: type[N]) -> type[N]:
        wire = name or cls.__name__

        def make() -> Element:
            filled, attributes = derive(made, content, wire_names or {})
            return Element(
                wire,
                python_name or _snake(wire),
                kind,
                attributes,
                filled,
                parents,
                callbacks,
                ends,
                blocking,
                beta,
                since,
                page,
            )

        made = forbid_change(slotted(cls))
        for attribute, lazy in (
            ("element", ClassValue(made, "element", make)),
            ("_names", ClassValue(made, "_names", partial(_names, made))),
            ("__signature__", _Signature()),
            *_compile_on_use(made),
        ):
            setattr(made, attribute, lazy)
        ELEMENTS[wire] = made
        return made

    return decorate


def _compile_on_use(cls: type[Node]) -> Iterator[tuple[str, object]]:
    """Yield a constructor and writers that compile the real ones when first called."""

    def __init__(self: Node, *args: object, **kwargs: object) -> None:  # noqa: N807 - its name
        equip(cls)
        construct: Callable[..., None] = cls.__init__
        construct(self, *args, **kwargs)

    def _attributes(self: Node) -> str:
        equip(cls)
        return cls._attributes(self)

    def _xml(self: Node) -> str:
        equip(cls)
        return cls._xml(self)

    yield from (("__init__", __init__), ("_attributes", _attributes), ("_xml", _xml))


def _snake(name: str) -> str:
    return (
        "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_").replace("-", "_")
    )


@once
def equip(cls: type[Node]) -> None:
    """Give the class the constructor and writers compiled from its table."""
    element = cls.element
    helpers = {
        "adopt": adopt,
        "allowed": _simple_children(cls),
        "complete": _complete(cls),
        "hold": hold,
        "speech": speech,
        "too_many": _too_many,
    }
    invariants = INVARIANTS.get(element.name, ())
    attributes, xml = _construct.writer(element)
    for name, function in (
        ("_filled", staticmethod(_construct.filler(cls))),
        ("_attributes", attributes),
        ("_xml", xml),
        ("__init__", _construct.constructor(cls, invariants, helpers)),
    ):
        setattr(cls, name, function)


def _child_types(cls: type[Node]) -> tuple[type[Node], ...]:
    """Return the classes that the annotation of the children field allows."""
    held = declared_fields(cls)[cls.element.content.name]
    inner = get_args(held.annotation)[0]
    return get_args(inner) or (inner,)


def _simple_children(cls: type[Node]) -> set[type[Node]]:
    """Return the classes that a parent takes without a further look."""
    if cls.element.content.form != "children":
        return set()
    allowed = _child_types(cls)
    return {element for element in ELEMENTS.values() if issubclass(element, allowed)}


def _complete(cls: type[Node]) -> Callable[[tuple[Node, ...]], bool]:
    """Return a test whether the children that need children of their own have some."""
    needy = frozenset(
        simple_child
        for simple_child in _simple_children(cls)
        if simple_child.element.content.minimum
    )

    def complete(children: tuple[Node, ...]) -> bool:
        if needy.isdisjoint(map(type, children)):
            return True
        return all(
            getattr(child, child.element.content.name) for child in children if type(child) in needy
        )

    return complete


def hold(node: Node, problems: list[Problem] | None) -> list[Problem] | None:
    """Return the problems together with those of the invariants of this element."""
    refused = {problem.path for problem in problems or ()}
    for invariant in INVARIANTS[node.element.name]:
        for finding in invariant.find(node, str):
            owner = node._owner()
            where = f"{owner}.{finding.attribute}" if finding.attribute else owner
            if where not in refused:
                problem = Problem.at(where, invariant.rule, finding.text, hint=finding.hint)
                problems = [*(problems or ()), problem]
    return problems


def adopt(
    parent: Node, children: Iterable[object], problems: list[Problem], start: int = 0
) -> tuple[Node, ...]:
    """Return the children that may stand in ``parent``; add a problem for each that may not."""
    owner = parent.element.name
    field_name = parent.element.content.name
    allowed = _child_types(type(parent))
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


def too_few(element: Element) -> Problem:
    """Return the problem of an element that lacks children."""
    content = element.content
    expected = f"{content.minimum}" + (
        f" to {content.maximum}" if content.maximum != content.minimum else ""
    )
    return Problem.at(
        f"{element.name}.{content.name}",
        "too-few-children",
        f"expected {expected} {_named(_child_types(ELEMENTS[element.name]))}, got none",
    )


def _too_many(element: Element, children: tuple[Node, ...], problems: list[Problem]) -> None:
    problems.append(
        Problem.at(
            f"{element.name}.{element.content.name}",
            "too-many-children",
            f"expected at most {element.content.maximum} "
            f"{_named(_child_types(ELEMENTS[element.name]))}, got {len(children)}",
        )
    )


def _own(allowed: tuple[type[Node], ...]) -> list[type[Node]]:
    return [each for each in allowed if each is not Verb and each.__name__ != "Custom"]


def _named(allowed: tuple[type[Node], ...]) -> str:
    return join_with_or([each.__name__ for each in _own(allowed)])


def _misplaced(where: str, allowed: tuple[type[Node], ...], child: object) -> Problem:
    expected = _named(allowed) or "a verb"
    got, hint = quoted(child), None
    if isinstance(child, Node):
        got = type(child).__name__
        if child.element.parents:
            hint = f"{got} belongs in {join_with_or(child.element.parents)}"
    elif isinstance(child, str):
        nouns = [f"{each.__name__}(...)" for each in _own(allowed) if issubclass(each, Noun)]
        hint = (
            f"wrap it in {join_with_or(nouns)}"
            if nouns
            else "wrap text to say in SpeakSentence(...)"
        )
    elif isinstance(child, type):
        got, hint = f"the class {child.__name__}", f"call it: {child.__name__}(...)"
    elif isinstance(child, list | tuple):
        hint = "unpack it with *"
    return Problem.at(
        where, "element-not-allowed-here", f"expected {expected}, got {got}", hint=hint
    )


def append(parent: M, children: tuple[Node, ...]) -> M:
    """Return a copy of ``parent`` with the children at the end; raise for any that do not fit."""
    problems: list[Problem] = []
    content = parent.element.content
    held: tuple[Node, ...] = getattr(parent, content.name)
    both = held + adopt(parent, children, problems, len(held))
    if content.maximum is not None and len(both) > content.maximum:
        _too_many(parent.element, both, problems)
    made = parent._with(content.name, both)
    if parent.element.name in INVARIANTS:
        problems = hold(made, problems) or []
    if problems:
        raise ValidationError(problems)
    return made


def appends(factory: Callable[P, Node]) -> Callable[Concatenate[M, P], M]:
    """Return a method that makes an element and returns a copy of the owner with it appended.

    The method has the parameters of ``factory`` and keeps the owner's class.
    """

    def method(self: M, /, *args: P.args, **kwargs: P.kwargs) -> M:
        return append(self, (factory(*args, **kwargs),))

    method.__doc__ = factory.__doc__
    name = getattr(factory, "__name__", "")
    method.__name__ = method.__qualname__ = _snake(name)
    return method
