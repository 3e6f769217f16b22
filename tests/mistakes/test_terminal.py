"""Messages at a terminal of 80 columns: words stay whole, and colours mean something."""

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from bxml.cli.commands import cli as bxml_cli
from callcontrol._settings import VARIABLES
from callcontrol.cli.commands import cli
from callcontrol.simulator import Simulator
from docs._site.mistakes_page import Mistake
from tests.callcontrol.terminals import at_terminal
from tests.mistakes.servers import CLOSED, serving
from tests.mistakes.test_mistakes import MISTAKES, RECORDING, ROOT, assert_said

COLUMNS = 80
SLOW = frozenset(("blocked-loop",))
ASKING = frozenset(("replay-asks",))
"""It asks at a terminal."""
LOGGED = "Exception on /"
"""In a log of Flask, which writes tracebacks of its own."""
DRIVER = """
import json, os, sys
from callcontrol.cli.commands import run
path, environment = [*sys.path], dict(os.environ)
for each in json.load(open(sys.argv[1])):
    os.chdir(each["folder"])
    os.environ.clear()
    os.environ.update(environment | each["environment"])
    print(f"<<<{each['id']}>>>", flush=True)
    run(each["words"])
    sys.stdout.flush()
    sys.path[:] = path
    sys.modules.pop("voice", None)
print("<<<end>>>", flush=True)
"""
"""Runs many commands in one process."""
ERASE = "\x1b[2K"
_STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")

Fill = Callable[..., str]


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    """Yield a platform."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def fill(platform: Simulator) -> Iterator[Fill]:
    """Yield what fills in the addresses of the servers and of the platform."""
    with serving() as filled:
        origin = platform.base_url.removesuffix("/api/v2")
        yield partial(filled, platform=origin, recording=str(RECORDING))


@pytest.fixture(scope="module")
def outputs(
    fill: Fill, platform: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """Return what each command of the table writes to a terminal, by the id of the mistake."""
    home = tmp_path_factory.mktemp("terminal")
    rows = [
        _row(
            mistake.id,
            _folder_of(mistake, home),
            fill(mistake.run).removeprefix("callcontrol "),
            {name: fill(text) for name, text in mistake.environment.items()},
        )
        for mistake in MISTAKES
        if mistake.run and not mistake.fails and mistake.id not in SLOW | ASKING
    ]
    output = _at_terminal(rows, home, _environment_of(platform))
    parts = re.split(r"<<<([\w.-]+)>>>", output)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _environment_of(platform: Simulator) -> Mapping[str, str]:
    return {
        variable: str(getattr(platform, name))
        for name, variable in VARIABLES.items()
        if name not in ("username", "password", "allow_http")
    }


def _row(
    name: str, folder: Path, line: str, environment: Mapping[str, str] | None = None
) -> Mapping[str, object]:
    """Return a command line for ``DRIVER``."""
    return {
        "id": name,
        "folder": str(folder),
        "environment": environment or {},
        "words": shlex.split(line),
    }


def _at_terminal(
    rows: Sequence[Mapping[str, object]], folder: Path, environment: Mapping[str, str]
) -> str:
    """Run commands at a terminal, and return what they write."""
    table = folder / "commands.json"
    table.write_text(json.dumps(rows), encoding="utf-8")
    quiet = "ignore:coroutine:RuntimeWarning"
    command = [sys.executable, "-W", quiet, "-c", DRIVER, str(table)]
    environment = {**environment, "PYTHONPATH": str(ROOT)}
    with at_terminal(command, columns=COLUMNS, environment=environment) as terminal:
        terminal.until("<<<end>>>")
        terminal.end()
    return terminal.output


def _folder_of(mistake: Mistake, home: Path) -> Path:
    folder = home / mistake.id
    folder.mkdir()
    for name, content in {"voice.py": mistake.code, **mistake.files}.items():
        if content or name in mistake.files:
            (folder / name).write_text(content, encoding="utf-8")
    return folder


def lines_of(output: str) -> list[str]:
    """Return the lines without colours; a line of progress is erased before it is written anew."""
    return _STYLE.sub("", output.replace(ERASE, "\n")).split("\n")


def test_messages_fit_with_words_whole(outputs: Mapping[str, str], fill: Fill) -> None:
    """A line is longer only if it is one word, which stays whole so that it can be copied."""
    assert len(outputs) > 60
    for mistake in MISTAKES:
        if mistake.id not in outputs:
            continue
        lines = lines_of(outputs[mistake.id])
        assert_said(mistake, "\n".join(lines), fill)
        if LOGGED in outputs[mistake.id]:
            continue
        for line in lines:
            fits = cell_len(line) <= COLUMNS or len(line.split()) == 1
            assert fits, (mistake.id, line)


def test_colours_mean_something(outputs: Mapping[str, str]) -> None:
    """Errors are red, warnings yellow, and what is right is green."""
    assert "\x1b[31mcallcontrol: \x1b[0minitiate webhook" in outputs["closed-port"]
    assert "\x1b[31mError:\x1b[0m Invalid value" in outputs["no-scheme"]
    assert "\x1b[33mcallcontrol: \x1b[0mwarning: POST /voice" in outputs["duplicate-route"]
    doctor = outputs["doctor-secret"]
    for severity, colour in {"problem": 31, "warning": 33, "ok": 32}.items():
        assert f"\x1b[{colour}m{severity}" in doctor


def test_no_colours(tmp_path: Path, fill: Fill) -> None:
    """With NO_COLOR there are none."""
    line = fill("dial {closed}/voice --script ''")
    output = _at_terminal([_row("x", tmp_path, line)], tmp_path, {"NO_COLOR": "1"})
    assert "callcontrol: initiate webhook" in output
    assert "\x1b[3" not in output


def test_calls_fit(platform: Simulator, tmp_path: Path) -> None:
    """Ids, times and causes stay whole, in a list and for one call."""
    with platform.client() as client:
        call_id = client.create_call(
            to="+19195551234", from_="+19195550100", application_id="a", answer_url=CLOSED
        ).call_id
    rows = [_row("list", tmp_path, "list"), _row("state", tmp_path, f"state {call_id}")]
    lines = lines_of(_at_terminal(rows, tmp_path, _environment_of(platform)))
    assert sum(call_id in line for line in lines) == len(rows)
    assert max(map(cell_len, lines)) <= COLUMNS


def commands() -> Iterator[tuple[click.Group, list[str]]]:
    """Yield each command of both programs, and the programs themselves."""
    for group in (cli, bxml_cli):
        yield group, []
        for name in group.list_commands(click.Context(group)):
            yield group, [name]


def test_help_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The help of each command has lines of at most 80 columns."""
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    for group, words in commands():
        result = CliRunner().invoke(group, [*words, "--help"], catch_exceptions=False)
        assert result.exit_code == 0
        assert max(map(cell_len, result.output.splitlines())) <= COLUMNS, words


COMPLETED = [
    (["callcontrol", "do"], 1, "plain,doctor"),
    (["callcontrol", "dial", "--outb"], 2, "plain,--outbound"),
    (["callcontrol", "explore", "--fail-on", "w"], 3, "plain,warning"),
]


@pytest.mark.parametrize(("words", "place", "expected"), COMPLETED)
def test_completion(
    words: list[str],
    place: int,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The shell gets names of commands, options and values."""
    from callcontrol.cli.commands import run

    monkeypatch.setenv("_CALLCONTROL_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(place))
    assert run([]) == 0
    assert expected in capsys.readouterr().out.splitlines()
