"""The constructors that are spelled out for type checkers say what the fields say."""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import cast, get_args

import pytest

from bxml import Bxml, Custom, Node, Pause, Redirect, Response, ssml
from bxml._children import child_types
from bxml._element import _kind, _unwrap
from bxml._kinds import Numeric
from bxml._node import ELEMENTS
from bxml._speech import Fragment
from tests.constructors.spelling import MODULES, rewritten

ROOT = Path(__file__).parents[2]
SPELLED_OUT = sorted(
    name for name, made in ELEMENTS.items() if made.element.content.form in ("children", "speech")
)


def module_of(cls: type) -> ModuleType:
    """Return the module that a class stands in."""
    return sys.modules[cls.__module__]


def functions(cls: type) -> Iterator[ast.FunctionDef]:
    """Yield the functions in the source of a class, those for type checkers included."""
    tree = ast.parse(inspect.getsource(module_of(cls)))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == cls.__qualname__:
            yield from (each for each in ast.walk(node) if isinstance(each, ast.FunctionDef))


def function(cls: type, name: str) -> ast.FunctionDef:
    """Return the one function of a class with that name."""
    (found,) = (each for each in functions(cls) if each.name == name)
    return found


def evaluated(cls: type, annotation: ast.expr | None) -> object:
    """Return the type that an annotation in the source of a class means."""
    assert annotation is not None
    scope = dict(vars(module_of(cls)))
    result: object = eval(ast.unparse(annotation), scope)  # noqa: S307 - our own source
    return result


def members(annotation: object) -> set[object]:
    """Return the parts of a union, or the one type."""
    return set(get_args(annotation)) or {annotation}


def keywords(made: ast.FunctionDef) -> Mapping[str, tuple[ast.expr | None, ast.expr | None]]:
    """Return annotation and default of each keyword-only parameter."""
    pairs = zip(made.args.kwonlyargs, made.args.kw_defaults, strict=True)
    return {pair.arg: (pair.annotation, default) for pair, default in pairs}


@pytest.mark.parametrize(
    "path", MODULES, ids=[str(Path(path).relative_to(ROOT)) for path in MODULES]
)
def test_constructors_are_what_the_chore_writes(path: str) -> None:
    """After a change of fields, ``make constructors`` writes them anew."""
    text = Path(path).read_text(encoding="utf-8")
    assert rewritten(text, MODULES[path]) == text
    outdated = text.replace("extra_attributes: Mapping[str, str] | None = None", "older: int")
    assert outdated != text
    assert rewritten(outdated, MODULES[path]) == text


@pytest.mark.parametrize("name", SPELLED_OUT)
def test_parameters_are_the_fields(name: str) -> None:
    """Every attribute is a keyword parameter, with a default of None unless it is required."""
    cls = ELEMENTS[name]
    found = keywords(function(cls, "__init__"))
    required = {attribute.name: attribute.required for attribute in cls.element.attributes}
    assert set(found) == {*required, "extra_attributes"}
    for item, (_, default) in found.items():
        written = None if default is None else ast.unparse(default)
        assert written == (None if required.get(item) else "None")


@pytest.mark.parametrize("name", SPELLED_OUT)
def test_parameter_types_are_the_field_types(name: str) -> None:
    """Each parameter takes the values of its attribute; None only where it may be left out."""
    cls = ELEMENTS[name]
    found = keywords(function(cls, "__init__"))
    for attribute in cls.element.attributes:
        annotation = evaluated(cls, found[attribute.name][0])
        kind = _kind(*_unwrap(annotation))
        expected = attribute.kind
        if isinstance(kind, Numeric) and isinstance(expected, Numeric):
            kind, expected = Numeric(kind.integer), Numeric(expected.integer)
        assert kind == expected
        assert (type(None) in get_args(annotation)) == (not attribute.required)


@pytest.mark.parametrize("name", SPELLED_OUT)
def test_children_are_the_annotated_ones(name: str) -> None:
    """The children parameter takes what the children field holds, and fragments in speech."""
    cls = ELEMENTS[name]
    content = cls.element.content
    vararg = function(cls, "__init__").args.vararg
    assert vararg is not None
    assert vararg.arg == content.name
    (declared,) = (field.type for field in fields(cls) if field.name == content.name)
    held: set[object] = members(get_args(declared)[0])
    if content.form == "speech":
        held = {ssml.SsmlNode, Custom, *((str, Fragment) if content.words else ())}
    assert members(evaluated(cls, vararg.annotation)) == held


@pytest.mark.parametrize("name", ["Connect", "Gather", "Refer", "StartStream", "Transfer"])
def test_append_takes_the_same_children(name: str) -> None:
    """The append method of a container is typed like its constructor."""
    cls = ELEMENTS[name]
    appended, made = (function(cls, word).args.vararg for word in ("append", "__init__"))
    assert appended is not None
    assert made is not None
    assert ast.unparse(appended) == ast.unparse(made)


@pytest.mark.parametrize("name", sorted(set(ELEMENTS) - {"Response", "Bxml"}))
def test_annotated_children_are_the_ones_of_the_table(name: str) -> None:
    """Who may stand in whom is the same in the annotations and in the parents of the table."""
    element = ELEMENTS[name].element
    holders = {
        parent
        for parent, cls in ELEMENTS.items()
        if cls.element.content.form == "children" and issubclass(ELEMENTS[name], child_types(cls))
    }
    assert holders == (set() if element.kind == "ssml" else set(element.parents))


def test_elements_look_like_dataclasses() -> None:
    """Tools that read dataclasses see fields with their names, types and defaults."""
    redirect = Redirect("/next", tag="t")
    assert is_dataclass(redirect)
    names = {field.name for field in fields(redirect)}
    assert names == {*redirect._names}
    assert replace(Pause(duration=1), duration=2) == Pause(duration=2)


@pytest.mark.parametrize("root", [Response, Bxml])
def test_roots_take_verbs(root: type[Node]) -> None:
    """A root is typed to take verbs and extra attributes, nothing else."""
    made = function(root, "__init__")
    assert set(keywords(made)) == {"extra_attributes"}
    assert ast.unparse(cast("ast.arg", made.args.vararg)) == "verbs: Verb"
