"""Outages: every request fails for a time, however good its credentials are."""

from email.utils import parsedate_to_datetime
from typing import get_args

import pytest
import requests

from callcontrol.client import Client
from callcontrol.errors import ApiError, CallControlError, TokenError
from callcontrol.simulator import OutageName, Simulator, SimulatorError
from callcontrol.simulator.core.fault_plan import OUTAGES
from callcontrol.simulator.live import LiveSimulator
from tests.waiting import PATIENCE


def client_of(simulator: Simulator) -> Client:
    """Return a client that does not repeat requests."""
    return Client(
        simulator.account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
        max_retries=0,
    )


def failure(client: Client) -> CallControlError | None:
    """Return how a request fails, None if it succeeds."""
    try:
        next(client.list_calls(), None)
    except CallControlError as error:
        return error
    return None


STATUSES = [(name, outage.status) for name, outage in OUTAGES.items() if outage.status]


def test_every_name_is_in_the_table() -> None:
    """The type and the table agree."""
    assert get_args(OutageName) == tuple(OUTAGES)


@pytest.mark.parametrize(("name", "status"), STATUSES)
def test_an_outage_lasts(name: OutageName, status: int) -> None:
    """Every request gets its status until it is ended; tokens are a matter of maintenance."""
    with Simulator() as simulator, client_of(simulator) as client:
        assert failure(client) is None
        simulator.begin_outage(name)
        for _ in range(3):
            error = failure(client)
            assert isinstance(error, ApiError)
            assert (error.status, error.retry_after) == (status, None)
        simulator.end_outages()
        assert failure(client) is None


@pytest.mark.parametrize(("name", "status"), STATUSES)
def test_an_outage_ends_by_itself(name: OutageName, status: int) -> None:
    """After its seconds; a temporary one says in how many."""
    with Simulator() as simulator, client_of(simulator) as client:
        assert failure(client) is None
        simulator.begin_outage(name, seconds=30)
        simulator.advance(12.5)
        error = failure(client)
        assert isinstance(error, ApiError)
        assert error.retry_after == {429: 18, 503: 18}.get(status)
        simulator.advance(17.5)
        assert failure(client) is None


@pytest.mark.parametrize("name", OUTAGES)
def test_tokens_during_an_outage(name: OutageName) -> None:
    """They are issued, except during maintenance."""
    with Simulator() as simulator, client_of(simulator) as client:
        simulator.begin_outage(name)
        assert isinstance(failure(client), TokenError) == (name == "maintenance")


def test_bad_credentials_see_no_outage() -> None:
    """Whoever is not known learns nothing about the account."""
    with Simulator() as simulator:
        simulator.begin_outage("unpaid")
        url = f"{simulator.base_url}/accounts/{simulator.account_id}/calls"
        reply = requests.get(url, auth=("a", "b"), timeout=PATIENCE)
        assert reply.status_code == 401


def test_the_first_of_several_outages_answers() -> None:
    """In the order of the table, before planned failures."""
    with Simulator() as simulator, client_of(simulator) as client:
        simulator.begin_outage("unpaid")
        simulator.begin_outage("forbidden", seconds=5)
        simulator.fail_next(500, operation="listCalls")
        assert getattr(failure(client), "status", None) == 403
        simulator.advance(5)
        assert getattr(failure(client), "status", None) == 402
        simulator.end_outages()
        assert getattr(failure(client), "status", None) == 500


def test_impossible_outages_are_refused() -> None:
    """The names that there are, and a number of seconds."""
    simulator = Simulator()
    with pytest.raises(SimulatorError, match=r"begin_outage\.name: expected one of forbidden, "):
        simulator.begin_outage("rain")  # type: ignore[arg-type] # what an unchecked caller does
    with pytest.raises(SimulatorError, match=r"begin_outage\.seconds: expected a number of 0"):
        simulator.begin_outage("unpaid", seconds=-1)


def test_a_user_without_the_role_of_voice() -> None:
    """The second API user is known, and may do nothing; with another password it is unknown."""
    with Simulator() as simulator:
        url = f"{simulator.base_url}/accounts/{simulator.account_id}/calls"
        for password, status in ((simulator.password, 403), ("x", 401)):
            pair = ("simulator-forbidden", password)
            assert requests.get(url, auth=pair, timeout=PATIENCE).status_code == status


def test_replies_of_a_live_simulator_are_dated() -> None:
    """With the real time, or an hour ahead of it; in virtual time there is no date."""

    def date(simulator: Simulator) -> str | None:
        return requests.get(simulator.base_url, timeout=PATIENCE).headers.get("Date")

    with Simulator() as simulator:
        assert date(simulator) is None
    with LiveSimulator(speed=1000) as live:
        right = parsedate_to_datetime(date(live.simulator) or "")
        live.simulator.begin_outage("clock")
        wrong = parsedate_to_datetime(date(live.simulator) or "")
        assert 3600 <= (wrong - right).total_seconds() < 3600 + PATIENCE
        live.simulator.end_outages()
        again = parsedate_to_datetime(date(live.simulator) or "")
        assert 0 <= (again - right).total_seconds() < 3600


@pytest.mark.parametrize("text", ["sp\u00e4ter", "1\r\nX: 2"])
def test_a_retry_after_that_no_header_can_hold(text: str) -> None:
    """It is refused when it is planned."""
    with Simulator() as simulator, pytest.raises(SimulatorError, match="printable ASCII"):
        simulator.fail_next(503, retry_after=text)
