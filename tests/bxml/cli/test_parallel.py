"""Many files in several processes: the same output, whatever happens to the processes."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from multiprocessing import get_context
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bxml.cli import parallel
from bxml.cli.commands import cli
from bxml.cli.examining import Checker, Entry
from bxml.cli.examining import Result as Found
from bxml.cli.loaded import Source, Unread
from bxml.cli.progress import ERASE, Progress
from bxml.cli.results import results
from bxml.rules import RULES
from tests.waiting import PATIENCE

COUNT = 60
SLOW = "<Response>" + '<SpeakSentence voice="x">a</SpeakSentence>' * 100 + "</Response>"
"""A document with many findings, so that a check of it takes long."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of documents: clean ones, broken ones, and one that cannot be read."""
    examples = [each for rule in RULES.values() for each in (rule.bad, rule.good)]
    texts = [each.encode() if isinstance(each, str) else b"\xff" for each in examples]
    for number in range(COUNT):
        (tmp_path / f"{number:03}.xml").write_bytes(texts[number * 3 % len(texts)])
    (tmp_path / "missing.xml").symlink_to("nowhere")
    return tmp_path


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes for few files."""
    monkeypatch.setattr("bxml.cli.results.ENOUGH", 10)
    monkeypatch.setattr(parallel, "PART", 7)


def run(processes: int, monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> Result:
    """Check with so many processes."""
    monkeypatch.setattr("bxml.cli.results._processors", lambda: processes)
    return CliRunner().invoke(cli, ["check", *map(str, arguments)], input="<Response/>")


def assert_same(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    """Check that two processes report what one does."""
    one, two = (run(number, monkeypatch, *arguments) for number in (1, 2))
    assert one.stdout == two.stdout
    assert one.stderr == two.stderr
    assert one.exit_code == two.exit_code == 2
    assert "missing.xml" in one.stderr + one.stdout


@pytest.mark.parametrize("style", ["text", "json", "github"])
def test_processes_change_no_output(
    style: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, standard input and names that do not exist, in the order of their names."""
    files = sorted(folder.iterdir())
    assert_same(
        monkeypatch, "--format", style, *files[:20], "-", "nowhere.xml", folder, "--disable",
        "unknown-voice", "--context", "call-update",
    )  # fmt: skip


def test_started_anew_they_do_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on systems where a fork is not safe."""
    monkeypatch.setattr(parallel, "_context", lambda: get_context("spawn"))
    assert_same(monkeypatch, folder)


def test_threads_forbid_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child would inherit locks that no thread of its own releases."""
    monkeypatch.setattr("threading.active_count", lambda: 2)
    assert parallel._context().get_start_method() == "spawn"


def test_a_process_that_dies_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files, and those of all others, are checked by the first process."""
    here = os.getpid()
    examine = Checker.examine

    def die(self: Checker, entry: Entry, request: None = None) -> Found:
        if os.getpid() != here and entry.name.endswith("5.xml"):
            os.kill(os.getpid(), signal.SIGKILL)
        return examine(self, entry, request)

    monkeypatch.setattr(Checker, "examine", die)
    assert_same(monkeypatch, folder)


def test_no_process_can_be_started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is one process."""

    def refuse(*_: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.process.BaseProcess.start", refuse)
    assert_same(monkeypatch, folder)


def test_a_failure_of_one_file_does_not_end_the_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported as one that could not be checked."""

    def fail(*_: object) -> Iterator[object]:
        raise RecursionError("too deep")

    monkeypatch.setattr(Checker, "problems", fail)
    checker = Checker()
    [entry] = results([Source(str(folder / "000.xml"), "file")], checker)
    assert entry == Unread(
        str(folder / "000.xml"),
        "expected a document that can be checked, got RecursionError: too deep; please report it",
    )


def start(folder: Path, *, stderr: int, count: int) -> "subprocess.Popen[bytes]":
    """Start a check of many slow documents as a process group of its own."""
    (folder / "0.xml").write_text(SLOW)
    for number in range(1, count):
        (folder / f"{number}.xml").hardlink_to(folder / "0.xml")
    command = [sys.executable, "-m", "bxml", "check", str(folder), "--format", "json"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True, stdin=-3
    )


def read_until(terminal: int, sought: bytes) -> bytes:
    """Return what the terminal shows up to the sought text, or to its end."""
    shown = b""
    while sought not in shown:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
    return shown


def at_terminal(folder: Path, count: int) -> tuple["subprocess.Popen[bytes]", int]:
    """Start a check whose error stream is a terminal; return the process and our end."""
    ours, theirs = pty.openpty()
    process = start(folder, stderr=theirs, count=count)
    os.close(theirs)
    return process, ours


def test_ctrl_c_ends_all_processes(tmp_path: Path) -> None:
    """With 130, no traceback, nothing on standard output and no process left."""
    process, terminal = at_terminal(tmp_path, 3_000)
    with process:
        shown = read_until(terminal, b" of 3,000 documents")
        assert b" of 3,000 documents" in shown
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
        shown += read_until(terminal, b"never shown")
    os.close(terminal)
    assert process.returncode == 130
    assert output == b""
    assert b"Traceback" not in shown
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


class Stream(StringIO):
    """A stream that is a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        """Return what the test says."""
        return self._terminal


@pytest.mark.parametrize(("terminal", "total"), [(True, 200), (True, 199), (False, 5_000)])
def test_progress_is_for_terminals_and_many_files(
    terminal: bool,  # noqa: FBT001 - a parameter of the test
    total: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its line is erased before anything else is written."""
    stream = Stream(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("bxml.cli.progress.INTERVAL", 0)
    progress = Progress(total)
    progress.step()
    progress.clear()
    progress.clear()
    shown = f"{ERASE}checked 1 of {total} documents{ERASE}"
    assert stream.getvalue() == (shown if terminal and total == 200 else "")
