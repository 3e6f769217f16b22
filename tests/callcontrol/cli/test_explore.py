"""``callcontrol explore``: what it shows, exit codes, files, progress at a terminal, misuse."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from click.testing import CliRunner, Result

from bxml import Gather, Response, SpeakSentence
from callcontrol.cli.commands import cli
from callcontrol.events import GatherEvent, parse_event
from tests.callcontrol.terminals import at_terminal
from tests.servers import served
from tests.waiting import PATIENCE, refused_port

reached = Event()
"""Set when somebody asks for the menu without an end."""
COMMAND = (sys.executable, "-m", "callcontrol", "explore")
VOICE = '''\
"""A menu whose key 1 is forgotten, and whose key 2 is not BXML."""

from bxml import Gather, Response, SpeakSentence
from callcontrol import Client, GatherEvent, parse_event

client = Client.from_env()


def app(environ, start_response):
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [answer(event)]


def answer(event):
    match event:
        case GatherEvent(digits="1"):
            return b""
        case GatherEvent(digits="2"):
            return b"<Response>\\n  <Hang/>\\n</Response>"
        case GatherEvent():
            return Response().speak_sentence("Goodbye.").hangup().to_bytes()
        case _:
            prompt = SpeakSentence("Press 1 or 2.")
            return Response(Gather(prompt, gather_url="/", max_digits=1)).to_bytes()


def make():
    return app


class Made:
    __call__ = staticmethod(app)


def asks(for_more, and_more, and_still_more, and_again):
    return app


number = 7


def fails():
    raise RuntimeError("no database")
'''


def endless(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Serve a menu in which every key leads on to another menu, for ever."""
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    reached.set()
    level = int(environ["PATH_INFO"].strip("/") or 0) + 1
    start("200 OK", [("Content-Type", "application/xml")])
    if isinstance(event, GatherEvent) and not event.digits:
        return [Response().speak_sentence("Goodbye.").hangup().to_bytes()]
    prompt = SpeakSentence(f"Level {level}.")
    return [Response(Gather(prompt, gather_url=f"/{level}", max_digits=1)).to_bytes()]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the URL of a menu without an end."""
    with served(endless) as origin:
        yield f"{origin}/"


@pytest.fixture
def voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the file of an application, under a name that nothing has imported."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / f"voice_{tmp_path.name}.py"
    file.write_text(VOICE, encoding="utf-8")
    yield str(file)
    sys.modules.pop(file.stem, None)


Explore = Callable[..., Result]


@pytest.fixture
def explore() -> Explore:
    """Return what runs the command in this process."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["explore", *arguments], catch_exceptions=False)

    return run


def test_faults_are_shown_with_the_place_and_the_way(explore: Explore, voice: str) -> None:
    """Each has its kind, the line of the document with a caret, and a command to hear it."""
    result = explore(voice)
    assert result.exit_code == 1
    assert result.stderr == ""
    *shown, summary = result.stdout.splitlines()
    assert summary.startswith("2 faults; 4 states in ")
    place = "reply to gather from http://application.test/: Response/Hang (line 2, column 3): "
    assert shown[0].startswith(f"error: {place}expected a BXML element, got Hang")
    assert shown[0].endswith("[invalid-bxml]")
    assert shown[1:3] == ["    <Hang/>", "    ^"]
    assert shown[3] == f'  callcontrol dial {voice} --script "wait; press 2"'
    assert shown[4] == "  run bxml explain unknown-element for the reason"
    assert shown[5].endswith(
        "expected speech or audio after a prompt, got an empty reply (200) [dead-end]"
    )
    assert shown[6] == f'  callcontrol dial {voice} --script "wait; press 1"'


def test_the_command_it_names_shows_the_fault(explore: Explore, voice: str) -> None:
    """An application in Python is dialled without a server."""
    line = explore(voice).stdout.splitlines()[3].strip()
    arguments = line.removeprefix("callcontrol ").partition(" --script ")
    script = arguments[2].strip('"')
    done = CliRunner().invoke(cli, [*arguments[0].split(" "), "--script", script])
    assert done.exit_code == 1
    assert "expected a BXML element, got Hang; did you mean 'Hangup'?" in done.stderr


def test_json(explore: Explore, voice: str) -> None:
    """An object for each fault, the result last, everything else on other streams."""
    result = explore(voice, "--json")
    first, second, last = map(json.loads, result.stdout.splitlines())
    assert (first["kind"], first["fault"], first["severity"]) == ("fault", "invalid-bxml", "error")
    assert first["problems"][0]["rule"] == "unknown-element"
    assert (second["fault"], second["script"], second["ways"]) == ("dead-end", "wait; press 1", 1)
    assert (last["kind"], last["states"], last["faults"]) == ("result", 4, 2)
    assert (last["stopped"], last["left"], last["notes"]) == (None, 0, [])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--allow", "dead-end"), 1),
        (("--allow", "dead-end", "--allow", "invalid-bxml"), 0),
        (("--keys", "345"), 0),
    ],
)
def test_exit_codes(explore: Explore, voice: str, options: tuple[str, ...], code: int) -> None:
    """What counts is chosen by severity and by kind."""
    assert explore(voice, *options).exit_code == code


def test_warnings_count_if_asked_for(explore: Explore, server: str) -> None:
    """A reply that is too slow for the given limit is a warning."""
    options = (server, "--depth", "1", "--slow", "0")
    assert explore(*options).exit_code == 0
    result = explore(*options, "--fail-on", "warning")
    assert result.exit_code == 1
    assert "the reply took longer than 0 s [slow-reply]" in result.stdout


def test_graphs_are_written(explore: Explore, voice: str, tmp_path: Path) -> None:
    """As Mermaid, to standard output too, and as a picture."""
    svg, mermaid = tmp_path / "flow.svg", tmp_path / "flow.mmd"
    result = explore(voice, "--svg", str(svg), "--mermaid", str(mermaid))
    assert result.exit_code == 1
    assert svg.read_text(encoding="utf-8").startswith("<svg ")
    text = mermaid.read_text(encoding="utf-8")
    assert text.startswith('flowchart LR\n    s1["Press 1 or 2."]\n')
    result = explore(voice, "--mermaid", "-")
    assert result.stdout == text
    assert "2 faults; 4 states" in result.stderr


@pytest.mark.parametrize("name", ["app", "make", "Made"])
def test_an_application_or_what_makes_one(explore: Explore, voice: str, name: str) -> None:
    """The name may be an application, a function or a class."""
    assert explore(f"{voice}:{name}").stdout.endswith(explore(voice).stdout[-3:])
    assert explore(f"{voice}:{name}", "--allow", "dead-end").exit_code == 1


def test_a_forgotten_path_is_guessed(explore: Explore, tmp_path: Path) -> None:
    """A 404 for the very first webhook has this cause more often than any other."""
    script = "def app(environ, start):\n    start('404 Not Found', [])\n    return []\n"
    (tmp_path / "pathless.py").write_text(script, encoding="utf-8")
    result = explore(str(tmp_path / "pathless.py"))
    assert "is this the path of the first webhook? try --path /voice" in result.stdout


def test_fault_c18_a_password_is_not_in_the_commands_that_are_shown(
    explore: Explore, voice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They name the variable that holds it."""
    monkeypatch.setenv("VOICE_PASSWORD", "s3cret")
    result = explore(voice, "--username", "ann", "--password-env", "VOICE_PASSWORD")
    assert "--username ann --password-env VOICE_PASSWORD" in result.stdout
    assert "s3cret" not in result.output


def test_what_the_application_prints_is_no_result(explore: Explore, tmp_path: Path) -> None:
    """It goes to the error stream, at its import and later."""
    file = tmp_path / "loud.py"
    text = VOICE.replace("    match event:", "    print('handling')\n    match event:")
    file.write_text(f"print('loading')\n{text}", encoding="utf-8")
    result = explore(str(file), "--json")
    assert [json.loads(line)["kind"] for line in result.stdout.splitlines()][-1] == "result"
    assert {"loading", "handling"} <= set(result.stderr.splitlines())
    done = CliRunner().invoke(cli, ["dial", str(file), "--script", "", "--json"])
    assert json.loads(done.stdout.splitlines()[-1])["kind"] == "result"


def test_the_code_of_an_application_is_more_than_one_file(
    explore: Explore, voice: str, tmp_path: Path
) -> None:
    """Modules that are imported with it and stand beside it are looked at, libraries are not."""
    name = f"answers_{tmp_path.name}"
    head, rest = VOICE.split("def answer", 1)
    body, _ = rest.split("\n\n\ndef make", 1)
    (tmp_path / f"{name}.py").write_text(
        VOICE.split("client =", maxsplit=1)[0]
        + "def answer"
        + body.replace('digits="1"', 'digits="12"'),
        encoding="utf-8",
    )
    Path(voice).write_text(f"{head}\n\nfrom {name} import answer\n", encoding="utf-8")
    result = explore(voice, "--allow", "invalid-bxml")
    assert f"warning: {name}.py:8: no path through the call reaches this branch" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("1 fault; ")
    sys.modules.pop(name)


def test_what_was_left_out_is_told(explore: Explore, server: str) -> None:
    """A search that was stopped says so."""
    result = explore(server, "--depth", "2", "--keys", "12")
    assert "incomplete: stopped after 2 actions" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["voice"], "expected an http URL such as http://localhost:5000/voice or Python such as"),
        (["localhost:5000"], "got 'localhost:5000'"),
        (["no_such_module_here:app"], "expected a URL, a module such as voice:app, or a file"),
        (["no_such_file.py"], "no_such_file.py: there is no such file in "),
        (["{voice}:ap"], "expected a name that the module defines, got 'ap'; did you mean 'app'?"),
        (["{voice}:number"], "expected a WSGI or ASGI application, got an int"),
        (["{voice}:fails"], 'raise RuntimeError("no database")'),
        (["{voice}", "--path", "http://elsewhere/"], "expected a path such as /voice, got a URL"),
        (
            ["{voice}", "--svg", "/no/such/folder/x.svg"],
            "--svg: the folder of /no/such/folder/x.svg does not exist",
        ),
        (["{voice}", "--keys", "xyz"], "--keys: expected keys 0-9 A-D * #, got 'xyz'"),
        (["{voice}", "--entry", "12x"], "--entry: expected keys 0-9 A-D * #, got '12x'"),
        (["{voice}", "--ignore", "("], "--ignore: expected a regular expression, got '('"),
        (["{voice}", "--reach", "elsewhere"], "expected an http URL such as"),
        (["{voice}", "--svg", "x", "--mermaid", "x"], "--svg: expected another file than"),
        (["{voice}", "--password-env", "NO_SUCH"], "expected the name of an environment variable"),
        (["http://ann:s3cret@127.0.0.1:9/"], "expected an http URL without a user or a password"),
        (["{voice}", "--json", "--mermaid", "-"], "--json: expected a graph to go to a file"),
        (["{voice}", "--detect", "sync"], "--detect needs --outbound"),
        (["{voice}", "--allow", "dead-ends"], "'dead-ends' is not one of"),
        (["{voice}", "--depth", "0"], "0 is not in the range"),
        (["{voice}", "--seconds", "nan"], "'nan' is not a number"),
        (["http://127.0.0.1:{refused}/v"], "expected an application, got no connection; is it"),
    ],
)
def test_misuse(explore: Explore, voice: str, arguments: list[str], message: str) -> None:
    """Each is told in a line or two, with exit code 2."""
    with refused_port() as port:
        result = explore(*(argument.format(voice=voice, refused=port) for argument in arguments))
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_cannot_be_imported(explore: Explore, tmp_path: Path) -> None:
    """The line that failed is named."""
    file = tmp_path / "voice_that_fails.py"
    file.write_text("import callcontrol\ncallcontrol.nothing\n", encoding="utf-8")
    result = explore(str(file))
    assert result.exit_code == 2
    assert "voice_that_fails.py:2: AttributeError: " in result.stderr
    file.write_text("import no_such_module_at_all\n", encoding="utf-8")
    result = explore(str(file))
    assert "voice_that_fails.py:1: ModuleNotFoundError: No module named" in result.stderr


def test_the_first_interrupt_shows_what_was_found(server: str) -> None:
    """Ctrl-C ends the search, not the report."""
    reached.clear()
    with subprocess.Popen(
        [*COMMAND, server, "--depth", "100", "--seconds", str(PATIENCE), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert reached.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, "")
    last = json.loads(out.splitlines()[-1])
    assert last["stopped"] == "an interruption"
    assert last["calls"] > 0


def test_progress_is_shown_at_a_terminal(server: str) -> None:
    """States, calls and what is to go, and afterwards nothing of it is left on the line."""
    with at_terminal([*COMMAND, server, "--depth", "3", "--keys", "12"]) as terminal:
        terminal.until("to go, 0 faults")
        terminal.until("0 faults; ")
        assert terminal.end() == 0
    assert "\x1b[?25h" in terminal.output, "the cursor is back"


def test_nothing_of_it_is_shown_in_a_pipe(server: str) -> None:
    """Neither progress nor colour."""
    done = subprocess.run(
        [*COMMAND, server, "--depth", "2", "--keys", "1"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "to go" not in done.stdout.replace("planned calls left", "")
