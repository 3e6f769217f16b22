"""Examples that are there as scripts too: callers hear the same, and the script is shorter."""

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from callcontrol.scripts import Scripts
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications import (
    ivr_flask,
    ivr_script,
    voicemail_fastapi,
    voicemail_script,
    waiting_room_agent,
    waiting_room_script,
    waiting_room_wsgi,
)
from tests.examples.random_callers import AGENT, NUMBER, Form, assert_the_same_is_heard

ROOM = "http://room.test/voice/"


def ivr_webhooks(simulator: Simulator) -> Form:
    """Return the menu in Flask."""
    return Form(
        lambda from_: simulator.dial_in(ivr_flask.app, to=NUMBER, from_=from_, url="/voice")
    )


def ivr_as_script(simulator: Simulator) -> Form:
    """Return the menu as a script."""
    app = ivr_script.app
    return Form(
        lambda from_: simulator.dial_in(app.wsgi, to=NUMBER, from_=from_), check=app.check_replays
    )


def voicemail_webhooks(simulator: Simulator) -> Form:
    """Return the voicemail in FastAPI."""
    app = voicemail_fastapi.app
    return Form(lambda from_: simulator.dial_in(app, to=NUMBER, from_=from_, url="/voice"))


def voicemail_as_script(simulator: Simulator) -> Form:
    """Return the voicemail as a script."""
    app, url = voicemail_script.app, "/voice/"
    return Form(
        lambda from_: simulator.dial_in(app, to=NUMBER, from_=from_, url=url, status_url=url),
        check=voicemail_script.scripts.check_replays,
    )


def room_webhooks(simulator: Simulator) -> Form:
    """Return the waiting room in WSGI, with agents in this process."""
    room = waiting_room_wsgi.WaitingRoom()
    address = simulator.mount(room).rstrip("/")
    client = simulator.client()

    def agent_is_free() -> None:
        if room.line:
            bxml = waiting_room_agent.connect(address, AGENT)
            client.update_call_bxml(room.line.popleft(), bxml)

    def dial(from_: str) -> PhoneCall:
        return simulator.dial_in(room, to=NUMBER, from_=from_, url="/voice", status_url="/voice")

    return Form(dial, agent_is_free)


def room_as_script(simulator: Simulator) -> Form:
    """Return the waiting room as a script."""
    simulator.mount(waiting_room_script.app, base_url=ROOM)
    script, signal = waiting_room_script.waiting_room, waiting_room_script.AGENT
    journal = waiting_room_script.scripts.journal
    agents = Scripts(script, journal=journal, client=simulator.client(), base_url=ROOM)

    def dial(from_: str) -> PhoneCall:
        app = waiting_room_script.app
        return simulator.dial_in(app, to=NUMBER, from_=from_, base_url=ROOM, status_url="")

    return Form(
        dial,
        lambda: agents.signal_first(signal, AGENT),
        waiting_room_script.scripts.check_replays,
    )


@pytest.mark.parametrize(
    ("webhooks", "script", "few", "most_callers"),
    [
        pytest.param(ivr_webhooks, ivr_as_script, 120, 1, id="ivr"),
        pytest.param(voicemail_webhooks, voicemail_as_script, 25, 1, id="voicemail"),
        pytest.param(room_webhooks, room_as_script, 20, 3, id="waiting room"),
    ],
)
def test_random_callers_hear_the_same(
    webhooks: Callable[[Simulator], Form],
    script: Callable[[Simulator], Form],
    few: int,
    most_callers: int,
) -> None:
    """And scripts do the same when they are replayed; 300 of them in the thorough profile."""
    assert_the_same_is_heard(webhooks, script, few=few, most_callers=most_callers)


def code_lines(module: ModuleType) -> int:
    """Return how many lines of a file are code: neither blank nor comment nor docstring."""
    text = Path(str(module.__file__)).read_text("utf-8")
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(text.splitlines(), 1)
    return sum(
        number not in docstrings and not line.strip().startswith("#") and bool(line.strip())
        for number, line in lines
    )


@pytest.mark.parametrize(
    ("script", "webhooks"),
    [
        pytest.param(ivr_script, [ivr_flask], id="ivr"),
        pytest.param(voicemail_script, [voicemail_fastapi], id="voicemail"),
        pytest.param(waiting_room_script, [waiting_room_wsgi, waiting_room_agent], id="room"),
    ],
)
def test_the_script_is_shorter(script: ModuleType, webhooks: Sequence[ModuleType]) -> None:
    """By two fifths at least; both waiting rooms have the command of an agent."""
    assert code_lines(script) <= 0.6 * sum(map(code_lines, webhooks))
