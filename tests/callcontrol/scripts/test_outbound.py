"""Outbound calls: one for each key, answered or not."""

import pytest

from bxml import SpeakSentence
from callcontrol import BadRequestError, MachineDetection, OutcomeUnknownError
from callcontrol.events import AnswerEvent
from callcontrol.scripts import Call, Script, ScriptMistakeError, Signal, script
from callcontrol.scripts.journals.model import Run
from callcontrol.simulator import Simulator
from tests.callcontrol.scripts.conftest import NUMBER, MakeSite, Site

BASE = "http://scripts.test/calls"
FROM = "+19195550199"
GO = Signal("go", str)


@script("reminder")
async def reminder(call: Call) -> None:
    """Remind a person."""
    call.speak_sentence(f"Hello {call.args['name']}.")
    keys = await call.gather(SpeakSentence("Press 1."), max_digits=1)
    call.speak_sentence(f"Key {keys.digits}.")


def start(site: Site, simulator: Simulator, desk: Script, key: str = "order 17") -> Run:
    """Start a call."""
    simulator.mount(site, BASE)
    return site.scripts.start(
        simulator.client(),
        desk,
        to=NUMBER,
        from_=FROM,
        application_id="app-1",
        key=key,
        args={"name": "Ada"},
    )


def test_a_call_that_is_answered(site: MakeSite, simulator: Simulator) -> None:
    """The script gets its arguments, and is found by the id of the call."""
    app = site(reminder, base_url=BASE)
    run = start(app, simulator, reminder)
    simulator.advance(5)
    callee = simulator.phone_call(run.call_id)
    callee.answer()
    assert callee.hears("Hello Ada. Press 1.") or callee.transcript[0] == "Hello Ada."
    assert app.scripts.signal(run.call_id, GO, "x") == "waiting"
    assert app.scripts.withdraw(run.call_id, GO)
    callee.press("1")
    assert callee.hears("Key 1.")
    ended = app.journal.run(run.run_id)
    assert ended is not None
    assert (ended.state, ended.call_id) == ("ended", run.call_id)


def test_a_key_rings_one_phone(site: MakeSite, simulator: Simulator) -> None:
    """However often it is started; another key rings again."""
    app = site(reminder, base_url=BASE)
    first = start(app, simulator, reminder)
    assert start(app, simulator, reminder).call_id == first.call_id
    assert start(app, simulator, reminder, key="order 18").call_id != first.call_id
    assert len(simulator.calls) == 2


def test_a_call_that_was_refused(site: MakeSite, simulator: Simulator) -> None:
    """May be started again, with the same key."""
    app = site(reminder, base_url=BASE)
    simulator.fail_next(400, operation="createCall")
    with pytest.raises(BadRequestError):
        start(app, simulator, reminder)
    assert not simulator.calls
    assert start(app, simulator, reminder).call_id
    assert len(simulator.calls) == 1


def test_a_call_whose_outcome_is_unknown(site: MakeSite, simulator: Simulator) -> None:
    """Is not placed again; its webhooks find the run."""
    app = site(reminder, base_url=BASE)
    simulator.fail_next(500, operation="createCall", processed=True)
    with pytest.raises(OutcomeUnknownError):
        start(app, simulator, reminder)
    start(app, simulator, reminder)
    [record] = simulator.calls
    simulator.advance(5)
    callee = simulator.phone_call(record.call_id)
    callee.answer()
    assert callee.transcript[0] == "Hello Ada."
    [run] = app.journal.runs()
    assert run.call_id == record.call_id


@pytest.mark.parametrize("how", ["busy", "decline", "no_answer"])
def test_a_call_that_is_not_answered(site: MakeSite, simulator: Simulator, how: str) -> None:
    """Has a function of its own."""
    causes: list[str] = []

    @script("reminder")
    async def desk(call: Call) -> None:
        call.speak_sentence("Hello.")

    @desk.not_answered
    async def again_later(call: Call) -> None:
        await call.run(causes.append, getattr(call.first_event, "cause", ""))

    app = site(desk, base_url=BASE)
    run = start(app, simulator, desk)
    simulator.advance(5)
    getattr(simulator.phone_call(run.call_id), how)()
    assert causes == [{"busy": "busy", "decline": "rejected", "no_answer": "timeout"}[how]]
    ended = app.journal.run(run.run_id)
    assert ended is not None
    assert ended.state == "ended"


def test_machines_are_detected(site: MakeSite, simulator: Simulator) -> None:
    """The first event has the result."""

    @script("reminder")
    async def desk(call: Call) -> None:
        assert isinstance(call.first_event, AnswerEvent)
        found = call.first_event.machine_detection_result
        call.speak_sentence(f"A {found.value}." if found else "Unknown.")

    app = site(desk, base_url=BASE)
    simulator.mount(app, BASE)
    run = app.scripts.start(
        simulator.client(),
        desk,
        to=NUMBER,
        from_=FROM,
        application_id="app-1",
        key="1",
        machine_detection=MachineDetection(mode="sync"),
    )
    simulator.advance(5)
    callee = simulator.phone_call(run.call_id)
    callee.voicemail()
    callee.waits(seconds=60)
    assert "A answering-machine." in callee.transcript


def test_an_application_without_an_address(site: MakeSite, simulator: Simulator) -> None:
    """Could not be called back."""
    with pytest.raises(ScriptMistakeError, match="start: needs Scripts"):
        start(site(reminder), simulator, reminder)
