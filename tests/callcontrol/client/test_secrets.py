"""No traceback shows a credential, bad ones are refused by name, and none goes astray."""

import io
import os
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from rich.console import Console
from rich.traceback import Traceback

from bxml import Bxml
from callcontrol._secret import Secret, SecretText
from callcontrol._settings import VARIABLES
from callcontrol._urls import is_loopback
from callcontrol.client import Client
from callcontrol.errors import CallControlError, RequestError
from tests.callcontrol.drivers import BOTH, SENDERS, with_session

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform, Step, StillClock

CLIENTS = BOTH
CALL = "c-1"
PASSWORD = "hunter2"
TOKEN = "token-one"
SECRETS = (
    PASSWORD,
    TOKEN,
    b64encode(f"user:{PASSWORD}".encode()).decode(),
)
CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "oauth": {"client_id": "user", "client_secret": PASSWORD},
    "basic": {"username": "user", "password": PASSWORD},
}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all behind it, suppressed ones too."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        found = todo.pop()
        if found is not None and id(found) not in seen:
            seen.add(id(found))
            yield found
            todo += [found.__cause__, found.__context__]


def _below_the_test(trace: TracebackType | None) -> TracebackType | None:
    """Return the frames that are not of this file, whose variables are the test's affair."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def _shown(error: BaseException, *, by_rich: bool) -> Iterator[str]:
    """Yield all that a traceback with local variables shows, in three ways."""
    yield f"{error!r} {error}"
    for found in _chain(error):
        trace = _below_the_test(found.__traceback__)
        while trace is not None:
            yield from (f"{name} = {value!r}" for name, value in trace.tb_frame.f_locals.items())
            trace = trace.tb_next
    error.__traceback__ = _below_the_test(error.__traceback__)
    yield from traceback.TracebackException.from_exception(error, capture_locals=True).format()
    if by_rich:  # which takes long, and looks into containers
        page = Traceback.from_exception(
            type(error),
            error,
            error.__traceback__,
            show_locals=True,
            locals_max_length=1000,
            locals_max_string=100_000,
        )
        with io.StringIO() as file:
            Console(file=file, width=1000).print(page)
            yield file.getvalue()


def _leaks(
    act: Callable[[], object], expected: type[BaseException], *, by_rich: bool = True
) -> list[str] | None:
    """Return the secrets in what an error shows; None if there is no error."""
    try:
        act()
    except expected as error:
        shown = "\n".join(_shown(error, by_rich=by_rich))
        assert " = " in shown  # there are frames with variables
        return [secret for secret in SECRETS if secret in shown]
    return None


def _client(
    client_class: type[Client],
    platform: "Platform",
    kind: str,
    session: requests.Session | None = None,
) -> Client:
    more: Any = CREDENTIALS[kind]
    return client_class(
        "9900000",
        base_url=platform.base_url,
        token_url=platform.token_url,
        timeout=0.5,
        max_retries=1,
        **more,
        **with_session(session),
    )


def _faults(platform: "Platform", kind: str) -> Iterator["Step"]:
    own = SECRETS if kind == "oauth" else (PASSWORD, SECRETS[2])
    yield platform.drop()
    yield platform.drop(read=False, reset=True)
    yield platform.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}")
    yield platform.raw(b"220 mail.example ESMTP\r\n")
    yield platform.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
    yield platform.reply(200, b"not gzip", {"Content-Encoding": "gzip"})
    yield platform.reply(200, f'{{"callId": "{PASSWORD}'.encode())
    yield platform.reply(200, f'"{PASSWORD}"'.encode())
    yield platform.reply(200, f"<html>{PASSWORD}".encode())
    for status in (302, 401, 429, 500, 503):
        yield platform.json({"description": f"{own}", "type": PASSWORD}, status)
    yield platform.silence()


def _operations(client: Client) -> Iterator[Callable[[], object]]:
    yield lambda: list(client.list_calls())
    yield lambda: client.get_call_state(CALL)
    yield lambda: client.redirect_call(
        CALL, f"https://u:{PASSWORD}@example.com", username="u", password=PASSWORD
    )
    yield lambda: client.create_call(
        to="+19195551234",
        from_="+19195550000",
        application_id="app",
        answer_url="https://example.com",
        fallback_username="u",
        fallback_password=PASSWORD,
    )


@pytest.mark.parametrize(("client_class", "handed_in"), SENDERS, indirect=["client_class"])
@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.usefixtures("clock")
def test_variables_of_frames(
    client_class: type[Client], platform: "Platform", kind: str, *, handed_in: bool
) -> None:
    """With every fault and operation, no frame of any error has a variable that shows a secret."""
    found: list[list[str] | None] = []
    for step in _faults(platform, kind):
        with (
            requests.Session() as session,
            _client(client_class, platform, kind, session if handed_in else None) as client,
        ):
            for operation in _operations(client):
                platform.answer(step)
                by_rich = len(found) % 9 == 8
                found.append(_leaks(operation, CallControlError, by_rich=by_rich))
    # A redirect is content with a success, whatever the reply says.
    assert [leaked for leaked in found if leaked] == []
    assert found.count([]) >= 56


@pytest.mark.usefixtures("clock")
def test_variables_of_frames_without_a_token(
    client_class: type[Client], platform: "Platform"
) -> None:
    """The same where the token is fetched, whatever comes instead of it."""
    replies: list[object] = [{"access_token": f"{TOKEN}\n"}, {"access_token": [TOKEN]}, [TOKEN]]
    steps = [*_faults(platform, "basic"), *map(platform.json, replies)]
    steps.append(platform.reply(200, f'{{"access_token": "{TOKEN}'.encode()))
    for step in steps:
        platform.answer_tokens(step)
        with _client(client_class, platform, "oauth") as client:
            operation = next(_operations(client))
            assert _leaks(operation, CallControlError, by_rich=False) == []


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_variables_of_frames_at_ctrl_c(
    platform: "Platform", clock: "StillClock", kind: str
) -> None:
    """An interrupt from deep inside the HTTP library shows none either."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    clock.on_sleep = interrupt
    platform.answer(platform.reply(429))
    with _client(Client, platform, kind) as client:
        for operation in _operations(client):
            assert _leaks(operation, KeyboardInterrupt) == []


class _Failing(HTTPAdapter):
    """An adapter of a user's own with a mistake in it."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        """Fail."""
        headers = request.headers
        raise KeyError(str(len(headers)))


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_mistakes_in_a_session(platform: "Platform", kind: str) -> None:
    """The frames of a user's own adapter stay, and show the headers without the secret."""
    session = requests.Session()
    session.mount("http://", _Failing())
    with _client(Client, platform, kind, session) as client:
        with pytest.raises(KeyError) as caught:
            client.get_call_state(CALL)
        frames = traceback.extract_tb(caught.value.__traceback__)
        assert frames[-1].line == "raise KeyError(str(len(headers)))"
        names = {frame.filename for frame in frames}
        assert [name for name in names if "urllib3" in name or "requests" in name] == []
        innermost = caught.value.__traceback__
        while innermost is not None and innermost.tb_next is not None:
            innermost = innermost.tb_next
        assert innermost is not None
        shown = repr(innermost.tb_frame.f_locals)
        assert "Authorization" in shown
        assert [secret for secret in SECRETS if secret in shown] == []


REFUSED: list[Mapping[str, Any]] = [
    {"client_id": "i", "client_secret": PASSWORD, "timeout": 0},
    {"client_id": "i", "client_secret": f"{PASSWORD}\n"},
    {"client_id": "i", "client_secret": PASSWORD, "password": PASSWORD},
    {"username": "u", "password": f"{PASSWORD}\x00"},
    {"username": "u:v", "password": PASSWORD},
    {"username": "u", "password": PASSWORD, "base_url": f"https://u:{PASSWORD}@example.com"},
    {"username": "u", "password": PASSWORD, "base_url": "http://example.com"},
    {"username": "u", "password": PASSWORD.encode()},
]


@pytest.mark.parametrize("settings", REFUSED)
def test_refused_settings(client_class: type[Client], settings: Mapping[str, Any]) -> None:
    """A client that is not made shows no secret of its arguments."""
    assert _leaks(lambda: client_class("9900000", **settings), RequestError) == []


def test_refused_session() -> None:
    """The same where the session is at fault."""
    settings: Any = {**CREDENTIALS["basic"], "session": "none"}
    assert _leaks(lambda: Client("9900000", **settings), RequestError) == []


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return a way to set variables, where those of a complete OAuth2 client are set."""
    for name in [name for name in os.environ if name.startswith("BW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BW_ACCOUNT_ID", "9900000")
    monkeypatch.setenv("BW_CLIENT_ID", "the-client")
    monkeypatch.setenv("BW_CLIENT_SECRET", PASSWORD)
    return monkeypatch


LINE_END = "it may come from a file or a command whose output ends with one"
ACCOUNT = "expected an account id without '/' or '..'"
BAD_VARIABLES = [
    ("account_id", "99\n", f"{ACCOUNT}, got a text with a line end in it; {LINE_END}"),
    ("account_id", "99\t", f"{ACCOUNT}, got a text with a control character in it; copy it again"),
    ("account_id", " ", f"{ACCOUNT}, got white space only; copy it again"),
    (
        "client_id",
        "the-client\r\n",
        f"expected a client id without ':', got a text with a line end in it; {LINE_END}",
    ),
    (
        "client_secret",
        f"{PASSWORD}\n",
        f"expected a client secret, got a text with a line end in it; {LINE_END}",
    ),
    (
        "client_secret",
        f"{PASSWORD}\x1b[2J",
        "expected a client secret, got a text with a control character in it; copy it again",
    ),
    (
        "client_secret",
        " \u3000 ",
        "expected a client secret, got white space only; copy it again",
    ),
    ("allow_http", "perhaps", "expected True or False, got 'perhaps'"),
]


@pytest.mark.parametrize(("name", "value", "finding"), BAD_VARIABLES)
def test_bad_variables(
    environment: pytest.MonkeyPatch, name: str, value: str, finding: str
) -> None:
    """What a copy leaves behind is refused by the name of the variable, without its value."""
    environment.setenv(VARIABLES[name], value)
    with pytest.raises(RequestError) as caught:
        Client.from_env()
    assert str(caught.value) == f"{VARIABLES[name]}: {finding}"
    assert _leaks(Client.from_env, RequestError) == []


@pytest.mark.parametrize("flaw", ["\n", "\r", "\x00", "\x7f", "\x85", "\u2028"])
@pytest.mark.parametrize("name", ["client_id", "client_secret", "username", "password"])
def test_bad_arguments(name: str, flaw: str) -> None:
    """The same by the name of the argument, wherever it stands in the text."""
    kind = "oauth" if "client" in name else "basic"
    for value in (f"{flaw}abc", f"a{flaw}c", f"abc{flaw}"):
        credentials: Any = {**CREDENTIALS[kind], name: value}
        with pytest.raises(RequestError, match=rf"^Client\.{name}: expected .* got a text with a"):
            Client("9900000", **credentials)
    with pytest.raises(RequestError, match=r"^Client\.account_id: .* got a text with a"):
        Client(f"99{flaw}", username="u", password="p")


@pytest.mark.parametrize("password", [" p", "p p ", "pä:ß", "\U0001f600"])
def test_unusual_secrets_are_taken(platform: "Platform", password: str) -> None:
    """A password may hold what a person may type."""
    platform.answer(platform.reply(200))
    with Client("1", username="u", password=password, base_url=platform.base_url) as client:
        client.hang_up(CALL)
    expected = b64encode(f"u:{password}".encode()).decode()
    assert platform.requests[0].headers["authorization"] == f"Basic {expected}"


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        (("BW_ACCOUNT_ID",), "BW_ACCOUNT_ID is not set"),
        (("BW_CLIENT_SECRET",), "BW_CLIENT_SECRET is not set"),
        (("BW_CLIENT_ID",), "BW_CLIENT_ID is not set"),
        (
            ("BW_CLIENT_ID", "BW_CLIENT_SECRET"),
            (
                "BW_CLIENT_ID: expected either BW_CLIENT_ID with BW_CLIENT_SECRET or BW_USERNAME "
                "with BW_PASSWORD, got neither"
            ),
        ),
    ],
)
def test_missing_variables(
    environment: pytest.MonkeyPatch, variables: tuple[str, ...], text: str
) -> None:
    """A variable that is missing, or empty, is named."""
    for variable in variables:
        environment.setenv(variable, "")
    with pytest.raises(RequestError) as caught:
        Client.from_env()
    assert str(caught.value) == text


HTTPS = "expected https, because credentials are sent to another machine, got http"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "HTTP://10.0.0.1:8080/x",
        "http://[2001:db8::1]",
        "http://127.0.0.1.nip.io",
    ],
)
def test_credentials_stay_off_the_network(environment: pytest.MonkeyPatch, url: str) -> None:
    """An http URL of another machine is refused, unless that is wanted."""
    basic: Any = CREDENTIALS["basic"]
    oauth: Any = CREDENTIALS["oauth"]
    hint = "if the network in between is safe"
    with pytest.raises(RequestError) as caught:
        Client("9", base_url=url, **basic)
    assert str(caught.value) == f"Client.base_url: {HTTPS}; set allow_http to true {hint}"
    with pytest.raises(RequestError, match=r"^Client\.token_url: expected https"):
        Client("9", token_url=url, **oauth)
    assert repr(Client("9", base_url=url, allow_http=True, **basic)).startswith("Client('9'")
    Client("9", base_url="https://example.com", token_url=url, **basic)  # is not asked
    environment.setenv("BW_TOKEN_URL", url)
    with pytest.raises(RequestError) as caught:
        Client.from_env()
    assert str(caught.value) == f"BW_TOKEN_URL: {HTTPS}; set BW_ALLOW_HTTP to true {hint}"
    for word in ("0", "false", "No", ""):
        environment.setenv("BW_ALLOW_HTTP", word)
        with pytest.raises(RequestError, match=r"^BW_TOKEN_URL"):
            Client.from_env()
    for word in ("1", "true", "Yes"):
        environment.setenv("BW_ALLOW_HTTP", word)
        assert url in repr(Client.from_env())


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:1",
        "http://app.localhost/",
        "http://127.9.9.9",
        "http://[::1]:80",
        "https://LOCALHOST",
    ],
)
def test_loopback(url: str) -> None:
    """This machine needs no https."""
    assert is_loopback(url)
    basic: Any = CREDENTIALS["basic"]
    Client("9", base_url=url, **basic)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize(("client_class", "handed_in"), SENDERS, indirect=["client_class"])
@pytest.mark.usefixtures("clock")
def test_redirects(  # noqa: PLR0913 - fixtures, and the columns of a table
    client_class: type[Client],
    platform: "Platform",
    secure_platform: "Platform",
    kind: str,
    status: int,
    *,
    handed_in: bool,
) -> None:
    """No redirect is followed, so that no credential gets to another host or another path."""
    for target in (f"{secure_platform.base_url}/x", f"{platform.origin}/other"):
        step = platform.reply(status, headers={"Location": target})
        platform.answer_tokens(platform.json({"access_token": TOKEN}))
        platform.answer(step)
        session = requests.Session()
        with (
            session,
            _client(client_class, platform, kind, session if handed_in else None) as client,
        ):
            with pytest.raises(CallControlError, match=str(status)):
                client.get_call_state(CALL)
            with pytest.raises(CallControlError, match=str(status)):
                client.update_call_bxml(CALL, Bxml())
        platform.answer_tokens(step)
        with (
            _client(client_class, platform, "oauth", session if handed_in else None) as client,
            pytest.raises(CallControlError, match=str(status)),
        ):
            client.get_call_state(CALL)
    assert secure_platform.connections == 0
    assert {seen.target.rpartition("/")[2] for seen in platform.requests} == {CALL, "bxml"}


def test_secret() -> None:
    """A wrapped value shows nothing, compares by value and comes back."""
    secret = Secret(PASSWORD)
    texts = [repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{[secret]}"]
    assert [text for text in texts if PASSWORD in text] == []
    assert not hasattr(secret, "__dict__")
    assert secret == Secret(PASSWORD) != Secret("x")
    assert secret != PASSWORD
    assert hash(secret) == hash(Secret(PASSWORD))
    assert secret.reveal() == PASSWORD
    assert PASSWORD not in repr({"Authorization": SecretText(PASSWORD)})
    assert SecretText(PASSWORD) == PASSWORD
