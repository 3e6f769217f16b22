"""Text to XML text: the only place that escapes, and the pretty printer."""

import re

from bxml._kinds import Number
from bxml._node import Node
from bxml._once import FIRST_USE

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

MAX_BYTES = 65_536
"""Longest document the platform takes, in bytes of UTF-8."""

_ATTRIBUTE_SPECIAL = re.compile('[&<>"\t\n\r]')
_ATTRIBUTE_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}


def attribute(value: str) -> str:
    """Return ``value`` escaped for double quotes, so that a parser reads it back."""
    if "&" in value or "<" in value or '"' in value or ">" in value or not value.isprintable():
        return _ATTRIBUTE_SPECIAL.sub(lambda found: _ATTRIBUTE_ESCAPES[found[0]], value)
    return value


def text(value: str) -> str:
    """Return ``value`` escaped as text, so that a parser reads it back."""
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if "\r" in value:
        value = value.replace("\r", "&#13;")
    return value


def decimal_text(value: Number) -> str:
    """Return a number in digits with at most one full stop, never with an exponent."""
    shortest = repr(value) if isinstance(value, float) else str(value)
    if "e" not in shortest and "E" not in shortest:
        return shortest
    with FIRST_USE:
        from decimal import Decimal

    return format(Decimal(shortest), "f")


def indented(node: Node, indent: str = "") -> str:
    """Return the element with its children on lines of their own; speech stays as it is."""
    content = node.element.content
    children: tuple[Node, ...] = getattr(node, content.name) if content.form == "children" else ()
    if not children:
        return f"{indent}{node._xml()}"
    name = node.element.name
    inner = "\n".join(indented(child, indent + "  ") for child in children)
    return f"{indent}<{name}{node._attributes()}>\n{inner}\n{indent}</{name}>"
