"""Sends one request under its retry policy and says what a missing reply means.

This is the only module that performs HTTP. It knows nothing about calls or credentials: it takes
a ``ApiRequest`` and returns a ``ApiReply`` of any status, or raises.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import default_user_agent
from urllib3 import exceptions as lower

from bxml._decompress import ACCEPTED
from callcontrol._fork import renewed_in_children
from callcontrol._http.adapter import PolicyAdapter
from callcontrol._http.after_fork import renew_session
from callcontrol._http.bounds import reading_hook
from callcontrol._http.failures import LARGE, diagnose
from callcontrol._http.frames import without_library_frames
from callcontrol._http.retry import (
    ONCE,
    PAGE,
    REPEATABLE,
    TOKEN,
    Policy,
    RetryClock,
    may_have_acted,
)
from callcontrol._secret import Secret, SecretText
from callcontrol.errors import OutcomeUnknownError, RequestLine, TransportError

__all__ = ["ApiReply", "ApiRequest", "Transport"]

POLICIES = (REPEATABLE, PAGE, ONCE, TOKEN)

_CODINGS: Mapping[str, str] = {"Accept-Encoding": ACCEPTED}

log = logging.getLogger("callcontrol")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request: what to send, how often, and what to tell when nobody knows the outcome."""

    method: str
    url: str
    policy: Policy
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    recovery: str | None = None
    """How to find out whether the request was carried out."""
    smaller: str | None = None
    """How to get a smaller reply."""
    settled: frozenset[int] = frozenset()
    """Statuses that mean "done already" once an earlier attempt may have been carried out."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Texts inside the body that no error may show."""

    @property
    def line(self) -> RequestLine:
        """Return what errors say about this request."""
        return RequestLine(self.method, self.url.partition("?")[0])


@dataclass(frozen=True, slots=True)
class ApiReply:
    """A complete reply, whatever its status."""

    line: RequestLine
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    doubtful: bool = False
    """Whether an attempt before this reply may have been carried out too."""

    @property
    def succeeded(self) -> bool:
        """Whether the status is a 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class _NoCookies(RequestsCookieJar):
    """A jar that stays empty: the platform uses none, and looking for them takes time."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Keep nothing."""


class _Session(requests.Session):
    """A session that never follows a redirect, so that credentials stay with their host."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: no reply leads anywhere."""


def _headers(session: requests.Session) -> Mapping[str, str]:
    """Return the headers that a session adds to every request."""
    named = session.headers.items()
    texts = {name: value if isinstance(value, str) else value.decode() for name, value in named}
    # Other codings could only be read without a bound.
    return texts if texts.get("Accept-Encoding") == "identity" else {**texts, **_CODINGS}


def _own_sessions(max_retries: int, clock: RetryClock) -> Mapping[Policy, requests.Session]:
    sessions: dict[Policy, requests.Session] = {}
    shared: PolicyAdapter | None = None
    for policy in POLICIES:
        shared = PolicyAdapter(policy.retry(max_retries, clock), shared)
        session = sessions[policy] = _Session()
        session.cookies = _NoCookies()
        del session.headers["Connection"]  # kept open by default, since HTTP/1.1
        session.headers["User-Agent"] = f"bxml-callcontrol {default_user_agent()}"
        session.mount("http://", shared)
        session.mount("https://", shared)
    return sessions


class Transport:
    """Keeps connections open and sends messages; safe to share among threads.

    Each attempt has three steps, connecting, sending and receiving the whole reply, and each of
    them ends within ``timeout`` seconds however slowly the bytes drip (name resolution is the
    operating system's affair); decompression is part of the third. With the waits between attempts,
    at most ``MAX_WAIT`` + ``JITTER`` seconds each, that bounds every ``send``. No more than the
    policy's ``max_reply`` bytes of a reply are received, and as many decompressed.

    A ``session`` handed in sends as it is: with its proxies, certificates, headers, hooks and
    adapters, and with the retries of those adapters. Its replies have the same bounds, but the time
    for the body begins anew after the head.

    An exception leaves without the stack frames of the libraries underneath, whose variables hold
    the credentials.
    """

    def __init__(
        self,
        timeout: float,
        max_retries: int,
        clock: RetryClock,
        session: requests.Session | None = None,
    ) -> None:
        self._clock = clock
        self._own = session is None
        self._timeout = timeout
        self._sessions: Mapping[Policy, requests.Session] = (
            _own_sessions(max_retries, clock)
            if session is None
            else dict.fromkeys(POLICIES, session)
        )
        self._headers = _headers(self._sessions[ONCE])
        self._settings: dict[str, dict[str, Any]] = {}
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Leave the parent's connections to the parent, those of a handed-in session too."""
        for session in self._sessions.values():
            renew_session(session)

    def send(self, message: ApiRequest, authorization: Secret[str]) -> ApiReply:
        """Return the reply to the last attempt; ``authorization`` is the header that goes along.

        :raises OutcomeUnknownError: when no reply came, the request may have been carried out,
            and its policy forbids to repeat such a request.
        :raises TransportError: when no reply came otherwise.
        """
        session = self._sessions[message.policy]
        started = self._clock.monotonic()
        try:
            response = session.send(
                self._prepared(message, authorization, session),
                timeout=self._timeout,
                allow_redirects=False,
                **self._environment(session, message.url),
            )
            body = response.content
        except (requests.RequestException, lower.HTTPError, OSError, ValueError) as error:
            log.debug("%s: no reply in %.3f s", message.line, self._clock.monotonic() - started)
            raise self._unanswered(message, error) from without_library_frames(error)
        except BaseException as error:  # noqa: BLE001 - raised again
            raise without_library_frames(error)  # noqa: B904 - it is the same error
        seconds = self._clock.monotonic() - started
        log.debug("%s: %d in %.3f s", message.line, response.status_code, seconds)
        retries = getattr(response.raw, "retries", None)
        doubtful = retries is not None and may_have_acted(retries.history)
        return ApiReply(message.line, response.status_code, response.headers, body or b"", doubtful)

    def close(self) -> None:
        """Close the connections, except those of a session that was handed in."""
        if self._own:
            for session in self._sessions.values():
                session.close()

    def _environment(self, session: requests.Session, url: str) -> dict[str, Any]:
        """Return proxies and certificates for the host; looking them up is slow, so only once."""
        scheme, _, rest = url.partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        known = self._settings.get(origin)
        if known is None:
            known = dict(
                session.merge_environment_settings(origin, {}, stream=True, verify=None, cert=None)
            )
            self._settings[origin] = known
        return known

    def _unanswered(self, message: ApiRequest, error: Exception) -> Exception:
        if isinstance(error, requests.RequestException):
            error.request = None  # its headers hold the credentials
        fault = diagnose(error)
        limit = f" within {self._timeout:g} seconds" if "time" in fault.got else ""
        limit = f" of at most {message.policy.max_reply:,} bytes" if fault is LARGE else limit
        finding = f"expected {fault.expected}{limit}, got {fault.got}"
        if fault.sent and not message.policy.repeatable:
            return OutcomeUnknownError(message.line, finding, None, message.recovery)
        return TransportError(
            message.line, finding, hint=message.smaller if fault is LARGE else None
        )

    def _hooks(self, session: requests.Session, policy: Policy) -> Any:  # noqa: ANN401
        if self._own:
            return session.hooks
        own = reading_hook(policy.max_reply, self._timeout)
        return {**session.hooks, "response": [own, *session.hooks.get("response", [])]}

    def _prepared(
        self, message: ApiRequest, authorization: Secret[str], session: requests.Session
    ) -> requests.PreparedRequest:
        """Return the request in its final form, without the look-ups of ``prepare_request``."""
        prepared = requests.PreparedRequest()
        prepared.method = message.method
        prepared.url = message.url
        header = SecretText(authorization.reveal())
        named = {**self._headers, **message.headers, "Authorization": header}
        prepared.headers = CaseInsensitiveDict(named)
        if message.body is not None:
            prepared.headers["Content-Length"] = str(len(message.body))
        prepared.body = message.body
        prepared.hooks = self._hooks(session, message.policy)
        if not self._own:
            # requests looks for it when a reply is a redirect.
            vars(prepared)["_cookies"] = RequestsCookieJar()
        return prepared
