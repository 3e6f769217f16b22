"""Constructor and writer of each element class: source made from its table, compiled on first use.

A generic constructor that walks the table costs several times as much per verb. This source tests
each argument inline and calls a function only for a value that does not pass. ``_templates`` has
its outline, ``CONSTRUCTOR``, the other functions, and the parts that the table fills in.

``python -m bxml._construct Gather`` prints the source of a class. Debuggers and tracebacks show
its lines, as those of a file named ``<bxml Gather.__init__>``.

A slot of a frozen class is set by its descriptor. For classes with more than a few fields it is
cheaper to give the new object a twin class while it is filled, which has the same slots and is not
frozen; no other code has seen the object yet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from bxml import _arguments, _children, _writer
from bxml._construct._templates import (
    ATTRIBUTE,
    ATTRIBUTES,
    CHECK,
    CHECK_CHILDREN,
    CHECK_COUNT,
    CHECK_INVARIANTS,
    CHECK_SPEECH,
    CONSTRUCTOR,
    CONTENT,
    EXTRA_ATTRIBUTES,
    FEW,
    FILLED,
    GROWN,
    INNER,
    MAX_PLAIN,
    PLAIN_SPEECH,
    PLAIN_TEXT,
    SET_FIELDS,
    XML,
)
from bxml._element import Attribute, Element
from bxml._generated import run
from bxml._invariants import INVARIANTS, check_invariants
from bxml._kinds import Boolean, Enumeration, Kind, Numeric, Text, compiled
from bxml._node import Node
from bxml._once import once
from bxml._speech import speech
from bxml.errors import ValidationError


def source(cls: type[Node], function: str | None = None) -> str:
    """Return the source of a function of a class, or of all of them."""
    if function is None:
        return "\n\n".join(source(cls, name) for name in functions(cls))
    text = FUNCTIONS[function](cls)
    while "\n\n" in text:  # what a table leaves empty
        text = text.replace("\n\n", "\n")
    return text


def functions(cls: type[Node]) -> Iterator[str]:
    """Yield the names of the functions that are made for a class."""
    return (
        name for name in FUNCTIONS if name != "_grown" or cls.element.content.form == "children"
    )


def _constructor(cls: type[Node]) -> str:
    element = cls.element
    surplus = "" if element.content.form in ("children", "speech") else "surplus"
    judged = " or ".join(_may_break_invariants(element, ""))
    return CONSTRUCTOR.format(
        parameters=_lines("    {},", _parameters(element)),
        checks="".join(_checks(cls)),
        surplus=surplus or "()",
        or_surplus=surplus and f" or {surplus}",
        set_fields=_set_fields(cls),
        check_invariants=judged and CHECK_INVARIANTS.format(given=judged),
    )


def _filled(cls: type[Node]) -> str:
    return FILLED.format(fields=_lines("        made.{},", cls._names))


def _grown(cls: type[Node]) -> str:
    content = cls.element.content
    more = [*_may_break_invariants(cls.element, "self.")]
    if content.maximum is not None:
        more.append(f"len(self.{content.name}) + len(added) > {content.maximum}")
    return GROWN.format(
        name=content.name,
        fields=_lines("    made.{0} = self.{0}", [n for n in cls._names if n != content.name]),
        or_more=_lines("        or {}", more),
    )


def _attributes(cls: type[Node]) -> str:
    return ATTRIBUTES.format(attributes=_written(cls.element))


def _xml(cls: type[Node]) -> str:
    return XML.format(attributes=_written(cls.element), content=_content(cls.element))


FUNCTIONS: Mapping[str, Callable[[type[Node]], str]] = {
    "__init__": _constructor,
    "_filled": _filled,
    "_grown": _grown,
    "_attributes": _attributes,
    "_xml": _xml,
}
"""The functions of a class, each made on its first call."""


def _lines(line: str, names: Iterable[str]) -> str:
    return "\n".join(map(line.format, names))


def _parameters(element: Element) -> Iterator[str]:
    content, attributes = element.content, element.attributes
    required = [f"{attribute.name}=MISSING" for attribute in attributes if attribute.required]
    if content.form == "text":
        yield f"{content.name}=MISSING" if content.required else f'{content.name}=""'
    if content.form in ("children", "speech"):
        yield from (f"*{content.name}", *required)
    else:
        yield from (*required, "*surplus")
    yield from (f"{attribute.name}=None" for attribute in attributes if not attribute.required)
    yield from ("extra_attributes=None", "**unknown")


def _checks(cls: type[Node]) -> Iterator[str]:
    """Yield the tests of the content and of each attribute."""
    content, owner = cls.element.content, cls.element.owner
    name = content.name
    if content.form == "children":
        yield CHECK_CHILDREN.format(name=name)
        if content.maximum is not None:
            yield CHECK_COUNT.format(name=name, maximum=content.maximum)
    elif content.form == "speech":
        is_fine = PLAIN_SPEECH if content.words else "not {name}"
        yield CHECK_SPEECH.format(name=name, is_plain=is_fine.format(name=name))
    elif content.kind is not None:
        if content.trim == "trim":
            yield f"    {name} = trimmed({name})\n"
        yield _check(f"{owner}.{name}", name, content.kind, rule=', "required-text-missing"')
    for attribute in cls.element.attributes:
        given = "" if attribute.required else f"{attribute.name} is not None and "
        yield _check(f"{owner}.{attribute.name}", attribute.name, attribute.kind, given=given)


def _check(where: str, name: str, kind: Kind, *, given: str = "", rule: str = "") -> str:
    test = is_plain(kind, name)
    return CHECK.format(given=given, is_plain=test, name=name, where=where, rule=rule)


def is_plain(kind: Kind, name: str) -> str:
    """Return source that is true only for a valid value in its one spelling."""
    if isinstance(kind, Boolean):
        return f"type({name}) is bool"
    if isinstance(kind, Enumeration):
        return f"type({name}) is str and {name} in {{{', '.join(map(repr, kind.values))}}}"
    if isinstance(kind, Numeric):
        low = "" if kind.minimum is None else f"{kind.minimum} <= "
        high = MAX_PLAIN if kind.maximum is None else kind.maximum
        return f"type({name}) is int and {low}{name} <= {high}"
    tests = [f"type({name}) is str"]
    if not kind.plain and kind.quick is None:
        tests.append(f"{name}.isprintable()")  # all that is printable, XML can carry
    if kind.pattern is not None:
        tests.append(f"match_{name}({name})")
    if kind.max_length is not None:
        tests.append(f"len({name}) <= {kind.max_length}")
    return " and ".join([*tests, name] if kind.min_length else tests)


def _set_fields(cls: type[Node]) -> str:
    names = cls._names
    if len(names) <= FEW:
        slots = _lines("    set_{0}(self, {0})", names)
        return f"{slots}\n    set__proved(self, proved if type(self) is owner else None)\n"
    return SET_FIELDS.format(
        set_plainly=_lines("        self.{0} = {0}", names),
        values=", ".join(names),
    )


def _may_break_invariants(element: Element, prefix: str) -> Iterator[str]:
    """Yield tests, one of which is true for each value that an invariant has to look at."""
    for invariant in INVARIANTS.get(element.name, ()):
        for name in invariant.only_with:
            wrong = "is not None" if invariant.only_for is None else f"== {invariant.only_for!r}"
            yield f"{prefix}{name} {wrong}"
        if not invariant.only_with:
            yield "True"


def _written(element: Element) -> str:
    return "".join([*map(_attribute, element.attributes), EXTRA_ATTRIBUTES])


def _attribute(attribute: Attribute) -> str:
    kind, value = attribute.kind, "value"
    if isinstance(kind, Boolean):
        value = '"true" if value else "false"'
    elif isinstance(kind, Numeric):
        value = "value if type(value) is int else decimal_text(value)"
    elif isinstance(kind, Text) and (not kind.plain or set(kind.pattern or "") & set('&<>"')):
        value = "value if value.isalnum() else escape_attribute(value)"
    return ATTRIBUTE.format(name=attribute.name, wire=attribute.wire, value=value)


def _content(element: Element) -> str:
    form, name = element.content.form, element.content.name
    if form == "none":
        return f'    return f"<{element.name}{{attributes}}/>"\n'
    plain = PLAIN_TEXT.format("content" if form == "text" else "text")
    return CONTENT.format(name=name, element=element.name, inner=INNER[form].format(is_plain=plain))


@once
def compile_function(cls: type[Node], function: str) -> Callable[..., object]:
    """Give the class a function made from its table, and return it."""
    scope = _scope(cls)
    run(f"<bxml {cls.element.name}.{function}>", source(cls, function), scope)
    made = cast("Callable[..., object]", scope[function])
    setattr(cls, function, made)
    return made


@once
def _scope(cls: type[Node]) -> dict[str, object]:
    """Return the names that the source of the class uses."""
    element = cls.element
    kinds = {attribute.name: attribute.kind for attribute in element.attributes}
    if element.content.kind is not None:
        kinds[element.content.name] = element.content.kind
    scope: dict[str, object] = {
        "__name__": "bxml",
        "MISSING": _arguments.MISSING,
        "ValidationError": ValidationError,
        "accept": _arguments.accept,
        "allowed": _children.allowed(cls),
        "append_checked": _children.append_checked,
        "check_invariants": check_invariants,
        "checked_extras": _arguments.checked_extras,
        "complete": _children.complete_types(cls),
        "decimal_text": _writer.decimal_text,
        "element": element,
        "escape_attribute": _writer.attribute,
        "escape_text": _writer.text,
        "new": object.__new__,
        "owner": cls,
        "put": object.__setattr__,
        "speech": speech,
        "too_many": _children.too_many,
        "trimmed": _arguments.trimmed,
        "twin": type(cls.__name__, cls.__bases__, {"__slots__": cls.__dict__["__slots__"]}),
        "unknown_argument_problems": _arguments.unknown_argument_problems,
        "validate_children": _children.validate_children,
        **{f"kind_{name}": kind for name, kind in kinds.items()},
        **{f"set_{name}": getattr(cls, name).__set__ for name in (*cls._names, "_proved")},
    }
    for name, kind in kinds.items():
        if isinstance(kind, Text) and kind.pattern is not None:
            scope[f"match_{name}"] = _matcher(scope, f"match_{name}", kind.quick or kind.pattern)
    return scope


def _matcher(scope: dict[str, object], name: str, pattern: str) -> Callable[[str], object]:
    """Return a function that compiles the pattern when it is first called, and replaces itself."""

    def first(text: str) -> object:
        scope[name] = match = compiled(pattern).fullmatch
        return match(text)

    return first
