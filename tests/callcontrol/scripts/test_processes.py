"""Two processes with one journal in a file."""

import subprocess
import sys
from pathlib import Path

from callcontrol.events import GatherEvent, InitiateEvent
from callcontrol.scripts import ScriptRequest, Scripts
from callcontrol.scripts.journals import SQLiteJournal
from tests.callcontrol.scripts.counting import counting, counts
from tests.waiting import PATIENCE

STEPS = 100


def query_of(document: str) -> str:
    """Return the query of the first address in a document."""
    return document.partition('="?')[2].partition('"')[0].replace("&amp;", "&")


def test_two_processes_on_one_webhook(tmp_path: Path) -> None:
    """One runs it, both give the same reply, and each function is called once."""
    path = tmp_path / "runs.db"
    app = Scripts(counting, journal=SQLiteJournal(path))
    reply = app.handle(ScriptRequest(body=InitiateEvent(call_id="c-1").to_json().encode()))
    document = reply.body.decode()
    command = [sys.executable, "-m", "tests.callcontrol.scripts.counting", str(path)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for step in range(STEPS):
            for worker in workers:  # both get it before either is waited for
                assert worker.stdin is not None
                body = GatherEvent(call_id="c-1", digits=str(step % 10)).to_json()
                worker.stdin.write(f"{query_of(document)} {body}\n")
                worker.stdin.flush()
            replies = [worker.stdout.readline() for worker in workers if worker.stdout]
            assert replies[0] == replies[1] != ""
            document = replies[0]
    finally:
        for worker in workers:
            worker.communicate(timeout=PATIENCE)
    assert f"Count {STEPS}." in document
    assert counts(path) == STEPS
    app.close()
