"""How classes of fields appear in the reference: one table of fields, and a constructor.

Verbs and events declare their fields once, as annotated attributes with a text under each, in the
class or in a group that it inherits from. A heading for each would make pages too long to read,
so they become rows; constraints inside ``Annotated`` are left out, because the texts say them.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from griffe import (
    Attribute,
    Class,
    Docstring,
    DocstringAttribute,
    DocstringSectionAttributes,
    Expr,
    ExprBinOp,
    ExprCall,
    ExprName,
    ExprSubscript,
    ExprTuple,
    Extension,
    Function,
    Module,
    Object,
    Parameter,
    ParameterKind,
    Parameters,
)

PLAIN = (type(None), bool, int, float, str)
"""Kinds of defaults that are shown as they are."""

MAKERS = ("verb", "webhook", "record")
"""Decorators that give a class its constructor."""

NOT_MADE = ("bxml._node.Node",)
"""Bases whose constructor only says that none is made."""

FEW = 4
"""Optional keywords that a constructor shows; more of them are in the table only."""

KEYWORD, PLACE = ParameterKind.keyword_only, ParameterKind.positional_or_keyword
SELF = Parameter("self", kind=PLACE)


class Fields(Extension):
    """Turns the fields of every class into rows of its docstring and into its constructor."""

    def on_package(self, *, pkg: Module, **_: object) -> None:
        """Change the texts, classes and methods of a package that has been read."""
        members = list(_members(pkg))
        for member in (pkg, *members):
            if member.docstring is not None:
                member.docstring.value = _markdown(member.docstring.value)
        for member in members:
            if isinstance(member, Class) and member.path in NOT_MADE:
                member.members.pop("__init__", None)
        fields = {member: list(_fields(member)) for member in members if isinstance(member, Class)}
        for cls, found in fields.items():
            _show_methods(cls)
            parameters = _constructor(cls, found)
            if parameters:
                shown = Parameters(SELF, *_shortened(parameters))
                cls.set_member("__init__", Function("__init__", parameters=shown, returns="None"))
        for cls, found in fields.items():
            _tabulate(cls, found)


def _name(decorator: Expr | str) -> str:
    return str(decorator.function if isinstance(decorator, ExprCall) else decorator)


def _members(holder: Module | Class) -> Iterator[Object]:
    for member in holder.members.values():
        if isinstance(member, Object):
            yield member
        if isinstance(member, Module | Class):
            yield from _members(member)


def _markdown(text: str) -> str:
    """Return a docstring with its address as a link, and with ``:raises`` after everything else."""
    paragraphs = [
        re.sub(r"https://\S+", r"<\g<0>>", part) if part.startswith("Vendor page:") else part
        for part in inspect.cleandoc(text).split("\n\n")
    ]
    return "\n\n".join(sorted(paragraphs, key=lambda each: each.startswith(":raises")))


# --- fields -------------------------------------------------------------------------------


def _fields(cls: Class) -> Iterator[Attribute]:
    """Yield the fields of a class, its own first, then those of its bases."""
    seen: dict[str, Attribute] = {}
    for holder in (cls, *_bases(cls)):
        for member in holder.members.values():
            if isinstance(member, Attribute) and _is_field(member):
                known = seen.setdefault(member.name, member)
                if known.docstring is None and member.docstring is not None:
                    known.docstring = Docstring(member.docstring.value, parent=known)
    yield from seen.values()


def _bases(cls: Class) -> list[Class]:
    try:
        return cls.mro()
    except ValueError:  # a base that is not ours
        return []


def _is_field(member: Attribute) -> bool:
    class_only = "class-attribute" in member.labels and "instance-attribute" not in member.labels
    private = member.name.startswith("_")
    return not (private or class_only or "property" in member.labels or member.annotation is None)


def _tabulate(cls: Class, fields: list[Attribute]) -> None:
    """Write the fields as a section of the docstring, and drop them as members."""
    if not fields or cls.docstring is None:
        return
    rows = [
        DocstringAttribute(
            field.name,
            annotation=_plain(field.annotation),
            description=field.docstring.value if field.docstring else "",
        )
        for field in fields
    ]
    text = cls.docstring.parse("sphinx")
    vars(cls.docstring)["parsed"] = [*text, DocstringSectionAttributes(rows)]
    for field in fields:
        if field.name in cls.members:
            cls.del_member(field.name)


def _plain(annotation: Expr | str | None) -> Expr | str | None:
    """Return an annotation without constraints, and without names that only say constraints."""
    plain = annotation
    match annotation:
        case ExprSubscript(left=ExprName(name="Annotated"), slice=ExprTuple(elements=[first, *_])):
            plain = _plain(first)
        case ExprSubscript(left=ExprName(name="Always"), slice=inner):
            plain = ExprBinOp(_plain(inner) or "", "|", "None")
        case ExprSubscript(slice=inner):
            plain = replace(annotation, slice=_plain(inner) or "")
        case ExprTuple(elements=elements):
            plain = replace(annotation, elements=[_plain(element) or "" for element in elements])
        case ExprBinOp(left=left, right=right):
            plain = replace(annotation, left=_plain(left) or "", right=_plain(right) or "")
        case ExprName():
            plain = _meaning(annotation)
        case _:
            pass
    return plain


def _meaning(name: ExprName) -> Expr | str:
    """Return what stands behind the name of a type that is not public."""
    path = name.canonical_path
    if "._" not in path or not isinstance(name.parent, Module | Class):
        return name
    try:
        behind = name.parent.modules_collection[path]
    except KeyError:
        return name
    value = behind.value if isinstance(behind, Attribute) else None
    return name if value is None else _plain(value) or name


# --- signatures ---------------------------------------------------------------------------


def _constructor(cls: Class, fields: list[Attribute]) -> list[Parameter]:
    """Return what the constructor takes that a decorator has made; nothing without one."""
    for decorator in cls.decorators:
        name = _name(decorator.value)
        if name == "dataclass":
            keyword = "kw_only=True" in str(decorator.value)
            return _declared(fields, KEYWORD if keyword else PLACE)
        if name in MAKERS:
            found = _parameters(_at_run_time(cls), fields)
            return _declared(fields, PLACE) if any(item.name == "args" for item in found) else found
    return []


def _at_run_time(cls: Class) -> type[object]:
    """Return the class itself; ``object`` for one that only type checkers see."""
    found: type[object] = getattr(import_module(cls.module.path), cls.name, object)
    return found


def _parameters(made: type[object], fields: list[Attribute]) -> list[Parameter]:
    """Return the parameters that a class has at run time, with the types of its fields."""
    types = {field.name: _plain(field.annotation) for field in fields}
    parameters: list[Parameter] = []
    for parameter in inspect.signature(made).parameters.values():
        annotation = types.get(parameter.name)
        kind = ParameterKind(parameter.kind.description)
        if kind is ParameterKind.var_positional and isinstance(annotation, ExprSubscript):
            inner = annotation.slice
            annotation = inner.elements[0] if isinstance(inner, ExprTuple) else inner
        default = None
        if parameter.default is not parameter.empty:
            default = repr(parameter.default) if isinstance(parameter.default, PLAIN) else "..."
        parameters.append(
            Parameter(parameter.name, annotation=annotation, kind=kind, default=default)
        )
    return parameters


def _declared(fields: list[Attribute], kind: ParameterKind) -> list[Parameter]:
    """Return the parameters of a dataclass, by what stands in its body."""
    return [
        Parameter(
            field.name,
            annotation=_plain(field.annotation),
            kind=kind,
            default="..." if str(field.value).startswith("field(") else field.value,
        )
        for field in fields
        if "init=False" not in str(field.value)
    ]


def _shortened(parameters: list[Parameter]) -> list[Parameter]:
    """Return the parameters with ``**attributes`` for optional keywords, if there are many."""
    optional = [
        parameter
        for parameter in parameters
        if parameter.kind is KEYWORD and parameter.default is not None
    ]
    if len(optional) <= FEW:
        return parameters
    rest = Parameter("attributes", kind=ParameterKind.var_keyword)
    return [*(parameter for parameter in parameters if parameter not in optional), rest]


def _show_methods(cls: Class) -> None:
    """Show the methods that ``appends``, ``taking`` and ``listing`` make as what they are."""
    for name, member in list(cls.members.items()):
        if isinstance(member, Attribute) and str(member.value).startswith("appends("):
            content = Parameter("content", kind=ParameterKind.var_positional)
            rest = Parameter("attributes", kind=ParameterKind.var_keyword)
            method = Function(name, parameters=Parameters(SELF, content, rest), returns="Self")
            if member.docstring is not None:
                method.docstring = Docstring(member.docstring.value, parent=method)
            cls.set_member(name, method)
        elif isinstance(member, Function):
            for decorator in member.decorators:
                match decorator.value:
                    case ExprCall(
                        function=ExprName(name="taking" | "listing"),
                        arguments=[ExprName() as taken],
                    ):
                        record = cls.modules_collection[taken.canonical_path]
                        if isinstance(record, Class):
                            fields = list(_fields(record))
                            parameters = _parameters(_at_run_time(record), fields)
                            member.parameters = Parameters(SELF, *parameters)
                    case _:
                        pass
