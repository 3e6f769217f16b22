"""Documents as plain trees of names, values and children, for comparison and display.

Trees are normalized: an attribute with its default value is left out, and white space in speech is
a single space.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bxml import _writer
from bxml._escape_hatch import Custom
from bxml._node import ELEMENTS, Node, pieces_of

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Tree:
    """One element."""

    name: str
    attributes: tuple[tuple[str, Value], ...] = ()
    """Values by wire name, in the order of the names."""
    children: tuple["Tree | str", ...] = ()


def tree_of(node: Node) -> Tree:
    """Return the tree of a document or of an element in it."""
    name = node.name if isinstance(node, Custom) else node.element.name
    return Tree(name, tuple(sorted(_attributes(node))), tuple(_children(node)))


def _attributes(node: Node) -> Iterator[tuple[str, Value]]:
    for attribute in node.element.attributes:
        value: object = getattr(node, attribute.name)
        if value is None or value == attribute.default:
            continue
        if isinstance(value, Decimal):
            value = float(value)
        yield attribute.wire, value if isinstance(value, str | int | float) else str(value)
    extras: Mapping[str, str] = node.extra_attributes or {}
    yield from extras.items()


def _children(node: Node) -> Iterator["Tree | str"]:
    content = node.element.content
    own: object = getattr(node, content.name) if content.form == "text" else ""
    for child in (own, *pieces_of(node)):
        if isinstance(child, Node):
            yield tree_of(child)
        elif text := " ".join(str(child).split()):
            yield text


def assumed_value(element: str, attribute: str) -> Value | None:
    """Return the default of an attribute; None if it has none."""
    known = ELEMENTS.get(element)
    if known is None:
        return None
    return next((item.default for item in known.element.attributes if item.wire == attribute), None)


def steps(children: Sequence["Tree | str"]) -> list[str]:
    """Return the last step of the path to each child: numbered if several have the name."""
    names = ["text()" if isinstance(child, str) else child.name for child in children]
    twins, seen = Counter(names), Counter[str]()
    found: list[str] = []
    for name in names:
        seen[name] += 1
        found.append(f"{name}[{seen[name]}]" if twins[name] > 1 else name)
    return found


def xml_of(child: "Tree | str") -> str:
    """Return the XML of an element, or a text unchanged."""
    if isinstance(child, str):
        return child
    values = "".join(
        f' {name}="{_writer.attribute(text_of(value))}"' for name, value in child.attributes
    )
    inner = "".join(
        _writer.text(item) if isinstance(item, str) else xml_of(item) for item in child.children
    )
    return f"<{child.name}{values}>{inner}</{child.name}>" if inner else f"<{child.name}{values}/>"


def text_of(value: Value) -> str:
    """Return a value as it is written in BXML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _writer.decimal_text(value)
