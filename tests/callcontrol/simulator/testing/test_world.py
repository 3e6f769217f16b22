"""Calls as a test holds them: speech, tones, and what is outside the phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from callcontrol.simulator import Simulator

TO = "+19195551234"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a simulator."""
    simulator = Simulator()
    yield simulator
    simulator.stop()


def replying(bxml: str) -> Any:  # noqa: ANN401 - any WSGI server types it otherwise
    """Return an application that replies this text."""

    def app(_: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [])
        return [f"<Response>{bxml}</Response>".encode()]

    return app


def test_a_person_speaks_and_a_machine_beeps(simulator: Simulator) -> None:
    """Speech and tones reach whoever listens."""
    call = simulator.dial_in(replying('<Record silenceTimeout="5"/>'), to=TO)
    call.says("Hello", seconds=2)
    assert 'said       "Hello" (2 s)' in call.timeline
    order = {"machineDetection": {"mode": "sync"}}
    callee = simulator.call_out(replying("<Pause/>"), to=TO, order=order)
    callee.answer()
    callee.beeps()
    assert "detected   answering-machine" in callee.timeline


def test_what_is_outside_the_call_ends(simulator: Simulator) -> None:
    """A stream, a Refer and an endpoint continue until the test ends them."""
    stream = (
        '<StartStream name="s" mode="bidirectional" destination="wss://a.example"/>'
        '<StopStream name="s" wait="true"/>'
    )
    call = simulator.dial_in(replying(stream), to=TO)
    assert not call.ended
    call.close_stream("s")
    assert call.ended
    call = simulator.dial_in(replying("<Connect><Endpoint>e-1</Endpoint></Connect>"), to=TO)
    assert not call.ended
    call.endpoint_leaves()
    assert call.ended
    refer = '<Refer referCompleteUrl="/over"><SipUri>sip:a@b.example</SipUri></Refer>'
    app = replying(f"<Pause/>{refer}")
    call = simulator.dial_in(app, to=TO, from_="sip:bob@b.example", run=False)
    call.waits(seconds=2)
    call.refer_result(succeeded=True)
    assert call.ended
