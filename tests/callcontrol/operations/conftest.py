"""A simulator, its application, and a client of either kind."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from callcontrol.client import Client
from callcontrol.simulator import Simulator

if TYPE_CHECKING:
    from tests.callcontrol.conftest import StillClock

TO, FROM = "+19195551234", "+19195550100"


def replying(bxml: str) -> Any:  # noqa: ANN401 - any WSGI server types it otherwise
    """Return an application that replies this text, and keeps what it was sent."""

    def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        seen.append((environ["PATH_INFO"], body))
        start("200 OK", [("Content-Type", "application/xml")])
        return [f"<Response>{bxml}</Response>".encode()]

    seen: list[tuple[str, bytes]] = []
    vars(app)["seen"] = seen
    return app


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a running simulator."""
    with Simulator() as running:
        yield running


@pytest.fixture
def connect(
    simulator: Simulator, clock: "StillClock", client_class: type[Client]
) -> Iterator[Callable[..., Client]]:
    """Yield a function that connects a client, by default with the right account."""
    del clock  # must be in place first
    made: list[Client] = []

    def connected(account_id: str | None = None, password: str | None = None) -> Client:
        client = client_class(
            account_id or simulator.account_id,
            username=simulator.username,
            password=password or simulator.password,
            base_url=simulator.base_url,
        )
        made.append(client)
        return client

    yield connected
    for client in made:
        with client:
            pass


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    """Return a client of the simulator."""
    return connect()


def raw(client: Client) -> Any:  # noqa: ANN401 - of either class
    """Return the same operations with their replies."""
    found: Any = client
    return found.raw if hasattr(found, "client") else found.with_raw_reply
