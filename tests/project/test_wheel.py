"""The built wheel, installed alone into an empty environment, does the main job."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.release.environments import install, new_environment

ROOT = Path(__file__).parents[2]
JOB = """
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from bxml import Bxml, ValidationError, check, ssml
from callcontrol import Client
from callcontrol.simulator import Simulator

document = Bxml().speak_sentence("Hello ", ssml.break_(time="1s"), "you").hangup()
assert check(document.to_bxml(), context="call-update") == []
try:
    Bxml().pause(duration=0)
except ValidationError as error:
    assert error.problems[0].rule == "value-out-of-range"
pushed = []


class Platform(BaseHTTPRequestHandler):
    def do_PUT(self):
        pushed.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


with HTTPServer(("127.0.0.1", 0), Platform) as server:
    Thread(target=server.handle_request).start()
    url = f"http://127.0.0.1:{server.server_port}/api/v2"
    with Client("9900000", username="user", password="password", base_url=url) as client:
        client.update_call_bxml("c-1", document)
assert pushed == [document.to_bytes()]


def app(environ, start):
    start("200 OK", [("Content-Type", "application/xml")])
    return [document.to_bytes().replace(b"Bxml>", b"Response>")]


with Simulator() as simulator:
    assert simulator.dial_in(app, to="+19195551234").hears("you")
print("done")
"""


def _run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        check=check,
        capture_output=True,
        text=True,
        cwd=ROOT.anchor,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout, or the one that ``make release`` has made of it."""
    if "RELEASE_WHEEL" in os.environ:
        return Path(os.environ["RELEASE_WHEEL"])
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment that holds the wheel and what it needs."""
    interpreter = new_environment(tmp_path_factory.mktemp("environment"))
    install(interpreter, str(wheel))
    return interpreter


def test_the_wheel_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    """Both packages with their type markers and the schema; no tests, examples or page builders."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    needed = {"bxml/py.typed", "callcontrol/py.typed", "bxml/schemas/bxml.xsd"}
    assert needed | {"bxml/schemas/xml.xsd"} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {
        "bxml",
        "callcontrol",
        "bxml_callcontrol",
    }
    assert [name for name in names if name.endswith("_page.py")] == []


def test_the_wheel_alone_builds_checks_and_pushes(python: Path) -> None:
    """A document is built, checked and pushed with nothing but the wheel's own needs."""
    assert _run(python, "-I", "-W", "error", "-c", JOB).stdout == "done\n"


def test_the_environment_is_consistent(python: Path) -> None:
    """No requirement is broken."""
    assert "No broken requirements" in _run(python, "-m", "pip", "check").stdout


@pytest.mark.parametrize("command", ["bxml", "callcontrol"])
def test_commands_say_what_they_lack(python: Path, command: str) -> None:
    """Without the extra, each command names it in one line."""
    done = _run(python.parent / command, "--help", check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "bxml-callcontrol[cli]" in done.stderr


EXPLORER = "import zipfile; from callcontrol.explorer import *; "
SERVER = "listen on a port, the package {} is needed; pip install 'bxml-callcontrol[simulator]'"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            f"{EXPLORER}Graph((Node('s1', 'ended', 'Bye.', 0),), ()).svg()",
            "the package fast_sugiyama is not installed; pip install 'bxml-callcontrol[explore]'",
        ),
        (
            f"{EXPLORER}explore(lambda e, s: [], code=[zipfile])",
            "the package coverage is not installed; pip install 'bxml-callcontrol[explore]'",
        ),
        ("from callcontrol.simulator import *; Simulator().client()", SERVER.format("uvicorn")),
        (
            "from callcontrol.recorder import *; Recorder('http://a.example', 'a').start()",
            SERVER.format("uvicorn"),
        ),
    ],
)
def test_functions_say_what_they_lack(python: Path, code: str, message: str) -> None:
    """Without an extra, what needs it names it."""
    done = _run(python, "-I", "-c", code, check=False)
    assert message in done.stderr.splitlines()[-1]
