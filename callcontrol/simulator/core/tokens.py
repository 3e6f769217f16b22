"""Bearer tokens of the account: issued, accepted until their time is up, expired on demand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from callcontrol.simulator.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the seconds it is good for."""

    access_token: str = field(repr=False)
    expires_in: int


class Tokens:
    """Every token that is still good."""

    def __init__(self, clock: Clock, lifetime: int) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._expiry: dict[str, datetime] = {}

    def issue(self) -> Token:
        """Return a fresh token; older ones stay good until their own time is up."""
        now = self._clock.now
        self._expiry = {text: end for text, end in self._expiry.items() if end > now}
        text = f"sim.{token_hex(32)}"
        self._expiry[text] = now + timedelta(seconds=self._lifetime)
        return Token(text, self._lifetime)

    def accepts(self, text: str) -> bool:
        """Whether ``text`` is a token of ours whose time is not up."""
        end = self._expiry.get(text)
        return end is not None and end > self._clock.now

    def expire_all(self) -> None:
        """Make every token issued so far worthless."""
        self._expiry = {}
