"""No harm is done: what is left out, the canary and the breaker, on the simulator."""

from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from bxml import Bxml
from callcontrol import CallState, bulk
from callcontrol.bulk import BulkError, Report, Safety, Selection, selection
from callcontrol.bulk.journal import Journal
from tests.callcontrol.bulk.conftest import LINE, NEWS, QUICK, line

if TYPE_CHECKING:
    from tests.callcontrol.bulk.conftest import Outage


def test_all_waiting_callers_hear_the_news(outage: "Outage") -> None:
    """Each once."""
    outage.wait(8)
    seen: list[Report] = []
    plan = bulk.replace(bulk.live_calls(outage.client), NEWS)
    report = plan.run(outage.client, journal=outage.journal, on_progress=seen.append, options=QUICK)
    assert (report.done, report.total, report.stopped) == (8, 8, None)
    assert seen[-1] == report
    assert report == bulk.read_report(outage.journal)
    assert [outage.documents(each.call_id) for each in outage.callers] == [1] * 8
    assert all(each.hears("We are back soon.") for each in outage.callers)


def test_a_document_that_ends_calls_is_stopped(outage: "Outage") -> None:
    """A 204 only means accepted: after three calls the canary shows that the audio is missing."""
    calls = outage.wait(9)
    address = outage.simulator.mount(line)
    dead = Bxml().play_audio(f"{address}missing.wav").pause(duration=60)
    report = bulk.replace(calls, dead).run(
        outage.client,
        journal=outage.journal,
        options=replace(QUICK, safety=Safety(canary_seconds=1)),
        on_progress=lambda _: outage.simulator.advance(1),
    )
    assert (report.done, report.planned) == (3, 6)
    assert "application-error" in str(report.stopped)
    assert report.resume_command == f"callcontrol bulk resume {outage.journal}"
    assert sum(bool(each.ended) for each in outage.callers) == 3


@pytest.mark.parametrize("by", ["ids", "list", "list with a filter"])
def test_no_talking_pair_is_cut(outage: "Outage", by: str) -> None:
    """Neither the caller nor the agent, however the calls were chosen."""
    [waiting] = outage.wait(1)
    caller, agent = outage.talk()
    chosen: list[str] | Selection = [waiting, caller.call_id, agent.call_id]
    if by != "ids":
        chosen = bulk.live_calls(outage.client, to=None if by == "list" else LINE)
    report = bulk.replace(chosen, NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    legs = {} if by == "list with a filter" else {"transfer-leg": 1}
    assert (report.done, report.excluded) == (1, {"talking": 1, **legs})
    assert not caller.ended
    assert not agent.ended
    assert outage.documents(caller.call_id) == outage.documents(agent.call_id) == 0


def test_what_is_left_out_can_be_asked_for(outage: "Outage") -> None:
    """By the name under which it was counted."""
    caller, agent = outage.talk()
    plan = bulk.replace([caller.call_id], NEWS, include=["talking"])
    report = plan.run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.excluded) == (1, {})
    assert agent.ended
    with pytest.raises(BulkError, match=r"include: expected ended, .*, got 'tlaking'"):
        bulk.replace([caller.call_id], NEWS, include=["tlaking"])  # type: ignore[list-item] # a typo


def test_no_call_of_a_script_is_touched(outage: "Outage") -> None:
    """The ids that belong to programs of the user's own are left out and counted."""
    ours, theirs = outage.wait(2)
    selection = bulk.live_calls(outage.client, scripts=[theirs])
    report = bulk.hang_up(selection).run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.excluded) == (1, {"script": 1})
    assert outage.simulator.call(ours).state == "disconnected"
    assert outage.simulator.call(theirs).state == "answered"


def test_ringing_and_ended_calls_are_left_out(outage: "Outage") -> None:
    """The platform would refuse the first, and the second are over."""
    ended, waiting = outage.wait(2)
    outage.callers[0].hang_up()
    ringing = outage.client.create_call(
        to=LINE, from_="+19195550100", application_id="a-1", answer_url="https://a.example/"
    )
    report = bulk.replace([ringing.call_id, ended, waiting], NEWS).run(
        outage.client, journal=outage.journal, options=QUICK
    )
    assert (report.done, report.excluded) == (1, {"unanswered": 1, "ended": 1})


def test_calls_that_end_during_the_run_are_gone(outage: "Outage") -> None:
    """An outcome, not an error; the canary continues with other calls."""
    calls = outage.wait(8)
    plan = bulk.replace(bulk.live_calls(outage.client), NEWS)
    for caller in outage.callers[:4]:
        caller.hang_up()
    report = plan.run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.gone, report.stopped) == (4, 4, None)
    assert len(calls) == report.total


def test_too_many_refusals_stop_the_run(outage: "Outage") -> None:
    """More than five of the last hundred."""
    calls = outage.wait(20)
    outage.simulator.fail_next(400, times=20, operation="updateCallBxml")
    report = bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    assert report.stopped == "6 of the last 6 requests were refused or unknown"
    assert 6 <= report.refused <= 8
    assert report.planned == 20 - report.refused


def test_skip_if_is_asked_before_each_request(outage: "Outage") -> None:
    """With the state of the call; an error of the function sends nothing."""
    first, *_ = outage.wait(3)

    def skip(call: CallState) -> bool:
        if call.call_id == outage.callers[1].call_id:
            raise ValueError
        return call.call_id == first

    options = replace(QUICK, skip_if=skip)
    plan = bulk.replace(bulk.live_calls(outage.client), NEWS)
    report = plan.run(outage.client, journal=outage.journal, options=options)
    assert (report.skipped, report.refused, report.done) == (1, 1, 1)
    assert [outage.documents(each.call_id) for each in outage.callers] == [0, 0, 1]


def test_abort_from_elsewhere_and_resume(outage: "Outage") -> None:
    """The run stops while it watches the canary; resuming changes the rest, none twice."""
    calls = outage.wait(6)
    slow = replace(QUICK, safety=Safety(canary_seconds=60))
    timer = Timer(0.5, bulk.abort, [outage.journal, "wrong document"])
    timer.start()
    report = bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=slow)
    timer.join()
    assert (report.done, report.planned, report.stopped) == (3, 3, "wrong document")
    report = bulk.resume(outage.journal, outage.client, options=QUICK)
    assert (report.done, report.planned, report.stopped) == (6, 0, None)
    assert [outage.documents(call_id) for call_id in calls] == [1] * 6


def test_replaced_calls_return_to_their_application(outage: "Outage") -> None:
    """Those that were replaced, and no others."""
    calls = outage.wait(2)
    outage.wait(1)
    bulk.replace(calls, NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    address = outage.simulator.mount(line)
    back = bulk.redirect(bulk.replaced_calls(outage.journal), f"{address}wait")
    report = back.run(outage.client, journal=outage.folder / "return.db", options=QUICK)
    assert report.done == 2
    kinds = [[event.event_type for event in each.events] for each in outage.callers]
    assert [each.count("redirect") for each in kinds] == [1, 1, 0]


def test_every_document_is_checked_before_anything_is_sent(outage: "Outage") -> None:
    """One bad document of a function, or a function that fails, stops all; the call is named."""
    calls = outage.wait(3)

    def document(call: CallState, name: str = "") -> str:
        assert not name
        if call.call_id == calls[1]:
            return "<Bxml><Gather maxDigits='99'/></Bxml>"
        if call.call_id == calls[2]:
            raise KeyError("name")
        return NEWS.to_bxml()

    plan = bulk.replace(calls, document)
    with pytest.raises(BulkError) as caught:
        plan.run(outage.client, journal=outage.journal)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{calls[1]}: ")
    assert second == f"{calls[2]}: the document function raised KeyError: 'name'"
    assert not outage.journal.exists()
    assert sum(map(outage.documents, calls)) == 0


def test_columns_of_a_file_are_arguments(outage: "Outage", tmp_path: Path) -> None:
    """By the names in its first line."""
    calls = outage.wait(2)
    file = tmp_path / "calls.csv"
    file.write_text(f"name,call_id\nAda,{calls[0]}\nBob,{calls[1]}\n")

    def hello(_call: CallState, name: str) -> Bxml:
        return Bxml().speak_sentence(f"Hello {name}.").pause()

    plan = bulk.replace(bulk.from_csv(file), hello)
    plan.run(outage.client, journal=outage.journal, options=QUICK)
    assert outage.callers[0].hears("Hello Ada.")
    assert outage.callers[1].hears("Hello Bob.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ":1: expected a header line with the column call_id"),
        ("id\nc-1\n", ":1: expected a header line with the column call_id"),
        ("call_id\nc-1\na/b\n", ":3: call_id: expected a call id"),
        ('call_id\n"c-1\n', ": expected CSV in UTF-8, got: "),
    ],
)
def test_bad_files(tmp_path: Path, text: str, expected: str) -> None:
    """The message names the file and the line."""
    file = tmp_path / "calls.csv"
    file.write_text(text)
    with pytest.raises(BulkError) as caught:
        bulk.from_csv(file)
    assert str(caught.value).startswith(f"{file}{expected}")


def test_a_sweep_ends_after_two_passes_without_a_new_call(
    outage: "Outage", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that comes in meanwhile is found."""
    outage.wait(1)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            outage.wait(1)

    monkeypatch.setattr(selection, "sleep", pause)
    assert len(bulk.live_calls(outage.client)) == 1
    assert pauses == []
    assert len(bulk.live_calls(outage.client, sweep=True)) == 2
    assert len(pauses) == 4


def test_early_ends_are_counted_by_cause(outage: "Outage") -> None:
    """Only those of calls that were changed."""
    calls = outage.wait(4)
    bulk.replace(calls[:3], NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    outage.callers[0].hang_up()
    outage.callers[3].hang_up()
    at = outage.simulator.now.timestamp()
    opened = Journal.open(outage.journal)
    with opened._writing():
        opened._connection.execute("UPDATE calls SET finished_at = ?", (at,))
    opened.close()
    report = bulk.look_up_ends(outage.journal, outage.client)
    assert report.ended == {"hangup": 1}
    assert bulk.read_report(outage.journal).ended == {"hangup": 1}
