"""``callcontrol simulate`` as a process: export lines, a client, Ctrl-C, closed pipes."""

import json
import os
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests
from click.testing import CliRunner

from bxml import Response
from callcontrol._vendor_sdks import TRUST_VARIABLES
from callcontrol.cli.commands import cli
from callcontrol.client import Client
from tests.servers import served
from tests.waiting import PATIENCE

COMMAND = (sys.executable, "-m", "callcontrol", "simulate")
TO, FROM = "+19195551234", "+19195550100"


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Greet and stay on the line."""
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start("200 OK", [("Content-Type", "application/xml")])
    return [Response().speak_sentence("Hello.").pause(duration=3000).to_bytes()]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the URL of a running server."""
    with served(app) as origin:
        yield f"{origin}/"


@contextmanager
def running(*arguments: str) -> Generator[tuple[subprocess.Popen[str], IO[str]]]:
    """Run the command, yield the process with its output, and see it end at Ctrl-C."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")


def exported(output: IO[str]) -> Mapping[str, str]:
    """Return the variables that the first lines export."""
    assert output.readline().startswith("The platform is simulated; stop it with Ctrl-C.")
    pairs = (output.readline().strip().removeprefix("export ").split("=", 1) for _ in range(5))
    return {name: value for name, value in pairs}  # noqa: C416 - dict() loses the types


def until(output: IO[str], text: str) -> str:
    """Return the next line that holds a text; an output that ends without it fails."""
    found = next((line for line in output if text in line), None)
    assert found is not None
    return found


def test_a_client_is_pointed_at_it(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The export lines lead a client to it; a document that it pushes is heard."""
    with running("--speed", "100") as (_, output):
        for name, value in exported(output).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with Client.from_env() as client:
            made = client.create_call(to=TO, from_=FROM, application_id="a", answer_url=server)
            until(output, 'heard      "Hello."')
            client.update_call_bxml(made.call_id, Response().speak_sentence("Pushed."))
            assert made.call_id[:12] in until(output, 'heard      "Pushed."')


def status(variables: Mapping[str, str], host: str, user: str, password: str) -> int:
    """Return the status of the reply to a request for the calls under a host name."""
    address = urlsplit(variables["BW_VOICE_URL"])
    connection = HTTPConnection(f"{address.hostname}:{address.port}", timeout=PATIENCE)
    token = b64encode(f"{user}:{password}".encode()).decode()
    headers = {"Host": host, "Authorization": f"Basic {token}"}
    try:
        connection.request("GET", "/api/v2/accounts/9900000/calls", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_hosts_are_allowed_by_name() -> None:
    """Each --allow-host counts, another name is refused; Basic credentials stand in the log."""
    hosts = ("--allow-host", "one.example", "--allow-host", "two.example")
    with running("--json", *hosts) as (_, output):
        ready = json.loads(output.readline())
        basic = ready["basic"]["BW_USERNAME"], ready["basic"]["BW_PASSWORD"]
        for host, expected in (
            ("one.example", 200),
            ("TWO.example:80", 200),
            ("three.example", 403),
        ):
            assert status(ready["environment"], host, *basic) == expected


def test_fault_c21_basic_credentials_are_printed() -> None:
    """Beside those for OAuth2; they are what the vendor's samples need."""
    with running() as (_, output):
        variables = exported(output)
        assert output.readline() == "or, with Basic authentication instead of the last two,\n"
        lines = (output.readline().strip().removeprefix("export ") for _ in range(2))
        basic = dict(line.split("=", 1) for line in lines)
        assert basic["BW_USERNAME"] == "simulator-user"
        assert status(variables, "localhost", basic["BW_USERNAME"], basic["BW_PASSWORD"]) == 200


def test_credentials_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the options are taken, and the log names the variables instead of the secrets."""
    monkeypatch.setenv("MY_CLIENT", "me:hush-hush")
    monkeypatch.setenv("MY_PASSWORD", "psst")
    options = ("--client-env", "MY_CLIENT", "--password-env", "MY_PASSWORD")
    with running(*options) as (_, output):
        variables = exported(output)
        assert variables["BW_CLIENT_ID"] == "me"
        assert variables["BW_CLIENT_SECRET"] == '"${MY_CLIENT#*:}"'
        rest = [output.readline() for _ in range(3)]
        assert rest[2] == '  export BW_PASSWORD="$MY_PASSWORD"\n'
        assert status(variables, "localhost", "simulator-user", "psst") == 200
        with Client(
            variables["BW_ACCOUNT_ID"],
            client_id="me",
            client_secret="hush-hush",
            base_url=variables["BW_VOICE_URL"],
            token_url=variables["BW_TOKEN_URL"],
        ) as client:
            assert list(client.list_calls()) == []
    with running("--json", *options) as (_, output):
        line = output.readline()
    assert "hush" not in line
    assert "psst" not in line


def test_a_call_comes_in_at_the_start(server: str) -> None:
    """With an application the first call needs no client."""
    with running("--application", server) as (_, output):
        assert "initiate" in until(output, f"initiate to {server}")
        assert "heard" in until(output, 'heard      "Hello."')


def test_the_log_for_people(server: str) -> None:
    """After the addresses each line names the time, the phone, the call, and what happens."""
    with running("--application", server) as (_, output):
        exported(output)
        assert output.readline() == "or, with Basic authentication instead of the last two,\n"
        assert output.readline() == "  export BW_USERNAME=simulator-user\n"
        assert output.readline().startswith("  export BW_PASSWORD=sim-")
        assert output.readline() == (
            "Add what an SDK of the vendor needs: --for python|node|ruby|php|java|csharp|cli\n"
        )
        first, *more = (output.readline().split() for _ in range(4))
        assert first[:3] == ["0.0", "s", "1"]
        assert first[3] == first[-1][:12]
        assert first[4:7] == ["call", "initiated", f"({FROM},"]
        assert [line[4] for line in more] == ["sent", "fetched", "call"]


def test_every_line_is_json_for_machines(server: str) -> None:
    """The first object holds the environment, and what happens follows."""
    with running("--json", "--application", server) as (_, output):
        ready = json.loads(output.readline())
        assert ready["environment"]["BW_ACCOUNT_ID"] == "9900000"
        while json.loads(output.readline())["kind"] != "spoke":
            pass


def test_outbound_calls_ring_as_long_as_they_are_told(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time between ringing and answer is the one of the option."""
    with running("--json", "--speed", "1000", "--answer-after", "20") as (_, output):
        for name, value in json.loads(output.readline())["environment"].items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with Client.from_env() as client:
            client.create_call(to=TO, from_=FROM, application_id="a", answer_url=server)
        until(output, '"state":"initiated"')
        answer = json.loads(until(output, '"eventType":"answer"'))["event"]
    rung, picked = map(datetime.fromisoformat, (answer["startTime"], answer["answerTime"]))
    assert picked - rung == timedelta(seconds=20)


def test_a_taken_port_is_named_in_one_line() -> None:
    """Exit code 2, and for machines an object."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(cli, ["simulate", "--port", str(port), "--json"])
    line = f"--port: expected a free port, got {port}: another program listens on it"
    assert result.exit_code == 2
    assert result.stderr.startswith(f"callcontrol: {line}")
    assert result.stderr.count("\n") == 1
    error = json.loads(result.stdout)["error"]
    assert error["kind"] == "SimulatorError"
    assert error["message"].startswith(line)


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (["--port", "65536"], "'--port': 65536 is not in the range 0<=x<=65535"),
        (["--speed", "0"], "'--speed': 0.0 is not in the range"),
        (["--speed", "nan"], "'--speed': 'nan' is not a number"),
        (["--answer-after", "inf"], "'--answer-after': inf is not in the range"),
        (["--application", "localhost:5000"], "http://localhost:5000/voice, got 'localhost:5000'"),
        (["--allow-host", "a:1"], "allow_hosts: expected a host name or an IP address, without"),
        (["--client-env", "hunter2"], "environment variable that is set, got another"),
        (["--password-env", "hunter2"], "environment variable that is set, got another"),
        (["--client-env", "HOME"], "Account.client_secret: expected a text, got an empty one"),
        (
            ["--fail", "rain"],
            "expected one of forbidden, unpaid, account-limit, maintenance, clock",
        ),
        (["--fail", "unpaid:soon"], "'--fail': 'soon' is not a valid"),
        (["--for", "cobol"], "'--for': 'cobol' is not one of 'python', 'node'"),
        (["--application", "http://[::1"], "got 'http://[::1'"),
        (["--application", "http://h:0/"], "got 'http://h:0/'"),
        (["--application", "ftp://me:hunter2@h/"], "got another text"),
    ],
)
def test_impossible_options_are_refused(arguments: list[str], finding: str) -> None:
    """Each option says what it expects, and a password is not repeated."""
    result = CliRunner().invoke(cli, ["simulate", *arguments])
    assert result.exit_code == 2
    assert finding in result.stderr
    assert "hunter2" not in result.stderr


def test_the_certificate_is_gone_when_it_is_terminated() -> None:
    """With --tls the variables of every runtime name its file; SIGTERM ends like Ctrl-C."""
    with subprocess.Popen(
        [*COMMAND, "--tls", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["environment"]["BW_VOICE_URL"].startswith("https://127.0.0.1:")
        (file,) = map(Path, set(ready["trust"].values()))
        assert set(ready["trust"]) == set(TRUST_VARIABLES)
        reply = requests.get(
            ready["environment"]["BW_VOICE_URL"], verify=str(file), timeout=PATIENCE
        )
        assert reply.status_code == 401
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert not file.exists()


def test_requests_fail_as_told() -> None:
    """An outage lasts from the start on, and ends after its seconds of the calls."""
    with running("--json", "--speed", "1000", "--fail", "unpaid:3000") as (_, output):
        ready = json.loads(output.readline())
        account, url = (ready["environment"][name] for name in ("BW_ACCOUNT_ID", "BW_VOICE_URL"))
        calls = f"{url}/api/v2/accounts/{account}/calls"
        pair = (ready["basic"]["BW_USERNAME"], ready["basic"]["BW_PASSWORD"])
        statuses = {402}
        while statuses == {402}:
            statuses.add(requests.get(calls, auth=pair, timeout=PATIENCE).status_code)
    assert statuses == {402, 200}


def test_the_first_call_waits_for_its_application() -> None:
    """An application that needs the first lines can be started after them."""
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    with running("--application", f"http://127.0.0.1:{port}/") as (_, output):
        until(output, f"The call comes in once http://127.0.0.1:{port}/ accepts connections.")
        with served(app, port=port):
            assert "heard" in until(output, 'heard      "Hello."')


def test_the_help_names_every_option() -> None:
    """What can be said stands in the help."""
    text = CliRunner().invoke(cli, ["simulate", "--help"]).stdout
    for option in ("--port", "--application", "--speed", "--answer-after", "--json"):
        assert option in text
    assert "--allow-host NAME" in text


def test_a_closed_pipe_ends_it_quietly() -> None:
    """Whoever reads has enough."""
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        COMMAND, stdout=writing, stderr=subprocess.PIPE, timeout=PATIENCE, check=False
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")
