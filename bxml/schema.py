"""The XSD, checked by libxml2: the second, independent statement of the language."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
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

    schema, parser = _loaded()
    fromstring, validate_tree = etree.fromstring, schema.validate

    def fits(body: bytes) -> bool:
        return validate_tree(fromstring(body, parser))

    return fits


def _loaded() -> "tuple[etree.XMLSchema, etree.XMLParser]":
    from lxml import etree

    schema = etree.XMLSchema(file=str(schema_path()))
    return schema, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


_explainer = cache(_loaded)
_explaining = Lock()
"""Held while the explainer is used: its error log belongs to the schema, not to the call."""


def validate(body: bytes) -> list[Problem]:
    """Return what the XSD finds wrong with a well-formed document; nothing when it is valid.

    The messages are libxml2's; ``bxml.check`` says the same in words of its own.
    """
    from lxml import etree

    if validator()(body):
        return []
    with _explaining:
        schema, parser = _explainer()
        tree = etree.fromstring(body, parser)
        schema.validate(tree)
        return [_problem(entry, str(tree.tag)) for entry in schema.error_log]


def _problem(entry: "etree._LogEntry", root: str) -> Problem:
    where = entry.path or root
    message = f"{where}: {entry.message}"
    return Problem("schema", "error", where, entry.line, entry.column, message)
