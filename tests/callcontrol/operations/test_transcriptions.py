"""Real-time transcriptions and statistics end to end, with both clients."""

from collections.abc import Callable

import pytest

from callcontrol.client import Client
from callcontrol.errors import AuthenticationError, ForbiddenError, NotFoundError, RequestError
from callcontrol.simulator import Simulator
from tests.callcontrol.drivers import BOTH
from tests.callcontrol.operations.conftest import FROM, TO, raw, replying

CLIENTS = BOTH
VERBS = '<StartTranscription name="all" tracks="both"/><Gather input="speech"/><StopTranscription/>'


def test_s8_transcriptions(client: Client, simulator: Simulator) -> None:
    """They are listed some time after their end, read and deleted."""
    call = simulator.dial_in(replying(VERBS), to=TO)
    call.says("I lost my card", seconds=2)
    assert call.ended
    assert list(client.list_transcriptions(call.call_id)) == []
    simulator.advance(10)
    (first,) = client.list_transcriptions(call.call_id)
    assert first.transcription_name == "all"
    assert first.transcription_url
    assert first.transcription_url.endswith(f"/transcriptions/{first.transcription_id}")
    ids = (call.call_id, first.transcription_id)
    text = client.get_transcription(*ids)
    assert (text.account_id, text.call_id, text.transcription_id) == (simulator.account_id, *ids)
    assert text.tracks
    assert [(track.track, track.transcript) for track in text.tracks] == [
        ("inbound", "I lost my card"),
        ("outbound", ""),
    ]
    assert text.extra == {}
    assert raw(client).delete_transcription(*ids).status == 200
    for gone in (client.get_transcription, client.delete_transcription):
        with pytest.raises(NotFoundError):
            gone(*ids)


def test_q4_statistics(client: Client, simulator: Simulator) -> None:
    """Calls that wait are counted."""
    assert client.get_statistics().current_call_queue_size == 0
    for _ in range(3):
        client.create_call(
            to=TO, from_=FROM, application_id="a", answer_url="https://app.example/answer"
        )
    found = client.get_statistics()
    limit = simulator.platform.settings.limits.queue_capacity
    assert (found.current_call_queue_size, found.max_call_queue_size) == (3, limit)
    assert found.extra == {}


USES: dict[str, Callable[[Client], object]] = {
    "list": lambda client: list(client.list_transcriptions("c-1")),
    "get": lambda client: client.get_transcription("c-1", "t-1"),
    "delete": lambda client: client.delete_transcription("c-1", "t-1"),
    "statistics": lambda client: client.get_statistics(),
}


@pytest.mark.parametrize("name", USES)
def test_refusals(connect: Callable[..., Client], name: str) -> None:
    """Bad credentials, another account, and ids that do not exist (a list of them is empty)."""
    with pytest.raises(AuthenticationError):
        USES[name](connect(password="wrong"))
    with pytest.raises(ForbiddenError):
        USES[name](connect("9900001"))
    if name == "list":
        assert USES[name](connect()) == []
    elif name != "statistics":
        with pytest.raises(NotFoundError, match="not found"):
            USES[name](connect())


def test_bad_arguments(client: Client, simulator: Simulator) -> None:
    """They are refused by name before anything is sent."""
    with pytest.raises(RequestError, match=r"^get_transcription\.transcription_id: expected "):
        client.get_transcription("c-1", "a/b")
    with pytest.raises(RequestError, match=r"^list_transcriptions\.call_id: expected "):
        list(client.list_transcriptions(""))
    assert simulator.requests == ()
