"""Basic and bearer credentials, which are checked before the rest of a request."""

from base64 import b64decode
from binascii import Error as BadBase64
from hmac import compare_digest

from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.rest.refusal import Refusal

INVALID_CREDENTIALS = "The credentials provided were invalid"


def basic_credentials(value: str) -> tuple[str, str]:
    """Return user name and password of a Basic token.

    :raises Refusal: 401 for a malformed token.
    """
    try:
        text = b64decode(value, validate=True).decode()
    except (BadBase64, ValueError):
        raise Refusal(401, "Failed to decode basic authentication token") from None
    name, colon, password = text.partition(":")
    if not colon:
        raise Refusal(401, "Invalid basic authentication token")
    return name, password


def authorize(platform: Platform, authorization: str | None) -> None:
    """Check that the header holds a valid token or the API user.

    :raises Refusal: 401 otherwise, 403 for the API user without the role of voice.
    """
    scheme, value = _split(authorization)
    account = platform.settings.account
    if scheme == "bearer":
        accepted = platform.tokens.accepts(value)
    elif scheme == "basic":
        given = basic_credentials(value)
        if _equal(given, (account.forbidden_username, account.password)):
            raise Refusal(403)
        accepted = _equal(given, (account.username, account.password))
    else:
        raise Refusal(401)
    if not accepted:
        raise Refusal(401, INVALID_CREDENTIALS)


def is_client(platform: Platform, authorization: str | None) -> bool:
    """Return whether the header holds the client id and secret that a token is issued for."""
    scheme, value = _split(authorization)
    if scheme != "basic":
        return False
    try:
        found = basic_credentials(value)
    except Refusal:
        return False
    account = platform.settings.account
    return _equal(found, (account.client_id, account.client_secret))


def _equal(given: tuple[str, str], expected: tuple[str, str]) -> bool:
    """Return whether two pairs are equal, in a time that does not depend on where they differ."""
    one, other = (":".join(pair).encode("utf-8", "surrogatepass") for pair in (given, expected))
    return compare_digest(one, other)


def _split(authorization: str | None) -> tuple[str, str]:
    scheme, _, value = (authorization or "").partition(" ")
    return scheme.lower(), value.strip()
