"""``callcontrol record`` and ``replay``: as processes, with Ctrl-C, exit codes and JSON."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import IO
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from click.testing import CliRunner, Result

from bxml import Response
from callcontrol.cli.commands import cli
from callcontrol.events import GatherEvent, parse_event
from callcontrol.recorder import read_recording
from tests.callcontrol.terminals import at_terminal
from tests.servers import served
from tests.waiting import PATIENCE, refused_port

COMMAND = (sys.executable, "-m", "callcontrol")
over = Event()
arrived = Event()
words = {"menu": "Press 1 for sales."}


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Serve a menu, and trouble on demand."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    if environ["PATH_INFO"] == "/never":
        arrived.set()
        over.wait(PATIENCE)
    if environ["PATH_INFO"] == "/bad":
        start("200 OK", [("Content-Type", "application/xml")])
        return [b"<Response><Gather/"]
    if environ["PATH_INFO"] == "/code":
        event = parse_event(body)
        start("200 OK", [("Content-Type", "application/xml")])
        if isinstance(event, GatherEvent):
            said = "Welcome back." if event.digits == "4711" else "Wrong code."
            return [Response().speak_sentence(said).to_bytes()]
        return [Response().gather(gather_url="/code", max_digits=4).to_bytes()]
    if environ["PATH_INFO"] != "/voice":
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"nothing here"]
    event = parse_event(body)
    start("200 OK", [("Content-Type", "application/xml")])
    if isinstance(event, GatherEvent):
        return [Response().speak_sentence("Goodbye.").to_bytes()]
    menu = Response().gather(gather_url="/voice", max_digits=1).speak_sentence(words["menu"])
    return [menu.to_bytes()]


@pytest.fixture
def server() -> Iterator[str]:
    """Yield the origin of a running application."""
    words["menu"] = "Press 1 for sales."
    over.clear()
    with served(app) as origin:
        yield origin
        over.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a recording goes."""
    return tmp_path / "menu.jsonl"


@contextmanager
def recording(*arguments: object) -> Generator[tuple[subprocess.Popen[str], IO[str]]]:
    """Run the command and yield the process with its output."""
    with subprocess.Popen(
        [*COMMAND, "record", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout
        finally:
            process.kill()


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Press Ctrl-C and return exit code, output and errors."""
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, output, errors


def address(output: IO[str]) -> str:
    """Return where the first lines say that the recording listens."""
    assert "stop it with Ctrl-C" in output.readline()
    url = output.readline().strip()
    assert "A tunnel leads to" in output.readline()
    return url


def run(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


def made(server: str, path: Path, *more: str) -> Path:
    """Record one simulated call."""
    with recording(f"{server}/voice", "--out", path, *more) as (process, output):
        result = run("dial", address(output), "--script", "press 1")
        assert result.exit_code == 0
        code, _, errors = interrupted(process)
    assert (code, errors) == (0, "")
    return path


def test_a_call_is_recorded_until_ctrl_c(server: str, path: Path) -> None:
    """A line for each exchange, a summary at the end, exit code 0."""
    with recording(f"{server}/voice", "--out", path) as (process, output):
        url = address(output)
        assert url.endswith("/voice")
        assert run("dial", url, "--script", "press 1", "--expect", "Goodbye").exit_code == 0
        code, told, errors = interrupted(process)
    assert (code, errors) == (0, "")
    first, second, summary, advice = told.splitlines()
    assert re.fullmatch(r" +\d+\.\d s  initiate   POST /voice -> 200  Gather, SpeakSentence", first)
    assert second.endswith("gather     POST /voice -> 200  SpeakSentence")
    assert summary == f"2 webhooks and 0 other requests recorded in {path}"
    assert advice == f"Play it again with: callcontrol replay {path} --to {server}"
    assert [webhook.event for webhook in read_recording(path).webhooks] == ["initiate", "gather"]


def test_programs_get_an_object_a_line(server: str, path: Path) -> None:
    """Ready, exchanges, result."""
    with recording(f"{server}/voice", "--out", path, "--json") as (process, output):
        ready = json.loads(output.readline())
        assert ready["kind"] == "ready"
        run("dial", ready["url"], "--script", "hang up")
        code, told, _ = interrupted(process)
    *exchanges, result = map(json.loads, told.splitlines())
    assert code == 0
    assert [(exchange["event"], exchange["status"]) for exchange in exchanges] == [
        ("initiate", 200)
    ]
    counts = {"webhooks": 1, "others": 0, "failures": 0, "exitCode": 0}
    assert result == {"kind": "result", "file": str(path), **counts}


def test_what_is_wrong_is_seen_at_once(server: str, path: Path) -> None:
    """A reply that is no BXML, a status that is no success, nobody there."""
    with recording(f"{server}/bad", "--out", path) as (process, output):
        url = address(output)
        run("dial", url, "--script", "")
        assert "initiate   POST /bad -> 200  no BXML: " in output.readline()
        run("dial", url.replace("/bad", "/gone"), "--script", "")
        assert output.readline().endswith("POST /gone -> 404\n")
        assert interrupted(process)[0] == 0
    with (
        refused_port() as port,
        recording(f"http://127.0.0.1:{port}/voice", "--out", path, "--append") as (process, output),
    ):
        run("dial", address(output), "--script", "")
        assert output.readline().endswith("initiate   POST /voice -> 502  no connection\n")
        assert interrupted(process)[0] == 0


def test_ctrl_c_waits_for_a_reply_and_twice_does_not(server: str, path: Path) -> None:
    """The exchange under way is lost at most; what is in the file is whole."""
    with recording(f"{server}/never", "--out", path) as (process, output):
        url = address(output)
        arrived.clear()
        caller = Thread(target=run, args=("dial", url, "--script", ""))
        caller.start()
        assert arrived.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        line = "callcontrol: waiting for the reply under way; a second Ctrl-C leaves at once\n"
        assert process.stderr.readline() == line
        code, _, errors = interrupted(process)
    over.set()
    caller.join()
    assert (code, errors.strip()) == (130, "")
    assert read_recording(path).exchanges == ()


def test_a_script_can_end_it(server: str, path: Path) -> None:
    """Started in the background of a shell, where Ctrl-C does not reach it."""
    script = 'trap "" INT; exec "$@"'
    with subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", *COMMAND, "record", server, "--out", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        address(process.stdout)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert output == f"0 webhooks and 0 other requests recorded in {path}\n"


def test_a_killed_recorder_leaves_whole_lines(server: str, path: Path) -> None:
    """Nothing is kept back."""
    with recording(f"{server}/voice", "--out", path) as (process, output):
        run("dial", address(output), "--script", "press 1")
        process.kill()
    assert len(read_recording(path).webhooks) == 2


def test_a_closed_pipe_ends_it_quietly(server: str, path: Path) -> None:
    """Whoever reads has enough."""
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [*COMMAND, "record", server, "--out", str(path)],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_file_that_is_there_is_kept(server: str, path: Path) -> None:
    """Unless it is told otherwise."""
    path.write_text("precious")
    result = run("record", server, "--out", path)
    assert result.exit_code == 2
    assert result.stderr == (
        f"callcontrol: {path}: the file already exists; "
        "add to it with --append, or replace it with --force\n"
    )
    assert run("record", server, "--out", path, "--append").exit_code == 2
    assert path.read_text() == "precious"
    made(server, path, "--force")
    made(server, path, "--append", "--keep-digits")
    sessions = read_recording(path).sessions
    assert [session.keeps_digits for session in sessions] == [False, True]


def test_a_taken_port_is_named(server: str, path: Path) -> None:
    """In one line, and for programs an object."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("record", server, "--out", path, "--port", port, "--json")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"callcontrol: --port: expected a free port, got {port}: ")
    assert json.loads(result.stdout)["error"]["kind"] == "RecordingError"
    assert not path.exists()


USAGE: list[tuple[Sequence[str], str]] = [
    (["record", "localhost:5000", "--out", "x"], "expected an http URL such as"),
    (["record", "http://me:hunter2@h/", "--out", "x"], "without a user or a password in it"),
    (["record", "http://h/"], "Missing option '--out'"),
    (["record", "http://h/", "--out", "x", "--append", "--force"], "one of --append, --force"),
    (["record", "http://h/", "--out", "no/such/x"], "no/such/x: the folder"),
    (["record", "http://h/", "--out", "/dev/null"], "/dev/null: expected a file, got a directory"),
    (["record", "http://h/", "--out", "x", "--timeout", "nan"], "'nan' is not a number"),
    (["record", "http://h/", "--out", "x", "--port", "99999"], "99999 is not in the range"),
    (["replay", "nowhere.jsonl"], "nowhere.jsonl: cannot be read: No such file"),
    (["replay", "README.md"], "README.md:1: expected JSON, got a mistake"),
    (["replay", "docs"], "docs: expected a file, got a directory"),
    (["replay", "x", "--to", "http://me:hunter2@h/"], "without a user or a password in it"),
    (["replay", "x", "--original", "hunter2"], "expected FAKE=REAL, such as"),
    (["replay", "x", "--original", "masked-1=hunter2"], "expected FAKE=REAL, such as"),
    (["replay", "x", "--password-env", "HUNTER2"], "name of an environment variable that is set"),
    (["replay"], "Missing argument 'FILE'"),
]


@pytest.mark.parametrize(("arguments", "finding"), USAGE)
def test_wrong_usage_is_exit_code_2(arguments: Sequence[str], finding: str) -> None:
    """What was expected, without what may be a password."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert finding in result.stderr
    assert "hunter2" not in result.stderr.lower()


# --- replay ----------------------------------------------------------------------------------


def test_an_unchanged_application_is_exit_code_0(server: str, path: Path) -> None:
    """Every reply is the same."""
    result = run("replay", made(server, path), "--to", server)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "initiate   POST /voice  same\n"
        "gather     POST /voice  same\n"
        "2 webhooks replayed: nothing changed\n"
    )


def test_a_changed_application_is_exit_code_1(server: str, path: Path) -> None:
    """Each change is a line with its path."""
    made(server, path)
    words["menu"] = "Press 2 for sales."
    result = run("replay", path, "--to", server)
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == (
        "initiate   POST /voice  1 change\n"
        '    Response/SpeakSentence: "Press 1 for sales." -> "Press 2 for sales."\n'
        "gather     POST /voice  same\n"
        "2 webhooks replayed: 1 change in 1 reply\n"
    )
    *exchanges, last = map(
        json.loads, run("replay", path, "--to", server, "--json").stdout.splitlines()
    )
    assert exchanges[0]["changes"] == [
        {
            "path": "Response/SpeakSentence",
            "kind": "changed",
            "before": "Press 1 for sales.",
            "after": "Press 2 for sales.",
        }
    ]
    assert (exchanges[0]["line"], exchanges[1]["changes"]) == (2, [])
    counts = {"exchanges": 2, "changed": 1, "changes": 1, "exitCode": 1}
    assert last == {"kind": "result", **counts}


def test_what_is_wrong_with_a_new_reply_is_said(server: str, path: Path) -> None:
    """The finding of the rules, with its id."""
    made(server, path)
    text = path.read_text().replace('"path":"/voice"', '"path":"/bad"')
    path.write_text(text)
    result = run("replay", path, "--to", server)
    assert result.exit_code == 1
    assert "text (line 1): " in result.stdout
    assert result.stderr.startswith("callcontrol: error in the new reply: ")
    assert "[malformed-xml]" in result.stderr


def test_nothing_is_sent_to_the_address_in_a_file(server: str, path: Path) -> None:
    """Without a terminal to ask at it is refused, on this machine, too; the text names --to."""
    made(server, path)
    arrived.clear()
    path.write_text(path.read_text().replace('"path":"/voice"', '"path":"/never"'))
    result = run("replay", path, "--json")
    assert result.exit_code == 2
    assert result.stderr == (
        f"callcontrol: {path} was recorded at {server}; webhooks are sent to an address in a file "
        f"only after asking, and there is no terminal to ask at; say with --to {server} that the "
        "application is there, or where it is instead\n"
    )
    assert json.loads(result.stdout)["error"]["kind"] == "ReplayError"
    assert not arrived.is_set()


@pytest.mark.parametrize(
    ("typed", "code", "text"),
    [
        ("y\n", 0, "2 webhooks replayed: nothing changed"),
        ("\n", 2, "nothing was sent; say with --to"),
        ("\x04", 2, "nothing was sent; say with --to"),
        ("\x03", 130, ""),
    ],
)
def test_at_a_terminal_it_asks(server: str, path: Path, typed: str, code: int, text: str) -> None:
    """Only a yes sends anything; Ctrl-C and the end of the input do not."""
    made(server, path)
    with at_terminal([*COMMAND, "replay", str(path)], columns=1000) as terminal:
        terminal.until(f"was recorded at {server}. Send its 2 webhooks there? [y/N] ")
        terminal.type(typed)
        assert terminal.end() == code
    assert text in terminal.output
    assert ("replayed" in terminal.output) == (code == 0)


def test_nobody_there_is_exit_code_2(server: str, path: Path) -> None:
    """One line, and for programs an object."""
    made(server, path)
    with refused_port() as port:
        result = run("replay", path, "--to", f"http://127.0.0.1:{port}", "--json")
    assert result.exit_code == 2
    assert result.stderr == (
        f"callcontrol: http://127.0.0.1:{port}: no connection to the application "
        "(connection refused); start it, or say with --to where it runs\n"
    )
    assert json.loads(result.stdout)["error"]["kind"] == "ReplayError"


def test_a_truncated_file_is_exit_code_2(server: str, path: Path) -> None:
    """Nothing is sent; the line is named."""
    made(server, path)
    path.write_bytes(path.read_bytes()[:-40])
    result = run("replay", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"callcontrol: {path}:3: expected JSON, got a mistake")
    assert result.stderr.endswith("; the file seems to be cut off: remove its last line\n")


def test_a_late_reply_is_a_change(server: str, path: Path) -> None:
    """It does not hang."""
    made(server, path)
    path.write_text(path.read_text().replace('"path":"/voice"', '"path":"/never"'))
    result = run("replay", path, "--to", server, "--timeout", "0.2")
    over.set()
    assert result.exit_code == 1
    assert 'status: 200 -> "no reply in time"' in result.stdout


def test_ctrl_c_ends_a_replay(server: str, path: Path) -> None:
    """Quietly."""
    made(server, path)
    path.write_text(path.read_text().replace('"path":"/voice"', '"path":"/never"'))
    arrived.clear()
    with subprocess.Popen(
        [*COMMAND, "replay", str(path), "--to", server],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert arrived.wait(PATIENCE)
        code, output, errors = interrupted(process)
    over.set()
    assert (code, output, errors.strip()) == (130, "", "")


def test_the_help_names_every_option() -> None:
    """What can be said stands in the help."""
    text = run("record", "--help").stdout
    for option in ("--out", "--port", "--append", "--force", "--keep-digits", "--timeout"):
        assert option in text
    text = run("replay", "--help").stdout
    for option in ("--to", "--original", "--username", "--password-env", "--timeout", "Exit codes"):
        assert option in text


def test_a_change_because_of_made_up_keys_is_explained(server: str, path: Path) -> None:
    """A code is not in the file, so the application does not know what is typed instead."""
    with recording(f"{server}/code", "--out", path) as (process, output):
        run("dial", address(output), "--script", "press 4711", "--expect", "Welcome back.")
        assert interrupted(process)[0] == 0
    result = run("replay", path, "--to", server)
    assert result.exit_code == 1
    assert "0001: typed keys may be fake in a recording; " in result.stderr
    assert result.stderr.endswith("pass --original 0001=REAL\n")
    again = run("replay", path, "--to", server, "--original", "0001=4711")
    assert (again.exit_code, again.stderr) == (0, "")
