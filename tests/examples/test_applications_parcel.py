"""examples/applications/parcel_fastapi.py: the live call is told what a slow system has replied."""

import logging

import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.parcel_fastapi import app

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

ANN, BEN = "+19195559876", "+19195559877"
HOLD = "One moment, please."
TOMORROW = "Your parcel comes tomorrow. Press 1 to ask again."


def ring(simulator: Simulator, customer: str = ANN, *, run: bool = False) -> PhoneCall:
    """Return the phone of a customer, who has heard nothing yet unless the call is run."""
    return simulator.dial_in(app, to="+19195551234", from_=customer, url="/voice", run=run)


@pytest.mark.parametrize(
    ("customer", "told"),
    [
        (ANN, "Your parcel comes tomorrow."),
        (BEN, "Your parcel is at our office."),
        ("+19195550000", "We have no parcel for you."),
    ],
)
def test_the_result_replaces_the_wait(simulator: Simulator, customer: str, told: str) -> None:
    """It comes when the system has replied, not at the end of the pause."""
    call = ring(simulator, customer, run=True)
    assert call.hears(HOLD)
    assert call.hears(told)


def test_one_client_serves_all_calls(simulator: Simulator) -> None:
    """Two calls at the same time, and a second question, need one access token."""
    ann, ben = ring(simulator), ring(simulator, BEN)
    ann.waits(seconds=21)
    assert ann.hears(TOMORROW)
    assert ben.hears("Your parcel is at our office.")
    ann.press("1")
    assert ann.hears(HOLD)
    assert ann.hears(TOMORROW)
    operations = [request.operation for request in simulator.requests]
    assert operations.count("token") == 1
    assert operations.count("updateCallBxml") == 3


@pytest.mark.parametrize("key", ["2", "#"])
def test_another_key_ends_the_call(simulator: Simulator, key: str) -> None:
    """So does silence, as the explorer shows."""
    call = ring(simulator)
    call.waits(seconds=21)
    call.press(key)
    assert call.hears("Goodbye.")
    assert call.ended


def test_a_caller_who_does_not_wait(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """The result comes too late, which is no failure."""
    caplog.set_level(logging.INFO, "parcels")
    call = ring(simulator)
    call.waits(seconds=10)
    call.hang_up()
    simulator.advance(20)
    assert caplog.messages == [f"{call.call_id}: the caller did not wait"]


def test_a_platform_that_refuses(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """The caller hears the end of the wait instead of nothing."""
    simulator.fail_next(403, operation="updateCallBxml")
    call = ring(simulator)
    call.waits(seconds=70)
    assert call.hears("Our system does not reply. Please call later.")
    assert call.ended
    [record] = [each for each in caplog.records if each.name == "parcels"]
    assert "403" in record.getMessage()
