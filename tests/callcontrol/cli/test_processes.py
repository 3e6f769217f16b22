"""The command as a process: exit codes, Ctrl-C, closed pipes, missing libraries."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from callcontrol._settings import VARIABLES
from callcontrol.simulator import Simulator
from tests.waiting import PATIENCE

COMMAND = (sys.executable, "-m", "callcontrol")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a platform on loopback."""
    with Simulator(auto_answer=True) as running:
        yield running


@pytest.fixture
def environment(simulator: Simulator) -> Mapping[str, str]:
    """Return an environment that points to the platform and knows no proxy."""
    kept = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()}
    own = {
        variable: str(getattr(simulator, name))
        for name, variable in VARIABLES.items()
        if name not in ("username", "password", "allow_http")
    }
    return {**kept, **own}


@pytest.fixture
def call_id(simulator: Simulator) -> str:
    """Return the id of an answered call."""
    call = simulator.receive_call(from_="+19195550100", to="+19195551234")
    return simulator.answer(call.call_id).call_id


@pytest.fixture
def menu(tmp_path: Path) -> Path:
    """Return a BXML file."""
    path = tmp_path / "menu.xml"
    path.write_text("<Bxml><Hangup/></Bxml>")
    return path


def ran(environment: Mapping[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_exit_code_0_for_what_was_done(
    environment: Mapping[str, str], simulator: Simulator, call_id: str, menu: Path
) -> None:
    """A push from a shell reaches the call."""
    result = ran(environment, "push", call_id, menu)
    assert (result.returncode, result.stderr) == (0, "")
    assert simulator.document(call_id) == menu.read_text()


def test_exit_code_1_for_a_refusal(environment: Mapping[str, str], menu: Path) -> None:
    """A call that nobody knows is one clear line."""
    result = ran(environment, "push", "c-unknown", menu)
    assert result.returncode == 1
    assert result.stderr.startswith("callcontrol: PUT ")
    assert "404" in result.stderr


def test_exit_code_2_for_usage_credentials_and_files(
    environment: Mapping[str, str], call_id: str, menu: Path
) -> None:
    """Nothing is sent for any of them."""
    bare = {name: text for name, text in environment.items() if name != "BW_CLIENT_SECRET"}
    assert ran(environment, "push", call_id).returncode == 2
    assert ran(environment, "push", call_id, "nowhere.xml").returncode == 2
    result = ran(bare, "push", call_id, menu)
    assert result.returncode == 2
    assert result.stderr.startswith("callcontrol: BW_CLIENT_SECRET is not set")


def test_exit_code_3_for_an_unknown_outcome(
    environment: Mapping[str, str], simulator: Simulator, call_id: str
) -> None:
    """A redirect whose reply was lost may have worked."""
    simulator.fail_next(500, operation="updateCall", processed=True)
    result = ran(environment, "redirect", call_id, "https://ivr.example.com/next")
    assert result.returncode == 3
    assert "Traceback" not in result.stderr


def test_exit_code_130_and_no_words_for_ctrl_c(
    environment: Mapping[str, str], call_id: str
) -> None:
    """An interrupted wait ends at once and quietly."""
    with subprocess.Popen(
        [*COMMAND, "state", call_id, "--wait"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"callcontrol: {call_id}: answered\n"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, errors.strip()) == (130, "", "")


def test_ctrl_c_in_a_python_file_is_quiet_too(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    """A file that is interrupted while it runs is not a file that raises."""
    path = tmp_path / "slow.py"
    path.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    result = ran(environment, "push", "c-1", path, "--dry-run")
    assert (result.returncode, result.stdout, result.stderr.strip()) == (130, "", "")


@pytest.mark.parametrize(
    "arguments", [("list", "--json"), ("list",), ("state", "{call_id}"), ("demo",), ("--help",)]
)
def test_a_closed_pipe_ends_quietly(
    environment: Mapping[str, str], call_id: str, arguments: tuple[str, ...]
) -> None:
    """Whoever reads has enough: no words, whatever was left to write."""
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [*COMMAND, *(argument.format(call_id=call_id) for argument in arguments)],
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
def test_a_full_disk_is_reported(environment: Mapping[str, str], call_id: str) -> None:
    """What could not be written is not taken for done."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*COMMAND, "state", call_id],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr == (
        b"callcontrol: output: the output cannot be written: No space left on device\n"
    )


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_missing_libraries_are_named_in_one_line(missing: str) -> None:
    """Without the extra there is a command that says how to get it."""
    code = f"import sys; sys.modules[{missing!r}] = None\n"
    code += "from callcontrol.__main__ import main; sys.exit(main())"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (result.returncode, result.stdout) == (2, "")
    line = "callcontrol: the command needs more: pip install 'bxml-callcontrol[cli]'\n"
    assert result.stderr == line


def test_the_library_needs_neither_click_nor_rich() -> None:
    """Importing everything public loads nothing of the extra."""
    code = (
        "import sys, callcontrol\n"
        "from callcontrol import *\n"
        "print([name for name in ('click', 'rich', 'pygments') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert result.stdout == "[]\n"
