"""TLS with a certificate of the simulator's own."""

import os
import socket
import ssl
import stat
import sys
from pathlib import Path

import pytest

from callcontrol.client import Client
from callcontrol.errors import TokenError
from callcontrol.simulator import Simulator, SimulatorError
from callcontrol.simulator.live import LiveSimulator
from tests.waiting import PATIENCE

HOST = "voice.example.com"


def port_of(simulator: Simulator) -> int:
    """Return the port of a running simulator."""
    return int(simulator.base_url.split(":")[2].partition("/")[0])


def names_held(simulator: Simulator, name: str) -> str:
    """Return the TLS version of a connection under a name; fails if the certificate does."""
    context = ssl.create_default_context(cafile=str(simulator.authority_file))
    address = ("127.0.0.1", port_of(simulator))
    with (
        socket.create_connection(address, PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return str(secure.version())


@pytest.fixture
def simulator() -> Simulator:
    """Return a simulator that is not started."""
    return Simulator()


def test_a_client_trusts_it(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses are https, and the simulator's client accepts the certificate."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")
    simulator.start(tls=True)
    assert simulator.base_url.startswith("https://127.0.0.1:")
    assert simulator.token_url.startswith("https://127.0.0.1:")
    assert list(simulator.client().list_calls()) == []
    simulator.stop()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", HOST])
def test_the_certificate_holds_the_allowed_names(simulator: Simulator, name: str) -> None:
    """Loopback names, and those of allow_hosts."""
    simulator.start(tls=True, allow_hosts=[HOST])
    assert names_held(simulator, name).startswith("TLSv1.")
    simulator.stop()


def test_the_certificate_holds_no_other_name(simulator: Simulator) -> None:
    """A host that is not allowed is not certified."""
    simulator.start(tls=True, allow_hosts=[HOST])
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        names_held(simulator, "api.example.com")
    simulator.stop()


def test_nobody_else_trusts_it(simulator: Simulator) -> None:
    """Each simulator has an authority of its own."""
    simulator.start(tls=True)
    other = Simulator()
    other.start(tls=True)
    context = ssl.create_default_context(cafile=str(other.authority_file))
    address = ("127.0.0.1", port_of(simulator))
    with (
        socket.create_connection(address, PATIENCE) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(plain, server_hostname="localhost")
    simulator.stop()
    other.stop()


def test_the_file_is_private_and_removed(simulator: Simulator) -> None:
    """Its directory is the user's alone and gone after the end; it holds no key."""
    assert Simulator().authority_file is None
    simulator.start(tls=True)
    file = simulator.authority_file
    assert file is not None
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert "PRIVATE" not in file.read_text()
    simulator.stop()
    assert not file.parent.exists()


def test_a_forked_process_leaves_the_file(simulator: Simulator) -> None:
    """It belongs to the process that started the simulator."""
    simulator.start(tls=True)
    file = simulator.authority_file
    assert file is not None
    child = os.fork()
    if not child:
        simulator.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert file.exists()
    simulator.stop()


def test_a_request_without_tls_ends_the_connection(simulator: Simulator) -> None:
    """It is not answered, and harms nothing."""
    simulator.start(tls=True)
    with socket.create_connection(("127.0.0.1", port_of(simulator)), PATIENCE) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not plain.recv(1).startswith(b"H")
    assert list(simulator.client().list_calls()) == []
    simulator.stop()


def test_a_taken_port_leaves_no_file(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate goes if the start fails, and the next start may be without TLS."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorError, match=r"start\.port"):
            simulator.start(port=port, tls=True)
    assert list(tmp_path.iterdir()) == []
    simulator.start()
    assert simulator.base_url.startswith("http://")
    simulator.stop()


def test_a_name_that_no_certificate_holds(simulator: Simulator) -> None:
    """A host name with an underscore is allowed, but not with TLS."""
    with pytest.raises(SimulatorError, match=r"tls: expected names .* '_x'"):
        simulator.start(tls=True, allow_hosts=["_x.example"])
    assert not simulator.authority_file


def test_a_missing_package_is_named(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.delitem(sys.modules, "callcontrol.simulator.rest.certificate", raising=False)
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(SimulatorError, match=r"trustme is needed; pip install '.*\[simulator\]'"):
        simulator.start(tls=True)


def test_a_live_simulator_has_it_too() -> None:
    """An ordinary client refuses the certificate, the simulator's own accepts it."""
    with LiveSimulator(tls=True) as live:
        simulator = live.simulator
        assert list(simulator.client().list_calls()) == []
        stranger = Client(
            simulator.account_id,
            client_id=simulator.client_id,
            client_secret=simulator.client_secret,
            base_url=simulator.base_url,
            token_url=simulator.token_url,
            max_retries=0,
        )
        with stranger, pytest.raises(TokenError, match="certificate"):
            next(stranger.list_calls(), None)
