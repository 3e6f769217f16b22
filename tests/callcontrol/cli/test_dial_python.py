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
    monkeypatch.setenv("BW_USERNAME", "somebody")
    result = dial(
        voice, "--script", "wait; press 1", "--expect", "Account 9900000", "--expect", "Pushed."
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert os.environ["BW_ACCOUNT_ID"] == "5500000"
    assert os.environ["BW_USERNAME"] == "somebody"


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
