"""Constructor and writer of each element class, compiled once from its table.

A generic constructor that walks the table costs several times as much per verb. The source made
here is what a person would write by hand for one class: test each argument inline, call into
Python only for a value that is not plainly fine, set the slots.

Setting a slot of a frozen class goes through ``object.__setattr__``. For classes with more than a
few fields it is cheaper to let the new object be of a twin class that is not frozen for as long as
it is filled; both have the same slots, and nobody else has seen the object yet.
"""

from collections.abc import Callable, Iterator, Mapping

from bxml import _arguments, _writer
from bxml._arguments import owner_of
from bxml._element import Attribute, Content, Element
from bxml._invariants import Invariant
from bxml._kinds import Boolean, Enumeration, Kind, Numeric, Text, compiled
from bxml._node import Node
from bxml.errors import ValidationError

__all__ = ["constructor", "filler", "twin", "writer"]

FEW = 2
"""Fields up to which setting each slot is cheaper than changing the class twice."""


def twin(cls: type[Node]) -> type:
    """Return a class with the same slots that is not frozen."""
    return type(cls.__name__, cls.__bases__, {"__slots__": cls.__dict__["__slots__"]})


def _parameters(content: Content, attributes: tuple[Attribute, ...]) -> Iterator[str]:
    positional = [attribute for attribute in attributes if attribute.required]
    if content.form == "text":
        yield f"{content.name}=MISSING" if content.required else f'{content.name}=""'
    if content.form in ("children", "speech"):
        yield f"*{content.name}"
        yield from (f"{each.name}=MISSING" for each in positional)
    else:
        yield from (f"{each.name}=MISSING" for each in positional)
        yield "*surplus"
    yield from (f"{attribute.name}=None" for attribute in attributes if not attribute.required)
    yield "extra_attributes=None"
    yield "**unknown"


def _test(kind: Kind, name: str, index: int) -> str:
    return (
        kind.fast(name).replace("{match}", f"match{index}")
        if isinstance(kind, Text)
        else kind.fast(name)
    )


def _check(owner: str, name: str, kind: Kind, index: int, *, optional: bool) -> Iterator[str]:
    guard = f"{name} is not None and " if optional else ""
    yield f"    if {guard}not ({_test(kind, name, index)}):"
    yield "        if problems is None: problems = []"
    yield f"        {name} = accept({f'{owner}.{name}'!r}, kind{index}, {name}, problems)"


def _content_lines(element: Element) -> Iterator[str]:
    content = element.content
    name = content.name
    if content.form == "text" and content.kind is not None:
        yield f"    if {name} is MISSING:"
        yield "        if problems is None: problems = []"
        yield f"        content_missing({f'{owner_of(element)}.{name}'!r}, content_kind, problems)"
        yield "    else:"
        if content.trim == "trim":
            yield f"        {name} = trimmed({name})"
        yield from (
            "    " + line
            for line in _check(owner_of(element), name, content.kind, 999, optional=False)
        )
    elif content.form == "children":
        yield f"    if not allowed.issuperset(map(type, {name})) or not complete({name}):"
        yield "        if problems is None: problems = []"
        yield f"        {name} = adopt(self, {name}, problems)"
        if content.maximum is not None:
            yield f"    if len({name}) > {content.maximum}:"
            yield "        if problems is None: problems = []"
            yield f"        too_many(element, {name}, problems)"
    elif content.form == "speech":
        first = f"{name}[0]"
        plain = (
            f"len({name}) == 1 and type({first}) is str and {first}.isprintable()"
            f" and {first} and not {first}.isspace()"
        )
        yield f"    if not ({plain if content.words else f'not {name}'}):"
        yield "        if problems is None: problems = []"
        yield f"        {name} = speech(self, {name}, problems)"


def _fill_lines(names: list[str]) -> Iterator[str]:
    slow = [f"set_{name}(self, {name})" for name in names]
    if len(names) <= FEW:
        yield from (f"    {line}" for line in slow)
        return
    yield "    if type(self) is owner:"
    yield "        put(self, '__class__', twin)"
    yield from (f"        self.{name} = {name}" for name in names)
    yield "        self.__class__ = owner"
    yield "    else:"
    yield from (f"        {line}" for line in slow)


def _field_names(element: Element) -> list[str]:
    held = [] if element.content.form == "none" else [element.content.name]
    return [*held, *(attribute.name for attribute in element.attributes), "extra_attributes"]


def constructor(
    cls: type[Node], invariants: tuple[Invariant, ...], helpers: Mapping[str, object]
) -> Callable[..., object]:
    """Return ``__init__`` for the class."""
    element = cls.element
    content, attributes = element.content, element.attributes
    lines = [f"def __init__(self, {', '.join(_parameters(content, attributes))}):"]
    lines.append("    problems = None")
    lines.extend(_content_lines(element))
    for index, each in enumerate(attributes):
        lines.extend(
            _check(owner_of(element), each.name, each.kind, index, optional=not each.required)
        )
    surplus = "()" if content.form in ("children", "speech") else "surplus"
    lines.append(f"    if unknown or extra_attributes is not None or {surplus}:")
    lines.append("        if problems is None: problems = []")
    lines.append(f"        strange(element, {surplus}, unknown, problems)")
    lines.append("        extra_attributes = extras(element, extra_attributes, problems)")
    lines.extend(_fill_lines(_field_names(element)))
    lines.extend(
        f"    if not ({invariant.fine}): problems = hold(self, problems)"
        for invariant in invariants
    )
    lines.append("    if problems: raise ValidationError(problems)")
    return _compiled("__init__", lines, _scope(cls, helpers), element)


def _matcher(kind: Kind | None) -> Callable[[str], object] | None:
    if not isinstance(kind, Text) or kind.pattern is None:
        return None
    return compiled(kind.quick or kind.pattern).fullmatch


def _scope(cls: type[Node], helpers: Mapping[str, object]) -> dict[str, object]:
    kind = cls.element.content.kind
    scope: dict[str, object] = {
        "MISSING": _arguments.MISSING,
        "ValidationError": ValidationError,
        "accept": _arguments.accept,
        "content_kind": kind,
        "content_missing": _arguments.content_missing,
        "element": cls.element,
        "extras": _arguments.extras,
        "kind999": kind,
        "match999": _matcher(kind),
        "owner": cls,
        "put": object.__setattr__,
        "strange": _arguments.unknown_argument_problems,
        "trimmed": _arguments.trimmed,
        "twin": twin(cls),
        **helpers,
    }
    for name in _field_names(cls.element):
        scope[f"set_{name}"] = getattr(cls, name).__set__
    for index, each in enumerate(cls.element.attributes):
        scope[f"kind{index}"] = each.kind
        scope[f"match{index}"] = _matcher(each.kind)
    return scope


def filler(cls: type[Node]) -> Callable[..., object]:
    """Return the function that makes a value of exactly this class from its fields, unchecked."""
    names = ", ".join(f"made.{name}" for name in _field_names(cls.element))
    lines = [
        "def _filled(values):",
        "    made = new(twin)",
        f"    ({names},) = values",
        "    made.__class__ = owner",
        "    return made",
    ]
    scope: dict[str, object] = {"new": object.__new__, "owner": cls, "twin": twin(cls)}
    return _compiled("_filled", lines, scope, cls.element)


_PLAIN_ATTRIBUTE = "'&' not in v and '<' not in v and '>' not in v and v.isprintable()"
_PLAIN_TEXT = "'&' not in t and '<' not in t and '>' not in t and '\\r' not in t"


def _value_source(kind: Kind) -> str:
    """Return the source of an attribute's wire text, for the value ``v``."""
    if isinstance(kind, Boolean):
        return '"true" if v else "false"'
    if isinstance(kind, Enumeration):
        return "v"
    if isinstance(kind, Numeric):
        return "v if type(v) is int else decimal(v)"
    if kind.plain and not set(kind.pattern or "") & set('&<>"'):
        return "v"
    return f"v if v.isalnum() or {_PLAIN_ATTRIBUTE} and '\"' not in v else quote(v)"


def _attribute_lines(element: Element) -> Iterator[str]:
    yield '    a = ""'
    for attribute in element.attributes:
        yield f"    v = self.{attribute.name}"
        value = _value_source(attribute.kind)
        add = f"a += ' {attribute.wire}=\"' + ({value}) + '\"'"
        if value == "v" or isinstance(attribute.kind, Numeric):
            add = f"a += f' {attribute.wire}=\"{{{value}}}\"'"
        yield f"    {add}" if attribute.required else f"    if v is not None: {add}"
    yield "    v = self.extra_attributes"
    yield "    if v is not None: a += ''.join([f' {k}=\"{quote(v[k])}\"' for k in v])"


def _content_source(element: Element) -> Iterator[str]:
    content, name = element.content, element.name
    empty = f'return f"<{name}{{a}}/>"'
    if content.form == "none":
        yield f"    {empty}"
        return
    yield f"    held = self.{content.name}"
    yield f"    if not held: {empty}"
    if content.form == "children":
        yield "    inner = ''.join([each._xml() for each in held])"
    elif content.form == "text":
        yield f"    t = held\n    inner = t if {_PLAIN_TEXT} else text(t)"
    else:
        yield "    t = held[0]"
        yield f"    if len(held) == 1 and type(t) is str: inner = t if {_PLAIN_TEXT} else text(t)"
        yield "    else: inner = ''.join([text(t) if type(t) is str else t._xml() for t in held])"
    yield f'    return f"<{name}{{a}}>{{inner}}</{name}>"'


def writer(element: Element) -> tuple[Callable[..., object], Callable[..., object]]:
    """Return ``_attributes`` and ``_xml`` for the class of ``element``."""
    scope: dict[str, object] = {
        "decimal": _writer.decimal_text,
        "quote": _writer.attribute,
        "text": _writer.text,
    }
    lines = list(_attribute_lines(element))
    attributes = ["def _attributes(self):", *lines, "    return a"]
    xml = ["def _xml(self):", *lines, *_content_source(element)]
    return (
        _compiled("_attributes", attributes, scope, element),
        _compiled("_xml", xml, scope, element),
    )


def _compiled(
    name: str, lines: list[str], scope: dict[str, object], element: Element
) -> Callable[..., object]:
    code = compile("\n".join(lines), f"<bxml {element.name}>", "exec")
    exec(code, scope)  # noqa: S102 - source made from our own tables, as dataclasses do
    made = scope.pop(name)
    assert callable(made)  # noqa: S101 - narrows for the checker
    made.__module__ = "bxml"
    return made
