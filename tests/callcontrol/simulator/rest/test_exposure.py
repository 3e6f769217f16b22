"""Who reaches a simulator: host names (DNS rebinding), credentials and tokens."""

import json
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.simulator import Account, Simulator, SimulatorError
from callcontrol.simulator.live import LiveSimulator
from callcontrol.simulator.rest.hosts import AllowedHosts
from callcontrol.simulator.rest.messages import RestRequest
from callcontrol.simulator.rest.refusal import Refusal
from tests.waiting import PATIENCE

LOOPBACK = [
    "localhost",
    "localhost:8080",
    "LocalHost",
    "localhost.",
    "localhost.:80",
    "localhost:",
    "sim.localhost",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.8.9.10:65535",
    "[::1]",
    "[::1]:8080",
    "[0:0::0:1]",
    "[::ffff:127.0.0.1]",
]
FOREIGN = [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "notlocalhost",
    "0.0.0.0:80",
    "192.168.0.1:80",
    "[2001:db8::1]:80",
    "[::ffff:192.168.0.1]",
    "2130706433",
    "127.1",
]
NONE_AT_ALL = [
    "",
    " ",
    ".",
    "localhost, evil.example",
    "localhost:80:80",
    "localhost:x",
    "localhost:123456",
    "http://localhost",
    "user@localhost",
    "localhost/",
    "::1",
    "[::1",
    "[127.0.0.1]",
    "local..host",
    "l\u00f6calhost",
    "localhost\x7f",
    "a" * 254,
]


def refusal(hosts: AllowedHosts, value: str | None) -> str | None:
    """Return why a Host header is refused, None if it is not."""
    headers = {} if value is None else {"host": value}
    try:
        hosts.check(RestRequest("GET", "/", "", headers))
    except Refusal as found:
        return found.description
    return None


@pytest.mark.parametrize("value", [*LOOPBACK, None])
def test_loopback_names_pass(value: str | None) -> None:
    """In any case, with any port; a request without the header is not a browser's."""
    assert refusal(AllowedHosts(), value) is None


@pytest.mark.parametrize("value", FOREIGN)
def test_other_names_are_refused_with_what_to_do(value: str) -> None:
    """The text names the option for the very name."""
    found = refusal(AllowedHosts(), value)
    assert found is not None
    assert found.startswith("Host: expected localhost or a loopback address, got '")
    assert "--allow-host" in found


@pytest.mark.parametrize("value", NONE_AT_ALL)
def test_what_is_no_host_is_refused(value: str) -> None:
    """Whatever names are allowed."""
    found = refusal(AllowedHosts(["evil.example", "user"]), value)
    assert found is not None
    assert found.startswith("Host: expected a host name or an IP address")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sim.Example.", "sim.example:443"),
        ("sim.example", "SIM.example."),
        ("my_app", "my_app:8080"),
        ("10.0.0.7", "10.0.0.7:80"),
        ("2001:DB8::1", "[2001:db8:0::1]:80"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
    ],
)
def test_allowed_names_pass(name: str, value: str) -> None:
    """Compared as names and addresses, not as texts."""
    assert refusal(AllowedHosts([name]), value) is None
    assert refusal(AllowedHosts(name), value) is None
    assert refusal(AllowedHosts(["other.example"]), value) is not None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "*",
        "https://sim.example",
        "sim.example:443",
        "[::1]:80",
        "a b",
        "a/b",
        "..",
        "\u00fc" * 99,
    ],
)
def test_what_cannot_be_allowed_is_said_before_the_start(name: str) -> None:
    """No port, no scheme, no wildcard."""
    with pytest.raises(SimulatorError, match=r"^allow_hosts: expected a host name or an IP add"):
        LiveSimulator(allow_hosts=[name])


@given(st.text())
def test_no_text_is_let_in_that_is_not_loopback(value: str) -> None:
    """Whatever stands in the header: it passes only if it is one of the few loopback forms."""
    if refusal(AllowedHosts(), value) is None:
        bare = value.lower().partition(":")[0].removesuffix(".")
        assert value.startswith("[") or bare.endswith("localhost") or bare.startswith("127.")


@given(st.from_regex(r"[a-z0-9_]([a-z0-9_.-]{0,20}[a-z0-9_])?", fullmatch=True))
def test_a_refused_name_is_one_that_can_be_allowed(name: str) -> None:
    """What the text says to allow is accepted, and then passes."""
    if (refusal(AllowedHosts(), name) or "").startswith("Host: expected localhost"):
        assert refusal(AllowedHosts([name]), f"{name}:80") is None


@pytest.fixture
def live() -> Iterator[LiveSimulator]:
    """Yield a simulator behind a tunnel."""
    with LiveSimulator(allow_hosts=["tunnel.example"]) as running:
        yield running


def asked(live: LiveSimulator, host: str) -> tuple[int, bytes]:
    """Return status and body of the reply to a request by a name."""
    port = urlsplit(live.simulator.base_url).port
    connection = HTTPConnection(f"127.0.0.1:{port}", timeout=20)
    try:
        connection.request("POST", "/api/v1/oauth2/token", headers={"Host": host})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def test_a_foreign_host_gets_nowhere_over_http(live: LiveSimulator) -> None:
    """Neither to the token endpoint, which has no other guard, nor past the log."""
    status, body = asked(live, "evil.example")
    assert status == 403
    assert b"--allow-host evil.example" in body
    assert live.simulator.requests[-1].status == 403
    assert live.simulator.requests[-1].operation is None
    assert asked(live, "tunnel.example:443")[0] == asked(live, "localhost")[0] == 401


def test_the_host_of_an_absolute_target_counts(live: LiveSimulator) -> None:
    """As the standard has it (RFC 9112, 3.2.2)."""
    port = urlsplit(live.simulator.base_url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=20) as connection:
        for request, status in (
            (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"403"),
            (b"GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"401"),
            (b"GET / HTTP/1.0\r\n\r\n", b"401"),
        ):
            connection.sendall(request)
            received = b""
            while not received.endswith(b"}"):
                piece = connection.recv(1000)
                assert piece, received
                received += piece
            assert received.startswith(b"HTTP/1.1 %b " % status)


CREDENTIALS = """
import os, sys
from callcontrol.simulator import Account, Simulator
one, other, simulator = Account(), Account(), Simulator()
assert one == other == simulator._account
def show(account):
    print(account.client_id, account.client_secret, account.password, flush=True)
show(one)
if not os.fork():
    show(Account())
    os._exit(0)
os.wait()
"""


def test_credentials_are_new_in_each_process() -> None:
    """All three, in a fork too; two simulators of a process share them."""
    seen: list[str] = []
    for _ in range(2):
        command = [sys.executable, "-c", CREDENTIALS]
        seen += subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    seen += [Account().client_id, Account().client_secret, Account().password]
    assert len(seen) == len(set(seen)) == 15
    assert all(len(secret) >= 32 for secret in seen)


def test_tokens_cannot_be_foretold() -> None:
    """The seed decides on ids, not on what lets a stranger in."""
    tokens = {Simulator(seed=1)._platform.tokens.issue().access_token for _ in range(5)}
    assert len(tokens) == 5


def test_ids_are_the_same_in_every_run() -> None:
    """However many tokens have been issued meanwhile."""
    one, other = Simulator(seed=1), Simulator(seed=1)
    one._platform.tokens.issue()
    made = [
        simulator.receive_call(from_="+19195550100", to="+19195550101")
        for simulator in (one, other)
    ]
    assert made[0].call_id == made[1].call_id


def test_replies_have_the_host_that_the_client_used(live: LiveSimulator) -> None:
    """So their addresses work where 127.0.0.1 is another machine; a loopback name changes none."""
    own = urlsplit(live.simulator.base_url).netloc
    path = f"/api/v2/accounts/{live.simulator.account_id}/calls"
    call = {
        "to": "+19195551234",
        "from": "+19195550100",
        "applicationId": "a",
        "answerUrl": "http://a.test/",
    }
    pair = f"{live.simulator.username}:{live.simulator.password}"
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
    }
    for host, expected in (("tunnel.example", "tunnel.example"), ("localhost:1", own)):
        connection = HTTPConnection(own, timeout=PATIENCE)
        connection.request("POST", path, json.dumps(call), {**headers, "Host": host})
        reply = connection.getresponse()
        created = json.loads(reply.read())
        connection.close()
        assert created["callUrl"] == f"http://{expected}{path}/{created['callId']}"
        assert reply.headers["Location"] == created["callUrl"]
        assert created["answerUrl"] == "http://a.test/"
