"""The XSD, checked by libxml2: the second, independent statement of the language."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from bxml.errors import Problem

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["schema_path", "validate", "validator"]


def schema_path() -> Path:
    """Return the path of ``bxml.xsd``: inside the installed package, or beside it in a checkout."""
    packaged = Path(str(files("bxml"))) / "schemas" / "bxml.xsd"
    return packaged if packaged.exists() else Path(__file__).parents[1] / "schemas" / "bxml.xsd"


@cache
def validator() -> Callable[[bytes], bool]:
    """Return the function that tells whether a well-formed document fits the XSD.

    The engine is loaded and the XSD compiled on the first call; 15 ms on a usual machine.
    """
    from lxml import etree

    schema, parser = _engine()
    fromstring, validate_tree = etree.fromstring, schema.validate

    def fits(body: bytes) -> bool:
        return validate_tree(fromstring(body, parser))

    return fits


@cache
def _engine() -> "tuple[etree.XMLSchema, etree.XMLParser]":
    from lxml import etree

    schema = etree.XMLSchema(file=str(schema_path()))
    return schema, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def validate(body: bytes) -> list[Problem]:
    """Return what the XSD finds wrong with a well-formed document; nothing when it is valid.

    The messages are libxml2's; ``bxml.check`` says the same in words of its own.
    """
    from lxml import etree

    schema, parser = _engine()
    tree = etree.fromstring(body, parser)
    if schema.validate(tree):
        return []
    return [
        Problem(
            "schema",
            "error",
            entry.path or str(tree.tag),
            entry.line,
            entry.column,
            f"{entry.path or str(tree.tag)}: {entry.message}",
        )
        for entry in schema.error_log
    ]
