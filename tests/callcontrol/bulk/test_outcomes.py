"""The outcome of each request: what is sent again, what is not, and what stops a run."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from callcontrol import AsyncClient, Client, bulk
from callcontrol.bulk import AdaptivePace, BulkError, Report, Safety
from callcontrol.bulk.work import outcome_of
from callcontrol.errors import (
    STATUS_ERRORS,
    OutcomeUnknownError,
    ReplyError,
    RequestLine,
    TokenError,
    TransportError,
)
from tests.callcontrol.bulk.conftest import NEWS, QUICK
from tests.waiting import refused_port, wait_until

if TYPE_CHECKING:
    from callcontrol.errors import CallControlError
    from tests.callcontrol.bulk.conftest import Outage

NO_CANARY = replace(QUICK, safety=Safety(canary=0))
LINE = RequestLine("PUT", "https://voice.example/calls/c-1/bxml")


async def _in_event_loop(outage: "Outage", plan: bulk.Plan) -> Report:
    simulator = outage.simulator
    async with AsyncClient(
        simulator.account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
    ) as client:
        return await plan.run_async(client, journal=outage.journal, options=QUICK)


def with_threads(outage: "Outage", plan: bulk.Plan) -> Report:
    """Run with threads."""
    return plan.run(outage.client, journal=outage.journal, options=QUICK)


def with_async_client(outage: "Outage", plan: bulk.Plan) -> Report:
    """Run in an event loop."""
    return asyncio.run(_in_event_loop(outage, plan))


both = pytest.mark.parametrize("run", [with_threads, with_async_client])
Runner = Callable[["Outage", bulk.Plan], Report]


@both
def test_limits_of_the_platform_are_waited_for(outage: "Outage", run: Runner) -> None:
    """429 and 503 mean that nothing was carried out: sent again, and counted."""
    calls = outage.wait(5)
    outage.simulator.fail_next(429, times=2, retry_after=0.2, operation="updateCallBxml")
    report = run(outage, bulk.replace(calls, NEWS))
    assert (report.done, report.limited) == (5, 2)
    assert bulk.resume(outage.journal, outage.client, options=QUICK).limited == 2


@both
def test_an_unknown_outcome_is_not_repeated(outage: "Outage", run: Runner) -> None:
    """A 500 may hide a success: the call is reported, and changed again only on request."""
    calls = outage.wait(5)
    outage.simulator.fail_next(500, operation="updateCallBxml", processed=True)
    report = run(outage, bulk.replace(calls, NEWS))
    assert (report.done, report.unknown) == (4, 1)
    assert sum(map(outage.documents, calls)) == 5
    report = bulk.resume(outage.journal, outage.client, unknown="repeat", options=QUICK)
    assert (report.done, report.unknown, report.maybe_twice) == (5, 0, 1)
    assert sum(map(outage.documents, calls)) == 6


@both
def test_a_token_that_expires_is_renewed(outage: "Outage", run: Runner) -> None:
    """No call is lost, and none is changed twice."""
    calls = outage.wait(5)
    plan = bulk.replace(bulk.live_calls(outage.client), NEWS)
    outage.simulator.expire_tokens()
    report = run(outage, plan)
    assert (report.done, report.stopped) == (5, None)
    assert all(each.hears("We are back soon.") for each in outage.callers)
    assert len(calls) == report.total


@both
def test_refused_credentials_stop_the_run(outage: "Outage", run: Runner) -> None:
    """Everything is still planned."""
    calls = outage.wait(5)
    outage.simulator.fail_next(403, times=5, operation="updateCallBxml")
    report = run(outage, bulk.replace(calls, NEWS))
    assert (report.planned, report.total) == (5, 5)
    assert str(report.stopped).startswith("403 ")
    assert not report.is_complete


@both
def test_the_list_is_read_first(outage: "Outage", run: Runner) -> None:
    """Calls that a change would harm are left out, also if they were given by id."""
    caller, agent = outage.talk()
    report = run(outage, bulk.replace([caller.call_id, agent.call_id], NEWS))
    assert report.excluded == {"talking": 1, "transfer-leg": 1}
    assert report.total == 0


def test_a_platform_that_cannot_be_reached(tmp_path: "os.PathLike[str]") -> None:
    """Nothing was sent, so the calls stay planned; the run stops by itself."""
    from callcontrol.bulk import dispatcher

    with refused_port() as port, pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatcher, "UNSENT_WAIT", 0.01)
        patch.setattr(dispatcher, "MOST_ATTEMPTS", 3)
        address = f"http://127.0.0.1:{port}"
        options = replace(NO_CANARY, look_up=False)
        with Client("9900000", username="u", password="p", base_url=address) as client:
            path = os.path.join(tmp_path, "bulk.db")  # noqa: PTH118 - as users may write it
            report = bulk.replace(["c-1", "c-2"], NEWS).run(client, journal=path, options=options)
    assert (report.planned, report.unknown, report.refused) == (2, 0, 0)
    assert "not sent after 3 attempts: expected a connection" in str(report.stopped)


def _errors() -> "dict[str, tuple[CallControlError, str]]":
    unsent = TransportError(LINE, "expected a connection, got none")
    unsent.may_have_acted = False
    by_status = {400: "refused", 401: "rejected", 403: "rejected", 404: "gone", 409: "refused"}
    by_status |= {429: "limited", 500: "unknown", 503: "unsent"}
    found: dict[str, tuple[CallControlError, str]] = {
        str(status): (STATUS_ERRORS[status](LINE, status), result)
        for status, result in by_status.items()
    }
    return found | {
        "not sent": (unsent, "unsent"),
        "lost": (TransportError(LINE, "expected a reply, got none"), "unknown"),
        "in doubt": (OutcomeUnknownError(LINE, "expected a reply, got none"), "unknown"),
        "page of a proxy": (ReplyError(LINE, "expected JSON, got HTML", 200), "unknown"),
        "no token now": (TokenError(LINE, "expected a token", 503), "unsent"),
        "too many tokens": (TokenError(LINE, "expected a token", 429), "unsent"),
        "no token": (TokenError(LINE, "expected a token", 401), "rejected"),
    }


ERRORS = _errors()


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    """Only what certainly did nothing is sent again."""
    error, result = ERRORS[name]
    assert outcome_of(error).result == result


def test_ctrl_c_finishes_what_is_under_way(outage: "Outage") -> None:
    """Nothing more is handed out, and the report names the command that resumes."""
    calls = outage.wait(6)
    options = replace(QUICK, safety=Safety(canary_seconds=60))
    seen: list[Report] = []

    def interrupt(report: Report) -> None:
        seen.append(report)
        if report.done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    plan = bulk.replace(calls, NEWS)
    report = plan.run(
        outage.client,
        journal=outage.journal,
        options=options,
        on_progress=interrupt_once(interrupt),
    )
    assert (report.done, report.planned, report.sent) == (3, 3, 0)
    assert report.stopped == "interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def interrupt_once(interrupt: Callable[[Report], None]) -> Callable[[Report], None]:
    """Return a function that passes on reports until the first one with three calls done."""
    over: list[Report] = []

    def pass_on(report: Report) -> None:
        if not over:
            interrupt(report)
            if report.done == 3:
                over.append(report)

    return pass_on


def test_an_error_of_the_progress_function_loses_nothing(outage: "Outage") -> None:
    """It ends the run once the outcomes under way are written."""
    calls = outage.wait(5)

    def fail(_report: Report) -> None:
        raise LookupError

    plan = bulk.replace(calls, NEWS)
    with pytest.raises(LookupError):
        plan.run(outage.client, journal=outage.journal, options=QUICK, on_progress=fail)
    report = bulk.read_report(outage.journal)
    assert (report.sent, report.total) == (0, 5)
    assert report.stopped == "LookupError: "
    assert bulk.resume(outage.journal, outage.client, options=QUICK).done == 5
    assert [outage.documents(call_id) for call_id in calls] == [1] * 5


def test_a_cancelled_task_finishes_what_is_under_way(outage: "Outage") -> None:
    """And raises CancelledError; the journal can be resumed."""
    calls = outage.wait(5)

    async def cancelled() -> None:
        task = asyncio.create_task(_in_event_loop(outage, bulk.replace(calls, NEWS)))
        await asyncio.to_thread(wait_until, outage.journal.exists, "the journal exists")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert bulk.read_report(outage.journal).sent == 0
    assert bulk.resume(outage.journal, outage.client, options=QUICK).done == 5
    assert [outage.documents(call_id) for call_id in calls] == [1] * 5


def test_a_plan_of_fewer_calls_than_the_canary(outage: "Outage") -> None:
    """It is watched as well."""
    calls = outage.wait(1)
    report = bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.stopped) == (1, None)
    reads = [each for each in outage.simulator.requests if each.path.endswith(f"/calls/{calls[0]}")]
    assert len(reads) == 1


def test_states_that_cannot_be_read_stop_the_run(outage: "Outage") -> None:
    """A canary that shows nothing proves nothing."""
    calls = outage.wait(6)
    outage.simulator.fail_next(404, times=3, operation="getCallState")
    report = bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.planned) == (3, 3)
    assert "the state of no canary could be read" in str(report.stopped)


def test_states_are_read_again_after_a_failure(outage: "Outage") -> None:
    """A platform that is busy for a moment stops nothing."""
    calls = outage.wait(4)
    outage.simulator.fail_next(500, times=2, operation="getCallState")
    report = bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.stopped) == (4, None)


def test_ids_are_redirected_and_ended(outage: "Outage") -> None:
    """The other two actions."""
    first, second = outage.wait(2)
    bulk.redirect([first], "http://application.test/wait").run(
        outage.client, journal=outage.journal, options=QUICK
    )
    bulk.hang_up([second]).run(outage.client, journal=outage.folder / "ends.db")
    assert "redirect" in [event.event_type for event in outage.callers[0].events]
    assert outage.callers[1].ended


def test_a_pace_of_ones_own(outage: "Outage") -> None:
    """It is asked instead of the adaptive one."""
    pace = AdaptivePace(5)
    calls = outage.wait(2)
    options = replace(NO_CANARY, pace=pace)
    bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=options)
    assert len(pace._accepted) == 2


def test_settings_are_checked(outage: "Outage") -> None:
    """Before the journal is made."""
    plan = bulk.replace(["c-1"], NEWS)
    with pytest.raises(BulkError, match="rate: expected a number above 0, got -1"):
        plan.run(outage.client, journal=outage.journal, rate=-1)
    with pytest.raises(BulkError, match='unknown: expected "report" or "repeat", got \'retry\''):
        plan.run(outage.client, journal=outage.journal, unknown="retry")  # type: ignore[arg-type] # a typo
    with pytest.raises(BulkError, match="workers: expected 1 or more, got 0"):
        bulk.RunOptions(workers=0)
    with pytest.raises(BulkError, match="calls: expected a call id"):
        bulk.replace(["a/b"], NEWS)
    assert not outage.journal.exists()
