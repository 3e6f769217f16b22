"""Executors of the user's own: processes, threads, and a Dask cluster that loses a worker."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callcontrol import CallState, bulk
from callcontrol.bulk import BulkError, work
from callcontrol.bulk.journal import Journal
from callcontrol.bulk.work import Outcome, WorkUnit, perform_here
from tests.bulk_kills.kills import platform, received
from tests.callcontrol.bulk.conftest import NEWS, QUICK
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.callcontrol.bulk.conftest import Outage

UNIT = WorkUnit(1, "replace", "c-1", "9900000", NEWS.to_bytes())


@pytest.fixture
def environment(outage: "Outage", monkeypatch: pytest.MonkeyPatch) -> "Iterator[Outage]":
    """Set the variables of workers."""
    simulator = outage.simulator
    monkeypatch.setenv("BW_ACCOUNT_ID", simulator.account_id)
    monkeypatch.setenv("BW_CLIENT_ID", simulator.client_id)
    monkeypatch.setenv("BW_CLIENT_SECRET", simulator.client_secret)
    monkeypatch.setenv("BW_VOICE_URL", simulator.base_url)
    monkeypatch.setenv("BW_TOKEN_URL", simulator.token_url)
    yield outage
    work._client_of_process.cache_clear()


def test_processes(environment: "Outage") -> None:
    """Their credentials come from the environment, and the executor stays usable."""
    calls = environment.wait(5)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        plan = bulk.replace(calls, NEWS)
        report = plan.run(
            environment.client, journal=environment.journal, executor=executor, options=QUICK
        )
        assert executor.submit(abs, -1).result(PATIENCE) == 1
    assert (report.done, report.maybe_twice) == (5, 0)
    assert [environment.documents(call_id) for call_id in calls] == [1] * 5


def test_an_executor_that_takes_no_work(environment: "Outage") -> None:
    """Nothing was sent, so everything stays planned."""
    calls = environment.wait(2)
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    plan = bulk.replace(calls, NEWS)
    report = plan.run(
        environment.client, journal=environment.journal, executor=executor, options=QUICK
    )
    assert (report.planned, report.sent) == (2, 0)
    assert report.stopped == "the executor takes no more work: RuntimeError"


def _exit(_unit: WorkUnit) -> Outcome:
    os._exit(1)


def test_a_worker_that_dies(environment: "Outage", monkeypatch: pytest.MonkeyPatch) -> None:
    """Its request may have been carried out; the rest stays planned."""
    from callcontrol.bulk import engine

    monkeypatch.setattr(engine, "perform_here", _exit)
    calls = environment.wait(4)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        plan = bulk.replace(calls, NEWS)
        report = plan.run(
            environment.client, journal=environment.journal, executor=executor, options=QUICK
        )
    assert report.unknown >= 1
    assert report.done == 0
    assert report.unknown + report.planned == 4
    assert not report.is_complete or report.stopped


def test_a_worker_of_another_account(environment: "Outage") -> None:
    """Does nothing, also if its environment has no credentials."""
    calls = environment.wait(1)
    other = replace(UNIT, call_id=calls[0], account_id="1234567")
    outcome = perform_here(other)
    assert outcome.result == "rejected"
    assert "expected account 1234567, got 9900000" in outcome.text
    work._client_of_process.cache_clear()
    del os.environ["BW_CLIENT_SECRET"]
    outcome = perform_here(other)
    assert outcome.result == "rejected"
    assert "BW_CLIENT_SECRET" in outcome.text


def test_a_unit_has_no_secrets(outage: "Outage") -> None:
    """It can be pickled, and contains neither credentials of the platform nor the client."""
    content = pickle.dumps(UNIT)
    assert pickle.loads(content) == UNIT  # noqa: S301 - our own
    assert "We are back" not in repr(UNIT)
    assert outage.simulator.client_secret.encode() not in content


def test_skip_if_must_be_picklable(outage: "Outage") -> None:
    """Refused before the journal is made."""

    def local(_call: CallState) -> bool:
        return False

    with ThreadPoolExecutor(1) as executor, pytest.raises(BulkError, match="skip_if: expected"):
        bulk.replace(["c-1"], NEWS).run(
            outage.client,
            journal=outage.journal,
            executor=executor,
            options=replace(QUICK, skip_if=local),
        )
    assert not outage.journal.exists()


def test_a_dask_cluster_that_loses_a_worker(tmp_path: Path) -> None:
    """Refused unless repeats are accepted; then every call that was changed twice is counted."""
    calls = 60
    journal = tmp_path / "bulk.db"
    with platform(0.4) as port:
        variables = {
            "BW_ACCOUNT_ID": "9900000",
            "BW_USERNAME": "u",
            "BW_PASSWORD": "p",
            "BW_VOICE_URL": f"http://127.0.0.1:{port}",
        }
        command = [sys.executable, "-m", "tests.bulk_kills.dask_run", str(journal), str(port)]
        done = subprocess.run(
            [*command, str(calls)],
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            timeout=3 * PATIENCE,
            check=True,
        )
        counts = received(port)
    found = json.loads(done.stdout.splitlines()[-1])
    with closing(Journal.open(journal)) as opened:
        counted = {row.call_id for row in opened.rows() if row.maybe_twice}
    assert found == {"done": calls, "twice": len(counted), "refused": True, "usable": True}
    assert len(counts) == calls
    twice = {call_id for call_id, n in counts.items() if n > 1}
    assert twice
    assert twice <= counted
    assert len(counted) < calls / 2
