"""Constructor and writer of each element class, compiled once from its table.

A generic constructor that walks the table costs several times as much per verb. The source made
here is what a person would write by hand for one class: test each argument inline, call into
Python only for a value that is not plainly fine, set the slots.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bxml import _writer
from bxml._constraints import Boolean, Enumeration, Kind, Numeric, Refused, Text, near, shown
from bxml._element import Attribute, Content, Element
from bxml._node import ExtraAttributes
from bxml.errors import Problem, ValidationError

__all__ = ["MISSING", "Problems", "constructor", "writer"]

Problems = list[Problem]


class Missing:
    """Type of the marker for an argument that was not given."""

    def __repr__(self) -> str:
        return "<required>"


MISSING: Final = Missing()


def accept(where: str, kind: Kind, value: object, problems: Problems) -> object:
    """Return the value in its one spelling, or None after adding the problem."""
    if isinstance(value, Missing):
        problems.append(
            Problem.at(
                where, "required-attribute-missing", f"expected {kind.expected}, got nothing"
            )
        )
        return None
    try:
        return kind.accept(value)
    except Refused as refused:
        problems.append(Problem.at(where, refused.rule, refused.finding, hint=refused.hint))
        return None


def _content_missing(where: str, kind: Text, problems: Problems) -> None:
    problems.append(
        Problem.at(where, "required-text-missing", f"expected {kind.expected}, got nothing")
    )


def strange(
    element: Element, surplus: tuple[object, ...], unknown: Mapping[str, object], problems: Problems
) -> None:
    """Add a problem for each argument that the element does not have."""
    owner = _owner(element)
    names = tuple(each.name for each in element.attributes)
    if surplus:
        hint = f"attributes are keyword arguments: {', '.join(names[:3])}" if names else None
        problems.append(
            Problem.at(
                owner,
                "text-not-allowed",
                f"expected no more positional arguments, got {shown(surplus[0])}",
                hint=hint,
            )
        )
    for name in unknown:
        hint = _known_as(element, name) or near(name, names)
        problems.append(
            Problem.at(
                f"{owner}.{name}",
                "unknown-attribute",
                f"expected a known attribute, got {name!r}",
                hint=hint,
            )
        )


def _known_as(element: Element, name: str) -> str | None:
    """Return what to write instead of a keyword that BXML knows under another name."""
    wires = {each.wire: each.name for each in element.attributes}
    if name in wires:
        return f"did you mean {wires[name]!r}?"
    if name == element.content.name:
        return f"give {name} as positional arguments"
    return None if wires else f"{element.name} has no attributes"


def _owner(element: Element) -> str:
    return f"ssml.{element.python_name}" if element.kind == "ssml" else element.name


def extras(element: Element, given: object, problems: Problems) -> ExtraAttributes | None:
    """Return ``extra_attributes`` checked: unknown XML names with text that XML can carry."""
    from bxml._escape_hatch import checked_extras

    return checked_extras(f"{_owner(element)}.extra_attributes", element, given, problems)


def _parameters(content: Content, attributes: tuple[Attribute, ...]) -> Iterator[str]:
    positional = [each for each in attributes if each.required]
    if content.form == "text":
        yield f"{content.name}=MISSING" if content.required else f'{content.name}=""'
    if content.form in ("children", "speech"):
        yield f"*{content.name}"
        yield from (f"{each.name}=MISSING" for each in positional)
    else:
        yield from (f"{each.name}=MISSING" for each in positional)
        yield "*surplus"
    yield from (f"{each.name}=None" for each in attributes if not each.required)
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
        yield f"        content_missing({f'{_owner(element)}.{name}'!r}, content_kind, problems)"
        yield "    else:"
        if content.trim == "trim":
            yield f"        if isinstance({name}, str): {name} = str.strip({name}, ' \\t\\r\\n')"
        yield from (
            "    " + line
            for line in _check(_owner(element), name, content.kind, 999, optional=False)
        )
    elif content.form == "children":
        yield f"    if not allowed.issuperset(map(type, {name})):"
        yield "        if problems is None: problems = []"
        yield f"        {name} = adopt(self, {name}, problems)"
        if content.maximum is not None:
            yield f"    if len({name}) > {content.maximum}:"
            yield "        if problems is None: problems = []"
            yield f"        too_many(element, {name}, problems)"
    elif content.form == "speech":
        first = f"{name}[0]"
        plain = (
            f"len({name}) == 1 and type({first}) is str and {first}.isascii()"
            f" and {first}.isprintable() and {first} and not {first}.isspace()"
        )
        yield f"    if not ({plain if content.words else f'not {name}'}):"
        yield "        if problems is None: problems = []"
        yield f"        {name} = speech(self, {name}, problems)"


def constructor(
    element: Element, invariants: tuple[object, ...], helpers: Mapping[str, object]
) -> Callable[..., object]:
    """Return ``__init__`` for the class of ``element``."""
    content, attributes = element.content, element.attributes
    lines = [f"def __init__(self, {', '.join(_parameters(content, attributes))}):"]
    lines.append("    problems = None")
    lines.extend(_content_lines(element))
    for index, each in enumerate(attributes):
        lines.extend(
            _check(_owner(element), each.name, each.kind, index, optional=not each.required)
        )
    surplus = "()" if content.form in ("children", "speech") else "surplus"
    lines.append(f"    if unknown or extra_attributes is not None or {surplus}:")
    lines.append("        if problems is None: problems = []")
    lines.append(f"        strange(element, {surplus}, unknown, problems)")
    lines.append("        extra_attributes = extras(element, extra_attributes, problems)")
    names = [content.name] if content.form != "none" else []
    names += [each.name for each in attributes]
    lines.extend(f"    put(self, {name!r}, {name})" for name in [*names, "extra_attributes"])
    if invariants:
        lines.append("    problems = hold(self, problems)")
    lines.append("    if problems: raise ValidationError(problems)")
    scope: dict[str, object] = {
        "MISSING": MISSING,
        "ValidationError": ValidationError,
        "accept": accept,
        "content_kind": content.kind,
        "content_missing": _content_missing,
        "element": element,
        "extras": extras,
        "kind999": content.kind,
        "match999": content.kind.regex.fullmatch if content.kind and content.kind.regex else None,
        "put": object.__setattr__,
        "strange": strange,
        **helpers,
    }
    for index, each in enumerate(attributes):
        scope[f"kind{index}"] = each.kind
        if isinstance(each.kind, Text) and each.kind.regex is not None:
            scope[f"match{index}"] = each.kind.regex.fullmatch
    return _compiled("__init__", lines, scope, element)


def _value_source(kind: Kind) -> str:
    if isinstance(kind, Boolean):
        return '"true" if v else "false"'
    if isinstance(kind, Enumeration):
        return "v"
    if isinstance(kind, Numeric):
        return "v if type(v) is int else decimal(v)"
    return "quote(v)"


def _xml_source(element: Element) -> str:
    content, name = element.content, element.name
    if content.form == "none":
        return f'f"<{name}{{self._attributes()}}/>"'
    held = f"self.{content.name}"
    if content.form == "text":
        inner = f"text({held})"
    elif content.form == "children":
        inner = f'"".join([each._xml() for each in {held}])'
    else:
        inner = f'"".join([text(each) if type(each) is str else each._xml() for each in {held}])'
    full = f'f"<{name}{{self._attributes()}}>{{{inner}}}</{name}>"'.replace('"".', "''.")
    return f'{full} if {held} else f"<{name}{{self._attributes()}}/>"'


def writer(element: Element) -> tuple[Callable[..., object], Callable[..., object]]:
    """Return ``_attributes`` and ``_xml`` for the class of ``element``."""
    lines = ["def _attributes(self):", '    out = ""']
    for each in element.attributes:
        lines.append(f"    v = self.{each.name}")
        source = f"    out += f' {each.wire}=\"{{{_value_source(each.kind)}}}\"'"
        if "'" in _value_source(each.kind) or '"' in _value_source(each.kind):
            source = f"    out += ' {each.wire}=\"' + ({_value_source(each.kind)}) + '\"'"
        lines.append(source if each.required else f"    if v is not None:\n    {source}")
    lines.append("    v = self.extra_attributes")
    lines.append("    if v is not None: out += ''.join(f' {k}=\"{quote(v[k])}\"' for k in v)")
    lines.append("    return out")
    scope: dict[str, object] = {
        "decimal": _writer.decimal_text,
        "quote": _writer.attribute,
        "text": _writer.text,
    }
    attributes = _compiled("_attributes", lines, scope, element)
    xml = _compiled(
        "_xml", ["def _xml(self):", f"    return {_xml_source(element)}"], scope, element
    )
    return attributes, xml


def _compiled(
    name: str, lines: list[str], scope: dict[str, object], element: Element
) -> Callable[..., object]:
    code = compile("\n".join(lines), f"<bxml {element.name}>", "exec")
    exec(code, scope)  # noqa: S102 - source made from our own tables, as dataclasses do
    made = scope.pop(name)
    assert callable(made)  # noqa: S101 - narrows for the checker
    made.__module__ = "bxml"
    return made
