"""``callcontrol dial voice:app``: an application in this process, with a script."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcontrol.cli.commands import cli

VOICE = '''\
"""Says who the platform is, hangs up through it, and remembers the end of the call."""

import os

from bxml import Gather, Response, SpeakSentence
from callcontrol import Client, DisconnectEvent, GatherEvent, parse_event

client = Client.from_env()
ended = []


def app(environ, start_response):
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    start_response("200 OK", [("Content-Type", "application/xml")])
    match event:
        case DisconnectEvent():
            ended.append(environ["PATH_INFO"])
            return [b""]
        case GatherEvent(digits="1"):
            client.update_call_bxml(event.call_id, Response().speak_sentence("Pushed.").hangup())
            return [Response().pause(duration=60).to_bytes()]
        case _:
            prompt = SpeakSentence(f"Account {os.environ['BW_ACCOUNT_ID']}.")
            return [Response(Gather(prompt, gather_url="/", max_digits=1)).to_bytes()]
'''

Dial = Callable[..., Result]


@pytest.fixture
def voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the file of the application, under a name that nothing has imported."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / f"dialled_{tmp_path.name}.py"
    file.write_text(VOICE, encoding="utf-8")
    yield str(file)
    sys.modules.pop(file.stem, None)


@pytest.fixture
def dial() -> Dial:
    """Return what runs the command in this process."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["dial", *arguments], catch_exceptions=False)

    return run


def test_it_finds_a_simulated_platform(
    dial: Dial, voice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real credentials are out of its reach, and what it does to its call happens."""
    monkeypatch.setenv("BW_ACCOUNT_ID", "5500000")
    result = dial(
        voice, "--script", "wait; press 1", "--expect", "Account 9900000", "--expect", "Pushed."
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert os.environ["BW_ACCOUNT_ID"] == "5500000"


STAND = "the credentials of the simulated platform stand in for yours"
GIVEN = {
    "C6": (("BW_USERNAME", "BW_PASSWORD"), f"BW_USERNAME and BW_PASSWORD: {STAND}"),
    "C6-name-only": (("BW_USERNAME",), f"BW_USERNAME: {STAND}"),
    "C6-oauth": (
        ("BW_CLIENT_ID", "BW_CLIENT_SECRET"),
        f"BW_CLIENT_ID and BW_CLIENT_SECRET: {STAND}",
    ),
}


@pytest.mark.parametrize(("names", "note"), GIVEN.values(), ids=GIVEN)
def test_the_simulators_credentials_stand_in(
    dial: Dial, voice: str, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], note: str
) -> None:
    """For those of the kind that was given; the command says so, and restores them."""
    for name in names:
        monkeypatch.setenv(name, "mine")
    result = dial(voice, "--script", "wait; press 1", "--expect", "Pushed.")
    assert (result.exit_code, result.stderr) == (0, f"callcontrol: {note}\n")
    assert [os.environ[name] for name in names] == ["mine"] * len(names)


def test_fault_c6_both_kinds_stand_in_if_both_were_given(
    dial: Dial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An application may read either."""
    names = "BW_USERNAME", "BW_PASSWORD", "BW_CLIENT_ID", "BW_CLIENT_SECRET"
    for name in names:
        monkeypatch.setenv(name, "mine")
    monkeypatch.setattr(sys, "path", [*sys.path])
    checks = (f"os.environ['{name}'] != 'mine' or sys.exit(1)\n" for name in names)
    code = f"import os, sys\n{''.join(checks)}app = lambda environ, start_response: []\n"
    file = tmp_path / "both_kinds.py"
    file.write_text(code, encoding="utf-8")
    assert "got the end of the program" not in dial(str(file), "--script", "").stderr


IMPORTS = {
    "C6-missing": (
        "import os\nos.environ['BW_USERNAME']",
        "the environment variable BW_USERNAME is not set; set it to any text: the credentials",
    ),
    "C6-other": (
        "import os\nos.environ['BW_NUMBER']",
        "the environment variable BW_NUMBER is not set\n",
    ),
    "C6-exits": (
        "import sys\nsys.exit(1)",
        "sys.exit(1); programs often end so if an environment variable is missing",
    ),
    "C17-lists": ("def clinic(environ, start): ...", "py:NAME; it defines clinic\n"),
    "C17-nothing": ("from json import dumps", "py:NAME; it defines nothing that can be called\n"),
    "C7-aiohttp": (
        "from aiohttp.web import Application\napp = Application()",
        "got an aiohttp application; start it, for example with aiohttp.web.run_app(app), and give",
    ),
    "C7-blueprint": (
        "from flask import Blueprint\napp = Blueprint('voice', __name__)",
        "got a Flask blueprint; register it on a Flask application",
    ),
    "C7-handler": (
        "from http.server import BaseHTTPRequestHandler\nclass app(BaseHTTPRequestHandler): ...",
        "got a request handler of http.server; start its server, and give its URL",
    ),
    "C7-function": (
        "def app(request): ...",
        "got a function of one parameter (request); give the application that it belongs to",
    ),
}


@pytest.mark.parametrize(("code", "message"), IMPORTS.values(), ids=IMPORTS)
def test_what_cannot_be_dialled_says_why(
    dial: Dial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    """And what to do about it."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / f"odd_{tmp_path.name}.py"
    file.write_text(f"{code}\n", encoding="utf-8")
    result = dial(str(file), "--script", "")
    assert result.exit_code == 2
    assert message in result.stderr


LAMBDA = """\
import json
from bxml import Response

def lambda_handler(event, context):
    assert context.get_remaining_time_in_millis() > 0
    text = json.loads(event["body"])["eventType"] + " at " + event["rawPath"]
    body = Response().speak_sentence(text).to_bxml()
    return {"statusCode": 200, "headers": {"Content-Type": "application/xml"}, "body": body}
"""


def test_fault_c7_a_handler_for_lambda_is_dialled(
    dial: Dial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its usual name too."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / f"aws_{tmp_path.name}.py"
    file.write_text(LAMBDA, encoding="utf-8")
    result = dial(str(file), "--path", "/voice", "--script", "", "--expect", "initiate at /voice")
    assert (result.exit_code, result.stderr) == (0, "")


def test_fault_c18_an_outbound_call_has_a_tag(
    dial: Dial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which its webhooks carry; a call that comes in has none."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / f"tagged_{tmp_path.name}.py"
    code = LAMBDA.replace('["eventType"]', '["tag"]').replace("lambda_handler", "handler")
    file.write_text(code, encoding="utf-8")
    more = "--outbound", "--script", "answer", "--tag", "order 7", "--expect", "order 7 at /"
    assert dial(str(file), *more).exit_code == 0
    refused = dial(str(file), "--script", "", "--tag", "x")
    assert refused.exit_code == 2
    assert "--tag needs --outbound: a call that comes in has none" in refused.stderr


def test_paths_are_those_of_the_application(dial: Dial, voice: str) -> None:
    """The first webhook and the last one go where they are sent."""
    result = dial(
        f"{voice}:app",
        *("--path", "/in", "--disconnect-url", "/out", "--script", "hang up", "--timeline"),
    )
    assert "initiate to http://application.test/in\n" in result.stdout
    assert "disconnect to http://application.test/out\n" in result.stdout


@pytest.mark.parametrize("options", [["--outbound", "--busy"], ["--outbound", "--no-answer"]])
def test_far_ends_need_no_person_either(dial: Dial, voice: str, options: list[str]) -> None:
    """The options that stand for a script do."""
    assert dial(voice, *options).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{voice}"], "TARGET: expected a URL, or --script for an application in Python"),
        (["{voice}:nobody", "--script", ""], "expected a name that the module defines"),
        (["{voice}", "--script", "pres 1"], "did you mean 'press'?"),
        (["{voice}", "--script", "", "--path", "https://x/"], "expected a path such as /voice"),
        (["nothing_of_that_name:app", "--script", ""], "got no such module"),
        (["{voice}", "--script", "", "--disconnect-url", "ftp://x/"], "got 'ftp://x/'"),
        (["{voice}", "--script", "", "--disconnect-url", "//x/"], "expected a path such as"),
    ],
)
def test_misuse(dial: Dial, voice: str, arguments: list[str], message: str) -> None:
    """Each is told with exit code 2."""
    result = dial(*(argument.format(voice=voice) for argument in arguments))
    assert result.exit_code == 2
    assert message in result.stderr
