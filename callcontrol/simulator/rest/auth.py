"""Who may come in: Basic and bearer credentials, judged before anything else."""

from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import token_hex

from callcontrol.simulator.core.clock import Clock
from callcontrol.simulator.errors import Refusal
from callcontrol.simulator.settings import Account

__all__ = ["Access", "Token", "Tokens", "basic_credentials"]


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


WRONG = "The credentials provided were invalid"


def basic_credentials(value: str) -> tuple[str, str]:
    """Return user name and password of a Basic token; raises a 401 ``Refusal``."""
    try:
        text = b64decode(value, validate=True).decode()
    except (BadBase64, ValueError):
        raise Refusal(401, "Failed to decode basic authentication token") from None
    name, colon, password = text.partition(":")
    if not colon:
        raise Refusal(401, "Invalid basic authentication token")
    return name, password


class Access:
    """Judges the ``Authorization`` header of API requests and token requests."""

    def __init__(self, account: Account, tokens: Tokens) -> None:
        self._account = account
        self._tokens = tokens

    def admit(self, authorization: str | None) -> None:
        """Raise a 401 ``Refusal`` unless the header holds a live token or the API user."""
        scheme, value = _split(authorization)
        if scheme == "bearer":
            good = self._tokens.accepts(value)
        elif scheme == "basic":
            api_user = (self._account.username, self._account.password)
            good = _equal(basic_credentials(value), api_user)
        else:
            raise Refusal(401)
        if not good:
            raise Refusal(401, WRONG)

    def is_client(self, authorization: str | None) -> bool:
        """Whether the header holds the client id and secret that a token is issued for."""
        scheme, value = _split(authorization)
        if scheme != "basic":
            return False
        try:
            found = basic_credentials(value)
        except Refusal:
            return False
        return _equal(found, (self._account.client_id, self._account.client_secret))


def _equal(given: tuple[str, str], expected: tuple[str, str]) -> bool:
    """Return whether two pairs are equal, in a time that does not depend on where they differ."""
    one, other = (":".join(pair).encode("utf-8", "surrogatepass") for pair in (given, expected))
    return compare_digest(one, other)


def _split(authorization: str | None) -> tuple[str, str]:
    scheme, _, value = (authorization or "").partition(" ")
    return scheme.lower(), value.strip()
