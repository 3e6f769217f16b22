"""What the docstrings say about the language is there, and agrees with the table."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import bxml
from bxml._element import Attribute
from bxml._kinds import Enumeration, Numeric, Text
from bxml._node import ELEMENTS

SOURCE = Path(bxml.__file__).parent
FOLDERS = ("", "_reading/", "cli/", "verbs/")
MODULES = sorted(path for folder in FOLDERS for path in SOURCE.glob(f"{folder}*.py"))
LANGUAGE = [path for path in MODULES if path.parent.name == "verbs" or path.stem == "ssml"]


def field_texts(cls: ast.ClassDef) -> Mapping[str, str]:
    """Return the text under each field of a class; empty where there is none."""
    found: dict[str, str] = {}
    for node, after in zip(cls.body, [*cls.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = after.value if isinstance(after, ast.Expr) else None
            told = text.value if isinstance(text, ast.Constant) else ""
            found[node.target.id] = " ".join(str(told).split())
    found.pop("_", None)
    return found


def classes(paths: list[Path]) -> Iterator[ast.ClassDef]:
    """Yield every class in the modules."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield node


TEXTS = {cls.name: field_texts(cls) for cls in classes(LANGUAGE)}
"""Class to field to text, for every element and every group of attributes."""


def text_of(name: str, attribute: str) -> str:
    """Return what is said about an attribute, in the class or in a group that it inherits."""
    for cls in ELEMENTS[name].__mro__:
        if attribute in TEXTS.get(cls.__name__, {}):
            return TEXTS[cls.__name__][attribute]
    return ""


EACH = [(name, attribute) for name, cls in ELEMENTS.items() for attribute in cls.element.attributes]


def named(value: object) -> str:
    """Return a readable id for a test."""
    return value.name if isinstance(value, Attribute) else str(value)


@pytest.mark.parametrize(("name", "attribute"), EACH, ids=named)
def test_every_attribute_has_a_text(name: str, attribute: Attribute) -> None:
    """Each attribute says what the caller gets, in a sentence."""
    text = text_of(name, attribute.name)
    assert re.fullmatch(r"[A-Z0-9].+\.|ws://.+\.", text), text


@pytest.mark.parametrize(("name", "attribute"), EACH, ids=named)
def test_limits_in_the_text_are_those_of_the_table(name: str, attribute: Attribute) -> None:
    """Both limits of a number and the longest text are named, and the unit of a duration."""
    text, kind = text_of(name, attribute.name), attribute.kind
    numbers = re.findall(r"\d+(?:\.\d+)?", text)
    if isinstance(kind, Numeric):
        wanted = re.findall(r"(\d+(?:\.\d+)?) (?:to (\d+)|or more)", text)
        assert wanted == [(str(kind.minimum), str(kind.maximum or ""))]
        if kind.unit in ("seconds", "milliseconds"):
            assert kind.unit in text.lower()
    if isinstance(kind, Text) and kind.max_length is not None:
        assert str(kind.max_length) in numbers


@pytest.mark.parametrize(("name", "attribute"), EACH, ids=named)
def test_assumed_values_in_the_text_are_those_of_the_table(name: str, attribute: Attribute) -> None:
    """What the platform assumes without an attribute is said, and nothing else is said to be."""
    told = re.findall(r"The platform assumes ([^ ]+)\.(?: |$)", text_of(name, attribute.name))
    shared = isinstance(attribute.kind, Enumeration) and attribute.kind.values == ("GET", "POST")
    silent = attribute.default in (None, "") or shared or ELEMENTS[name].element.kind == "ssml"
    assert told == ([] if silent else [repr(attribute.default)])


@pytest.mark.parametrize("name", ELEMENTS)
def test_every_element_tells_its_vendor_page(name: str) -> None:
    """Each verb and noun links the page that its facts come from."""
    cls = ELEMENTS[name]
    element = cls.element
    assert cls.__doc__
    assert element.page
    if element.kind in ("verb", "noun"):
        page = f"https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/{element.page}"
        assert cls.__doc__.rstrip().endswith(f"Vendor page: {page}")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_everything_public_has_a_docstring(path: Path) -> None:
    """Modules, public classes, their fields, and public functions say what they are for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    bodies = [tree.body, *(cls.body for cls in classes([path]))]
    for node in [inner for body in bodies for inner in body]:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("cls", list(classes(LANGUAGE)), ids=lambda cls: cls.name)
def test_every_field_of_the_language_has_a_text(cls: ast.ClassDef) -> None:
    """No field of a verb, noun, SSML node or group is left without a text."""
    assert [name for name, text in field_texts(cls).items() if not text] == []
