"""examples/applications/ivr_script.py: callers hear what they hear from its webhook form."""

import random
from pathlib import Path
from typing import Literal

import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications import ivr_flask, ivr_script
from examples.applications.ivr_script import app

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

NUMBER = "+19195551234"
ACTIONS = ("press", "press", "press", "wait", "hours", "busy", "answer", "leave")


def call(kind: Literal["script", "webhooks"], seed: int) -> tuple[object, ...]:
    """Return a whole call: what the caller and all departments heard, and how it ended."""
    chance = random.Random(seed)  # noqa: S311 - the same caller each time
    with Simulator() as simulator:
        caller = (
            simulator.dial_in(app.wsgi, to=NUMBER)
            if kind == "script"
            else simulator.dial_in(ivr_flask.app, to=NUMBER, url="/voice")
        )
        for _ in range(chance.randint(1, 8)):
            act(caller, chance.choice(ACTIONS), chance.choice("1279#"))
        legs = [(leg.record.to, leg.transcript) for leg in caller.legs]
        return caller.transcript, legs, caller.cause


def act(caller: PhoneCall, action: str, key: str) -> None:
    """Do one action, as far as it is possible."""
    if caller.ended:
        return
    ringing = [leg for leg in caller.legs if not leg.ended]
    if action == "leave":
        caller.hang_up()
    elif ringing and action == "answer":
        ringing[0].answer()
        caller.waits(seconds=20)
        ringing[0].hang_up()
    elif ringing:
        ringing[0].busy()
    elif action == "wait":
        caller.waits(seconds=7)
    else:
        caller.press("3" if action == "hours" else key)


def test_random_callers_hear_the_same() -> None:
    """300 of them."""
    for seed in range(300):
        assert call("script", seed) == call("webhooks", seed), seed


def test_the_script_is_shorter() -> None:
    """By two fifths at least, without comments and blank lines."""
    lines = [
        sum(
            bool(line.strip())
            for line in Path(str(module.__file__)).read_text("utf-8").splitlines()
        )
        for module in (ivr_script, ivr_flask)
    ]
    assert lines[0] <= 0.6 * lines[1]


@pytest.mark.parametrize("key", ["1", "2"])
def test_a_department_answers(simulator: Simulator, key: str) -> None:
    """Served as an ASGI application too."""
    caller = simulator.dial_in(app, to=NUMBER)
    caller.press(key)
    [department] = caller.legs
    department.answer()
    department.hang_up()
    assert caller.hears("Thank you for calling.")
    assert caller.ended
