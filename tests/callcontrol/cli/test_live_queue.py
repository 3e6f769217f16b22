"""``dial --port`` and ``simulate``: several calls at once, over REST and from the keyboard."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bxml import Response
from callcontrol.client import Client
from callcontrol.events import AnswerEvent, GatherEvent, InitiateEvent, parse_event
from tests.callcontrol.terminals import Terminal, at_terminal
from tests.servers import served
from tests.waiting import PATIENCE

COMMAND = (sys.executable, "-m", "callcontrol")
FIRST, SECOND, CALLEE = "+19195550100", "+19195550101", "+19195557777"
PLAIN = {"TERM": "dumb", "COLUMNS": "200", "LINES": "50"}  # rich takes a dumb terminal for 80 wide
PUSH = """
from bxml import Response
from callcontrol import Client
with Client.from_env() as client:
    for call in client.list_calls():
        client.update_call_bxml(call.call_id, Response().speak_sentence("An agent comes."))
        print(call.call_id)
"""
"""The other process: it tells every caller in the queue."""


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Let callers wait, ask them for words, or greet people who are called."""
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    match event:
        case AnswerEvent():
            document = Response().speak_sentence("We call you.").pause(duration=3000)
        case GatherEvent(text=str()):
            document = Response().speak_sentence("Thank you.").pause(duration=3000)
        case InitiateEvent() if environ["PATH_INFO"] == "/words":
            document = Response().gather(
                input_="speech", gather_url="/words", first_digit_timeout=60
            )
        case _:
            document = Response().speak_sentence("Please hold.").pause(duration=3000)
    start("200 OK", [("Content-Type", "application/xml")])
    return [document.to_bytes()]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the origin of a running application."""
    with served(app) as origin:
        yield origin


class Piped:
    """The command with pipes; its output as JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._input: IO[str] = process.stdin
        self._output: IO[str] = process.stdout
        self.environment: Mapping[str, str] = {}

    def write(self, line: str) -> None:
        """Write a line on its standard input."""
        self._input.write(f"{line}\n")
        self._input.flush()

    def until(self, **wanted: object) -> Mapping[str, object]:
        """Return the next object with these values; an output that ends without it fails."""
        for line in self._output:
            found: Mapping[str, object] = json.loads(line)
            if wanted.items() <= found.items():
                return found
        raise AssertionError(f"expected {wanted}, got an end")

    def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and the error stream."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


@contextmanager
def piped(*arguments: str) -> Generator[Piped]:
    """Run a command until it has said how to reach it, and kill it at the end."""
    with subprocess.Popen(
        [*COMMAND, *arguments, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            made = Piped(process)
            found = made.until(kind="ready")["environment"]
            assert isinstance(found, dict)
            made.environment = {**os.environ, **found, "NO_PROXY": "127.0.0.1"}
            yield made
        finally:
            process.kill()


@pytest.mark.parametrize("command", ["dial", "simulate"])
def test_fault_c20_another_process_pushes_to_two_callers_who_wait(
    server: str, command: str
) -> None:
    """Both hear it; each is hung up by its number, and the command goes on without calls."""
    options = (f"{server}/queue",) if command == "dial" else ("--application", f"{server}/queue")
    with piped(command, *options, "--port", "0") as phones:
        first = phones.until(kind="spoke", text="Please hold.")["callId"]
        phones.write("dial")
        second = phones.until(kind="spoke", text="Please hold.")["callId"]
        agent = subprocess.run(
            [sys.executable, "-c", PUSH],
            env=phones.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert set(agent.stdout.split()) == {first, second}
        told = [phones.until(kind="spoke", text="An agent comes.")["callId"] for _ in range(2)]
        assert set(told) == {first, second}
        phones.until(kind="changed", state="disconnected")
        phones.until(kind="changed", state="disconnected")
        phones.write("dial")
        third = phones.until(kind="spoke", text="Please hold.")["callId"]
        phones.write("dial")
        fourth = phones.until(kind="spoke", text="Please hold.")["callId"]
        phones.write("call 3\npress 1; hang up")
        assert phones.until(kind="pressed")["callId"] == third
        ended = phones.until(kind="changed", state="disconnected")
        assert (ended["callId"], ended["cause"]) == (third, "hangup")
        phones.process.send_signal(signal.SIGINT)
        assert phones.until(kind="changed", state="disconnected")["callId"] == fourth
        assert phones.end() == (0, "")


def test_fault_c20_calls_of_a_client_ring_at_the_terminal(server: str) -> None:
    """They are answered, refused and pressed; the command goes on when all calls have ended."""
    command = [*COMMAND, "dial", f"{server}/queue", "--port", "0"]
    with at_terminal(command, columns=200, environment=PLAIN) as terminal:
        client = _client(terminal)
        terminal.until("c places another call")
        terminal.until("1 c-")
        terminal.until("Please hold.")
        created = [_create(client, server, CALLEE)]
        terminal.until(f"this phone rings; a answers, r refuses, b is busy ({CALLEE}, ")
        terminal.type("a")
        terminal.until("We call you.")
        terminal.type("\t")
        terminal.until(f"keys go to phone 2, {CALLEE}")
        terminal.type("5")
        terminal.until(f"2 {created[0][:12]}  pressed    ")
        created.append(_create(client, server, CALLEE))
        terminal.until("this phone rings")
        terminal.type("r")
        terminal.until("ended: rejected")
        terminal.type("h")
        terminal.until("ended: hangup")
        terminal.until(f"keys go to phone 1, {FIRST}")
        terminal.type("h")
        terminal.until("ended: hangup")
        terminal.type("c")
        terminal.until(f"initiated ({SECOND}, ")
        terminal.until("Please hold.")
        states = [client.get_call_state(call_id).disconnect_cause for call_id in created]
        assert states == ["hangup", "rejected"]
        terminal.type("\x03")
        terminal.until("ended: hangup")
        assert terminal.end() == 0


def _client(terminal: Terminal) -> Client:
    """Return a client with the values that the terminal shows."""
    terminal.until("export BW_PASSWORD=")
    lines = (line.strip() for line in terminal.output.splitlines())
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines if "export " in line)
    values = {name: value for name, value in pairs}  # noqa: C416 - dict() loses the types
    return Client(
        values["BW_ACCOUNT_ID"],
        client_id=values["BW_CLIENT_ID"],
        client_secret=values["BW_CLIENT_SECRET"],
        base_url=values["BW_VOICE_URL"],
        token_url=values["BW_TOKEN_URL"],
    )


def _create(client: Client, server: str, to: str) -> str:
    made = client.create_call(to=to, from_=FIRST, application_id="a", answer_url=f"{server}/queue")
    return made.call_id


def test_fault_c20_simulate_has_keys(server: str) -> None:
    """A call is placed, spoken on and hung up at the terminal, without and with others."""
    options = ("--application", f"{server}/words", "--answer-after", "3600")
    command = [*COMMAND, "simulate", *options]
    with at_terminal(command, columns=200, environment=PLAIN) as terminal:
        client = _client(terminal)
        terminal.until("verb       Gather")
        terminal.type("s")
        terminal.until("type the words and press Return")
        terminal.type("yes please\n")
        terminal.until('said       "yes please"')
        terminal.until("Thank you.")
        terminal.type("c")
        terminal.until(f"keys go to phone 2, {SECOND}")
        terminal.until("verb       Gather")
        terminal.type("h")
        terminal.until("ended: hangup")
        _create(client, server, CALLEE)
        terminal.until("3 c-")
        terminal.until("call       initiated")
        terminal.type("b")
        terminal.until("ended: busy")
        terminal.type("\x04")
        terminal.until("ended: hangup")
        assert terminal.end() == 0


def test_fault_c20_words_are_typed_in_a_line_of_the_terminal(server: str) -> None:
    """The terminal shows and corrects them; Ctrl-D and an empty line say nothing."""
    command = [*COMMAND, "dial", f"{server}/words"]
    with at_terminal(command, columns=200, environment=PLAIN) as terminal:
        terminal.until("answered")
        for nothing in ("\x04", "  \n"):
            terminal.type("s")
            terminal.until("type the words")
            assert terminal.echoes()
            terminal.type(nothing)
            terminal.type("?")
            terminal.until("s says words")
            assert not terminal.echoes()
        terminal.type("s")
        terminal.until("type the words")
        terminal.type("zwei Bro\x7fötchen\n")
        terminal.until('said       "zwei Brötchen"')
        terminal.until("Thank you.")
        terminal.type("sat once\n7")
        terminal.until('said       "at once"')
        terminal.until("pressed    7")
        terminal.type("h")
        assert terminal.end() == 0


def test_fault_c20_lines_of_a_pipe_are_steps(server: str) -> None:
    """They wait for each other, and a wrong one is named with what there is."""
    lines = (
        'wait 1; say "yes; please"\n'
        "presss 1\ncall 7\nanswer\ncallee press 1\nwait\n*7\n"
        "wait 1; hang up"
    )
    result = subprocess.run(
        [*COMMAND, "dial", f"{server}/words", "--json", "--speed", "5"],
        input=lines,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    seen = [json.loads(line) for line in result.stdout.splitlines()]
    said = [one["text"] for one in seen if one["kind"] == "said"]
    assert (said, result.returncode) == (["yes; please"], 0)
    assert [one["digit"] for one in seen if one["kind"] == "pressed"] == ["*", "7"]
    assert seen[-1]["cause"] == "hangup"
    unknown, seconds, phone, ringing, leg = result.stderr.splitlines()
    assert "expected wait, press, say, beep, hang up, answer" in unknown
    assert "dial, call, got 'presss 1'" in unknown
    assert "did you mean 'press'?" in unknown
    assert "expected a number of seconds from 0 to 86400 after 'wait', got nothing" in seconds
    assert f"expected a phone whose call is up (the phone of {FIRST}), got '7'" in phone
    assert ringing.endswith("no phone rings")
    assert leg.endswith("expected a leg that a Transfer has dialled, there is none")


def test_fault_c20_without_an_application_no_call_is_placed() -> None:
    """The line is answered with the reason, and the platform stays there."""
    with piped("simulate") as phones:
        phones.write("dial\nhang up\n" + "x" * 5000)
        assert phones.process.stderr is not None
        errors = [phones.process.stderr.readline() for _ in range(3)]
        phones.process.send_signal(signal.SIGINT)
        assert phones.end() == (0, "")
    assert sorted(error.partition(": ")[2] for error in errors) == [
        "expected at most 4096 characters in a line, got more\n",
        "there is no application to call; name it when you start\n",
        "there is no call\n",
    ]


def test_fault_c20_after_the_end_of_input_dial_ends_with_its_calls(server: str) -> None:
    """A port keeps nothing up for ever when no one types any more."""
    with piped("dial", f"{server}/queue", "--port", "0", "--speed", "60") as phones:
        phones.write("dial")
        phones.until(kind="spoke")
        phones.until(kind="spoke")
        code, errors = phones.end()
    assert (code, errors) == (0, "")
