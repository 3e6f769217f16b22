"""examples/applications/waiting_room_wsgi.py and its agent: music that another process replaces."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from callcontrol import ServiceUnavailableError, pytest_plugin
from callcontrol.simulator import Simulator
from examples.applications.waiting_room_agent import take_next
from examples.applications.waiting_room_wsgi import WaitingRoom
from tests.servers import served
from tests.waiting import PATIENCE

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

NUMBER, AGENT = "+19195551234", "+19195550100"
SCRIPT = Path(__file__).parents[2] / "examples/applications/waiting_room_agent.py"


@pytest.fixture
def room() -> WaitingRoom:
    """Return an empty waiting room."""
    return WaitingRoom()


@pytest.fixture
def room_url(room: WaitingRoom, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address at which agents find the waiting room."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with served(room) as origin:
        yield origin


def test_the_music_plays_on_with_the_place_in_the_line(
    simulator: Simulator, room: WaitingRoom
) -> None:
    """An hour of waiting, in which somebody in front gives up."""
    first = simulator.dial_in(room, to=NUMBER, url="/voice", status_url="/voice")
    second = simulator.dial_in(room, to=NUMBER, url="/voice", status_url="/voice")
    assert first.transcript[0] == "Welcome. All our agents are busy. You are number 1."
    assert second.transcript[0] == "Welcome. All our agents are busy. You are number 2."
    second.waits(seconds=1800)
    assert second.hears("Thank you for waiting. You are number 2.")
    assert second.hears_audio("/music.wav")
    first.hang_up()
    second.waits(seconds=1800)
    assert second.transcript[-1] == "Thank you for waiting. You are number 1."
    assert list(room.line) == [second.call_id]


def test_another_process_replaces_the_music(
    simulator: Simulator, room: WaitingRoom, room_url: str
) -> None:
    """The agent's script runs as a process of its own and finds room and call over HTTP."""
    call = simulator.dial_in(room_url, to=NUMBER, url="/voice")
    call.waits(seconds=300)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), room_url, AGENT],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"connected: {call.call_id}\n", "")
    assert call.hears("An agent is free.")
    assert call.transferring_to == [AGENT]
    assert not room.line
    [agent] = call.legs
    agent.answer()
    call.waits(seconds=120)
    agent.hang_up()
    assert call.hears("Thank you for calling")
    assert call.ended


def test_the_longest_wait_comes_first(simulator: Simulator, room_url: str) -> None:
    """Each free agent takes one caller; a further one finds nobody."""
    calls = [simulator.dial_in(room_url, to=NUMBER, url="/voice") for _ in range(2)]
    client = simulator.client()
    for call in calls:
        assert take_next(client, room_url, AGENT) == call.call_id
        assert call.transferring_to == [AGENT]
    assert take_next(client, room_url, AGENT) is None


@pytest.mark.parametrize("how", ["busy", "decline", "no_answer"])
def test_an_agent_who_does_not_answer(simulator: Simulator, room_url: str, how: str) -> None:
    """The caller gets the music back, and is the next one again."""
    call, other = (simulator.dial_in(room_url, to=NUMBER, url="/voice") for _ in range(2))
    client = simulator.client()
    take_next(client, room_url, AGENT)
    getattr(call.legs[0], how)()
    assert call.hears("The agent could not take your call. You are number 1.")
    assert call.hears_audio("/music.wav")
    assert take_next(client, room_url, "+19195550177") == call.call_id
    assert call.transferring_to == ["+19195550177"]
    assert other.hears("You are number")


def test_a_caller_who_has_just_hung_up_is_passed_over(simulator: Simulator, room_url: str) -> None:
    """The room need not know of it yet."""
    first, second = (simulator.dial_in(room_url, to=NUMBER, url="/voice") for _ in range(2))
    first.hang_up()
    assert take_next(simulator.client(), room_url, AGENT) == second.call_id
    assert second.transferring_to == [AGENT]


def test_a_caller_keeps_the_place_if_the_platform_fails(
    simulator: Simulator, room: WaitingRoom, room_url: str
) -> None:
    """Whom an agent could not take waits on, at the front."""
    calls = [simulator.dial_in(room_url, to=NUMBER, url="/voice") for _ in range(2)]
    simulator.fail_next(503, times=4, retry_after=0, operation="updateCallBxml")
    with pytest.raises(ServiceUnavailableError):
        take_next(simulator.client(), room_url, AGENT)
    assert list(room.line) == [call.call_id for call in calls]
    assert calls[0].hears_audio("/music.wav")


def test_other_requests_are_refused(room_url: str) -> None:
    """Neither a body that is no event nor an unknown path harms the room."""
    reply = requests.post(f"{room_url}/voice", data="hello", timeout=PATIENCE)
    assert (reply.status_code, reply.text.partition(":")[0]) == (400, "event")
    assert requests.get(f"{room_url}/nowhere", timeout=PATIENCE).status_code == 404
