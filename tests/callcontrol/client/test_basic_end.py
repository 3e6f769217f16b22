"""The end of Basic authentication: who is warned, when, with which words, and what a 401 says."""

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import callcontrol
from callcontrol import BasicAuthWarning, Client, _basic_end
from callcontrol.cli.commands import cli
from callcontrol.errors import AuthenticationError

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform, StillClock

INSTEAD = "set BW_CLIENT_ID and BW_CLIENT_SECRET, or give client_id and client_secret"
BEFORE = f"Bandwidth ends Basic authentication for its API on 2026-12-02: {INSTEAD}"
AFTER = f"Bandwidth ended Basic authentication for its API on 2026-12-02: {INSTEAD}"
MOMENTS = [
    (datetime(2026, 1, 1, tzinfo=UTC), BEFORE),
    (datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC), BEFORE),
    (datetime(2026, 12, 2, tzinfo=UTC), AFTER),
    (datetime(2030, 1, 1, tzinfo=UTC), AFTER),
]


@pytest.fixture(autouse=True)
def not_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin like a new process."""
    monkeypatch.setattr(_basic_end, "_warned", False)


def _at(clock: "StillClock", moment: datetime) -> None:
    clock.time += moment.timestamp() - clock.now()


def _vendor(base_url: str = "https://voice.bandwidth.com/api/v2") -> Client:
    return Client("9900000", username="u", password="p", base_url=base_url)


@pytest.mark.parametrize(("moment", "text"), MOMENTS)
def test_warning(clock: "StillClock", moment: datetime, text: str) -> None:
    """The first client warns, at the line that makes it, in words that fit the date."""
    _at(clock, moment)
    with pytest.warns(BasicAuthWarning) as caught:
        _vendor()
    assert [str(each.message) for each in caught] == [text]
    assert caught[0].filename == __file__
    assert issubclass(callcontrol.BasicAuthWarning, FutureWarning)


def test_warning_from_the_environment(clock: "StillClock", monkeypatch: pytest.MonkeyPatch) -> None:
    """A client made of variables warns at the line that asks for it."""
    del clock
    for name in ("BW_CLIENT_ID", "BW_CLIENT_SECRET", "BW_VOICE_URL", "BW_TOKEN_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BW_ACCOUNT_ID", "BW_USERNAME", "BW_PASSWORD"):
        monkeypatch.setenv(name, "1")
    with pytest.warns(BasicAuthWarning) as caught:
        Client.from_env()
    assert [each.filename for each in caught] == [__file__]


def test_once_per_process() -> None:
    """Of many clients in many threads one warns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with ThreadPoolExecutor(8) as pool:
            made = [pool.submit(_vendor) for _ in range(64)]
    assert [each.exception() for each in made] == [None] * 64
    assert [each.category for each in caught] == [BasicAuthWarning]


@pytest.mark.parametrize(
    ("url", "warns"),
    [
        ("https://voice.bandwidth.com/api/v2", True),
        ("https://VOICE.Bandwidth.COM./api/v2", True),
        ("https://bandwidth.com", True),
        ("https://test.voice.bandwidth.com:8443/x", True),
        ("http://127.0.0.1:5000/api/v2", False),
        ("https://bandwidth.com.example.org/", False),
        ("https://notbandwidth.com/", False),
        ("https://proxy.example/voice.bandwidth.com", False),
    ],
)
def test_hosts(url: str, *, warns: bool) -> None:
    """Only Bandwidth's own hosts are concerned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _vendor(base_url=url)
    assert len(caught) == warns


def test_oauth_does_not_warn() -> None:
    """OAuth2 is what is asked for."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Client("9900000", client_id="i", client_secret="s")
    assert caught == []


def test_visible_by_default(tmp_path: Path) -> None:
    """Python shows the warning without any setting, with the line of the program, once."""
    program = tmp_path / "program.py"
    line = "    Client('9900000', username='u', password='p')"
    program.write_text(f"from callcontrol import Client\nfor _ in range(3):\n{line}\n")
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, program], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stderr.startswith(f"{program}:3: BasicAuthWarning: Bandwidth end")
    assert done.stderr.count("BasicAuthWarning") == 1


@pytest.fixture
def proxied(platform: "Platform", monkeypatch: pytest.MonkeyPatch) -> "Platform":
    """Return a scripted server that stands in for the vendor, as an HTTP proxy."""
    for name in ("NO_PROXY", "no_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", platform.origin)
    return platform


@pytest.mark.parametrize(("moment", "text"), MOMENTS)
@pytest.mark.filterwarnings("ignore::callcontrol.BasicAuthWarning")
def test_refusal(proxied: "Platform", clock: "StillClock", moment: datetime, text: str) -> None:
    """A 401 of the vendor says what has happened and names the variables."""
    _at(clock, moment)
    proxied.answer(proxied.reply(401), proxied.reply(403))
    url = "http://voice.bandwidth.com/api/v2"
    with Client("9", username="u", password="p", base_url=url, allow_http=True) as client:
        with pytest.raises(AuthenticationError) as caught:
            client.get_call_state("c-1")
        assert str(caught.value).endswith(f"calls/c-1: 401 Unauthorized; {text}")
        assert caught.value.hint == text
        with pytest.raises(callcontrol.ForbiddenError, match="; check the account id"):
            client.get_call_state("c-1")
    assert proxied.requests[0].target.startswith(url)


def test_refusal_elsewhere(platform: "Platform", client: Client) -> None:
    """A 401 of another host is about the credentials."""
    platform.answer(platform.reply(401))
    with pytest.raises(
        AuthenticationError,
        match=r"; the credentials are wrong or were revoked: create new ones in the account$",
    ):
        client.get_call_state("c-1")


def test_command(proxied: "Platform", monkeypatch: pytest.MonkeyPatch) -> None:
    """The command shows the warning as a line of its own, without a place in its source."""
    for name in ("BW_CLIENT_ID", "BW_CLIENT_SECRET", "BW_TOKEN_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BW_ACCOUNT_ID", "BW_USERNAME", "BW_PASSWORD"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("BW_VOICE_URL", "http://voice.bandwidth.com/api/v2")
    monkeypatch.setenv("BW_ALLOW_HTTP", "true")
    proxied.answer(proxied.json({"callId": "c-1"}))
    result = CliRunner().invoke(cli, ["state", "c-1"])
    assert result.exit_code == 0
    assert result.stderr.startswith("callcontrol: warning: Bandwidth end")
    assert result.stderr.count("\n") == 1
