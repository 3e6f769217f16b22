"""Bearer tokens of the account: issued, accepted until they expire, expired on demand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from callcontrol.simulator.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the seconds it is valid for."""

    access_token: str = field(repr=False)
    expires_in: int


class Tokens:
    """Every valid token."""

    def __init__(self, clock: Clock, lifetime: int) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._expiry: dict[str, datetime] = {}

    def issue(self) -> Token:
        """Return a new token; older ones stay valid until they expire."""
        now = self._clock.now
        self._expiry = {text: end for text, end in self._expiry.items() if end > now}
        text = f"sim.{token_hex(32)}"
        self._expiry[text] = now + timedelta(seconds=self._lifetime)
        return Token(text, self._lifetime)

    def accepts(self, text: str) -> bool:
        """Whether ``text`` is a valid token."""
        end = self._expiry.get(text)
        return end is not None and end > self._clock.now

    def expire_all(self) -> None:
        """Expire every token issued so far."""
        self._expiry = {}
