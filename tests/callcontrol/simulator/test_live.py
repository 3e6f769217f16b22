"""The HTTP door in real time: a real server is called, and what happens is written down."""

import socket
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from bxml import Connect, Endpoint, PhoneNumber, Response, SpeakSentence
from callcontrol.client import Client
from callcontrol.events import AnswerEvent, GatherEvent, InitiateEvent, parse_event
from callcontrol.simulator import SimulatorError
from callcontrol.simulator.core.observations import Changed, Observation, Spoke, Warned
from callcontrol.simulator.live import LiveSimulator
from tests.servers import served
from tests.waiting import PATIENCE

TO = "+19195551234"
SPEED = 10
"""Seconds of a call in a real one: a Transfer rings for 30 real seconds, menus wait 120."""
PATIENT, BRIEF = (20, 60), (1, 5)
"""How often a menu is repeated, and the seconds that it waits for a key each time."""


def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
    """Serve a menu whose first key transfers."""
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    match event:
        case InitiateEvent(to="+19195550000"):
            document = Response(Connect(Endpoint("e-1"), event_callback_url="/"))
        case InitiateEvent() | AnswerEvent():
            times, seconds = BRIEF if environ["PATH_INFO"] == "/brief" else PATIENT
            document = Response().gather(
                SpeakSentence("Press 1."),
                gather_url="/",
                max_digits=1,
                repeat_count=times,
                first_digit_timeout=seconds,
            )
        case GatherEvent(digits="1"):
            document = (
                Response().transfer(PhoneNumber(TO), call_timeout=300).speak_sentence("Goodbye.")
            )
        case _:
            document = Response()
    start("200 OK", [("Content-Type", "application/xml")])
    return [document.to_bytes()]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the URL of a running server."""
    with served(app) as origin:
        yield f"{origin}/"


class Watch:
    """Keeps what a live simulator tells, for a test to wait for."""

    def __init__(self, live: LiveSimulator) -> None:
        self._seen: SimpleQueue[Observation] = SimpleQueue()
        live.observers.append(self._seen.put)

    def until(self, wanted: Callable[[Observation], bool]) -> Observation:
        """Return the next observation that fits; fails after a while."""
        while True:
            seen = self._seen.get(timeout=PATIENCE)
            if wanted(seen):
                return seen

    def hears(self, text: str) -> Observation:
        """Wait for something to be said."""
        return self.until(lambda seen: isinstance(seen, Spoke) and seen.text == text)

    def state(self, state: str) -> Observation:
        """Wait for a call to enter a state."""
        return self.until(lambda seen: isinstance(seen, Changed) and seen.state == state)


def test_a_caller_uses_the_keyboard(server: str) -> None:
    """A call comes in, keys are pressed, the target of the transfer picks up and leaves."""
    live = LiveSimulator(application_url=server, speed=SPEED)
    watch = Watch(live)
    with live:
        call_id = live.dial_in(to=TO)
        watch.hears("Press 1.")
        live.press(call_id, "1")
        leg = watch.state("initiated")
        assert leg.call_id != call_id
        watch.state("answered")
        live.hang_up(leg.call_id)
        watch.hears("Goodbye.")
        ended = watch.until(lambda seen: seen.call_id == call_id and isinstance(seen, Changed))
        assert isinstance(ended, Changed)
        assert ended.cause == "hangup"


def test_a_client_places_and_updates_a_call(server: str) -> None:
    """The REST interface and the clock work on the same calls."""
    live = LiveSimulator(speed=SPEED)
    watch = Watch(live)
    with live:
        simulator = live.simulator
        with Client(
            simulator.account_id,
            client_id=simulator.client_id,
            client_secret=simulator.client_secret,
            base_url=simulator.base_url,
            token_url=simulator.token_url,
        ) as client:
            made = client.create_call(to=TO, from_=TO, application_id="a", answer_url=server)
            watch.hears("Press 1.")
            client.update_call_bxml(made.call_id, Response().speak_sentence("Pushed."))
            watch.hears("Pushed.")
            watch.state("disconnected")
            assert client.get_call_state(made.call_id).disconnect_cause == "hangup"


@pytest.mark.parametrize(("act", "cause"), [("busy", "busy"), ("decline", "rejected")])
def test_a_callee_can_refuse(server: str, act: str, cause: str) -> None:
    """With ``answer_after=None`` the phone rings until the next action."""
    live = LiveSimulator(application_url=server, speed=SPEED, answer_after=None)
    watch = Watch(live)
    with live:
        call_id = live.dial_in(to=TO)
        watch.hears("Press 1.")
        live.press(call_id, "1")
        leg = watch.state("initiated")
        getattr(live, act)(leg.call_id)
        ended = watch.state("disconnected")
        assert isinstance(ended, Changed)
        assert (ended.call_id, ended.cause) == (leg.call_id, cause)
        watch.hears("Goodbye.")


def test_a_call_is_answered_and_spoken_on(server: str) -> None:
    """Answering and speaking reach the leg."""
    live = LiveSimulator(application_url=server, speed=SPEED, answer_after=None)
    watch = Watch(live)
    with live:
        call_id = live.dial_in(to=TO)
        watch.hears("Press 1.")
        live.press(call_id, "1")
        leg = watch.state("initiated")
        live.answer(leg.call_id)
        assert watch.state("answered").call_id == leg.call_id
        live.say(leg.call_id, "Hello")
        watch.until(lambda seen: getattr(seen, "text", "") == "Hello")


def test_what_is_not_simulated_is_reported(server: str) -> None:
    """It ends the call and not the simulator."""
    live = LiveSimulator(application_url=server, speed=SPEED)
    watch = Watch(live)
    with live:
        live.dial_in(to="+19195550000")
        warning = watch.until(lambda seen: isinstance(seen, Warned) and not seen.call_id)
        assert isinstance(warning, Warned)
        assert "Connect eventCallbackUrl" in warning.text
        live.dial_in(to=TO)
        watch.hears("Press 1.")


def test_errors_reach_the_calling_thread(server: str) -> None:
    """Errors come to the caller's thread; before the start and after the stop nothing works."""
    live = LiveSimulator(application_url=server)
    with pytest.raises(SimulatorError, match="LiveSimulator: it is not running"):
        live.hang_up("c-1")
    with live:
        with pytest.raises(SimulatorError, match="hang_up: expected the id of a call that is up"):
            live.hang_up("c-1")
        with pytest.raises(SimulatorError, match=r"press.digits: expected keys"):
            live.press(live.dial_in(to=TO), "x")
    with pytest.raises(SimulatorError, match="LiveSimulator: it is not running"):
        live.dial_in(to=TO)
    with LiveSimulator() as live, pytest.raises(SimulatorError, match="has no application_url"):
        live.dial_in(to=TO)


@pytest.mark.parametrize(
    ("options", "finding"),
    [
        ({"speed": 0}, "LiveSimulator.speed: expected a number of 0.001 or more, got 0"),
        ({"speed": 1e9}, "LiveSimulator.speed: expected at most 1000000, got 1000000000.0"),
        (
            {"application_url": "localhost:5000"},
            "LiveSimulator.application_url: expected an http URL, got 'localhost:5000'",
        ),
        ({"status_url": "/x"}, "LiveSimulator.status_url: expected an http URL, got '/x'"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], finding: str) -> None:
    """Each option says what it expects."""
    with pytest.raises(SimulatorError) as caught:
        LiveSimulator(**options)
    assert str(caught.value) == finding


@pytest.mark.parametrize("port", [-1, 65_536])
def test_an_impossible_port_is_refused(port: int) -> None:
    """A port that is none is named."""
    with pytest.raises(SimulatorError, match=rf"start.port: expected 0 to 65535, got {port}"):
        LiveSimulator(port=port).start()


def test_a_taken_port_is_refused() -> None:
    """A port in use is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorError, match=rf"start.port: expected a free port, got {port}"):
            LiveSimulator(port=port).start()


def test_a_failed_clock_thread_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Actions on a simulator whose clock thread has failed raise, and so does its end."""
    failure = RuntimeError("broken clock")

    def broken(self: LiveSimulator) -> None:
        self._actions.get()
        raise failure

    monkeypatch.setattr(LiveSimulator, "_keep_time", broken)
    live = LiveSimulator()
    live.start()
    with pytest.raises(SimulatorError, match="LiveSimulator: the clock thread has stopped"):
        live.press("c-1", "1")
    with pytest.raises(RuntimeError, match="broken clock"):
        live.stop()
