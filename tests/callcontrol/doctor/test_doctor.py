"""Faults planted one by one: doctor finds each, and nothing else."""

import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bxml import Bxml, Response
from callcontrol._settings import VARIABLES
from callcontrol.cli.commands import cli
from callcontrol.doctor import RULES, Diagnosis, Examination, WebhookServer, examine, exit_code
from callcontrol.simulator import OutageName, Simulator
from callcontrol.simulator.environment import environment_of
from callcontrol.simulator.live import LiveSimulator

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

CLOSED = "http://127.0.0.1:9"
FINE = frozenset({"settings-complete", "connected", "clock", "account", "webhook", "no-webhook"})


@dataclass
class Reply:
    """What the webhook server replies."""

    status: int = 200
    body: str = Response().speak_sentence("Hello").to_bxml()
    content_type: str = "application/xml"
    location: str = ""
    password: str = ""
    """Expected from whoever sends a webhook; empty if none is needed."""
    delay: Callable[[], object] = lambda: None


@contextmanager
def serving(reply: Reply) -> Generator[str]:
    """Serve one reply, and yield the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply.delay()
            authorized = not reply.password or "Authorization" in self.headers
            right = self.headers.get("Authorization") in (None, "Basic bWU6b3Blbi1zZXNhbWU=")
            status = reply.status if authorized and right else 401
            body = reply.body.encode() if status == reply.status else b""
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="voice"')
            if reply.location:
                self.send_header("Location", reply.location)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of http.server
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/voice"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Yield a simulator that the environment names."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Simulator() as simulator:
        values = {
            "account_id": simulator.account_id,
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
            "base_url": simulator.base_url,
            "token_url": simulator.token_url,
        }
        for name, variable in VARIABLES.items():
            monkeypatch.setenv(variable, values.get(name, ""))
        yield simulator


def rules(findings: Iterable[Diagnosis]) -> set[str]:
    """Return the rules of findings that are not fine."""
    return {finding.rule for finding in findings} - FINE


@pytest.mark.usefixtures("environment")
def test_nothing_is_wrong() -> None:
    """Every check that can be made is fine, and the exit code is 0."""
    with serving(Reply()) as url:
        findings = examine(Examination(webhooks=[WebhookServer(url)]))
    assert rules(findings) == set()
    assert {"settings-complete", "connected", "account", "webhook"} <= {f.rule for f in findings}
    assert exit_code(findings) == 0


PLANTED: Mapping[str, tuple[Mapping[str, str], str]] = {
    "no account": ({"account_id": ""}, "settings"),
    "line end": ({"account_id": "99\n"}, "settings"),
    "both kinds of credentials": ({"username": "u", "password": "p"}, "settings"),
    "wrong secret": ({"client_secret": "sesame-street"}, "credentials-refused"),
    "wrong account": ({"account_id": "1234567"}, "account-forbidden"),
    "closed port": ({"base_url": f"{CLOSED}/api/v2"}, "connection-refused"),
    "closed port of tokens": ({"token_url": f"{CLOSED}/token"}, "connection-refused"),
    "unknown host": ({"base_url": "https://voice.invalid/api/v2"}, "host-unknown"),
}


@pytest.mark.parametrize("fault", PLANTED)
@pytest.mark.usefixtures("environment")
def test_faults_of_the_environment(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong variable is found, and its value is not shown if it is a secret."""
    values, expected = PLANTED[fault]
    for name, value in values.items():
        monkeypatch.setenv(VARIABLES[name], value)
    findings = examine(Examination())
    assert rules(findings) == {expected}
    assert exit_code(findings) == RULES[expected].exit_code
    assert "sesame-street" not in repr(findings)


def test_wrong_path(environment: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address with another path than /api/v2 is that of another server."""
    monkeypatch.setenv(VARIABLES["base_url"], environment.base_url.replace("/api/v2", "/api/v9"))
    findings = examine(Examination())
    assert rules(findings) == {"not-the-platform"}
    assert "/api/v2" in findings[0].hint


def test_proxy(environment: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is not there is named by its host, without its password."""
    assert environment.base_url
    monkeypatch.setenv("http_proxy", "http://me:sesame-street@127.0.0.1:9")
    findings = examine(Examination())
    assert rules(findings) == {"proxy", "proxy-failed"}
    assert exit_code(findings) == RULES["proxy-failed"].exit_code
    assert "sesame-street" not in repr(findings)


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (402, "account-unpaid"),
        (403, "account-forbidden"),
        (429, "too-many-requests"),
        (503, "platform-unavailable"),
        (502, "platform-unavailable"),
    ],
)
def test_refusals(environment: Simulator, status: int, rule: str) -> None:
    """Credentials that are valid but forbidden, a limit of the account, a maintenance window."""
    environment.fail_next(status, operation="listCalls")
    assert rules(examine(Examination())) == {rule}


@pytest.mark.parametrize("status", [429, 503])
def test_refusals_of_the_token_address(environment: Simulator, status: int) -> None:
    """A token address that fails for another reason does not blame the credentials."""
    environment.fail_next(status, operation="token")
    rule = {429: "too-many-requests", 503: "platform-unavailable"}[status]
    assert rules(examine(Examination())) == {rule}


@pytest.mark.parametrize(
    ("outage", "rule"),
    [
        ("forbidden", "account-forbidden"),
        ("unpaid", "account-unpaid"),
        ("account-limit", "too-many-requests"),
        ("maintenance", "platform-unavailable"),
        ("clock", "clock-wrong"),
    ],
)
def test_outages_of_a_live_simulator(
    outage: OutageName, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is found, and nothing else; after its end everything is fine, the clock included."""
    with LiveSimulator() as live, environment_of(live.simulator):
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        live.simulator.begin_outage(outage)
        assert rules(examine(Examination())) == {rule}
        live.simulator.end_outages()
        findings = examine(Examination())
        assert rules(findings) == set()
        assert {"clock", "account"} <= {finding.rule for finding in findings}


def test_certificate_of_a_live_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not trusted until REQUESTS_CA_BUNDLE names its authority."""
    with LiveSimulator(tls=True) as live, environment_of(live.simulator):
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert rules(examine(Examination())) == {"certificate-untrusted"}
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(live.simulator.authority_file))
        assert rules(examine(Examination())) == set()


def test_certificate(secure_platform: "Platform", monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that no authority has signed."""
    monkeypatch.setenv(VARIABLES["base_url"], secure_platform.base_url)
    monkeypatch.setenv(VARIABLES["account_id"], "9900000")
    monkeypatch.setenv(VARIABLES["username"], "u")
    monkeypatch.setenv(VARIABLES["password"], "p")
    findings = examine(Examination())
    assert rules(findings) == {"certificate-untrusted"}
    assert "REQUESTS_CA_BUNDLE" in findings[0].hint


@pytest.mark.parametrize("minutes", [-20, 20])
def test_clock(platform: "Platform", monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """A clock that is wrong by minutes, in either direction."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    platform.answer(platform.reply(200, b"[]", {"Date": date}))
    for name, value in {"account_id": "9900000", "username": "u", "password": "p"}.items():
        monkeypatch.setenv(VARIABLES[name], value)
    monkeypatch.setenv(VARIABLES["base_url"], platform.base_url)
    findings = examine(Examination(now=lambda: time.time() + 60 * minutes))
    assert rules(findings) == {"clock-wrong"}
    assert ("ahead of" if minutes > 0 else "behind") in findings[0].text
    assert rules(examine(Examination())) == set()


HTML = "<!DOCTYPE html><title>Visit site?</title>"
REPLIES: Mapping[str, tuple[Reply, str]] = {
    "404": (Reply(status=404), "webhook-status"),
    "405": (Reply(status=405), "webhook-status"),
    "500": (Reply(status=500), "webhook-status"),
    "redirect": (Reply(status=307, location="/voice/"), "webhook-redirect"),
    "login page": (Reply(body=HTML, content_type="text/html"), "webhook-not-bxml"),
    "JSON text": (Reply(body='"<Response/>"'), "webhook-not-bxml"),
    "unknown verb": (Reply(body="<Response><Say>Hi</Say></Response>"), "webhook-not-bxml"),
    "empty": (Reply(body=""), "webhook-warning"),
    "content type": (Reply(content_type="text/html"), "webhook-warning"),
    "challenge": (Reply(password="open-sesame"), "webhook-credentials"),
}


@pytest.mark.parametrize("fault", REPLIES)
@pytest.mark.usefixtures("environment")
def test_faults_of_the_webhook_server(fault: str) -> None:
    """Each wrong reply is found, and the advice says what to change."""
    reply, rule = REPLIES[fault]
    with serving(reply) as url:
        findings = examine(Examination(webhooks=[WebhookServer(url)]))
    assert rules(findings) == {rule}
    assert all(finding.hint for finding in findings if finding.rule == rule)


@pytest.mark.usefixtures("environment")
def test_credentials_of_webhooks() -> None:
    """Right, wrong, and not asked for."""

    def found(reply: Reply, password: str) -> set[str]:
        with serving(reply) as url:
            server = WebhookServer(url, username="me", password=password)
            assert password not in repr(server)
            return rules(examine(Examination(webhooks=[server])))

    assert found(Reply(password="open-sesame"), "open-sesame") == set()
    assert found(Reply(password="open-sesame"), "street") == {"webhook-credentials"}
    assert found(Reply(), "open-sesame") == {"webhook-open"}


@pytest.mark.usefixtures("environment")
def test_closed_port_of_the_webhook_server() -> None:
    """A webhook server that is not there."""
    findings = examine(Examination(webhooks=[WebhookServer(f"{CLOSED}/voice")]))
    assert rules(findings) == {"webhook-unreachable"}


@pytest.mark.usefixtures("environment")
def test_slow_replies() -> None:
    """A reply that takes much of the time, and one that takes longer than the examination."""
    with serving(Reply(delay=lambda: time.sleep(0.6))) as url:
        findings = examine(Examination(webhooks=[WebhookServer(url, callback_timeout=1.1)]))
        assert rules(findings) in ({"webhook-slow"}, {"webhook-timeout"})
    done = Event()
    with serving(Reply(delay=done.wait)) as url:
        began = time.monotonic()
        findings = examine(Examination(webhooks=[WebhookServer(url)], seconds=0.2))
        assert time.monotonic() - began < 4
        assert rules(findings) == {"webhook-timeout"}
        done.set()


@pytest.mark.usefixtures("environment")
def test_status_url() -> None:
    """The reply to disconnect is ignored: any 2xx will do."""
    with serving(Reply(status=204, body="")) as url:
        findings = examine(Examination(webhooks=[WebhookServer(url, reports_end=True)]))
    assert rules(findings) == set()


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://localhost:5000/voice", "webhook-url"),
        ("https://192.168.1.20/voice", "webhook-url"),
        ("https://printer.local/voice", "webhook-url"),
    ],
)
def test_private_addresses(url: str, rule: str) -> None:
    """The vendor's platform cannot reach this machine."""
    findings = list(WebhookServer(url).check(public=True))
    assert [finding.rule for finding in findings] == [rule]


def test_command(environment: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines for people, or one object a line; the exit code is that of the first problem."""
    runner = CliRunner()
    result = runner.invoke(cli, ["doctor"])
    assert result.exit_code == 0
    assert "problem" not in result.stdout
    monkeypatch.setenv(VARIABLES["username"], "u")
    monkeypatch.setenv(VARIABLES["password"], "p")
    long = runner.invoke(cli, ["doctor"]).stdout  # both kinds of credentials: a long text
    assert "\\n" not in long
    assert "got both" in long
    monkeypatch.delenv(VARIABLES["username"])
    monkeypatch.delenv(VARIABLES["password"])
    monkeypatch.setenv("WRONG", "sesame-street")
    monkeypatch.setenv(VARIABLES["client_secret"], "sesame-street")
    body = Bxml().pause(duration=2).to_bxml()
    with serving(Reply(body=body, password="open-sesame")) as url:
        options = ["--answer-url", url, "--status-url", url, "--username", "me"]
        result = runner.invoke(cli, ["doctor", *options, "--password-env", "WRONG", "--json"])
    assert environment.client_secret not in result.output
    assert "sesame-street" not in result.output
    assert result.exit_code == RULES["credentials-refused"].exit_code
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["version"] for line in lines} == {1}
    assert [line["rule"] for line in lines if line["severity"] == "problem"] == [
        "credentials-refused",
        "webhook-credentials",
    ]


def test_page_lists_every_rule() -> None:
    """The documentation has the exit code and the meaning of every problem."""
    page = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text()
    for name, rule in RULES.items():
        if rule.severity != "ok":
            assert f"| {rule.exit_code or ' '} | `{name}` | {rule.meaning} |" in page
