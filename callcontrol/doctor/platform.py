"""Checks of the settings, the connection to the platform, the clock, the token and the account."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial

import requests
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from callcontrol import _settings
from callcontrol._http.exchange import PROXY_HINT, TransportFailure
from callcontrol._http.failures import diagnose
from callcontrol._settings import VARIABLES, ClientSettings
from callcontrol._urls import base_of, host_of, is_loopback, origin_of, parts_of
from callcontrol.client import Client
from callcontrol.doctor.findings import Diagnosis
from callcontrol.errors import (
    ApiError,
    BasicAuthWarning,
    CallControlError,
    ReplyError,
    RequestError,
    TokenError,
    TransportError,
)

PATIENCE = 4.0
"""Seconds to wait for a connection, and again for a reply."""
CLOCK_TOLERANCE = 60.0
"""Seconds by which the clocks may differ."""

_CORRECT = f"correct {VARIABLES['base_url']} or {VARIABLES['token_url']}, whichever names it"
_FAILURES = {
    "an unknown host name": ("host-unknown", f"{_CORRECT}, or check the name server"),
    "connection refused": ("connection-refused", f"start the server, or {_CORRECT}"),
    "none in time": ("connection-timeout", "look for a firewall in between"),
    "a certificate that is not trusted": ("certificate-untrusted", ""),
    "a TLS failure": ("certificate-untrusted", "the port may not be that of https"),
}
"""Rule and hint for the failures of ``diagnose``, by what it got."""
_BASE_URL_HINT = f"unset {VARIABLES['base_url']}, or correct it; it ends in /api/v2"

_CREDENTIALS = f"{VARIABLES['client_id']} and {VARIABLES['client_secret']}"
_STATUSES: dict[int, tuple[str, str]] = {
    401: (
        "credentials-refused",
        "create new credentials in the account, and set both variables again: " + _CREDENTIALS,
    ),
    402: ("account-unpaid", "add credit to the account"),
    403: (
        "account-forbidden",
        f"correct {VARIABLES['account_id']}, or give the credential the role of voice",
    ),
    404: ("not-the-platform", _BASE_URL_HINT),
    405: ("not-the-platform", _BASE_URL_HINT),
    415: ("not-the-platform", _BASE_URL_HINT),
    429: ("too-many-requests", "wait a minute, or ask for a higher limit"),
}
_UNAVAILABLE = ("platform-unavailable", "try again later, and see https://status.bandwidth.com")


class PlatformChecks:
    """The checks of the platform that the environment names."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._settings: ClientSettings | None = None
        self._problems: Sequence[Diagnosis] = ()
        try:
            with _settings.naming_variables():
                given = _settings.from_env(timeout=PATIENCE, max_retries=0)
                self._settings = _settings.checked(ClientSettings, given)
        except RequestError as error:
            self._problems = [
                Diagnosis(
                    "settings",
                    problem.path,
                    problem.message.removeprefix(problem.path).removeprefix(":").strip(),
                    problem.hint or "set it in the environment of the program",
                )
                for problem in error.problems
            ]

    @property
    def is_remote(self) -> bool:
        """Whether the platform runs on another machine, as the vendor's does."""
        return self._settings is not None and not is_loopback(self._settings.base_url)

    def settings(self) -> Iterator[Diagnosis]:
        """Yield the problems of the environment, else that it is complete."""
        yield from self._problems
        if self._settings is not None:
            of = "an OAuth2 client" if self._settings.client_id else "an API user"
            text = f"account {self._settings.account_id}, with the credentials of {of}"
            yield Diagnosis("settings-complete", "environment", text)

    def remote(self) -> Iterator[tuple[str, Callable[[], Iterator[Diagnosis]]]]:
        """Yield the checks that send requests, with their subjects; none without settings."""
        if self._settings is None:
            return
        origins = {origin_of(url): url for url in self._urls(self._settings)}
        for url in origins.values():
            yield _address_of(url), partial(self._connection, url)
        yield self._subject(self._settings), self._account

    def _urls(self, settings: ClientSettings) -> Sequence[str]:
        token = [settings.token_url] if settings.client_id is not None else []
        return [settings.base_url, *token]

    def _connection(self, url: str) -> Iterator[Diagnosis]:
        """Yield what prevents a connection, else proxies, and the difference of the clocks."""
        host = _address_of(url)
        proxy = get_environ_proxies(url).get(parts_of(url).scheme)
        if proxy:
            yield Diagnosis("proxy", host, f"requests go through the proxy {host_of(proxy)}")
        with requests.Session() as session:
            try:
                reply = session.get(
                    str(origin_of(url)), timeout=PATIENCE, allow_redirects=False, stream=True
                )
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                yield _connection_problem(host, diagnose(error), proxied=bool(proxy))
                return
            yield Diagnosis("connected", host, f"{host} can be reached")
            yield from self._clock(host, reply.headers.get("Date"))

    def _clock(self, host: str, header: str | None) -> Iterator[Diagnosis]:
        try:
            sent = parsedate_to_datetime(header or "").replace(tzinfo=UTC).timestamp()
        except (TypeError, ValueError):
            return  # a server need not send one
        ahead = self._now() - sent
        if abs(ahead) <= CLOCK_TOLERANCE:
            yield Diagnosis("clock", "clock", "the clock of this machine is right")
            return
        text = (
            f"the clock of this machine is {abs(ahead):,.0f} seconds "
            f"{'ahead of' if ahead > 0 else 'behind'} that of {host}"
        )
        hint = "set it by a time server; tokens and filters of times depend on it"
        yield Diagnosis("clock-wrong", "clock", text, hint)

    def _account(self) -> Iterator[Diagnosis]:
        """Yield whether the platform accepts the credentials for the account."""
        assert self._settings is not None  # noqa: S101 - otherwise this check does not run
        subject = self._subject(self._settings)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", BasicAuthWarning)
            client = Client.from_env(timeout=PATIENCE, max_retries=0)
        yield from (Diagnosis("basic-ends", subject, str(item.message)) for item in caught)
        try:
            with client:
                next(client.list_calls(page_size=1), None)
        except TransportError as error:
            yield Diagnosis("reply-lost", subject, error.finding, _BASE_URL_HINT)
        except CallControlError as error:
            yield _refusal(subject, error)
        else:
            yield Diagnosis("account", subject, "the platform accepts the credentials for it")

    def _subject(self, settings: ClientSettings) -> str:
        return f"account {settings.account_id}"


def _address_of(url: str) -> str:
    """Return host and port of a URL as they are written."""
    return base_of(url).partition("://")[2]


def _connection_problem(host: str, failure: TransportFailure, *, proxied: bool) -> Diagnosis:
    text = f"expected {failure.expected}, got {failure.got}"
    if "proxy" in failure.expected or proxied:
        return Diagnosis("proxy-failed", host, text, failure.hint or PROXY_HINT)
    rule, hint = _FAILURES.get(failure.got, ("reply-lost", "correct the host or the port"))
    return Diagnosis(rule, host, text, failure.hint or hint)


def _refusal(subject: str, error: CallControlError) -> Diagnosis:
    status = getattr(error, "status", None)
    if isinstance(error, TokenError):
        where = VARIABLES["token_url"]
        if status is None:
            return Diagnosis("reply-lost", subject, error.finding, f"correct {where}")
        refused = status // 100 == 4 and status not in (404, 405, 429)  # noqa: PLR2004 - statuses
        rule, hint = _STATUSES[401] if refused else _STATUSES.get(status, _UNAVAILABLE)
        text = f"the token address replied with status {status}"
        return Diagnosis(rule, subject, text, hint.replace(VARIABLES["base_url"], where))
    if isinstance(error, ApiError):
        rule, hint = _STATUSES.get(error.status, _UNAVAILABLE)
        said = f": {error.description}" if error.description else ""
        return Diagnosis(
            rule, subject, f"the platform replied with status {error.status}{said}", hint
        )
    finding = error.finding if isinstance(error, ReplyError) else str(error)
    return Diagnosis("not-the-platform", subject, finding, _BASE_URL_HINT)
