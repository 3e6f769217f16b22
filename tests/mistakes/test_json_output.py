"""The page about JSON output lists the keys that the commands write, no more and no fewer."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner

from bxml.errors import Problem
from callcontrol._settings import VARIABLES
from callcontrol.cli.commands import cli
from callcontrol.scripts import Call, Scripts, script
from callcontrol.scripts.journals import SQLiteJournal
from callcontrol.simulator import Simulator
from callcontrol.simulator.core.observations import Observation
from callcontrol.simulator.testing.timeline import _camel as camel
from tests.callcontrol.cli.every_command import COMMANDS
from tests.mistakes.servers import CLOSED, serving
from tests.mistakes.test_mistakes import RECORDING, ROOT
from tests.waiting import PATIENCE, wait_until

PAGE = ROOT / "docs" / "json-output.md"
_CODE = re.compile(r"`(\w+)`")
_ASIDE = re.compile(r" \([^)]*\)")


@script("front-desk")
async def front_desk(call: Call) -> None:
    """Ask for a key."""
    await call.gather()


Fill = Callable[..., str]
Line = Mapping[str, Any]


def _table() -> Mapping[tuple[str, ...], frozenset[str]]:
    """Return the keys of each row of the page, by its section and the words before the keys."""
    found: dict[tuple[str, ...], frozenset[str]] = {}
    section = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| `"):
            *names, keys = _ASIDE.sub("", line).strip("| ").split(" | ")
            words = [name.strip("`") for name in names]
            found[section, *words] = frozenset(_CODE.findall(keys))
    return found


TABLE = _table()
CALLS, CALL, RECORDER = "Commands for live calls", "dial and simulate", "record and replay"
SCRIPTS = "Call scripts"


@pytest.fixture(scope="module")
def fill() -> Iterator[Fill]:
    """Yield what fills in the addresses of servers."""
    with serving() as filled:
        yield filled


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Yield a platform that the environment names."""
    with Simulator() as simulator:
        for name, variable in VARIABLES.items():
            value = "" if name in ("username", "password") else getattr(simulator, name, "")
            monkeypatch.setenv(variable, value)
        yield simulator


def written(*words: str) -> list[Line]:
    """Return the lines of a command: one object a line, and nothing else."""
    result = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
    assert result.stdout.isascii()
    return [json.loads(line) for line in result.stdout.splitlines()]


def keys(line: Line) -> frozenset[str]:
    """Return the keys beside ``kind``."""
    return frozenset(line) - {"kind"}


def test_commands_for_live_calls(platform: Simulator, tmp_path: Path) -> None:
    """Each of them writes the keys that the page lists."""
    menu = tmp_path / "menu.bxml"
    menu.write_text("<Bxml><Pause/></Bxml>", encoding="utf-8")
    numbers = ["--to", "+19195551234", "--from", "+19195550100", "--application-id", "a"]
    [created] = written("create", *numbers, "--answer-url", CLOSED)
    call_id = str(created["callId"])
    platform.answer(call_id)
    lines = {
        "create": created,
        "push": written("push", call_id, str(menu))[0],
        "redirect": written("redirect", call_id, CLOSED)[0],
        "state": written("state", call_id)[0],
        "list": written("list")[0],
        "hangup": written("hangup", call_id)[0],
    }
    assert {(CALLS, name) for name in lines} == {row for row in TABLE if row[0] == CALLS}
    for name, line in lines.items():
        assert keys(line) == TABLE[CALLS, name], name
    [failed] = written("state", "c-unknown")
    assert keys(failed) == {"error"}
    assert {*failed["error"]} == TABLE["Errors", "error"]


def test_problems() -> None:
    """Their keys are listed in the text."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    listed = text.partition("Each problem in `problems`")[2].partition(".")[0]
    assert {*_CODE.findall(listed)} == {field.name for field in fields(Problem)}


@pytest.mark.usefixtures("platform")
def test_doctor() -> None:
    """Each line has the version of the form."""
    for line in written("doctor"):
        assert frozenset(line) == TABLE["doctor", "doctor"]
        assert line["version"] == 1


def test_dial(fill: Fill) -> None:
    """Observations, and the result last."""
    *seen, result = written("dial", fill("{server}/code"), "--script", "press 1")
    assert keys(result) == TABLE[CALL, "result"]
    assert {"changed", "sent", "fetched", "spoke", "started", "pressed"} <= {
        line["kind"] for line in seen
    }
    for line in seen:
        assert keys(line) == TABLE[CALL, str(line["kind"])], line


def test_every_observation_has_a_row() -> None:
    """The page lists the fields of each kind of observation."""
    for kind in {kind.__name__: kind for kind in Observation.__subclasses__()}.values():
        name = f"{kind.__name__[:1].lower()}{kind.__name__[1:]}"
        names = {camel(field.name) for field in fields(kind)}
        assert TABLE[CALL, name] == {"bytes" if each == "body" else each for each in names}


def test_simulate() -> None:
    """The first line says how to reach the platform."""
    command = [sys.executable, "-m", "callcontrol", "simulate", "--port", "0", "--json"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
    assert keys(ready) == TABLE[CALL, "ready"]


def test_explore(fill: Fill) -> None:
    """A line for each fault, and the result last."""
    fault, result = written("explore", fill("{server}/code"))
    assert keys(fault) == TABLE["explore", "fault"]
    assert keys(result) == TABLE["explore", "result"]


def test_record(fill: Fill, tmp_path: Path) -> None:
    """The address, a line for each exchange, and the result."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/voice"

    def is_answered() -> bool:
        try:
            return requests.post(url, data=b"{}", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False

    def ring() -> None:
        wait_until(is_answered, "a recorder")
        os.kill(os.getpid(), signal.SIGINT)

    caller = Thread(target=ring)
    caller.start()
    out = str(tmp_path / "calls.jsonl")
    lines = written("record", fill("{server}"), "--out", out, "--port", str(port))
    caller.join()
    assert [line["kind"] for line in lines] == ["ready", "exchange", "result"]
    for line in lines:
        assert keys(line) == TABLE[RECORDER, "record", str(line["kind"])]


def test_replay(fill: Fill) -> None:
    """A line for each exchange, and the result."""
    *exchanges, result = written("replay", str(RECORDING), "--to", fill("{server}"))
    assert exchanges
    assert keys(result) == TABLE[RECORDER, "replay", "result"]
    for line in exchanges:
        assert keys(line) == TABLE[RECORDER, "replay", "exchange"]


def test_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command has a row, those with several kinds of lines one for each."""
    path = tmp_path / "calls.sqlite"
    monkeypatch.setenv("BW_JOURNAL", str(path))
    monkeypatch.setenv("BW_SCRIPTS", "journalled_voice:scripts")
    with Simulator() as simulator:

        def module() -> ModuleType:
            made = ModuleType("journalled_voice")
            made.scripts = Scripts(  # type: ignore[attr-defined]
                front_desk,
                journal=SQLiteJournal(path),
                client=simulator.client(),
                base_url="http://scripts.test/",
            )
            monkeypatch.setitem(sys.modules, "journalled_voice", made)
            return made

        seen: set[str] = set()
        caller = simulator.dial_in(module().scripts.wsgi, to="+19195551234", run=False)
        for words in (
            ("status",),
            ("show", caller.call_id),
            ("activate", "front-desk@1"),
            ("kick", caller.call_id),
            ("sweep",),
            ("end", caller.call_id),
            ("forget", "+19195551234"),
            ("prune", "--older-than", "30d"),
        ):
            module()
            for line in written("scripts", *words):
                row = (SCRIPTS, words[0], *([line["kind"]] if "kind" in line else []))
                assert keys(line) == TABLE[row], row
                seen.add(words[0])
    group = COMMANDS["scripts"]
    assert isinstance(group, click.Group)
    assert seen == {*group.commands}


def test_no_command_is_forgotten() -> None:
    """The page names each command that has the option."""
    text = PAGE.read_text(encoding="utf-8")
    for name, command in COMMANDS.items():
        if isinstance(command, click.Group):
            continue  # its commands have the option
        options = {flag for parameter in command.params for flag in parameter.opts}
        headings = re.findall(r"(?m)^## .*$", text)
        named = f"| `{name}` |" in text or any(name in heading.split() for heading in headings)
        assert named is ("--json" in options), name
