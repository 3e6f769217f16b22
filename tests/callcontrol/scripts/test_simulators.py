"""One application of scripts, called by several simulators: their calls have the same ids."""

from collections.abc import Callable

import pytest

from bxml import SpeakSentence
from callcontrol.phone import HOME
from callcontrol.phone.call_log import CallLog
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.player import play
from callcontrol.phone.script import parse_script
from callcontrol.scripts import Call, CallEndedError, Scripts, script
from callcontrol.simulator import Simulator
from callcontrol.simulator.applications import ApplicationTarget
from tests.callcontrol.scripts.conftest import NUMBER
from tests.callcontrol.scripts.test_doors import in_fastapi, in_flask

ended: list[str] = []


@script("desk")
async def desk(call: Call) -> None:
    """Note how a caller ends who hangs up."""
    try:
        await call.gather(SpeakSentence("Press a key."), max_digits=1)
        await call.gather(SpeakSentence("Another."), max_digits=1)
    except CallEndedError as error:
        await call.run(ended.append, error.cause)


def as_asgi(app: Scripts) -> ApplicationTarget:
    """Return the application itself."""
    return app


def as_wsgi(app: Scripts) -> ApplicationTarget:
    """Return its method."""
    return app.wsgi


@pytest.mark.parametrize(
    ("wrapped", "url"),
    [
        pytest.param(as_asgi, "", id="itself"),
        pytest.param(as_wsgi, "", id="wsgi"),
        pytest.param(in_fastapi, "/deep/calls/", id="in FastAPI"),
        pytest.param(in_flask, "/deep/calls/", id="in Flask"),
    ],
)
def test_each_simulator_finds_no_calls(
    wrapped: Callable[[Scripts], ApplicationTarget], url: str
) -> None:
    """A call with an id that was there before begins anew."""
    app = wrapped(Scripts(desk))
    ids: list[str] = []
    for _ in range(2):
        with Simulator() as simulator:
            caller = simulator.dial_in(app, to=NUMBER, url=url)
            caller.press("1")
            ids.append(caller.call_id)
            assert caller.transcript == ("Press a key.", "Another.")
    assert ids[0] == ids[1]


def test_scripts_learn_of_the_end_of_a_call() -> None:
    """From ``dial_in``, and from a script of ``callcontrol dial``, however often it runs."""
    ended.clear()
    app = Scripts(desk)
    with Simulator() as simulator:
        simulator.dial_in(app, to=NUMBER).hang_up()
    for _ in range(2):
        request = CallRequest(url=HOME)
        log = CallLog(request.number, outbound=False)
        assert not play(request, parse_script("hang up"), log, lambda _: None, app=app)
    assert ended == ["hangup"] * 3
