"""``@verb``: from a class of typed fields to an element with constructor, writer and table."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, dataclass_transform

from bxml._construct import FUNCTIONS, compile_function
from bxml._element import Callback, Content, Element, ElementKind, Ends, derive
from bxml._node import ELEMENTS, Node
from bxml._once import FIRST_IMPORT, FIRST_USE, ClassValue
from bxml._record import forbid_change, slotted

if TYPE_CHECKING:
    from inspect import Signature

ROOTS = ("Response", "Bxml")

P = ParamSpec("P")
M = TypeVar("M", bound=Node)
N = TypeVar("N", bound=Node)


class Verb(Node):
    """Base of the elements that stand directly in a document."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Name the counterpart of a method of the vendor's SDK."""
            with FIRST_IMPORT:
                from bxml._porting_sdk import method_hint

            hint = method_hint(name)
            text = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(f"{text}; {hint}" if hint else text, name=name, obj=self)


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
    """Make a class of annotated fields into an element; the arguments are what types lack."""

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
            ("_minimum", content.minimum),
            ("__signature__", _Signature()),
            *((each, _compile_on_use(made, each)) for each in FUNCTIONS),
        ):
            setattr(made, attribute, lazy)
        ELEMENTS[wire] = made
        return made

    return decorate


def _compile_on_use(cls: type[Node], name: str) -> Callable[..., object]:
    """Return a function that compiles the real one when it is first called."""

    def first(*args: object, **kwargs: object) -> object:
        return compile_function(cls, name)(*args, **kwargs)

    return first


def _snake(name: str) -> str:
    return (
        "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_").replace("-", "_")
    )


def append(parent: M, children: tuple[Node, ...]) -> M:
    """Return a copy of ``parent`` with the children at the end; raise for any that do not fit."""
    return parent._grown(children)


def appends(factory: Callable[P, Node]) -> Callable[Concatenate[M, P], M]:
    """Return a method that makes an element and returns a copy of the owner with it appended.

    The method has the parameters of ``factory`` and keeps the owner's class.
    """

    def method(self: M, /, *args: P.args, **kwargs: P.kwargs) -> M:
        return self._grown((factory(*args, **kwargs),))

    method.__doc__ = factory.__doc__
    name = getattr(factory, "__name__", "")
    method.__name__ = method.__qualname__ = _snake(name)
    return method
