"""A value that no traceback shows, also not one that prints the local variables of its frames."""

from typing import Generic, TypeVar, cast

__all__ = ["Secret", "SecretText"]

T_co = TypeVar("T_co", covariant=True)


class Secret(Generic[T_co]):
    """Holds a value, such as a password or the arguments it is among; shows nothing of it.

    Compares and hashes by the value, so that the records which hold it do too.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def reveal(self) -> T_co:
        """Return the value. Use it where it stands; do not give it a name."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == cast("Secret[object]", other).reveal()

    def __hash__(self) -> int:
        return hash(self._value)


class SecretText(str):
    """Text for a library that takes nothing but ``str``; only its ``repr`` hides it.

    The header dictionary that ``requests`` hands down to the socket is printed by ``repr``.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"
