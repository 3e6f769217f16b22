"""Errors for attributes under the names of the wire and of other libraries."""

from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol._frozen import declared


class OtherNames:
    """Base of records whose missing attributes and items name the attribute that is meant."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Name the attribute that is meant."""
            hint = None if name.startswith("_") else _hint(self, name)
            raise _missing(self, name, hint)

        def __getitem__(self, name: object) -> object:
            """Name the attribute that is meant; records have no items."""
            hint = _hint(self, name) if isinstance(name, str) else None
            text = f"{type(self).__name__!r} object is not subscriptable"
            raise TypeError(f"{text}; {hint or 'its fields are attributes'}")

        __iter__ = None


def _hint(made: OtherNames, name: str) -> str | None:
    with FIRST_IMPORT:
        from callcontrol._porting import field_hint

    names = [*declared(type(made))]
    return "here it is an attribute" if name in names else field_hint(name, names)


class OtherClientNames:
    """Base of the clients, whose missing attributes name the method that is meant."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Name the method that is meant."""
            with FIRST_IMPORT:
                from callcontrol._porting import client_hint

            raise _missing(self, name, None if name.startswith("_") else client_hint(name))


def _missing(made: object, name: str, hint: str | None) -> AttributeError:
    text = f"{type(made).__name__!r} object has no attribute {name!r}"
    return AttributeError(f"{text}; {hint}" if hint else text, name=name, obj=made)
