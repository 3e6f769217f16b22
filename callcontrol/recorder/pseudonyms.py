"""Pseudonyms of real values, in order of first appearance, and the way back to the originals."""

import re
from collections.abc import Callable

from callcontrol.recorder.known_values import KnownValues
from callcontrol.recorder.phone_numbers import fake_number, is_fake_number

ACCOUNT = "9900000"
"""The pseudonym of every account id."""
SECRET = re.compile(r"masked-[0-9]+")
"""The pseudonym of a secret."""
MAX_KEYS = 9
SEARCHED_LENGTH = 8
"""Length from which a secret is searched for everywhere: shorter ones may be ordinary words."""
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]+")


class Substitution:
    """The pseudonyms of one kind of value."""

    def __init__(self, make: Callable[[int], str], is_pseudonym: Callable[[str], bool]) -> None:
        self.by_original: dict[str, str] = {}
        self.by_pseudonym: dict[str, str] = {}
        self.reserved: set[str] = set()
        self.searched = KnownValues(SEARCHED_LENGTH)
        """Values that are searched for everywhere."""
        self._make = make
        self._is_pseudonym = is_pseudonym
        self._next = 0

    def pseudonym(self, original: str) -> str:
        """Return the pseudonym of a value; pseudonyms stand for themselves."""
        if original in self.by_original:
            return self.by_original[original]
        if self._is_pseudonym(original):
            self.reserved.add(original)
            return original
        while (pseudonym := self._make(self._next)) in self.reserved:
            self._next += 1
        self._next += 1
        self.bind(original, pseudonym)
        return pseudonym

    def bind(self, original: str, pseudonym: str) -> None:
        """Make ``pseudonym`` stand for a value."""
        if _WORD.fullmatch(original) is None:
            self.searched.add(original)
        self.by_original[original] = pseudonym
        self.by_pseudonym[pseudonym] = original
        self.reserved.add(pseudonym)

    def copy(self) -> "Substitution":
        """Return an independent copy."""
        copied = Substitution(self._make, self._is_pseudonym)
        copied.by_original, copied.by_pseudonym = dict(self.by_original), dict(self.by_pseudonym)
        copied.reserved, copied._next = set(self.reserved), self._next
        copied.searched = self.searched.copy()
        return copied


class Pseudonyms:
    """Gives every real value a pseudonym. Its ``repr`` shows nothing, because it holds secrets.

    ``keeps_keys`` is for a replay, in which typed keys are pseudonyms already.
    """

    def __init__(self, *, keeps_keys: bool = False) -> None:
        self._keeps_keys = keeps_keys
        self.numbers = Substitution(fake_number, is_fake_number)
        self.secrets = Substitution(
            lambda place: f"masked-{place + 1}", lambda text: SECRET.fullmatch(text) is not None
        )
        self._typed: dict[str, str] = {}
        self._typed_pseudonyms: set[str] = set()
        self._next_keys: dict[int, int] = {}
        """The first number to try for typed keys of a length: those below are taken."""
        self._known_typed = KnownValues(2)
        self._accounts: dict[str, str] = {}
        self._known_accounts = KnownValues(SEARCHED_LENGTH // 2, whole=True)

    def copy(self) -> "Pseudonyms":
        """Return an independent copy."""
        copied = Pseudonyms(keeps_keys=self._keeps_keys)
        copied.numbers, copied.secrets = self.numbers.copy(), self.secrets.copy()
        copied._typed, copied._accounts = dict(self._typed), dict(self._accounts)
        copied._known_typed = self._known_typed.copy()
        copied._known_accounts = self._known_accounts.copy()
        copied._typed_pseudonyms, copied._next_keys = (
            set(self._typed_pseudonyms),
            dict(self._next_keys),
        )
        return copied

    def number(self, digits: str) -> str:
        """Return the pseudonym of a number."""
        return self.numbers.pseudonym(digits)

    def has_number(self, digits: str) -> bool:
        """Return whether a number has a pseudonym."""
        return digits in self.numbers.by_original

    def keys(self, typed: str) -> str:
        """Return the pseudonym of typed keys, of the same length."""
        pseudonym = self._typed.get(typed)
        if pseudonym is None and self._keeps_keys:
            return typed
        if pseudonym is None:
            # Ten digits in a row would be a number.
            size = min(len(typed), MAX_KEYS)
            places = range(self._next_keys.get(len(typed), 1), 10**size)
            candidates = ((place, f"{place:0{size}}".ljust(len(typed), "*")) for place in places)
            place, pseudonym = next(
                (
                    candidate
                    for candidate in candidates
                    if candidate[1] != typed and not self._is_taken(candidate[1])
                ),
                (10**size, "0" * size),
            )
            self._next_keys[len(typed)] = place
            self.bind_keys(typed, pseudonym)
        return pseudonym

    def _is_taken(self, keys: str) -> bool:
        return keys in self._typed or keys in self._typed_pseudonyms

    def has_keys(self, typed: str) -> bool:
        """Return whether typed keys have a pseudonym."""
        return typed in self._typed

    def bind_keys(self, original: str, pseudonym: str) -> None:
        """Make ``pseudonym`` stand for typed keys."""
        self._typed[original] = pseudonym
        self._typed_pseudonyms.add(pseudonym)
        if not original.isdigit():
            self._known_typed.add(original)

    def secret(self, value: str) -> str:
        """Return the pseudonym of a password or a token."""
        return self.secrets.pseudonym(value) if value else value

    def account(self, value: str) -> str:
        """Return the pseudonym of an account id."""
        if value != ACCOUNT:
            self._accounts[value] = ACCOUNT
            self._known_accounts.add(value)
        return ACCOUNT

    def without_secrets(self, text: str) -> str:
        """Return the text with every known secret and account id replaced."""
        text = self.secrets.searched.replace(text, self.secrets.by_original)
        text = self._known_typed.replace(text, self._typed)
        return self._known_accounts.replace(text, self._accounts)


class Originals:
    """Replaces pseudonyms by the original values, as far as they are known."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._keys: dict[str, str] = {}

    def bind_keys(self, original: str, pseudonym: str) -> None:
        """Make ``pseudonym`` turn into the original keys."""
        self._keys[pseudonym] = original

    def number(self, digits: str) -> str:
        """Return the original of a number."""
        return self._pseudonyms.numbers.by_pseudonym.get(digits, digits)

    def has_number(self, digits: str) -> bool:
        """Return whether the original of a number is known."""
        return digits in self._pseudonyms.numbers.by_pseudonym

    def keys(self, typed: str) -> str:
        """Return the original of typed keys."""
        return self._keys.get(typed, typed)

    def has_keys(self, typed: str) -> bool:
        """Return whether the original of typed keys is known."""
        return typed in self._keys

    def secret(self, value: str) -> str:
        """Return the original of a secret."""
        return self._pseudonyms.secrets.by_pseudonym.get(value, value)

    def account(self, value: str) -> str:
        """Return the account id unchanged."""
        return value

    def without_secrets(self, text: str) -> str:
        """Return the text with the known secrets in it restored."""
        return SECRET.sub(lambda found: self.secret(found[0]), text)
