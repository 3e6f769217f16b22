"""Values that no traceback shows, even if it prints local variables, and names of such values."""

import re
from functools import lru_cache
from typing import Generic, TypeVar, cast

T_co = TypeVar("T_co", covariant=True)

_WORDS = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"
_TELLING = (
    "auth|authorization|bearer|card|cookie|cvv|jwt|key|otp|pass|passcode|pin|pwd|session|sessionid"
    "|sid|sig"
)
_CERTAIN = "(?i)apikey|credential|passphrase|passwd|password|secret|signature|token|username"


@lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Return whether the name suggests a password, a token or a user name."""
    words = (word.lower() for word in re.findall(_WORDS, name))
    return is_certainly_secret(name) or any(re.fullmatch(_TELLING, word) for word in words)


def is_certainly_secret(name: str) -> bool:
    """Return whether the name is hardly used for anything else, also among other words."""
    return re.search(_CERTAIN, name) is not None


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
