"""Generates the Python code that builds a BXML document."""

from collections.abc import Iterator
from decimal import Decimal
from keyword import iskeyword
from typing import cast

from bxml._escape_hatch import Custom
from bxml._node import Node, pieces_of
from bxml._record import ReadOnlyMap
from bxml._wording import exact_str
from bxml.documents import Document
from bxml.parser import Source, parse

WIDTH = 88
INDENT = "    "


def to_python(source: Source | Document, *, name: str = "document") -> str:
    """Return Python code, imports included, that builds the document and binds it to ``name``.

    Running the code gives a value equal to the document. The layout is that of the usual
    formatters at 88 columns.

    :raises ParseError: for a source that is not valid BXML.
    :raises ValueError: for a name that is not a Python identifier.
    """
    if not name.isidentifier() or iskeyword(name):
        raise ValueError(f"to_python.name: expected a Python identifier, got {name!r}")
    document = source if isinstance(source, Document) else parse(source)
    names = sorted(set(_names(document)), key=lambda name: (name == "ssml", name))
    body = _source(document, 0, len(name) + 3)
    numbers = "from decimal import Decimal\n\n" if _has_decimal(document) else ""
    return f"{numbers}{_imports(names)}\n\n{name} = {body}\n"


def _imports(names: list[str]) -> str:
    line = f"from bxml import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "from bxml import (\n" + "".join(f"{INDENT}{name},\n" for name in names) + ")"


def _names(node: Node) -> Iterator[str]:
    yield "ssml" if node.element.kind == "ssml" else type(node).__name__
    for piece in pieces_of(node):
        if isinstance(piece, Node):
            yield from _names(piece)


def _has_decimal(node: Node) -> bool:
    """Return whether a number is a ``Decimal``, because a float cannot hold its digits."""
    own = any(
        isinstance(getattr(node, attribute.name), Decimal) for attribute in node.element.attributes
    )
    return own or any(_has_decimal(piece) for piece in pieces_of(node) if isinstance(piece, Node))


def _quoted(value: object) -> str:
    """Return the literal as formatters write it: in double quotes unless that needs escapes."""
    if isinstance(value, Decimal):
        return f'Decimal("{value}")'
    if isinstance(value, ReadOnlyMap):
        items = cast("ReadOnlyMap[str]", value).items()
        return "{" + ", ".join(f"{_quoted(name)}: {_quoted(text)}" for name, text in items) + "}"
    if not isinstance(value, str):
        return repr(value)
    value = exact_str(value)  # the repr of a credential hides it
    if value.count('"') > value.count("'"):
        return repr(value)
    # repr uses single quotes for a text with a double quote, and escapes single quotes.
    inner = repr(f'"{value}')[2:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


def _arguments(node: Node) -> Iterator[tuple[str, Node | None]]:
    """Yield the source or prefix of each argument, and the value after a prefix."""
    content = node.element.content
    if isinstance(node, Custom):
        yield _quoted(node.name), None
    if content.form == "text":
        yield _quoted(getattr(node, content.name)), None
    for piece in pieces_of(node):
        yield ("", piece) if isinstance(piece, Node) else (_quoted(piece), None)
    for attribute in node.element.attributes:
        value = getattr(node, attribute.name)
        if value is not None:
            yield f"{attribute.name}={_quoted(value)}", None
    if node.extra_attributes is not None:
        keyword = "attributes" if isinstance(node, Custom) else "extra_attributes"
        yield f"{keyword}={_quoted(node.extra_attributes)}", None


def _callee(node: Node) -> str:
    element = node.element
    return f"ssml.{element.python_name}" if element.kind == "ssml" else type(node).__name__


def _flat(node: Node) -> str:
    arguments = (_flat(value) if value else text for text, value in _arguments(node))
    return f"{_callee(node)}({', '.join(arguments)})"


def _source(node: Node, depth: int, taken: int) -> str:
    """Return the call, on one line if it fits behind ``taken`` columns."""
    flat = _flat(node)
    if len(flat) + taken <= WIDTH or not any(_arguments(node)):
        return flat
    inner = INDENT * (depth + 1)
    lines = [
        f"{inner}{_source(value, depth + 1, len(inner) + 1) if value else text},\n"
        for text, value in _arguments(node)
    ]
    return f"{_callee(node)}(\n{''.join(lines)}{INDENT * depth})"
