"""The settings of a client, from arguments or the environment, checked like a request."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from bxml._kinds import Boolean, Number, Range, Text
from bxml._once import FIRST_IMPORT
from bxml._record import KW_ONLY
from bxml._wording import InvalidValue, quoted
from bxml.errors import Problem
from callcontrol._request_types import Record, RequestProblem, Rule, record
from callcontrol._requests import ACCOUNT_ID
from callcontrol._secret import Secret
from callcontrol._urls import is_loopback, origin_of
from callcontrol.errors import RequestError

if TYPE_CHECKING:
    import requests

S = TypeVar("S", bound="ClientSettings")

API_ROOT = "/api/v2"
ENDPOINTS_ROOT = "/v2"
ENDPOINTS_URL = f"https://api.bandwidth.com{ENDPOINTS_ROOT}"
BASE_URL = f"https://voice.bandwidth.com{API_ROOT}"
TOKEN_URL = "https://api.bandwidth.com/api/v1/oauth2/token"  # noqa: S105 - an address
TIMEOUT = 30.0
MAX_RETRIES = 3

VARIABLES: Mapping[str, str] = {
    "account_id": "BW_ACCOUNT_ID",
    "client_id": "BW_CLIENT_ID",
    "client_secret": "BW_CLIENT_SECRET",
    "username": "BW_USERNAME",
    "password": "BW_PASSWORD",
    "base_url": "BW_VOICE_URL",
    "token_url": "BW_TOKEN_URL",
    "allow_http": "BW_ALLOW_HTTP",
}
"""Environment variable of each setting."""

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)"
_PORT = (
    r"(?::[0-9]{1,4}|:[1-5][0-9]{4}|:6[0-4][0-9]{3}|:65[0-4][0-9]{2}|:655[0-2][0-9]|:6553[0-5])?"
)


_LINE_END_HINT = "it may come from a file or a command whose output ends with one"
_REMNANTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"),
        "a text with a line end in it",
        _LINE_END_HINT,
    ),
    (re.compile(r"[\x00-\x1f\x7f-\x9f]"), "a text with a control character in it", "copy it again"),
    (re.compile(r"\A\s+\Z"), "white space only", "copy it again"),
)
"""Characters that an id, user name or secret never has, except as a remnant of copying."""


def _name(what: str) -> Text:
    return Text(f"{what} without ':'", pattern="[^:]+")


def _secret(what: str) -> Text:
    return Text(what, min_length=1, secret=True)


def _without_remnants(kind: Text) -> Callable[[object], str]:
    """Return a reader of texts of this kind that refuses line ends and other copying remnants."""

    def accept(value: object) -> str:
        text = value if isinstance(value, str) else ""
        for pattern, flaw, hint in _REMNANTS:
            if pattern.search(text):
                raise InvalidValue(kind.rule, f"expected {kind.expected}, got {flaw}", hint)
        return kind.accept(value)

    return accept


def _wrapped(kind: Text) -> Callable[[object], Secret[str]]:
    """Return the same reader for a wrapped secret."""
    accept = _without_remnants(kind)
    return lambda value: Secret(accept(cast("Secret[object]", value).reveal()))


accept_username = _without_remnants(Text("a user name without ':'", pattern="[^:]+", secret=True))
accept_password = _without_remnants(_secret("a password"))
"""Readers of the credentials of webhooks; their errors quote neither."""

ServiceUrl = Annotated[
    str,
    Text(
        "an http or https URL without credentials, query or fragment",
        pattern=rf"[hH][tT][tT][pP][sS]?://{_HOST}{_PORT}(?:/[A-Za-z0-9._~%!$&'()*+,;=:/\-]*)?",
        rule="bad-url",
    ),
]
Timeout = Annotated[Number, Range(0.001, 3600, "seconds")]
MaxRetries = Annotated[int, Range(0, 20)]
_CLIENT_ID, _CLIENT_SECRET = _name("a client id"), _secret("a client secret")
_USERNAME, _PASSWORD = _name("a user name"), _secret("a password")
_PAIRS = (("client_id", "client_secret"), ("username", "password"))
_CHOICE = " or ".join(f"{name} with {secret}" for name, secret in _PAIRS)


def _one_credential_pair(values: Mapping[str, object]) -> Iterator[RequestProblem]:
    begun = [pair for pair in _PAIRS if any(values[name] is not None for name in pair)]
    if len(begun) != 1:
        got = "both" if begun else "neither"
        yield RequestProblem("client_id", "credentials", f"expected either {_CHOICE}, got {got}")
        return
    for name, other in (begun[0], begun[0][::-1]):
        if values[name] is None:
            text = f"expected a value to go with {other}, got nothing"
            yield RequestProblem(name, "required-field-missing", text)


def _encrypted(values: Mapping[str, object]) -> Iterator[RequestProblem]:
    urls = ("base_url", "token_url") if values["client_id"] is not None else ("base_url",)
    for name in () if values["allow_http"] else urls:
        url = str(values[name])
        if url.lower().startswith("http:") and not is_loopback(url):
            text = "expected https, because credentials are sent to another machine, got http"
            hint = "set allow_http to true if the network in between is safe"
            yield RequestProblem(name, "credentials-over-http", text, hint)


def _with_root(url: str) -> str:
    """Return a base URL with its path, which the vendor's command line tool leaves out."""
    host = re.fullmatch(r"(https?://[^/?#\s]+)/?", url, re.IGNORECASE)
    return url if host is None else f"{host[1]}{API_ROOT}"


@record("Client")
class ClientSettings(Record):
    """Arguments of ``Client``."""

    rules = (
        Rule(tuple(name for pair in _PAIRS for name in pair), _one_credential_pair),
        Rule(("base_url", "token_url", "client_id", "allow_http"), _encrypted),
    )
    readers = MappingProxyType(
        {
            "account_id": _without_remnants(ACCOUNT_ID),
            "client_id": _without_remnants(_CLIENT_ID),
            "client_secret": _wrapped(_CLIENT_SECRET),
            "username": _without_remnants(_USERNAME),
            "password": _wrapped(_PASSWORD),
        }
    )

    account_id: Annotated[str, ACCOUNT_ID]
    _: KW_ONLY
    client_id: Annotated[str, _CLIENT_ID] | None = None
    client_secret: Annotated[Secret[str], _CLIENT_SECRET] | None = None
    username: Annotated[str, _USERNAME] | None = None
    password: Annotated[Secret[str], _PASSWORD] | None = None
    base_url: ServiceUrl
    token_url: ServiceUrl
    timeout: Timeout
    max_retries: MaxRetries
    allow_http: Annotated[bool, Boolean()]

    @property
    def host(self) -> str:
        """The base URL without a slash at its end, with the platform's path if it has none."""
        return _with_root(self.base_url).rstrip("/")

    @property
    def endpoints_host(self) -> str:
        """The base URL of the operations on endpoints.

        The vendor has them on a host of their own, another platform at its own origin.
        """
        origin = origin_of(self.host)
        return ENDPOINTS_URL if origin == origin_of(BASE_URL) else f"{origin}{ENDPOINTS_ROOT}"

    @property
    def token_address(self) -> str:
        """The token URL with a path, which may be a slash only."""
        return self.token_url if "/" in self.token_url.partition("://")[2] else f"{self.token_url}/"


@record("AsyncClient")
class AsyncClientSettings(ClientSettings):
    """Arguments of ``AsyncClient``."""


@record("with_options")
class ClientOptions(Record):
    """Arguments of ``with_options``."""

    _: KW_ONLY
    timeout: Timeout | None = None
    max_retries: MaxRetries | None = None


_SECRETS = frozenset({"client_secret", "password"})


def checked(kind: type[S], given: Secret[dict[str, Any]]) -> S:
    """Return the settings that the arguments of a client describe.

    :raises RequestError: for invalid ones.
    """
    return kind(**_wrapped_secrets(given).reveal())


def _wrapped_secrets(given: Secret[dict[str, Any]]) -> Secret[dict[str, Any]]:
    return Secret(
        {
            name: Secret(value) if name in _SECRETS and value is not None else value
            for name, value in given.reveal().items()
        }
    )


def session(value: object) -> requests.Session | None:
    """Return the ``session`` argument of ``Client``.

    :raises RequestError: if it is neither a ``requests.Session`` nor None.
    """
    with FIRST_IMPORT:
        import requests

    if value is None or isinstance(value, requests.Session):
        return value
    finding = f"expected a requests.Session, got {quoted(value)}"
    raise RequestError([Problem.at("Client.session", "bad-session", finding)])


_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def from_env(**more: object) -> Secret[dict[str, Any]]:
    """Return the arguments of a client that the ``BW_...`` variables hold, and ``more``.

    An empty variable counts as unset.
    """
    return Secret(
        {name: _read(name) for name in _OPTIONAL}
        | {
            "base_url": _read("base_url") or BASE_URL,
            "token_url": _read("token_url") or TOKEN_URL,
            "allow_http": _read_flag("allow_http"),
        }
        | more
    )


@contextmanager
def naming_variables() -> Generator[None, None, None]:
    """Name the variables instead of the arguments in errors about invalid ones."""
    try:
        yield
    except RequestError as error:
        raise RequestError(map(_renamed, error.problems)) from None


_OPTIONAL = ("account_id", "client_id", "client_secret", "username", "password")
_ELSEWHERE = frozenset((*range(300, 400), 403, 404, 405))
"""Statuses that may come from something else than the platform."""


def address_hint(url: str) -> str | None:
    """Return what to check if nothing listens at a URL; None for the vendor's own hosts."""
    if url.startswith((BASE_URL, TOKEN_URL)):
        return None
    return f"check base_url ({VARIABLES['base_url']})"


def elsewhere_hint(base_url: str, status: int) -> str | None:
    """Return what to check if a reply seems to come from something else than the platform."""
    path = f"/{base_url.partition('://')[2].partition('/')[2]}"
    if status not in _ELSEWHERE or path.endswith(API_ROOT) or path == ENDPOINTS_ROOT:
        return None
    what = f"its path is {quoted(path)}, that of the platform {API_ROOT}"
    return f"check base_url ({VARIABLES['base_url']}): {what}"


def _read(name: str) -> str | None:
    return os.environ.get(VARIABLES[name]) or None


def _read_flag(name: str) -> bool:
    text = _read(name) or "false"
    return _FLAGS.get(text.lower(), cast("bool", text))  # ClientSettings refuses other words


def _renamed(problem: Problem) -> Problem:
    """Return a problem of an argument as a problem of its environment variable."""
    where, _, finding = problem.message.partition(": ")
    name = where.rpartition(".")[2]
    variable = VARIABLES.get(name, where)
    hint = problem.hint and _with_variables(problem.hint)
    if problem.rule == "required-field-missing" and name in VARIABLES:
        message = f"{variable} is not set"
        return Problem(problem.rule, "error", variable, None, None, message, hint)
    return Problem.at(variable, problem.rule, _with_variables(finding), hint=hint)


def _with_variables(text: str) -> str:
    return re.sub(r"\w+", lambda word: VARIABLES.get(word[0], word[0]), text)
