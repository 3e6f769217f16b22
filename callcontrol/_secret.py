"""Values that no traceback shows, even if it prints local variables."""

from typing import Generic, TypeVar, cast

T_co = TypeVar("T_co", covariant=True)


class Secret(Generic[T_co]):
    """Holds a value, such as a password or arguments that include one, and never prints it.

    Compares and hashes by the value.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def reveal(self) -> T_co:
        """Return the value. Use it in the same expression; never assign it to a variable."""
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
    """Text for a library that needs ``str``; only its ``repr`` hides it.

    A traceback prints the header dictionary of ``requests`` by ``repr``.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"
