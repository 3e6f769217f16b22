"""Authentication: OAuth2 client credentials, or Basic for test servers and old accounts.

The vendor ends Basic authentication for its API on 2026-12-02. Vendor page:
dev.bandwidth.com/docs/account/credentials.
"""

from base64 import b64encode
from collections.abc import Mapping
from functools import partial
from math import isfinite
from re import compile as pattern
from threading import Lock
from typing import Protocol, cast

from callcontrol._fork import renewed_in_children
from callcontrol._frozen import field, frozen
from callcontrol._http.exchange import TOKEN, ApiReply, ApiRequest
from callcontrol._http.replies import explanation, json_object, scrubbed
from callcontrol._http.sending import SendOptions, sent
from callcontrol._http.steps import Routine, Shared
from callcontrol._secret import Secret
from callcontrol._settings import TOKEN_URL, VARIABLES, ClientSettings
from callcontrol.errors import (
    ClientError,
    ReplyError,
    TokenError,
    TransportError,
    error_class,
    one_line,
)

MARGIN = 60.0
"""Seconds before its expiry from which a token is no longer used."""

LIFETIME = 3600.0
"""Seconds that a token is valid if the token URL does not say."""

_CHECK = f"check token_url ({VARIABLES['token_url']})"
_HEADERS: Mapping[str, str] = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}
_FORM = b"grant_type=client_credentials"
_OPAQUE = pattern(r"[\x21-\x7e]+")


class Auth(Protocol):
    """A way to authenticate requests."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that no error may show."""
        ...

    def header(self, options: SendOptions) -> Routine[Secret[str]]:
        """Return the Authorization header; ``options`` are for the token request.

        :raises TokenError: if an access token is needed and the token URL gives none.
        """
        ...

    def renew(self, used: Secret[str]) -> bool:
        """Prepare a new header after ``used`` was refused; return False if there is no other."""
        ...


def _basic(user: str, password: Secret[str]) -> Secret[str]:
    return Secret(f"Basic {b64encode(f'{user}:{password.reveal()}'.encode()).decode()}")


@frozen
class BasicAuth:
    """Basic authentication: user name and password with every request."""

    username: str
    password: Secret[str] = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The header's value and the password."""
        header = _basic(self.username, self.password)
        return header.reveal().removeprefix("Basic "), self.password.reveal()

    def header(self, options: SendOptions) -> Routine[Secret[str]]:
        """Return the Authorization header."""
        del options
        yield from ()
        return _basic(self.username, self.password)

    def renew(self, used: Secret[str]) -> bool:
        """Return False: the same credentials would be refused again."""
        del used
        return False


@frozen
class _Token:
    value: Secret[str] = field(repr=False)
    ends: float
    """Expiry on the monotonic clock, ``MARGIN`` included."""

    def header(self) -> Secret[str]:
        """Return the Authorization header."""
        return Secret(f"Bearer {self.value.reveal()}")


class ClientCredentials:
    """OAuth2 client credentials; a token is reused until shortly before it expires.

    Operations that need a token at the same time share one request and its outcome.
    """

    def __init__(self, client_id: str, client_secret: Secret[str], token_url: str) -> None:
        self.client_id = client_id
        self.token_url = token_url
        self._secret = client_secret
        self._lock = Lock()
        self._token: _Token | None = None
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Keep the token; discard the lock of the parent's threads."""
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"ClientCredentials(client_id={self.client_id!r}, token_url={self.token_url!r})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The client secret, the header that contains it, and the current token."""
        token = self._token
        basic = _basic(self.client_id, self._secret).reveal().removeprefix("Basic ")
        return (*([token.value.reveal()] if token else []), basic, self._secret.reveal())

    def header(self, options: SendOptions) -> Routine[Secret[str]]:
        """Return the Authorization header, fetching a token if there is no valid one.

        :raises TokenError: if the token URL gives none.
        """
        token = self._valid(options)
        if token is None:
            token = yield Shared(
                partial(self._valid, options), partial(self._fetched, options), self._interrupted
            )
        return cast("_Token", token).header()

    def renew(self, used: Secret[str]) -> bool:
        """Drop the token of the header ``used``, unless another thread has replaced it already."""
        with self._lock:
            if self._token is not None and used == self._token.header():
                self._token = None
        return True

    def _valid(self, options: SendOptions) -> _Token | None:
        token = self._token
        return token if token and options.clock.monotonic() < token.ends else None

    def _fetched(self, options: SendOptions) -> Routine[_Token]:
        token = yield from self._fetch(options)
        with self._lock:
            self._token = token
        return token

    def _fetch(self, options: SendOptions) -> Routine[_Token]:
        request = ApiRequest("POST", self.token_url, TOKEN, _HEADERS, _FORM)
        sent_at = options.clock.monotonic()
        try:
            reply = yield from sent(request, _basic(self.client_id, self._secret), options)
        except TransportError as error:
            hint = None if self.token_url == TOKEN_URL else _CHECK
            if error.hint != options.address_hint:  # that would name the wrong address
                hint = error.hint or hint
            raise TokenError(request.line, error.finding, hint=hint) from error
        if not reply.succeeded:
            raise self._refused(reply)
        return _token(reply, sent_at)

    def _interrupted(self) -> TokenError:
        line = ApiRequest("POST", self.token_url, TOKEN).line
        return TokenError(line, "expected an access token, got an interruption")

    def _refused(self, reply: ApiReply) -> TokenError:
        texts = explanation(reply)
        parts = (texts.get(name) for name in ("error", "error_description", "type", "description"))
        reason = one_line(scrubbed(": ".join(filter(None, parts)), self.secrets))
        is_client_error = issubclass(error_class(reply.status), ClientError)
        hint = "check the client id and the client secret" if is_client_error else None
        finding = f"expected an access token, got {reason or 'a refusal'}"
        return TokenError(reply.line, finding, reply.status, hint)


def auth_for(settings: ClientSettings) -> Auth:
    """Return the authentication that the settings select."""
    if settings.username is not None and settings.password is not None:
        return BasicAuth(settings.username, settings.password)
    client_id, secret = settings.client_id or "", settings.client_secret or Secret("")
    return ClientCredentials(client_id, secret, settings.token_address)


def _token(reply: ApiReply, sent_at: float) -> _Token:
    try:
        body = Secret(json_object(reply))
    except ReplyError as error:
        raise TokenError(reply.line, error.finding, reply.status, _CHECK) from None
    value = _access_token(body)
    if value is None:
        finding = "expected an access_token of visible ASCII characters, got none"
        raise TokenError(reply.line, finding, reply.status)
    return _Token(value, sent_at + _lifetime(body.reveal().get("expires_in")) - MARGIN)


def _access_token(body: Secret[Mapping[str, object]]) -> Secret[str] | None:
    value = body.reveal().get("access_token")
    return Secret(value) if isinstance(value, str) and _OPAQUE.fullmatch(value) else None


def _lifetime(value: object) -> float:
    """Return the seconds that a token lives; some servers send the number as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return LIFETIME
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return LIFETIME
    return seconds if isfinite(seconds) else LIFETIME
