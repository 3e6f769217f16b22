"""What a test cannot ask of a phone is refused in words, and changes nothing."""

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from callcontrol.simulator import Simulator, SimulatorError

TO = "+19195551234"
WRONG = cast("Any", 5)
"""A value of no use anywhere below."""


def app(_: object, start: Callable[..., object]) -> list[bytes]:
    """Wait for keys for a while."""
    start("200 OK", [])
    return [b'<Response><Gather firstDigitTimeout="60"/></Response>']


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a simulator."""
    simulator = Simulator()
    yield simulator
    simulator.stop()


DIALLING: list[tuple[Callable[[Simulator], object], str]] = [
    (lambda on: on.dial_in(app, to=WRONG), "dial_in.to: expected a number, got 5"),
    (lambda on: on.dial_in(app, to=TO, from_=WRONG), "dial_in.from_: expected a number, got 5"),
    (
        lambda on: on.dial_in(app, to=TO, url="http://[x"),
        "url: expected an http URL or a path, got 'http://[x'",
    ),
    (lambda on: on.dial_in(app, to=TO, url=WRONG), "url: expected an http URL or a path, got 5"),
    (
        lambda on: on.dial_in(app, to=TO, fallback_url=WRONG),
        "url: expected an http URL or a path, got 5",
    ),
    (lambda on: on.dial_in(app, to=TO, extra=WRONG), "dial_in.extra: expected a mapping, got 5"),
    (
        lambda on: on.dial_in(app, to=TO, extra={"diverson": {}}),
        "dial_in.extra.diverson: expected a field of InitiateEvent, got none",
    ),
    (
        lambda on: on.dial_in(app, to=TO, extra={"diversion": "+1"}),
        "dial_in.extra.diversion: expected a Diversion, got text",
    ),
    (
        lambda on: on.call_out(app, to=TO, order=WRONG),
        "call_out.order: expected a mapping, got 5",
    ),
]


@pytest.mark.parametrize(("dial", "text"), DIALLING)
def test_dialling_is_refused(
    simulator: Simulator, dial: Callable[[Simulator], object], text: str
) -> None:
    """What is no number and no address makes no call."""
    with pytest.raises(SimulatorError, match=f"^{re.escape(text)}$"):
        dial(simulator)
    assert simulator.calls == ()


ACTS: list[tuple[Callable[[Any], object], str]] = [
    (
        lambda call: call.press(1),
        'press.digits: expected keys 0-9 A-D * #, got the int 1; write "1"',
    ),
    (lambda call: call.press(""), "press.digits: expected keys 0-9 A-D * #, got ''"),
    (lambda call: call.says(None), "say.text: expected a text, got None"),
    (
        lambda call: call.says("Hello", seconds=-1),
        "say.seconds: expected a number of 0 or more, got -1",
    ),
    (lambda call: call.waits(seconds="x"), "advance: expected a number of 0 or more, got 'x'"),
    (lambda call: call.hears(5), "hears.text: expected words to listen for, got 5"),
    (lambda call: call.hears_audio(None), "hears_audio.url: expected the end of a URL, got None"),
    (
        lambda call: call.hears_person(None),
        "hears_person.other: expected the phone of another leg, got None",
    ),
    (
        lambda call: call.leave_voicemail(then="stop"),
        "leave_voicemail.then: expected one of #, hang up, silence, got 'stop'",
    ),
]


@pytest.mark.parametrize(("act", "text"), ACTS)
def test_acts_are_refused(simulator: Simulator, act: Callable[[Any], object], text: str) -> None:
    """What makes no sense leaves the call as it is."""
    call = simulator.dial_in(app, to=TO)
    before = call.history
    with pytest.raises(SimulatorError, match=f"^{re.escape(text)}$"):
        act(call)
    assert call.history == before


@pytest.mark.parametrize(
    ("name", "arguments"), [("press", ("1",)), ("says", ("Hello",)), ("beeps", ())]
)
def test_nobody_is_at_a_phone_that_rings(
    simulator: Simulator, name: str, arguments: tuple[str, ...]
) -> None:
    """Keys and speech need an answered call."""
    callee = simulator.call_out(app, to=TO)
    expected = "expected an answered call or an inbound one, got an outbound call that is initiated"
    with pytest.raises(SimulatorError, match=expected):
        getattr(callee, name)(*arguments)
    callee.answer()
    getattr(callee, name)(*arguments)


@pytest.mark.parametrize("name", ["hang_up", "answer", "busy", "beeps"])
def test_an_ended_call_says_so(simulator: Simulator, name: str) -> None:
    """The refusal tells why the call is over."""
    call = simulator.dial_in(app, to=TO)
    call.hang_up()
    with pytest.raises(
        SimulatorError, match="expected a call that is up, got one that has ended: hangup"
    ):
        getattr(call, name)()
