"""What the environment says: proxies, certificates, and the server that they are looked up for."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callcontrol._http.environment import environment_of, server_of
from callcontrol.client import Client
from tests.callcontrol.drivers import BOTH

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

CLIENTS = BOTH
HASH = "ce275665"
"""The hash of the subject in loopback.pem, by which OpenSSL finds it in a directory."""


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://voice.example/api/v2?x=/1", "https://voice.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://voice.example", "https://voice.example"),
    ],
)
def test_server_of(url: str, server: str) -> None:
    """Scheme, host and port, as they are written."""
    assert server_of(url) == server


@pytest.mark.usefixtures("clock")
def test_a_directory_of_certificates(
    client_class: type[Client],
    secure_platform: "Platform",
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """REQUESTS_CA_BUNDLE may name one that ``openssl rehash`` has prepared."""
    (tmp_path / f"{HASH}.0").write_bytes(certificate.read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    secure_platform.answer(secure_platform.json({"callId": "c-1"}))
    with client_class("9", username="u", password="p", base_url=secure_platform.base_url) as client:
        assert client.get_call_state("c-1").call_id == "c-1"


def test_http_needs_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even those that the environment names; a proxy counts for its own scheme."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/certificates.pem")
    for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    found = environment_of("http://voice.example")
    assert (found.proxy, found.context) == ("http://proxy.example:3128", None)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    secure = environment_of("https://voice.example")
    assert secure.proxy is None
    assert secure.context is not None
    assert secure.context.get_ca_certs() != []
