"""The journal: who may read it, and what happens if it is damaged, foreign, locked or full."""

import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callcontrol import Client, bulk
from callcontrol.bulk import JournalError
from callcontrol.bulk.journal import Journal, PlannedCall, RowChange
from callcontrol.bulk.masking import masked
from tests.bulk_kills.kills import platform, received
from tests.bulk_kills.runner import options
from tests.callcontrol.bulk.conftest import NEWS, QUICK

if TYPE_CHECKING:
    from tests.callcontrol.bulk.conftest import Outage

CALLS = [PlannedCall(f"c-{index}", "replace", b"<Bxml/>") for index in range(60)]


def changed(path: Path, statement: str, *values: object) -> None:
    """Change a journal behind its back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Return a journal with planned calls."""
    path = tmp_path / "bulk.db"
    Journal.create(path, CALLS, {"account": "9900000"}).close()
    return path


def test_what_it_says_about_a_run(outage: "Outage", monkeypatch: pytest.MonkeyPatch) -> None:
    """Who, why, where, version, account, document and command; numbers masked, mode 0600."""
    monkeypatch.setattr(sys, "argv", ["callcontrol", "bulk", "--to", "+19195551234"])
    options = bulk.RunOptions(reason="calls of +19195551234 wait", safety=QUICK.safety)
    calls = outage.wait(1)
    bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=options)
    with closing(Journal.open(outage.journal)) as opened:
        about, [row] = opened.about(), opened.rows()
        assert opened.documents() == [row.document]
    assert about["command"] == "callcontrol bulk --to **********34"
    assert about["reason"] == "calls of **********34 wait"
    assert about["account"] == outage.client.account_id
    assert all(about[name] for name in ("user", "host", "package", "version"))
    assert (row.call_id, row.state, row.attempts) == (calls[0], "done", 1)
    assert row.sent_at is not None
    assert outage.journal.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+19195551234", "**********34"),
        ("call 9195551234, now", "call ********34, now"),
        ("account 9900000", "account 9900000"),
        ("c-12345678901-1a2b", "c-12345678901-1a2b"),
    ],
)
def test_masking(text: str, expected: str) -> None:
    """Phone numbers and nothing else."""
    assert masked(text) == expected


def test_an_existing_file_is_kept(journal: Path) -> None:
    """A second run needs another name."""
    with pytest.raises(JournalError, match="the journal exists; resume it"):
        Journal.create(journal, [], {})
    with closing(Journal.open(journal)) as opened:
        assert len(opened.rows()) == len(CALLS)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_journal(journal: Path, share: float) -> None:
    """Is refused before anything is sent."""
    os.truncate(journal, int(journal.stat().st_size * share))
    with pytest.raises(JournalError, match="expected a journal of version 1, got a damaged"):
        Journal.open(journal)


@pytest.mark.parametrize("content", [b"", b"<Bxml/>", b"x" * 10_000])
def test_another_file(tmp_path: Path, content: bytes) -> None:
    """Is refused and left alone."""
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="expected a journal of version 1, got"):
        Journal.open(path)
    assert path.read_bytes() == content
    with pytest.raises(JournalError, match="expected a journal, got no such file"):
        Journal.open(tmp_path / "missing")


def test_another_version_and_another_account(journal: Path, outage: "Outage") -> None:
    """Each is named."""
    changed(journal, "UPDATE about SET value = '1234567' WHERE key = 'account'")
    with pytest.raises(JournalError, match="of account 9900000, got one of account 1234567"):
        bulk.resume(journal, outage.client)
    changed(journal, "UPDATE about SET value = '9' WHERE key = 'version'")
    with pytest.raises(JournalError, match="expected a journal of version 1, got version 9"):
        bulk.resume(journal, outage.client)


def test_two_processes_cannot_run_one_journal(journal: Path, outage: "Outage") -> None:
    """The lock is the operating system's: it is free once the first process is dead."""
    code = (
        "import sys, time; from pathlib import Path; from callcontrol.bulk.lock import held\n"
        "with held(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(journal)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(JournalError, match=f"process {process.pid} runs this journal"):
            bulk.resume(journal, outage.client)
        process.kill()
    assert bulk.resume(journal, outage.client, options=QUICK).gone == len(CALLS)


def test_totals_after_a_resume_count_everything(journal: Path, outage: "Outage") -> None:
    """Requests of a process that died are unknown, and repeated only when that is asked for."""
    calls = outage.wait(2)
    with closing(Journal.open(journal)) as opened:
        for number, call_id in enumerate(calls, 1):
            changed(journal, "UPDATE calls SET call_id = ? WHERE number = ?", call_id, number)
        opened.mark_sent([1, 2, 3], 0.0)
        opened.apply([RowChange(3, "done")])
    report = bulk.resume(journal, outage.client, options=QUICK)
    assert (report.done, report.unknown, report.gone) == (1, 2, 57)
    assert [outage.documents(call_id) for call_id in calls] == [0, 0]
    report = bulk.resume(journal, outage.client, unknown="repeat", options=QUICK)
    assert (report.done, report.unknown, report.gone, report.maybe_twice) == (3, 0, 57, 2)
    assert [outage.documents(call_id) for call_id in calls] == [1, 1]


def test_a_full_disk(tmp_path: Path) -> None:
    """Nothing is sent that could not be written before, and the rest can be resumed."""
    path = tmp_path / "bulk.db"
    with platform() as port:
        code = (
            "import tests.callcontrol.bulk.test_journal as t, sys; t.run_on_a_full_disk(sys.argv)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(path), str(port)],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert f"JournalError: {path}: the journal cannot be read or written" in done.stderr
        with closing(Journal.open(path)) as opened:
            rows = {row.call_id: row.state for row in opened.rows()}
        assert 0 < len(received(port)) < len(rows)
        assert {rows[call_id] for call_id in received(port)} <= {"sent", "done"}
        with _client(int(port)) as client:
            report = bulk.resume(path, client, unknown="repeat", options=options())
        assert (report.done, report.total) == (len(rows), len(rows))
        assert sum(received(port).values()) <= len(rows) + report.maybe_twice


def run_on_a_full_disk(arguments: list[str]) -> None:
    """Run in a process whose files cannot grow beyond a limit."""
    _, path, port = arguments
    plan = bulk.replace([f"c-{index}" for index in range(300)], NEWS)
    with _client(int(port)) as client:
        size = 100_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        plan.run(client, journal=path, options=options())


def _client(port: int) -> Client:
    return Client("9900000", username="u", password="p", base_url=f"http://127.0.0.1:{port}")
