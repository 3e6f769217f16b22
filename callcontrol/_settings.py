"""The client's own settings: checked like any request, from arguments or the environment."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, cast

from bxml._kinds import Number, Range, Text
from bxml._record import KW_ONLY
from bxml.errors import Problem
from callcontrol._request_types import Finding, Record, Rule, record
from callcontrol._requests import ACCOUNT_ID
from callcontrol.errors import RequestError

__all__ = ["BASE_URL", "MAX_RETRIES", "TIMEOUT", "TOKEN_URL", "VARIABLES", "Settings", "from_env"]

BASE_URL = "https://voice.bandwidth.com/api/v2"
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
}
"""Environment variable of each setting."""

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)"
_PORT = (
    r"(?::[0-9]{1,4}|:[1-5][0-9]{4}|:6[0-4][0-9]{3}|:65[0-4][0-9]{2}|:655[0-2][0-9]|:6553[0-5])?"
)


def _name(what: str) -> Text:
    return Text(f"{what} without ':'", pattern="[^:]+")


def _secret(what: str) -> Text:
    return Text(what, min_length=1, secret=True)


ServiceUrl = Annotated[
    str,
    Text(
        "an http or https URL without credentials, query or fragment",
        pattern=rf"[hH][tT][tT][pP][sS]?://{_HOST}{_PORT}(?:/[A-Za-z0-9._~%!$&'()*+,;=:/\-]*)?",
        rule="bad-url",
    ),
]
_PAIRS = (("client_id", "client_secret"), ("username", "password"))
_CHOICE = " or ".join(f"{name} with {secret}" for name, secret in _PAIRS)


def _one_way_in(values: Mapping[str, object]) -> Iterator[Finding]:
    begun = [pair for pair in _PAIRS if any(values[each] is not None for each in pair)]
    if len(begun) != 1:
        got = "both" if begun else "neither"
        yield Finding("client_id", "credentials", f"expected either {_CHOICE}, got {got}")
        return
    for each, other in (begun[0], begun[0][::-1]):
        if values[each] is None:
            text = f"expected a value to go with {other}, got nothing"
            yield Finding(each, "required-field-missing", text)


@record("Client")
class Settings(Record):
    """Arguments of ``Client``."""

    rules = (Rule(tuple(each for pair in _PAIRS for each in pair), _one_way_in),)

    account_id: Annotated[str, ACCOUNT_ID]
    _: KW_ONLY
    client_id: Annotated[str, _name("a client id")] | None = None
    client_secret: Annotated[str, _secret("a client secret")] | None = None
    username: Annotated[str, _name("a user name")] | None = None
    password: Annotated[str, _secret("a password")] | None = None
    base_url: ServiceUrl
    token_url: ServiceUrl
    timeout: Annotated[Number, Range(0.001, 3600, "seconds")]
    max_retries: Annotated[int, Range(0, 20)]

    @property
    def host(self) -> str:
        """The base URL without a slash at its end."""
        return self.base_url.rstrip("/")


def from_env(environment: Mapping[str, str], timeout: float, max_retries: int) -> Settings:
    """Return the settings that the ``BW_...`` variables hold; an empty variable counts as unset.

    :raises RequestError: naming the variables instead of the arguments.
    """
    held = {name: environment.get(variable) or None for name, variable in VARIABLES.items()}
    try:
        return Settings(
            cast("str", held["account_id"]),
            client_id=held["client_id"],
            client_secret=held["client_secret"],
            username=held["username"],
            password=held["password"],
            base_url=held["base_url"] or BASE_URL,
            token_url=held["token_url"] or TOKEN_URL,
            timeout=timeout,
            max_retries=max_retries,
        )
    except RequestError as error:
        raise RequestError(map(_renamed, error.problems)) from None


def _renamed(problem: Problem) -> Problem:
    """Return the problem of an argument as one of the variable that it came from."""
    where, _, finding = problem.message.partition(": ")
    name = where.rpartition(".")[2]
    text = re.sub(r"\w+", lambda word: VARIABLES.get(word[0], word[0]), finding)
    return Problem.at(VARIABLES.get(name, where), problem.rule, text, hint=problem.hint)
