"""``callcontrol dial`` at a real pseudo-terminal: typed keys, signals, and the terminal afterwards.

Every test compares the settings of the terminal before and after.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import IO
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bxml import PhoneNumber, Response, SpeakSentence
from callcontrol.client import Client
from callcontrol.events import GatherEvent, TransferCompleteEvent, parse_event
from tests.callcontrol.terminals import (
    BACKGROUND,
    ENDING,
    RESTORING,
    SHELL,
    START,
    Terminal,
    at_terminal,
)
from tests.servers import served
from tests.waiting import PATIENCE

COMMAND = (sys.executable, "-m", "callcontrol", "dial")
SALES = "+19195559999"
over = Event()


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Serve a menu with a long prompt, whose first key transfers."""
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    if environ["PATH_INFO"] == "/never":
        over.wait(PATIENCE)
    match event:
        case GatherEvent(digits="1"):
            document = Response().transfer(
                PhoneNumber(SALES), transfer_complete_url="/voice", call_timeout=300
            )
        case GatherEvent(digits=digits):
            document = Response().speak_sentence(f"You pressed {digits}.").pause(duration=600)
        case TransferCompleteEvent(cause=cause):
            document = Response().speak_sentence(f"Sales: {cause}.")
        case _:
            prompt = SpeakSentence("Press a key. " + "There is much to say about keys. " * 100)
            document = Response().gather(prompt, gather_url="/voice", max_digits=1)
    start("200 OK", [("Content-Type", "application/xml")])
    return [document.to_bytes()]


@pytest.fixture(autouse=True)
def not_over() -> None:
    """Let a reply that never comes not come, whatever tests ran before."""
    over.clear()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the URL of a running application."""
    with served(app) as origin:
        yield f"{origin}/voice"
        over.set()


@contextmanager
def dialled(
    *arguments: str,
    columns: int = 80,
    environment: Mapping[str, str] | None = None,
    starter: str = START,
) -> Generator[Terminal]:
    """Run the command at a terminal, and see it leave the terminal as it was."""
    command = (*COMMAND, *arguments)
    with at_terminal(command, columns=columns, environment=environment, starter=starter) as made:
        yield made


def test_keys_are_typed_while_a_prompt_is_playing(server: str) -> None:
    """A key is taken without Return, is not echoed by the terminal, and Ctrl-C hangs up."""
    with dialled(server, "--expect", "You pressed 7.") as terminal:
        terminal.until("Press a key.")
        assert not terminal.echoes()
        terminal.type("7")
        terminal.until("You pressed 7.")
        terminal.type("\x03")
        terminal.until("ended: hangup")
        assert terminal.end() == 0
    assert "\n7" not in terminal.output
    assert "\x1b[36m7" in terminal.output


def test_a_leg_is_answered_and_hung_up_from_the_keyboard(server: str) -> None:
    """Tab takes the other phone; when it is gone, keys go to the first one again."""
    with dialled(server, "--speed", "5", columns=200) as terminal:
        terminal.until("Press a key.")
        terminal.type("1")
        terminal.until(f"{SALES} rings (Transfer); a answers, r refuses, b is busy")
        terminal.type("a")
        terminal.until(f"joined to {SALES}")
        terminal.type("\t")
        terminal.until(f"keys go to the phone of {SALES}")
        terminal.type("5")
        terminal.until(f"[{SALES}] 5, and nothing was listening")
        terminal.type("h")
        terminal.until("Sales: hangup.")
        assert terminal.end() == 0


@pytest.mark.parametrize(("key", "cause"), [("r", "rejected"), ("b", "busy")])
def test_a_leg_is_refused_from_the_keyboard(server: str, key: str, cause: str) -> None:
    """The application learns why."""
    with dialled(server, "--speed", "5") as terminal:
        terminal.until("Press a key.")
        terminal.type("1")
        terminal.until(f"{SALES} rings")
        terminal.type(key)
        terminal.until(f"Sales: {cause}.")
        assert terminal.end() == 0


def test_an_outbound_call_is_answered_from_the_keyboard(server: str) -> None:
    """The phone rings until somebody picks up; the application calls."""
    with dialled(server, "--outbound") as terminal:
        terminal.until("this phone rings; a answers")
        terminal.type("a")
        terminal.until("Press a key.")
        terminal.type("\x04")
        terminal.until("ended: hangup")
        assert terminal.end() == 0


def test_ctrl_c_refuses_a_call_that_rings(server: str) -> None:
    """Nobody has to answer in order to leave."""
    with dialled(server, "--outbound") as terminal:
        terminal.until("this phone rings")
        terminal.type("\x03")
        terminal.until("ended: rejected")
        assert terminal.end() == 0


def test_keys_that_mean_nothing_are_explained(server: str) -> None:
    """A question mark shows the keys; there is nothing to answer and nowhere to go."""
    with dialled(server) as terminal:
        terminal.until("Press a key.")
        terminal.type("?")
        terminal.until("Tab changes phones")
        terminal.type("a")
        terminal.until("no phone rings")
        terminal.type("\t")
        terminal.until("there is no other phone")
        terminal.type("h")
        assert terminal.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_it_and_the_terminal_is_as_before(
    server: str, number: signal.Signals
) -> None:
    """Whoever sent the signal sees the process end by it."""
    with dialled(server) as terminal:
        terminal.until("Press a key.")
        assert not terminal.echoes()
        terminal.process.send_signal(number)
        assert terminal.end() == -number
    assert "Traceback" not in terminal.output


def test_while_it_is_stopped_the_terminal_is_the_shells(server: str) -> None:
    """Ctrl-Z gives the terminal back, and going on takes it again."""
    with dialled(server, starter=SHELL) as terminal:
        terminal.until("Press a key.")
        terminal.type("\x1a")
        terminal.until("stopped")
        assert terminal.echoes()
        terminal.type("fg\n")
        terminal.until("continued")
        terminal.type("7")
        terminal.until("You pressed 7.")
        assert not terminal.echoes()
        terminal.type("\x03")
        assert terminal.end() == 0


def test_a_stop_that_cannot_be_caught(server: str) -> None:
    """After a SIGSTOP the shell brings its settings back, and going on takes the terminal again."""
    with dialled(server, starter=RESTORING) as terminal:
        terminal.until("Press a key.")
        os.killpg(terminal.foreground(), signal.SIGSTOP)
        terminal.until("stopped")
        assert terminal.echoes()
        terminal.type("fg\n")
        terminal.until("continued")
        terminal.type("7")
        terminal.until("You pressed 7.")
        assert not terminal.echoes()
        terminal.type("\x03")
        assert terminal.end() == 0


def test_in_the_background_it_leaves_the_terminal_alone(server: str) -> None:
    """Keys go to the shell meanwhile, and in the foreground it has the terminal again."""
    with dialled(server, starter=BACKGROUND) as terminal:
        terminal.until("Press a key.")
        terminal.type("\x1a")
        terminal.until("stopped")
        terminal.type("bg\n")
        terminal.until("background")
        assert terminal.echoes()
        terminal.type("fg\n")
        terminal.until("continued")
        terminal.type("7")
        terminal.until("You pressed 7.")
        assert not terminal.echoes()
        terminal.type("\x03")
        assert terminal.end() == 0


READING = """
from callcontrol.cli.dial_keyboard import Keyboard
with Keyboard() as keyboard:
    print("read", [keyboard.read()], flush=True)
"""


def test_a_key_that_went_to_a_shell_is_not_waited_for() -> None:
    """The wait for keys ends with the line that brings a command to the foreground, too.

    The shell has read that line when a busy machine lets the command read.
    """
    with at_terminal((sys.executable, "-c", READING)) as terminal:
        terminal.until("read ['']")
        assert terminal.end() == 0


def test_it_can_end_in_the_background(server: str) -> None:
    """A signal ends it there, and the terminal that it does not have is not touched."""
    with dialled(server, starter=ENDING) as terminal:
        terminal.until("Press a key.")
        terminal.type("\x1a")
        terminal.until("stopped")
        terminal.type("bg\n")
        terminal.until("background")
        terminal.type("kill\n")
        assert terminal.end() == -signal.SIGTERM % 256


def test_a_stop_that_is_ignored_stays_so(server: str) -> None:
    """Without job control Ctrl-Z does nothing."""
    ignoring = START.replace(
        "os.execv", "import signal\nsignal.signal(signal.SIGTSTP, signal.SIG_IGN)\nos.execv"
    )
    with dialled(server, starter=ignoring) as terminal:
        terminal.until("Press a key.")
        terminal.type("\x1a7")
        terminal.until("You pressed 7.")
        terminal.type("\x03")
        assert terminal.end() == 0


def test_a_slow_application_is_named_and_can_be_left(server: str) -> None:
    """Ctrl-C gives up a call that nobody has answered yet."""
    with dialled(server.replace("/voice", "/never")) as terminal:
        terminal.until("waiting for the reply to initiate from http://127.0.0.1:")
        terminal.type("\x03")
        terminal.until("ended: cancel")
        over.set()
        assert terminal.end() == 0


@pytest.mark.parametrize("columns", [1, 0])
def test_a_window_too_small_for_a_line(server: str, columns: int) -> None:
    """Lines are written whole; the terminal wraps them."""
    with dialled(server, "--script", "press 7", columns=columns) as terminal:
        terminal.until("You pressed 7.")
        assert terminal.end() == 0


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(server: str, environment: Mapping[str, str]) -> None:
    """Neither of the two gets colours."""
    with dialled(server, environment=environment) as terminal:
        terminal.until("Press a key.")
        terminal.type("\x03")
        assert terminal.end() == 0
    assert "\x1b[3" not in terminal.output


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def piped(server: str) -> Run:
    """Return what runs the command in pipes."""

    def run(keys: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, server, *arguments],
            input=keys,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


def test_it_works_in_a_plain_pipe(piped: Run) -> None:
    """No colours, no keys to explain; when nobody types any more, the caller stays a minute."""
    result = piped("", "--speed", "1000")
    assert (result.returncode, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert "Tab" not in result.stdout
    assert "ended: hangup" in result.stdout


def test_machines_get_every_observation_in_real_time_too(piped: Run) -> None:
    """A line an object, the result last."""
    result = piped("", "--speed", "1000", "--json")
    *_, last = map(json.loads, result.stdout.splitlines())
    assert (last["kind"], last["cause"], last["exitCode"]) == ("result", "hangup", 0)


def test_keys_come_from_a_pipe_as_they_arrive(server: str) -> None:
    """Another program can type."""
    with subprocess.Popen(
        [*COMMAND, server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert any("Press a key." in line for line in process.stdout)
        process.stdin.write("7\n")
        process.stdin.flush()
        assert any("You pressed 7." in line for line in process.stdout)
        process.stdin.write("h")
        process.stdin.flush()
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_without_any_input_it_still_runs(server: str) -> None:
    """Standard input may be closed."""
    starter = "import os, sys; os.close(0); os.execv(sys.argv[1], sys.argv[1:])"
    result = subprocess.run(
        [sys.executable, "-c", starter, *COMMAND, server, "--script", "press 7"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_an_application_pushes_to_the_call_over_rest(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --port the platform is told to clients, whose credentials can be given."""
    monkeypatch.setenv("CLIENT", "me:hush-hush")
    with subprocess.Popen(
        [*COMMAND, server, "--port", "0", "--client-env", "CLIENT", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        environment = json.loads(ready)["environment"]
        assert "hush" not in ready
        call_id = json.loads(process.stdout.readline())["callId"]
        with Client(
            environment["BW_ACCOUNT_ID"],
            client_id="me",
            client_secret="hush-hush",
            base_url=environment["BW_VOICE_URL"],
            token_url=environment["BW_TOKEN_URL"],
        ) as client:
            until_heard(process.stdout, "Press a key.")
            client.update_call_bxml(call_id, Response().speak_sentence("Pushed."))
            until_heard(process.stdout, "Pushed.")
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def until_heard(output: IO[str], text: str) -> None:
    """Read observations until a text is spoken."""
    assert any(json.loads(line).get("text", "").startswith(text) for line in output)


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (["--for", "node"], "--client-env, --api-password-env and --for need --port"),
        (["--port", "0", "--script", "hang up"], "--port: a script runs in virtual time"),
    ],
)
def test_options_of_clients_need_a_call_in_real_time(
    server: str, arguments: list[str], finding: str
) -> None:
    """They are refused where no client can take part."""
    done = subprocess.run(
        [*COMMAND, server, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert finding in done.stderr


def test_the_settings_of_an_sdk_are_shown_before_the_call(server: str) -> None:
    """With --port and --for, lines for people."""
    done = subprocess.run(
        [*COMMAND, server, "--port", "0", "--for", "python", "--speed", "100"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("The platform is simulated; stop it with Ctrl-C. ")
    assert "      ignore_operation_servers=True," in lines
