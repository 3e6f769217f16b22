"""Which made-up value stands for which real one: both directions, in order of first appearance."""

import re
from collections.abc import Callable

from callcontrol.recorder.known_values import KnownValues
from callcontrol.recorder.phone_numbers import is_made_up, made_up_number

__all__ = ["ACCOUNT", "SECRET", "Originals", "Pseudonyms", "Substitution"]

ACCOUNT = "9900000"
"""What stands for every account id."""
SECRET = re.compile(r"masked-[0-9]+")
"""What stands for a secret."""
MOST_KEYS = 9
NOTABLE = 8
"""Characters from which a secret is looked for everywhere: shorter ones may be ordinary words."""
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]+")


class Substitution:
    """The made-up values of one kind."""

    def __init__(self, made_up: Callable[[int], str], is_own: Callable[[str], bool]) -> None:
        self.masks: dict[str, str] = {}
        self.originals: dict[str, str] = {}
        self.taken: set[str] = set()
        self.known = KnownValues(NOTABLE)
        """Those that are looked for everywhere."""
        self._made_up = made_up
        self._is_own = is_own
        self._next = 0

    def mask(self, original: str) -> str:
        """Return what stands for a value; what is made up stands for itself."""
        known = self.masks.get(original)
        if known is not None:
            return known
        if self._is_own(original):
            self.taken.add(original)
            return original
        while (made := self._made_up(self._next)) in self.taken:
            self._next += 1
        self._next += 1
        self.bind(original, made)
        return made

    def bind(self, original: str, mask: str) -> None:
        """Let ``mask`` stand for a value from now on."""
        if _WORD.fullmatch(original) is None:
            self.known.add(original)
        self.masks[original] = mask
        self.originals[mask] = original
        self.taken.add(mask)

    def copy(self) -> "Substitution":
        """Return the same, to go its own way."""
        made = Substitution(self._made_up, self._is_own)
        made.masks, made.originals = dict(self.masks), dict(self.originals)
        made.taken, made._next = set(self.taken), self._next
        made.known = self.known.copy()
        return made


class Pseudonyms:
    """Gives every real value its made-up one. Its ``repr`` shows nothing: it knows the secrets.

    ``keeps_keys`` is for a replay, in which typed keys are made up already.
    """

    def __init__(self, *, keeps_keys: bool = False) -> None:
        self._keeps_keys = keeps_keys
        self.numbers = Substitution(made_up_number, is_made_up)
        self.secrets = Substitution(
            lambda place: f"masked-{place + 1}", lambda text: SECRET.fullmatch(text) is not None
        )
        self._typed: dict[str, str] = {}
        self._typed_masks: set[str] = set()
        self._next_keys: dict[int, int] = {}
        """The first place to try for typed keys of a length: those before are taken."""
        self._known_typed = KnownValues(2)
        self._accounts: dict[str, str] = {}
        self._known_accounts = KnownValues(NOTABLE // 2, whole=True)

    def copy(self) -> "Pseudonyms":
        """Return a ledger that knows the same and goes its own way."""
        made = Pseudonyms(keeps_keys=self._keeps_keys)
        made.numbers, made.secrets = self.numbers.copy(), self.secrets.copy()
        made._typed, made._accounts = dict(self._typed), dict(self._accounts)
        made._known_typed = self._known_typed.copy()
        made._known_accounts = self._known_accounts.copy()
        made._typed_masks, made._next_keys = set(self._typed_masks), dict(self._next_keys)
        return made

    def number(self, digits: str) -> str:
        """Return the number that stands for one."""
        return self.numbers.mask(digits)

    def has_number(self, digits: str) -> bool:
        """Return whether the number has been seen."""
        return digits in self.numbers.masks

    def keys(self, typed: str) -> str:
        """Return keys that stand for typed ones, as many; equal ones get equal ones."""
        known = self._typed.get(typed)
        if known is None and self._keeps_keys:
            return typed
        if known is None:
            # Ten digits in a row would be a number.
            size = min(len(typed), MOST_KEYS)
            places = range(self._next_keys.get(len(typed), 1), 10**size)
            candidates = ((place, f"{place:0{size}}".ljust(len(typed), "*")) for place in places)
            place, known = next(
                (
                    candidate
                    for candidate in candidates
                    if candidate[1] != typed and not self._is_taken(candidate[1])
                ),
                (10**size, "0" * size),
            )
            self._next_keys[len(typed)] = place
            self.bind_keys(typed, known)
        return known

    def _is_taken(self, keys: str) -> bool:
        return keys in self._typed or keys in self._typed_masks

    def has_keys(self, typed: str) -> bool:
        """Return whether the keys have been typed."""
        return typed in self._typed

    def bind_keys(self, original: str, mask: str) -> None:
        """Let ``mask`` stand for typed keys from now on."""
        self._typed[original] = mask
        self._typed_masks.add(mask)
        if not original.isdigit():
            self._known_typed.add(original)

    def secret(self, value: str) -> str:
        """Return what stands for a password or a token."""
        return self.secrets.mask(value) if value else value

    def account(self, value: str) -> str:
        """Return what stands for an account id."""
        if value != ACCOUNT:
            self._accounts[value] = ACCOUNT
            self._known_accounts.add(value)
        return ACCOUNT

    def without_secrets(self, text: str) -> str:
        """Return the text without what is known to be secret, and without account ids."""
        text = self.secrets.known.replace(text, self.secrets.masks)
        text = self._known_typed.replace(text, self._typed)
        return self._known_accounts.replace(text, self._accounts)


class Originals:
    """The way back: puts real values, as far as they are known, where made-up ones stand."""

    def __init__(self, ledger: Pseudonyms) -> None:
        self._ledger = ledger
        self._keys: dict[str, str] = {}

    def bind_keys(self, original: str, mask: str) -> None:
        """Let typed keys be the original ones again."""
        self._keys[mask] = original

    def number(self, digits: str) -> str:
        """Return the number that one stands for."""
        return self._ledger.numbers.originals.get(digits, digits)

    def has_number(self, digits: str) -> bool:
        """Return whether it is known what a number stands for."""
        return digits in self._ledger.numbers.originals

    def keys(self, typed: str) -> str:
        """Return the keys that some stand for."""
        return self._keys.get(typed, typed)

    def has_keys(self, typed: str) -> bool:
        """Return whether it is known what keys stand for."""
        return typed in self._keys

    def secret(self, value: str) -> str:
        """Return the secret that a text stands for."""
        return self._ledger.secrets.originals.get(value, value)

    def account(self, value: str) -> str:
        """Return the account id as it is."""
        return value

    def without_secrets(self, text: str) -> str:
        """Return the text with the secrets that are known."""
        return SECRET.sub(lambda found: self.secret(found[0]), text)
