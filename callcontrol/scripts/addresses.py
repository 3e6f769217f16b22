"""Addresses of steps: which run, leg and step a webhook belongs to, signed."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import parse_qs, quote

from callcontrol.scripts.errors import ScriptError

_TOKEN_BYTES = 18
Purpose = Literal["step", "secret", "target", "room"]
"""An address of a step, of one with typed secrets, of the target of a Bridge, of the events of a
conference."""


class ForgedAddressError(ScriptError):
    """An address whose signature is not ours."""


@dataclass(frozen=True, slots=True)
class Address:
    """A step of a run; ``leg`` is empty for the call itself."""

    run_id: str
    leg: str
    step: int
    purpose: Purpose = "step"
    rounds: int = 0
    """How often a caller was asked to come again."""

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.purpose} {self.step} {self.leg} {self.run_id}"


class Addresses:
    """Writes and reads addresses.

    ``key`` returns the key of the signatures, the same in every process. Without ``base_url``
    addresses are relative: a query, to be added to the URL that the document came from.
    """

    def __init__(self, key: Callable[[], bytes], base_url: str, fallback_base_url: str) -> None:
        self._make_key = key
        self.base_url = base_url
        self._fallback = fallback_base_url or base_url

    @cached_property
    def _key(self) -> bytes:
        return self._make_key()

    @cached_property
    def stand_ins(self) -> tuple[str, str]:
        """Texts in stored documents in place of the user name and the password of webhooks."""
        return f"user-{self._sign('user name')}", f"password-{self._sign('password')}"

    def _sign(self, text: str) -> str:
        digest = hmac.digest(self._key, text.encode(errors="surrogatepass"), "sha256")
        return urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode()

    def url(self, address: Address, *, fallback: bool = False) -> str:
        """Return the URL of an address."""
        base = self._fallback if fallback else self.base_url
        return f"{base}{self._query(address)}"

    def _query(self, address: Address) -> str:
        fields = [f"run={quote(address.run_id, safe='')}", f"step={address.step}"]
        if address.leg:
            fields.append(f"leg={quote(address.leg, safe='')}")
        if address.purpose != "step":
            fields.append(f"for={address.purpose}")
        if address.rounds:
            fields.append(f"rounds={address.rounds}")
        return f"?{'&'.join(fields)}&token={self._sign(address.text)}"

    def read(self, query: str) -> Address | None:
        """Return the address in a query, None if there is none.

        :raises ForgedAddressError: for one with another signature.
        """
        fields = {name: values[0] for name, values in parse_qs(query).items()}
        if "token" not in fields:
            return None
        address = _address(fields)
        if address is None or not hmac.compare_digest(
            self._sign(address.text).encode(), fields["token"].encode(errors="surrogatepass")
        ):
            raise ForgedAddressError("the address of this webhook was not written by this script")
        return address


def _address(fields: dict[str, str]) -> Address | None:
    purpose = fields.get("for", "step")
    try:
        step, rounds = int(fields["step"]), int(fields.get("rounds", "0"))
    except (KeyError, ValueError):
        return None
    for known in ("step", "secret", "target", "room"):
        if purpose == known:
            return Address(fields.get("run", ""), fields.get("leg", ""), step, known, rounds)
    return None
