"""The command `callcontrol bulk`, on the simulator."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from callcontrol import bulk
from callcontrol.cli.bulk_report import BulkProgress
from callcontrol.cli.commands import run
from tests.callcontrol.bulk.conftest import NEWS, QUICK
from tests.callcontrol.terminals import at_terminal
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.callcontrol.bulk.conftest import Outage

COMMAND = [sys.executable, "-m", "callcontrol", "bulk"]
SOON = ["--canary-seconds", "0", "--no-watch"]


pytestmark = pytest.mark.usefixtures("simulator_environment")


@pytest.fixture
def news(tmp_path: Path) -> str:
    """Return a BXML file."""
    path = tmp_path / "news.xml"
    path.write_text(NEWS.to_bxml())
    return str(path)


def test_live_calls_are_changed(
    outage: "Outage", news: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is left out is said; `report` shows the totals in three forms."""
    outage.wait(3)
    outage.talk()
    journal = str(outage.journal)
    arguments = ["bulk", "replace", news, "--live", "--journal", journal, "--reason", "outage"]
    assert run([*arguments, *SOON]) == 0
    shown = capsys.readouterr()
    assert "left out: 1 talking; to change them too: --include talking" in shown.err
    assert f"{journal}: 3 done\n" in shown.out
    assert "reason: outage" in shown.out
    assert run(["bulk", "report", journal, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["done"], found["excluded"]) == (3, {"talking": 1, "transfer-leg": 1})
    assert (found["resume"], found["stopped"], len(found["documents"])) == (None, None, 1)
    assert run(["bulk", "report", journal, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["state"], row["attempts"]) for row in rows] == [("done", "1")] * 3


def test_a_dry_run_sends_nothing(
    outage: "Outage", news: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows the first documents and needs no journal."""
    calls = outage.wait(5)
    assert run(["bulk", "replace", news, "--live", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("We are back soon.") == 3
    assert shown.endswith("5 calls would be changed; nothing was sent\n")
    assert run(["bulk", "replace", news, "--live", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["planned"] == 5
    assert sum(map(outage.documents, calls)) == 0


def test_a_function_gets_the_columns(outage: "Outage", tmp_path: Path) -> None:
    """Of the CSV file, by name."""
    [call_id] = outage.wait(1)
    calls, script = tmp_path / "calls.csv", tmp_path / "hello.py"
    calls.write_text(f"call_id,name\n{call_id},Ada\n")
    script.write_text(
        "from bxml import Bxml\n"
        "def hello(call, name):\n"
        "    return Bxml().speak_sentence(f'Hello {name}.').pause(duration=9)\n"
    )
    journal = str(outage.journal)
    arguments = ["bulk", "replace", f"{script}:hello", "--calls", str(calls)]
    assert run([*arguments, "--journal", journal, *SOON]) == 0
    assert outage.callers[0].hears("Hello Ada.")


def test_calls_of_scripts_are_left_out(
    outage: "Outage", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their ids come from a CSV file."""
    ours, theirs = outage.wait(2)
    scripts = tmp_path / "scripts.csv"
    scripts.write_text(f"call_id\n{theirs}\n")
    arguments = ["bulk", "hangup", "--live", "--scripts", str(scripts)]
    assert run([*arguments, "--journal", str(outage.journal)]) == 0
    assert "left out: 1 script" in capsys.readouterr().err
    states = [outage.simulator.call(call_id).state for call_id in (ours, theirs)]
    assert states == ["disconnected", "answered"]


def test_hangup_redirect_and_return(outage: "Outage", news: str) -> None:
    """The other commands, each with a journal of its own."""
    first, second, third = outage.wait(3)
    folder = outage.folder
    one = ["--call", first, "--journal", str(folder / "1.db"), *SOON]
    two = ["--call", second, "--journal", str(folder / "2.db"), *SOON]
    three = ["--call", third, "--journal", str(folder / "3.db"), *SOON]
    assert run(["bulk", "hangup", *one]) == 0
    assert run(["bulk", "redirect", "http://application.test/wait", *two]) == 0
    assert run(["bulk", "replace", news, *three]) == 0
    back = ["bulk", "return", str(folder / "3.db"), "--to", "http://application.test/wait"]
    assert run([*back, "--canary-seconds", "0"]) == 0
    assert outage.callers[0].ended
    kinds = [[event.event_type for event in each.events] for each in outage.callers]
    assert ["redirect" in each for each in kinds] == [False, True, True]
    assert bulk.read_report(folder / "3.db.return").done == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--live"], "Missing option '--journal'"),
        (["--journal", "x.db"], "expected one of --calls, --call, --live and"),
        (["--journal", "x.db", "--live", "--call", "c-1"], "expected one of --calls, --call"),
        (["--journal", "x.db", "--call", "c-1", "--sweep"], "--to, --from and --sweep need --live"),
        (["--journal", "x.db", "--calls", "missing.csv"], "missing.csv: expected a readable file"),
        (["--journal", "/missing/x.db", "--live"], "/missing/x.db: No such file or directory"),
        (["--journal", "x.db", "--live", "--max", "2"], "expected 2 calls at most, got 3"),
    ],
)
def test_usage(
    outage: "Outage",
    news: str,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: str,
) -> None:
    """Nothing is sent, and no journal is left."""
    calls = outage.wait(3)
    assert run(["bulk", "replace", news, *arguments]) == 2
    assert expected in capsys.readouterr().err
    assert sum(map(outage.documents, calls)) == 0
    assert not Path("x.db").exists()


def test_exit_codes(outage: "Outage", news: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused 1, unknown 3, stopped 4 with the command that resumes."""
    outage.wait(9)

    def code(name: str, status: int, times: int) -> int:
        outage.simulator.fail_next(status, times=times, operation="updateCallBxml")
        journal = str(outage.folder / name)
        return run(["bulk", "replace", news, "--live", "--journal", journal, *SOON])

    assert code("refused", 400, 1) == 1
    assert code("unknown", 500, 1) == 3
    assert code("stopped", 403, 1) == 4
    journal = outage.folder / "stopped"
    assert f"to continue: callcontrol bulk resume {journal}" in capsys.readouterr().err
    outage.simulator.fail_next(404, times=9, operation="updateCallBxml")
    assert run(["bulk", "resume", str(journal), "--canary", "0"]) == 0
    assert run(["bulk", "report", str(outage.folder / "none")]) == 2


def test_progress_shows_counts_429s_and_the_time_left() -> None:
    """On one line of a terminal."""
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=200)
    with BulkProgress(console) as progress:
        progress(bulk.Report(journal="x.db", done=10, planned=90))
        time.sleep(0.01)
        progress(bulk.Report(journal="x.db", done=40, planned=50, unknown=10, limited=3))
    assert "40 done, 10 unknown, 50 planned; " in page.getvalue()
    assert re.search(r"/s; 429: 3; [0-9]+ s left", page.getvalue())


def test_the_number_is_typed_at_a_terminal(outage: "Outage", news: str) -> None:
    """Another answer sends nothing."""
    calls = outage.wait(2)
    arguments = ["replace", news, "--live", "--journal", str(outage.journal), *SOON]
    for typed, code in (("3", 2), ("2", 0)):
        with at_terminal([*COMMAND, *arguments], columns=200) as terminal:
            terminal.until("2 calls will be changed; type the number")
            terminal.type(f"{typed}\r")
            assert terminal.end() == code
        assert sum(map(outage.documents, calls)) == (2 if code == 0 else 0)


def test_ctrl_c_shows_the_command_that_resumes(outage: "Outage", news: str) -> None:
    """The exit code is 4, and what was under way is complete."""
    outage.wait(5)
    journal = outage.journal
    arguments = ["replace", news, "--live", "--journal", str(journal), "--no-watch"]
    with subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        wait_until(
            lambda: journal.exists() and bulk.read_report(journal).done == 3, "the canary is done"
        )
        process.send_signal(signal.SIGINT)
        shown = process.stderr.read()
    assert process.returncode == 4
    assert f"to continue: callcontrol bulk resume {journal}" in shown
    report = bulk.read_report(journal)
    assert (report.done, report.planned, report.sent) == (3, 2, 0)
    assert bulk.resume(journal, outage.client, options=QUICK).done == 5


def test_abort_in_another_terminal(outage: "Outage", news: str) -> None:
    """The run ends with the reason."""
    outage.wait(5)
    journal = outage.journal
    arguments = ["replace", news, "--live", "--journal", str(journal), "--no-watch"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        wait_until(
            lambda: journal.exists() and bulk.read_report(journal).done == 3, "the canary is done"
        )
        assert run(["bulk", "abort", str(journal), "--reason", "wrong file"]) == 0
        assert "2 planned; stopped: aborted: wrong file" in process.stdout.read()
    assert process.returncode == 4
