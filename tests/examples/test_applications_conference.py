"""examples/applications/conference_flask.py: customer, agent and a coach whom one of them hears."""

from collections.abc import Callable

import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.conference_flask import app, members

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

Enter = Callable[[str], PhoneCall]
AGENT, COACH, NOBODY = "1000#", "2000#", ""


@pytest.fixture
def enter(simulator: Simulator) -> Enter:
    """Return what lets somebody call, enter a code or none, and hear what comes."""
    members.clear()

    def dial(code: str) -> PhoneCall:
        call = simulator.dial_in(app, to="+19195551234", url="/voice")
        if code:
            call.press(code)
        else:
            call.waits(seconds=10)
        return call

    return dial


def test_a_customer_waits_for_an_agent(enter: Enter) -> None:
    """Whoever enters no code is a customer, and hears when the agent comes."""
    customer = enter(NOBODY)
    assert list(customer.transcript) == [
        "Welcome. Please hold, or enter your code and press pound.",
        "You are the customer.",
        "The customer has joined.",
        "Please wait for an agent.",
    ]
    agent = enter(AGENT)
    assert agent.hears("You are the agent. The agent has joined.")
    assert customer.transcript[-1] == "The agent has joined."
    assert customer.hears_person(agent)
    assert agent.hears_person(customer)


def test_only_the_agent_hears_the_coach(enter: Enter) -> None:
    """The coach hears both, joins without a word, and stays unknown to the customer."""
    customer, agent = enter(NOBODY), enter(AGENT)
    said = customer.transcript
    coach = enter(COACH)
    assert coach.heard == ("You are the coach.",)
    assert coach.hears_person(customer)
    assert coach.hears_person(agent)
    assert agent.hears_person(coach)
    assert not customer.hears_person(coach)
    coach.hang_up()
    customer.waits(seconds=10)
    assert customer.transcript == said


def test_everybody_hears_who_leaves(enter: Enter) -> None:
    """The room goes on until the last member hangs up."""
    customer, agent = enter(NOBODY), enter(AGENT)
    agent.hang_up()
    assert customer.hears("The agent has left. Please wait for an agent.")
    again = enter(AGENT)
    assert again.hears_person(customer)
    customer.hang_up()
    assert again.hears("The customer has left.")
    again.hang_up()
    assert members == {}


def test_who_hangs_up_on_the_way_is_not_in_the_room(simulator: Simulator) -> None:
    """An agent who leaves while the greeting is spoken is nobody to coach."""
    members.clear()
    call = simulator.dial_in(app, to="+19195551234", url="/voice", status_url="/voice", run=False)
    call.waits(seconds=4)
    call.press(AGENT, run=False)
    call.waits(seconds=0.5)
    assert call.transcript[-1] == "You are the agent."
    call.hang_up()
    assert members == {}


def test_a_coach_needs_somebody_to_coach(enter: Enter) -> None:
    """Without an agent there is no way in."""
    customer = enter(NOBODY)
    coach = enter(COACH)
    assert coach.hears("There is nobody to coach. Goodbye.")
    assert coach.ended
    assert not customer.ended


def test_there_is_one_coach(enter: Enter) -> None:
    """The platform has room for one; the second is told so."""
    _, first, second = enter(AGENT), enter(COACH), enter(COACH)
    assert second.hears("There is a coach already. Goodbye.")
    assert second.ended
    first.hang_up()
    assert enter(COACH).hears("You are the coach")


def test_a_wrong_code_can_be_corrected(enter: Enter) -> None:
    """A slip of the finger is no reason to dial again."""
    agent = enter("1001#")
    assert agent.hears("This code is unknown. Please hold, or enter your code and press pound.")
    agent.press(AGENT)
    assert agent.hears("You are the agent")


def test_three_wrong_codes_end_the_call(enter: Enter) -> None:
    """Nobody can try all codes."""
    call = enter("1#")
    call.press("2#")
    assert not call.ended
    call.press("3#")
    assert call.hears("Goodbye.")
    assert call.ended
    assert members == {}


@pytest.mark.parametrize("path", ["/voice", "/room"])
def test_a_request_that_is_no_event_is_refused(path: str) -> None:
    """The answer is a 400 that says why."""
    reply = app.test_client().post(path, data="hello")
    assert (reply.status_code, reply.text.partition(":")[0]) == (400, "event")
