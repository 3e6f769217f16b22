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
