"""Constructor and writer of each element class: source made from its table, compiled on first use.

A generic constructor that walks the table costs several times as much per verb. This source tests
each argument inline and calls a function only for a value that does not pass. ``TEMPLATE`` is its
outline; the templates below it are the parts that the table fills in.

``python -m bxml._construct Gather`` prints the source of a class. Debuggers and tracebacks show
its lines, as those of a file named ``<bxml Gather>``.

A slot of a frozen class is set by its descriptor. For classes with more than a few fields it is
cheaper to give the new object a twin class while it is filled, which has the same slots and is not
frozen; no other code has seen the object yet.
"""

import re
from collections.abc import Iterable, Iterator

from bxml import _arguments, _children, _writer
from bxml._element import Attribute, Element
from bxml._invariants import INVARIANTS, check_invariants
from bxml._kinds import Boolean, Enumeration, Kind, Numeric, Text, compiled
from bxml._node import Node
from bxml._once import once
from bxml._speech import speech
from bxml.errors import ValidationError

TEMPLATE = """\
def __init__(
    self,
{parameters}
):
    problems = None
{checks}
    if unknown or extra_attributes is not None{or_surplus}:
        problems = problems or []
        unknown_argument_problems(element, {surplus}, unknown, problems)
        extra_attributes = checked_extras(element, extra_attributes, problems)
{set_fields}
{check_invariants}
    if problems:
        raise ValidationError(problems)


@staticmethod
def _filled(values):
    made = new(twin)
    (
{fields}
    ) = values
    made.__class__ = owner
    return made


def _attributes(self):
    attributes = ""
{attributes}
    return attributes


def _xml(self):
    attributes = ""
{attributes}
{content}"""

CHECK = """\
    if {given}not ({is_plain}):
        problems = problems or []
        {name} = {accept}("{where}", kind_{name}, {name}, problems)
"""

CHECK_CHILDREN = """\
    if not allowed.issuperset(map(type, {name})){or_empty}:
        problems = problems or []
        {name} = validate_children(self, {name}, problems)
"""

CHECK_COUNT = """\
    if len({name}) > {maximum}:
        problems = problems or []
        too_many(element, {name}, problems)
"""

CHECK_SPEECH = """\
    if not ({is_plain}):
        problems = problems or []
        {name} = speech(self, {name}, problems)
"""

PLAIN_SPEECH = (
    "len({name}) == 1 and type({name}[0]) is str and {name}[0].isprintable()"
    " and {name}[0] and not {name}[0].isspace()"
)

SET_FIELDS = """\
    if type(self) is owner:
        put(self, "__class__", twin)
{set_plainly}
        self.__class__ = owner
    else:
{set_slots}
"""

CHECK_INVARIANTS = """\
    if {given}:
        problems = check_invariants(self, problems)
"""

ATTRIBUTE = """\
    value = self.{name}
    if value is not None:
{escape}
        attributes += f' {wire}="{{{value}}}"'
"""

ESCAPE = """\
        if not (value.isalnum() or {is_plain}):
            value = escape_attribute(value)
"""

EXTRA_ATTRIBUTES = """\
    value = self.extra_attributes
    if value is not None:
        attributes += "".join([f' {k}="{escape_attribute(value[k])}"' for k in value])
"""

CONTENT = """\
    content = self.{name}
    if not content:
        return f"<{element}{{attributes}}/>"
{inner}
    return f"<{element}{{attributes}}>{{inner}}</{element}>"
"""

INNER = {
    "text": """\
    inner = content if {is_plain} else escape_text(content)
""",
    "children": """\
    inner = "".join([child._xml() for child in content])
""",
    "speech": """\
    if len(content) == 1 and type(text := content[0]) is str:
        inner = text if {is_plain} else escape_text(text)
    else:
        inner = "".join([escape_text(p) if type(p) is str else p._xml() for p in content])
""",
}

PLAIN = "'&' not in {0} and '<' not in {0} and '>' not in {0} and "
PLAIN_ATTRIBUTE = PLAIN.format("value") + "value.isprintable() and '\"' not in value"
PLAIN_TEXT = PLAIN + "'\\r' not in {0}"

FEW = 2
"""Fields up to which setting each slot is cheaper than changing the class twice."""

MAX_PLAIN = 10**9
"""Largest whole number, of those without a limit, that passes without a call."""


def source(cls: type[Node]) -> str:
    """Return the source of the functions of a class."""
    element = cls.element
    surplus = "" if element.content.form in ("children", "speech") else "surplus"
    text = TEMPLATE.format(
        parameters=_lines("    {},", _parameters(element)),
        checks="".join(_checks(cls)),
        surplus=surplus or "()",
        or_surplus=surplus and f" or {surplus}",
        set_fields=_set_fields(cls._names),
        check_invariants=_invariants(element),
        fields=_lines("        made.{},", cls._names),
        attributes="".join([*map(_attribute, element.attributes), EXTRA_ATTRIBUTES]),
        content=_content(element),
    )
    return re.sub(r"\n{2,3}(?= )", "\n", text)


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
        or_empty = f" or not complete({name})" if _children.incomplete_types(cls) else ""
        yield CHECK_CHILDREN.format(name=name, or_empty=or_empty)
        if content.maximum is not None:
            yield CHECK_COUNT.format(name=name, maximum=content.maximum)
    elif content.form == "speech":
        is_fine = PLAIN_SPEECH if content.words else "not {name}"
        yield CHECK_SPEECH.format(name=name, is_plain=is_fine.format(name=name))
    elif content.kind is not None:
        if content.trim == "trim":
            yield f"    {name} = trimmed({name})\n"
        yield _check(f"{owner}.{name}", name, content.kind, accept="accept_text")
    for attribute in cls.element.attributes:
        given = "" if attribute.required else f"{attribute.name} is not None and "
        yield _check(f"{owner}.{attribute.name}", attribute.name, attribute.kind, given=given)


def _check(where: str, name: str, kind: Kind, *, given: str = "", accept: str = "accept") -> str:
    test = is_plain(kind, name)
    return CHECK.format(given=given, is_plain=test, name=name, accept=accept, where=where)


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


def _set_fields(names: tuple[str, ...]) -> str:
    if len(names) <= FEW:
        return _lines("    set_{0}(self, {0})", names)
    return SET_FIELDS.format(
        set_plainly=_lines("        self.{0} = {0}", names),
        set_slots=_lines("        set_{0}(self, {0})", names),
    )


def _invariants(element: Element) -> str:
    invariants = INVARIANTS.get(element.name, ())
    if not invariants:
        return ""
    if not all(invariant.only_with for invariant in invariants):
        return "    problems = check_invariants(self, problems)\n"
    tests = (
        f"{name} is not None" if invariant.only_for is None else f"{name} == {invariant.only_for!r}"
        for invariant in invariants
        for name in invariant.only_with
    )
    return CHECK_INVARIANTS.format(given=" or ".join(tests))


def _attribute(attribute: Attribute) -> str:
    kind, value, escape = attribute.kind, "value", ""
    if isinstance(kind, Boolean):
        value = '"true" if value else "false"'
    elif isinstance(kind, Numeric):
        value = "value if type(value) is int else decimal_text(value)"
    elif isinstance(kind, Text) and (not kind.plain or set(kind.pattern or "") & set('&<>"')):
        escape = ESCAPE.format(is_plain=PLAIN_ATTRIBUTE)
    return ATTRIBUTE.format(name=attribute.name, escape=escape, wire=attribute.wire, value=value)


def _content(element: Element) -> str:
    form, name = element.content.form, element.content.name
    if form == "none":
        return f'    return f"<{element.name}{{attributes}}/>"\n'
    plain = PLAIN_TEXT.format("content" if form == "text" else "text")
    return CONTENT.format(name=name, element=element.name, inner=INNER[form].format(is_plain=plain))


@once
def compile_class(cls: type[Node]) -> None:
    """Give the class the constructor and writers made from its table."""
    import linecache  # here, so that an import of bxml does not load it

    text, name, scope = source(cls), f"<bxml {cls.element.name}>", _scope(cls)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), scope)  # noqa: S102 - made from our own tables
    for function in ("_filled", "_attributes", "_xml", "__init__"):
        setattr(cls, function, scope[function])


def _scope(cls: type[Node]) -> dict[str, object]:
    """Return the names that the source of the class uses."""
    element = cls.element
    kinds = {attribute.name: attribute.kind for attribute in element.attributes}
    if element.content.kind is not None:
        kinds[element.content.name] = element.content.kind
    return {
        "__name__": "bxml",
        "MISSING": _arguments.MISSING,
        "ValidationError": ValidationError,
        "accept": _arguments.accept,
        "accept_text": _arguments.accept_text,
        "allowed": _children.simple_types(cls),
        "check_invariants": check_invariants,
        "checked_extras": _arguments.checked_extras,
        "complete": _children.completeness(cls),
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
        **{
            f"match_{name}": compiled(kind.quick or kind.pattern).fullmatch
            for name, kind in kinds.items()
            if isinstance(kind, Text) and kind.pattern is not None
        },
        **{f"set_{name}": getattr(cls, name).__set__ for name in cls._names},
    }
