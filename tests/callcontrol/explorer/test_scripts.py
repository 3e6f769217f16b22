"""Call scripts: their states are lines and variables, not the steps in their URLs."""

import re
from collections.abc import Callable

import pytest

from bxml import Pause, PhoneNumber, SpeakSentence
from callcontrol.explorer import Report, explore
from callcontrol.scripts import Call, Scripts, Signal, script, whisper
from examples.applications import (
    ivr_flask,
    ivr_script,
    voicemail_fastapi,
    voicemail_script,
    waiting_room_script,
    waiting_room_wsgi,
)

AGENT_FREE = Signal("agent-free", str)
VOICE = "/voice/"


def flow(report: Report) -> str:
    """Return the picture of a call flow."""
    assert not report.faults, report
    return report.graph.mermaid()


@pytest.mark.parametrize(
    ("as_script", "as_webhooks", "states"),
    [
        pytest.param(
            lambda: explore(ivr_script.app, code=[ivr_script]),
            lambda: explore(ivr_flask.app, url="/voice"),
            13,
            id="ivr",
        ),
        pytest.param(
            lambda: explore(voicemail_script.app, url=VOICE, disconnect_url=VOICE),
            lambda: explore(voicemail_fastapi.app, url="/voice"),
            4,
            id="voicemail",
        ),
        pytest.param(
            lambda: explore(waiting_room_script.app, url=VOICE, disconnect_url=VOICE),
            lambda: explore(
                waiting_room_wsgi.WaitingRoom(),
                url="/voice",
                disconnect_url="/voice",
                allow=["loop-without-exit"],
            ),
            1,
            id="waiting room",
        ),
    ],
)
def test_a_script_has_the_states_of_its_webhook_form(
    as_script: Callable[[], Report], as_webhooks: Callable[[], Report], states: int
) -> None:
    """And the same ways between them; a hold needs no `allow`, for another program ends it."""
    found = flow(as_script()).replace(" (waits for another program)", " ...")
    assert found == flow(as_webhooks())
    assert len(re.findall(r"^ +s\d+[^ \d]", found, re.MULTILINE)) == states


def explored(name: str) -> Report:
    """Return what is found in a script."""
    return explore(Scripts(SCRIPTS[name]))


@script("tries")
async def tries(call: Call) -> None:
    """Ask three times with the same words."""
    for _ in range(3):
        keys = await call.gather(SpeakSentence("A key?"), max_digits=1)
        if keys.digits:
            call.speak_sentence("Thank you.")
            return
    call.speak_sentence("Goodbye.")


@script("endless")
async def endless(call: Call) -> None:
    """Ask again and again, and count without a use."""
    count = 0
    while True:
        count = count + 1 if count < 0 else 0
        await call.gather(SpeakSentence("A key?"), max_digits=1)


@script("hold")
async def hold(call: Call) -> None:
    """Wait for ten minutes."""
    try:
        await call.wait_for(
            AGENT_FREE, hold=[SpeakSentence("Please wait."), Pause(duration=60)], timeout=600
        )
    except TimeoutError:
        call.speak_sentence("Please call again.")


@script("silent")
async def silent(call: Call) -> None:
    """Say the same three times; no action is possible meanwhile."""
    for _ in range(3):
        await call.speak_sentence("One moment.")
    await call.gather(SpeakSentence("A key?"), max_digits=1)


@whisper
async def brief(call: Call) -> None:
    """Ask the callee, twice with the same words."""
    for _ in range(2):
        keys = await call.gather(SpeakSentence("Press 1."), max_digits=1)
        if keys.digits == "1":
            return
    call.refuse()


@script("whispers")
async def whispers(call: Call) -> None:
    """Dial a callee who is asked."""
    talk = await call.transfer(PhoneNumber("+19195550111"), answered=brief)
    call.speak_sentence(talk.outcome)


SCRIPTS = {each.name: each for each in (tries, endless, hold, silent, whispers)}


def titles(report: Report) -> list[str]:
    """Return the titles of all states, with those of their actions."""
    lines = report.graph.mermaid().splitlines()
    return sorted(line.split('"')[1] for line in lines if "-->" not in line and '"' in line)


def test_a_loop_is_one_state_for_each_of_its_rounds() -> None:
    """The counter of a `for` is in no variable that is read, and counts all the same."""
    report = explored("tries")
    assert not report.faults
    assert titles(report) == ["A key?", "A key?", "A key?", "Goodbye.", "Thank you."]


def test_a_loop_without_an_exit_is_found() -> None:
    """Steps in URLs would make it a new state each time."""
    [fault] = explored("endless").faults
    assert fault.kind == "loop-without-exit"


def test_time_leads_out_of_a_hold() -> None:
    """However many rounds it has."""
    report = explored("hold")
    assert not report.faults
    assert titles(report) == ["Please call again.", "Please wait. (waits for another program)"]


def test_equal_documents_are_no_loop_if_the_script_counts_them() -> None:
    """It goes on by itself."""
    report = explored("silent")
    assert "A key?" in titles(report)
    assert not report.faults


def test_a_whisper_is_part_of_the_state() -> None:
    """Its rounds differ by its own variables."""
    report = explored("whispers")
    assert not report.faults
    found = titles(report)
    assert [title for title in found if "Press 1." in title] == ["+19195550111: Press 1."] * 2
    assert {"talked", "refused", "unanswered"} <= set(found)


def test_faults_at_different_steps_of_a_script_are_one() -> None:
    """Their URLs differ by the step only."""
    faults = explore(Scripts(tries), slow=0.0).faults
    webhooks = [fault.text.partition("?")[0] for fault in faults]
    assert sorted({*webhooks}) == sorted(webhooks)


def test_an_application_is_explored_twice_with_the_same_result() -> None:
    """Its calls have the same ids, and it forgets those of the first time."""
    app = Scripts(tries)
    assert flow(explore(app)) == flow(explore(app))
