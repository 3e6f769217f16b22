"""``dial`` and ``explore`` of an application whose client knows the real platform (A16)."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcontrol.cli.commands import cli

VOICE = '''\
"""Redirects its call with credentials and an address written in the code."""

import socket

import requests

from bxml import Response
from callcontrol import parse_event

session = requests.Session()
session.trust_env = False  # no proxy of this machine


def app(environ, start_response):
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    try:
        session.post("https://voice.bandwidth.com/api/v2/accounts/1/calls", auth=("me", "hunter2"))
    except requests.RequestException as error:
        problem = str(error)
    try:
        socket.getaddrinfo("crm.example", 443, flags=socket.AI_NUMERICHOST)
    except OSError:
        pass
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [Response().speak_sentence(problem).hangup().to_bytes()]


def failing(environ, start_response):
    app(environ, start_response)
    session.get("https://api.bandwidth.com/")


def circle(environ, start_response):
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [Response().redirect("/round").to_bytes()]
'''
EARLY = 'import socket\nsocket.getaddrinfo("voice.bandwidth.com", 443)\n'
REFUSED = "connections of the application to voice.bandwidth.com ("
LISTED = "the application connected to crm.example ("


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder for applications, under names that nothing has imported."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("reaching_")]:
        del sys.modules[name]


@pytest.fixture
def voice(folder: Path) -> str:
    """Return the file of the application."""
    file = folder / f"reaching_{folder.name}.py"
    file.write_text(VOICE, encoding="utf-8")
    return str(file)


def run(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, [*arguments], catch_exceptions=False)


def test_a16_explore_refuses_the_real_platform(voice: str) -> None:
    """Each connection is refused, the report says so, and other hosts are listed."""
    result = run("explore", f"{voice}:app", "--allow", "never-reached")
    assert result.exit_code == 0, result.output
    assert REFUSED in result.stdout
    assert LISTED in result.stdout
    assert "or permit the real platform with --reach https://voice.bandwidth.com" in result.stdout
    assert "hunter2" not in result.output


def test_a16_an_exception_of_the_client_says_why(voice: str) -> None:
    """The fault that it causes has the reason and the advice."""
    result = run("explore", f"{voice}:failing", "--allow", "never-reached")
    assert result.exit_code == 1
    assert "got 500 (" in result.stdout
    assert "api.bandwidth.com (" in result.stdout


def test_a16_dial_refuses_the_real_platform(voice: str) -> None:
    """The caller hears the reason, because this application reads it out."""
    result = run("dial", f"{voice}:app", "--script", "wait")
    assert "connections to Bandwidth are refused while calls are simulated" in result.stdout
    assert REFUSED in result.stderr
    assert LISTED in result.stderr


def test_a16_reach_permits_it(voice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up; here by a resolver that knows none."""

    def unknown(*_: object, **__: object) -> None:
        raise OSError("no such host")

    monkeypatch.setattr("urllib3.util.connection.socket.getaddrinfo", unknown)
    result = run(
        "dial", f"{voice}:app", "--script", "wait", "--reach", "https://voice.bandwidth.com"
    )
    assert "no such host" in result.stdout
    assert REFUSED not in result.output


def test_a16_an_application_that_connects_when_it_is_imported(folder: Path) -> None:
    """The command ends with the line and the reason."""
    file = folder / f"reaching_early_{folder.name}.py"
    file.write_text(EARLY, encoding="utf-8")
    result = run("dial", f"{file}:app", "--script", "wait")
    assert result.exit_code == 2
    assert f"{file.name}:2: " in result.stderr
    assert "connections to Bandwidth are refused while calls are simulated" in result.stderr


def test_fault_c14_dial_names_a_circle_once(voice: str) -> None:
    """With the URL and the count."""
    result = run("dial", f"{voice}:circle", "--path", "/voice", "--script", "")
    assert result.exit_code == 1
    assert "more than 100 documents were fetched at one instant of virtual time" in result.stderr
    assert "the last ones from http://application.test/round" in result.stderr
    assert len(result.stdout.splitlines()) < 10
