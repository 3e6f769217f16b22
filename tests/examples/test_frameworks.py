"""examples/frameworks: the same menu in three frameworks, with the fixture of the plugin."""

from pathlib import Path

import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.applications import ApplicationTarget
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.frameworks import menu_django, menu_fastapi, menu_flask

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

APPLICATIONS: dict[str, ApplicationTarget] = {
    "menu_flask": menu_flask.app,
    "menu_fastapi": menu_fastapi.app,
    "menu_django": menu_django.app,
}
FILES = sorted((Path(__file__).parents[2] / "examples/frameworks").glob("*.py"))
LONGEST = 36
USERNAME, PASSWORD = menu_flask.BANDWIDTH


def dialled(simulator: Simulator, app: ApplicationTarget) -> PhoneCall:
    """Return the phone of a caller."""
    return simulator.dial_in(
        app, to="+19195551234", url="/voice", username=USERNAME, password=PASSWORD
    )


@pytest.mark.parametrize("app", APPLICATIONS.values(), ids=APPLICATIONS)
def test_a_key_is_answered(simulator: Simulator, app: ApplicationTarget) -> None:
    """The platform sends the credentials of each URL when it is asked for them."""
    call = dialled(simulator, app)
    assert call.hears("You are calling from +1")
    call.press("1")
    assert call.hears("We open at nine.")
    assert call.cause == "hangup"


@pytest.mark.parametrize("app", APPLICATIONS.values(), ids=APPLICATIONS)
def test_without_a_document_the_call_ends(simulator: Simulator, app: ApplicationTarget) -> None:
    """None is the status 204."""
    call = dialled(simulator, app)
    call.press("2")
    assert call.ended
    assert call.cause == "hangup"


@pytest.mark.parametrize("app", APPLICATIONS.values(), ids=APPLICATIONS)
def test_without_credentials_there_is_no_call(simulator: Simulator, app: ApplicationTarget) -> None:
    """The 401 is a webhook that failed."""
    call = simulator.dial_in(app, to="+19195551234", url="/voice")
    assert call.cause == "callback-error"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_menu_is_short_and_shown(file: Path) -> None:
    """It is on the page about frameworks, word for word."""
    page = Path(__file__).parents[2] / "docs/frameworks.md"
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST
    assert file.stem in APPLICATIONS
    assert text.partition('"""\n\n')[2] in page.read_text(encoding="utf-8")
