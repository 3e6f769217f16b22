"""Sends one request under its retry policy and classifies a missing reply.

This is the only module that performs HTTP. It is independent of calls and credentials: it takes an
``ApiRequest`` and returns an ``ApiReply`` of any status, or raises.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

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

POLICIES = (REPEATABLE, PAGE, ONCE, TOKEN)

_CODINGS: Mapping[str, str] = {"Accept-Encoding": ACCEPTED}

log = logging.getLogger("callcontrol")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request: its content, its retry policy, and the advice of its errors."""

    method: str
    url: str
    policy: Policy
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    recovery: str | None = None
    """Advice on how to find out whether the request was carried out."""
    smaller: str | None = None
    """Advice on how to get a smaller reply."""
    settled: frozenset[int] = frozenset()
    """Statuses that count as success once an earlier attempt may have been carried out."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Texts inside the body that no error may contain."""

    @property
    def line(self) -> RequestLine:
        """Return the request line that errors show."""
        return RequestLine(self.method, self.url.partition("?")[0])


@dataclass(frozen=True, slots=True)
class ApiReply:
    """A complete reply, whatever its status."""

    line: RequestLine
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    doubtful: bool = False
    """Whether an earlier attempt may have been carried out too."""

    @property
    def succeeded(self) -> bool:
        """Whether the status is a 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class _Session(requests.Session):
    """A session whose requests go to its adapter directly.

    ``Session.send`` would follow redirects, with the credentials, and look for cookies, which the
    platform never sets.
    """

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401
        """Return the reply of the adapter; ``options`` are those of ``HTTPAdapter.send``."""
        return self.get_adapter(request.url or "").send(request, **options)


def _headers(session: requests.Session) -> Mapping[str, str]:
    """Return the headers that a session adds to every request."""
    named = session.headers.items()
    texts = {name: value if isinstance(value, str) else value.decode() for name, value in named}
    # Other codings cannot be decompressed within a size limit.
    return texts if texts.get("Accept-Encoding") == "identity" else {**texts, **_CODINGS}


def _own_sessions(max_retries: int, clock: RetryClock) -> Mapping[Policy, requests.Session]:
    sessions: dict[Policy, requests.Session] = {}
    shared: PolicyAdapter | None = None
    for policy in POLICIES:
        shared = PolicyAdapter(policy.retry(max_retries, clock), shared)
        session = sessions[policy] = _Session()
        del session.headers["Connection"]  # kept open by default, since HTTP/1.1
        session.headers["User-Agent"] = f"bxml-callcontrol {default_user_agent()}"
        session.mount("http://", shared)
        session.mount("https://", shared)
    return sessions


class ApiTransport:
    """Keeps connections open and sends requests; threads may share it.

    Each attempt has three steps: connecting, sending, and receiving and decompressing the whole
    reply. Each step ends within ``timeout`` seconds, however slowly bytes arrive (the operating
    system limits name resolution). A wait between attempts takes at most ``MAX_WAIT`` + ``JITTER``
    seconds. A reply has at most ``max_reply`` bytes of its policy, as received and decompressed.

    A ``session`` is used unchanged: with its proxies, certificates, headers, hooks and adapters,
    and their retries. Its replies have the same limits, but the time restarts after the head.

    Raised exceptions contain no stack frames of the HTTP libraries, whose local variables hold the
    credentials.
    """

    def __init__(
        self,
        timeout: float,
        max_retries: int,
        clock: RetryClock,
        session: requests.Session | None = None,
        unreachable: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._unreachable = unreachable
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
        """Drop the parent's connections, those of a user's session too."""
        for session in self._sessions.values():
            renew_session(session)

    def send(self, request: ApiRequest, authorization: Secret[str]) -> ApiReply:
        """Return the reply to the last attempt; ``authorization`` is the Authorization header.

        :raises OutcomeUnknownError: if no reply arrived, the request may have been carried out,
            and its policy forbids repeating it.
        :raises TransportError: if no reply arrived otherwise.
        """
        session = self._sessions[request.policy]
        line = request.line
        started = self._clock.monotonic()
        try:
            response = session.send(
                self._prepared(request, authorization, session),
                timeout=self._timeout,
                **self._environment(session, request.url),
            )
            body = response.content
        except (requests.RequestException, lower.HTTPError, OSError, ValueError) as error:
            log.debug("%s: no reply in %.3f s", line, self._clock.monotonic() - started)
            raise self._unanswered(request, error) from without_library_frames(error)
        except BaseException as error:  # noqa: BLE001 - raised again
            raise without_library_frames(error)  # noqa: B904 - it is the same error
        seconds = self._clock.monotonic() - started
        log.debug("%s: %d in %.3f s", line, response.status_code, seconds)
        retries = getattr(response.raw, "retries", None)
        doubtful = retries is not None and may_have_acted(retries.history)
        return ApiReply(line, response.status_code, response.headers, body or b"", doubtful)

    def close(self) -> None:
        """Close the connections, except those of a user's session."""
        if self._own:
            for session in self._sessions.values():
                session.close()

    def _environment(self, session: requests.Session, url: str) -> dict[str, Any]:
        """Return proxies and certificates for the host, cached because reading them is slow."""
        scheme, _, rest = url.partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        cached = self._settings.get(origin)
        if cached is None:
            cached = dict(
                session.merge_environment_settings(origin, {}, stream=True, verify=None, cert=None)
            )
            if not self._own:
                cached["allow_redirects"] = False
            self._settings[origin] = cached
        return cached

    def _unanswered(self, request: ApiRequest, error: Exception) -> Exception:
        if isinstance(error, requests.RequestException):
            error.request = None  # its headers hold the credentials
        failure = diagnose(error)
        limit = f" within {self._timeout:g} seconds" if "time" in failure.got else ""
        limit = f" of at most {request.policy.max_reply:,} bytes" if failure is LARGE else limit
        finding = f"expected {failure.expected}{limit}, got {failure.got}"
        if failure.sent and not request.policy.repeatable:
            return OutcomeUnknownError(request.line, finding, None, request.recovery)
        hint = request.smaller if failure is LARGE else None
        if failure.is_unreachable:
            hint = self._unreachable(request.url)
        return TransportError(request.line, finding, hint=hint)

    def _prepared(
        self, request: ApiRequest, authorization: Secret[str], session: requests.Session
    ) -> requests.PreparedRequest:
        """Return the prepared request, without the slow steps of ``prepare_request``."""
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = request.url
        prepared.body = request.body
        header = SecretText(authorization.reveal())
        headers = {**self._headers, **request.headers, "Authorization": header}
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
        if self._own:
            prepared.headers = cast("CaseInsensitiveDict[str]", headers)
            return prepared
        prepared.headers = CaseInsensitiveDict(headers)
        own = reading_hook(request.policy.max_reply, self._timeout)
        prepared.hooks = {**session.hooks, "response": [own, *session.hooks.get("response", [])]}
        # requests reads it when a reply is a redirect.
        vars(prepared)["_cookies"] = RequestsCookieJar()
        return prepared
