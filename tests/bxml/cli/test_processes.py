"""The installed command as a process: exit codes, pipes, signals and missing extras."""

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bxml.__main__ import main
from tests.waiting import PATIENCE

INVALID = Path(__file__).parents[3] / "LICENSE"

FINE = b"<Response><Hangup/></Response>"
WRONG = b"<Response><Hangup>now</Hangup></Response>"
COMMAND = [sys.executable, "-m", "bxml"]


def bxml(
    *arguments: str | Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, **(environment or {})},
    )


@pytest.mark.parametrize(
    ("arguments", "stdin", "status"),
    [
        (["check", "-"], FINE, 0),
        (["check", "-"], WRONG, 1),
        (["check", "missing.xml"], b"", 2),
        (["check"], b"", 2),
        (["nonsense"], b"", 2),
        (["format", "-"], FINE, 0),
        (["format", "-"], WRONG, 1),
        (["python", "-"], FINE, 0),
        (["explain", "gather"], b"", 0),
        (["explain", "gathr"], b"", 2),
        (["--version"], b"", 0),
        (["--help"], b"", 0),
    ],
    ids=repr,
)
def test_exit_codes_reach_the_shell(arguments: list[str], stdin: bytes, status: int) -> None:
    """Each way to end has its exit code, and none has a traceback."""
    result = bxml(*arguments, stdin=stdin)
    assert result.returncode == status
    assert b"Traceback" not in result.stderr
    assert (status == 0) is (result.stderr == b"") or arguments == ["check", "-"]


def test_formatted_documents_are_utf_8_everywhere() -> None:
    """A document says it is UTF-8, so it is written so, whatever the terminal's encoding."""
    spoken = "<Response><SpeakSentence>\u4f60\u597d</SpeakSentence></Response>".encode()
    for command in ("format", "python"):
        result = bxml(command, "-", stdin=spoken, environment={"PYTHONIOENCODING": "ascii"})
        assert result.returncode == 0
        assert "\u4f60\u597d" in result.stdout.decode()


def test_reports_survive_narrow_encodings() -> None:
    """A report for a terminal without the characters escapes them instead of failing."""
    spoken = "<Response><Hangup>\u4f60\u597d</Hangup></Response>".encode()
    result = bxml("check", "-", stdin=spoken, environment={"PYTHONIOENCODING": "ascii"})
    assert result.returncode == 1
    assert rb"\u4f60\u597d" in result.stdout


@pytest.mark.parametrize("arguments", [["explain"], ["check", "-"], ["format", "-"]], ids=repr)
def test_a_closed_pipe_ends_quietly(arguments: list[str]) -> None:
    """Nobody reads the output any more: the command ends without a word."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        result = subprocess.run(
            [*COMMAND, *arguments],
            input=FINE,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE,
        )
    assert result.stderr == b""
    assert result.returncode == 1


@pytest.mark.parametrize("arguments", [["explain"], ["check", "-"], ["format", "-"]], ids=repr)
def test_a_full_disk_is_one_clear_line(arguments: list[str]) -> None:
    """Output that cannot be written is told on the error stream."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*COMMAND, *arguments],
            input=FINE,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE,
        )
    told = b"bxml: output: the output cannot be written: No space left on device\n"
    assert result.stderr == told
    assert result.returncode == 2


def test_ctrl_c_in_executed_text_is_the_exit_code(tmp_path: Path) -> None:
    """A class that is made when Ctrl-C comes does not end the process in another way."""
    lines = (
        "from bxml.cli.exit_codes import leave",
        "try:",
        "    exec('raise KeyboardInterrupt')",
        "except KeyboardInterrupt:",
        "    leave(130)",
    )
    (tmp_path / "interrupted.py").write_text("\n".join(lines))
    done = subprocess.run([sys.executable, "-m", "interrupted"], cwd=tmp_path, check=False)
    assert done.returncode == 130


def test_ctrl_c_ends_quietly() -> None:
    """An interrupt while input is read ends with 130 and no traceback."""
    read, write = os.pipe()
    # -X importtime tells on the error stream when everything is loaded and reading has begun.
    command = [sys.executable, "-X", "importtime", "-m", "bxml", "check", "-"]
    with subprocess.Popen(command, stdin=read, stdout=-1, stderr=-1, text=True) as process:
        os.close(read)
        assert process.stderr is not None
        loaded = any("bxml.cli.commands" in line for line in process.stderr)
        assert loaded
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    os.close(write)
    assert process.returncode == 130
    assert output == ""
    assert "Traceback" not in errors


def run_main(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the entry point in this process."""
    monkeypatch.setattr(sys, "argv", ["bxml", *arguments])
    return main()


def forget_modules(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the modules of a package imported anew, and put the old ones back after the test."""
    loaded = dict(sys.modules)
    for name in [name for name in loaded if name.startswith(f"{package}.")]:
        parent, _, child = name.rpartition(".")
        monkeypatch.setattr(loaded[parent], child, loaded[name], raising=False)
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_missing_extras_are_told(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without click or rich one line says what to install."""
    forget_modules("bxml.cli", monkeypatch)
    forget_modules(missing, monkeypatch)
    monkeypatch.setitem(sys.modules, missing, None)
    assert run_main("check", "-", monkeypatch=monkeypatch) == 2
    told = "bxml: the command needs more: pip install 'bxml-callcontrol[cli]'\n"
    assert capsys.readouterr().err == told


def test_other_missing_modules_are_no_matter_of_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is not explained away."""
    forget_modules("bxml.cli", monkeypatch)
    monkeypatch.setitem(sys.modules, "bxml.cli.reports", None)
    with pytest.raises(ModuleNotFoundError, match=r"bxml\.cli\.reports"):
        run_main("check", "-", monkeypatch=monkeypatch)


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--version"], 0), (["explain", "xyz"], 2), (["explain", "tag"], 0)]
)
def test_main_returns_the_exit_code(
    arguments: list[str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry point of the script returns what the process will end with."""
    assert run_main(*arguments, monkeypatch=monkeypatch) == status


def test_the_package_runs_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """``python -m bxml`` is the command, and its exit code that of the process."""
    monkeypatch.setattr(sys, "argv", ["bxml", "explain", "xyz"])
    monkeypatch.delitem(sys.modules, "bxml.__main__")
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("bxml", run_name="__main__")
    assert caught.value.code == 2


@pytest.mark.parametrize("arguments", [["explain", "tag"], ["check", str(INVALID)], ["--help"]])
def test_a_process_can_be_without_output(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started without standard output, the command still judges."""
    monkeypatch.setattr(sys, "stdout", None)
    assert run_main(*arguments, monkeypatch=monkeypatch) == int(arguments[0] == "check")


@pytest.mark.parametrize("early", [True, False], ids=["while loading", "while running"])
def test_interrupts_in_this_process(
    early: bool,  # noqa: FBT001 - a parameter of the test
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An interrupt at any moment gives 130."""

    def interrupt(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("bxml.cli.commands.run" if early else "bxml.cli.commands.listed", interrupt)
    assert run_main("check", "-", monkeypatch=monkeypatch) == 130
    assert capsys.readouterr().err.strip() == ""


def test_failing_output_in_this_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the system says about the output is turned into an exit code, twice if need be."""

    def fail(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    with (tmp_path / "output").open("w+") as output:
        monkeypatch.setattr(sys, "stdout", output)
        monkeypatch.setattr("bxml.cli.commands.listed", fail)
        assert run_main("check", "-", monkeypatch=monkeypatch) == 2


@pytest.mark.parametrize(
    ("stream", "reason"),
    [(None, "standard input is closed"), ("broken", "expected a readable input, got: ")],
)
def test_standard_input_that_is_none(
    stream: str | None,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A process without standard input, or with one that cannot be read, is told so."""
    with (tmp_path / "input").open("w+") as broken:
        folder = os.open(tmp_path, os.O_RDONLY)
        os.dup2(folder, broken.fileno())
        os.close(folder)
        monkeypatch.setattr(sys, "stdin", broken if stream else None)
        assert run_main("check", "-", monkeypatch=monkeypatch) == 2
    assert capsys.readouterr().err.startswith(f"bxml: <stdin>: {reason}")
