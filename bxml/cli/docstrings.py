"""Texts about classes and their fields, read from the docstrings in their source.

Python keeps no docstring of a field, so the source is read; an installation without sources
gives empty texts, never an error.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache

__all__ = ["attribute_docs", "details", "summary"]


def attribute_docs(cls: type) -> Mapping[str, str]:
    """Return the text under each field of a class, its groups included, by Python name."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        found |= _field_texts(each.__module__).get(each.__qualname__, {})
    return found


def summary(cls: type) -> str:
    """Return the first paragraph of the docstring of a class, on one line."""
    return _paragraphs(cls)[0]


def details(cls: type) -> tuple[str, ...]:
    """Return the other paragraphs of the docstring, without the link to the vendor page."""
    return tuple(each for each in _paragraphs(cls)[1:] if not each.startswith("Vendor page:"))


def _paragraphs(cls: type) -> list[str]:
    text = inspect.cleandoc(cls.__doc__ or "")
    return [" ".join(each.split()) for each in text.split("\n\n")]


@cache
def _field_texts(module: str) -> Mapping[str, Mapping[str, str]]:
    """Return the texts of fields by name, for each class of a module."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError, KeyError):
        return {}
    classes = (each for each in ast.parse(source).body if isinstance(each, ast.ClassDef))
    return {each.name: dict(_texts_of(each)) for each in classes}


def _texts_of(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in zip(node.body, node.body[1:], strict=False):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())
            case _:
                pass
