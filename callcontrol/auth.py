"""Who the client is: OAuth2 client credentials, or Basic for test servers and old accounts.

The vendor switches Basic off for its API on 2026-12-02. Vendor page:
dev.bandwidth.com/docs/account/credentials.
"""

from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import isfinite
from re import compile as pattern
from threading import Lock
from typing import Protocol

from callcontrol._fork import renewed_in_children
from callcontrol._http.replies import explanation, json_object, scrubbed
from callcontrol._http.retry import TOKEN, RetryClock
from callcontrol._http.transport import ApiReply, ApiRequest, Transport
from callcontrol._secret import Secret
from callcontrol._settings import ClientSettings
from callcontrol.errors import (
    CallControlError,
    ClientError,
    ReplyError,
    TokenError,
    TransportError,
    error_class,
    one_line,
)

__all__ = ["Auth", "BasicAuth", "ClientCredentials", "auth_for"]

MARGIN = 60.0
"""Seconds before its end at which a token is no longer used."""

LIFETIME = 3600.0
"""Seconds that a token lives when the token URL does not say."""

_OPAQUE = pattern(r"[\x21-\x7e]+")


class Auth(Protocol):
    """What the client needs of a way to authenticate."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that no error may show."""
        ...

    def header(self) -> Secret[str]:
        """Return the Authorization header.

        :raises TokenError: if it takes an access token and there is none to be had.
        """
        ...

    def renew(self, used: Secret[str]) -> bool:
        """Make the next header a fresh one after ``used`` was refused; False if that is in vain."""
        ...


def _basic(user: str, password: Secret[str]) -> Secret[str]:
    return Secret(f"Basic {b64encode(f'{user}:{password.reveal()}'.encode()).decode()}")


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User name and password with every request."""

    username: str
    password: Secret[str] = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The header's value and the password."""
        return self.header().reveal().removeprefix("Basic "), self.password.reveal()

    def header(self) -> Secret[str]:
        """Return the Authorization header."""
        return _basic(self.username, self.password)

    def renew(self, used: Secret[str]) -> bool:
        """Return False: the same credentials would be refused again."""
        del used
        return False


@dataclass(frozen=True, slots=True)
class _Token:
    value: Secret[str] = field(repr=False)
    ends: float
    """When it must no longer be used, on the monotonic clock."""

    def header(self) -> Secret[str]:
        """Return the Authorization header."""
        return Secret(f"Bearer {self.value.reveal()}")


class ClientCredentials:
    """OAuth2 client credentials: a token is fetched when needed and used until near its end.

    Threads that need a token at the same time wait for one request and share its outcome.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: Secret[str],
        token_url: str,
        transport: Transport,
        clock: RetryClock,
    ) -> None:
        self.client_id = client_id
        self.token_url = token_url
        self._secret = client_secret
        self._transport = transport
        self._clock = clock
        self._lock = Lock()
        self._token: _Token | None = None
        self._fetching: Future[_Token] | None = None
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Keep the token; do not wait for a thread of the parent that fetches another."""
        self._lock = Lock()
        self._fetching = None

    def __repr__(self) -> str:
        return f"ClientCredentials(client_id={self.client_id!r}, token_url={self.token_url!r})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The client secret, the header it travels in, and the token of the moment."""
        token = self._token
        basic = _basic(self.client_id, self._secret).reveal().removeprefix("Basic ")
        return (*([token.value.reveal()] if token else []), basic, self._secret.reveal())

    def header(self) -> Secret[str]:
        """Return the Authorization header, fetching a token if there is none fit for use.

        :raises TokenError: if the token URL gives none.
        """
        token = self._token
        if token is None or self._clock.monotonic() >= token.ends:
            token = self._fresh()
        return token.header()

    def renew(self, used: Secret[str]) -> bool:
        """Drop the token of the header ``used``, unless another thread has replaced it already."""
        with self._lock:
            if self._token is not None and used == self._token.header():
                self._token = None
        return True

    def _fresh(self) -> _Token:
        with self._lock:
            token = self._token
            if token is not None and self._clock.monotonic() < token.ends:
                return token
            fetching, mine = self._fetching, self._fetching is None
            if fetching is None:
                fetching = self._fetching = Future()
        if mine:
            self._fetch_for_all(fetching)
        return fetching.result()

    def _fetch_for_all(self, fetching: "Future[_Token]") -> None:
        token: _Token | None = None
        failure: BaseException | None = None
        try:
            token = self._fetch()
        except BaseException as error:
            # An interrupt concerns this thread only; those who wait get a plain failure.
            failure = error if isinstance(error, CallControlError) else _interrupted(self.token_url)
            raise
        finally:
            with self._lock:
                self._token, self._fetching = token, None
            if token is not None:
                fetching.set_result(token)
            else:
                fetching.set_exception(failure)

    def _fetch(self) -> _Token:
        message = ApiRequest(
            "POST",
            self.token_url,
            TOKEN,
            {
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            b"grant_type=client_credentials",
        )
        asked = self._clock.monotonic()
        try:
            reply = self._transport.send(message, _basic(self.client_id, self._secret))
        except TransportError as error:
            raise TokenError(message.line, error.finding) from error
        if not reply.succeeded:
            raise self._refused(reply)
        return _token(reply, asked)

    def _refused(self, reply: ApiReply) -> TokenError:
        said = explanation(reply)
        texts = (said.get(name) for name in ("error", "error_description", "type", "description"))
        reason = one_line(scrubbed(": ".join(filter(None, texts)), self.secrets))
        ours = issubclass(error_class(reply.status), ClientError)
        hint = "check the client id and the client secret" if ours else None
        finding = f"expected an access token, got {reason or 'a refusal'}"
        return TokenError(reply.line, finding, reply.status, hint)


def auth_for(settings: ClientSettings, transport: Transport, clock: RetryClock) -> Auth:
    """Return the authentication that the settings select."""
    if settings.username is not None and settings.password is not None:
        return BasicAuth(settings.username, settings.password)
    client_id, secret = settings.client_id or "", settings.client_secret or Secret("")
    return ClientCredentials(client_id, secret, settings.token_url, transport, clock)


def _interrupted(token_url: str) -> TokenError:
    line = ApiRequest("POST", token_url, TOKEN).line
    return TokenError(line, "expected an access token, got an interruption")


def _token(reply: ApiReply, asked: float) -> _Token:
    try:
        body = Secret(json_object(reply))
    except ReplyError as error:
        raise TokenError(reply.line, error.finding, reply.status) from None
    value = _access_token(body)
    if value is None:
        finding = "expected an access_token of visible ASCII characters, got none"
        raise TokenError(reply.line, finding, reply.status)
    return _Token(value, asked + _lifetime(body.reveal().get("expires_in")) - MARGIN)


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
