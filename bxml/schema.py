"""The XSD, checked by libxml2: the second, independent statement of the language."""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from bxml._once import FIRST_USE, VALIDATING, once
from bxml.errors import Problem

if TYPE_CHECKING:
    from lxml import etree


def schema_path() -> Path:
    """Return the path of ``bxml.xsd``: inside the installed package, or beside it in a checkout."""
    packaged = Path(str(files("bxml"))) / "schemas" / "bxml.xsd"
    return packaged if packaged.exists() else Path(__file__).parents[1] / "schemas" / "bxml.xsd"


@once
def _engine() -> "tuple[etree.XMLSchema, etree.XMLParser]":
    """Return the XSD compiled, and a parser; the XSD must not be compiled in two threads at a time.

    15 ms on a usual machine, and as much for lxml.
    """
    from lxml import etree

    schema = etree.XMLSchema(file=str(schema_path()))
    return schema, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def validate(body: bytes) -> list[Problem]:
    """Return what the XSD finds wrong with a well-formed document; nothing when it is valid.

    The messages are libxml2's; ``bxml.check`` reports the same in its own words. Threads may call
    this; one document is validated at a time: lxml gives other threads a turn in the middle, and a
    schema has one error log, through which they would meet.
    """
    with FIRST_USE:
        from lxml import etree

    schema, parser = _engine()
    with VALIDATING:
        tree = etree.fromstring(body, parser)
        if schema.validate(tree):
            return []
        return [_problem(entry, str(tree.tag)) for entry in schema.error_log]


def _problem(entry: "etree._LogEntry", root: str) -> Problem:
    where = entry.path or root
    message = f"{where}: {entry.message}"
    return Problem("schema", "error", where, entry.line, entry.column, message)
