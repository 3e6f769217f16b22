"""examples/applications/assistant_flask.py: Gather speech, answer, Gather again."""

import pytest
from click.testing import CliRunner

from callcontrol import pytest_plugin
from callcontrol.cli.commands import cli
from callcontrol.explorer import explore
from callcontrol.simulator import Assumptions, Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.assistant_flask import app

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

NUMBER = "+19195551234"
MORE = "What else can I do for you?"
SORRY = "I am sorry that I cannot help you. Goodbye."


@pytest.fixture
def call(simulator: Simulator) -> PhoneCall:
    """Return the phone of a caller who has just been asked."""
    return simulator.dial_in(app, to=NUMBER, url="/voice")


def test_questions_are_answered_one_after_the_other(call: PhoneCall) -> None:
    """Any number of them, in any words."""
    assert call.hears("How can I help you?")
    for _ in range(3):
        call.says("when do you OPEN")
        assert call.hears(f"We are open from nine to five, Monday to Friday. {MORE}")
        call.says("And where is that?", seconds=8)
        assert call.hears(f"We are in the old mill by the river. {MORE}")
    call.says("Well, goodbye!")
    assert call.hears("Thank you for calling. Goodbye.")
    assert call.cause == "hangup"


def test_words_that_are_not_understood(call: PhoneCall) -> None:
    """Two more tries, then an apology; an understood question counts anew."""
    call.says("Bananas")
    assert call.hears("I did not understand.")
    call.says("Where are you?")
    for _ in range(2):
        call.says("Bananas")
        assert call.hears("Please say that again.")
    call.says("Bananas")
    assert call.hears(SORRY)
    assert call.ended


@pytest.mark.parametrize("text", ["absent", "empty"])
def test_silence_ends_the_call(text: str) -> None:
    """Whether the event has an empty text then, or none."""
    options = {"absent": Assumptions(), "empty": Assumptions(text_without_speech="empty")}
    simulator = Simulator(assumptions=options[text])
    call = simulator.dial_in(app, to=NUMBER, url="/voice")
    call.waits(seconds=60)
    assert call.transcript[1:] == (
        *("I did not understand. Please say that again.",) * 2,
        SORRY,
    )
    assert call.ended


def test_speech_stops_the_prompt(simulator: Simulator) -> None:
    """A caller who knows the assistant need not wait."""
    call = simulator.dial_in(app, to=NUMBER, url="/voice", run=False)
    call.waits(seconds=0.1)
    call.says("Where?", seconds=1)
    assert call.hears("the old mill")


def test_keys_are_no_words(call: PhoneCall) -> None:
    """They have no effect on a Gather for speech."""
    call.press("1")
    assert call.says_nothing
    assert not call.ended


@pytest.mark.parametrize("how", ["busy", "decline", "no_answer"])
def test_an_agent_who_is_busy(call: PhoneCall, how: str) -> None:
    """The assistant listens again."""
    call.says("Let me talk to an agent.")
    assert call.transferring_to == ["+19195550111"]
    getattr(call.legs[0], how)()
    assert call.hears(f"All agents are busy. {MORE}")
    call.says("Goodbye.")
    assert call.ended


def test_an_agent_answers(call: PhoneCall) -> None:
    """Both talk until the agent hangs up."""
    call.says("An agent, please")
    [agent] = call.legs
    agent.answer()
    assert call.hears_person(agent)
    agent.hang_up()
    assert call.hears("Thank you for calling.")


def test_it_is_dialled_from_a_terminal() -> None:
    """With a script; everything that is expected was heard."""
    script = 'say "Where are you; and when do you open?"; wait; say Goodbye.'
    expected = ("--expect", "from nine to five", "--expect", "Thank you for calling")
    target = ("examples.applications.assistant_flask:app", "--path", "/voice")
    result = CliRunner().invoke(cli, ["dial", *target, "--script", script, *expected])
    assert result.exit_code == 0, result.output
    assert 'said       "Goodbye." (0.5 s)\n' in result.stdout


def test_exploring_without_words_says_so() -> None:
    """Silence alone finds no fault, and is no proof."""
    report = explore(app, url="/voice")
    assert not report.faults
    [note] = report.remarks()
    assert note == (
        'tried without speech: "How can I help you?" and 2 more states; '
        "name words to say with --say"
    )


def test_a_request_that_is_no_event_is_refused() -> None:
    """The answer is a 400 that says why, and never a traceback."""
    reply = app.test_client().post("/said", data="hello")
    assert (reply.status_code, reply.text.partition(":")[0]) == (400, "event")
