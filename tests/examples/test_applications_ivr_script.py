"""examples/applications/ivr_script.py; test_scripts_and_webhooks.py has what callers hear."""

import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from examples.applications.ivr_script import app

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

NUMBER = "+19195551234"


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


def test_it_is_replayed_in_another_process(simulator: Simulator) -> None:
    """With another hash seed, time zone and folder."""
    caller = simulator.dial_in(app, to=NUMBER)
    for key in "327":
        caller.press(key)
        for department in caller.legs:
            if not department.ended:
                department.busy()
    assert caller.hears("That is not a choice.")
    assert app.check_replays(process=True) == 1
