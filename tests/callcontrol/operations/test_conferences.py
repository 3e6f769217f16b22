"""Conferences end to end: each operation of both clients against the simulator."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bxml import Bxml, ValidationError
from callcontrol.client import Client
from callcontrol.errors import (
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    NotFoundError,
    OutcomeUnknownError,
    RequestError,
)
from callcontrol.simulator import Simulator
from tests.callcontrol.drivers import BOTH
from tests.callcontrol.operations.conftest import TO, raw, replying

CLIENTS = BOTH
JOIN = "<Conference>room</Conference>"
URL = "http://application.test/next"


def joined(simulator: Simulator, name: str = "room", attributes: str = "") -> Any:  # noqa: ANN401
    """Let a call come in and join a conference; afterwards it says bye."""
    verbs = f"<Conference {attributes}>{name}</Conference><SpeakSentence>Bye</SpeakSentence>"
    call = simulator.dial_in(replying(verbs), to=TO)
    assert not call.ended
    return call


def test_conference_and_members(client: Client, simulator: Simulator) -> None:
    """A conference is listed and read with its members, who can be muted and coached."""
    attributes = 'conferenceEventUrl="http://application.test/events" tag="blue"'
    first, second = joined(simulator, attributes=attributes), joined(simulator)
    (listed,) = client.list_conferences()
    room = client.get_conference(listed.id)
    assert (room.name, room.completed_time, listed.active_members) == ("room", None, None)
    assert (room.conference_event_url, room.conference_event_method) == (
        "http://application.test/events",
        "POST",
    )
    assert room.created_time == listed.created_time
    assert room.active_members
    assert [member.call_id for member in room.active_members] == [first.call_id, second.call_id]
    member = client.get_conference_member(room.id, second.call_id)
    assert member == room.active_members[1]
    assert (member.mute, member.hold, member.call_ids_to_coach) == (False, False, ())
    assert (member.conference_id, member.extra, room.extra) == (room.id, {}, {})
    assert first.hears_person(second)
    client.update_conference_member(room.id, second.call_id, mute=True)
    assert not first.hears_person(second)
    client.update_conference_member(
        room.id, second.call_id, mute=False, call_ids_to_coach=[first.call_id]
    )
    member = client.get_conference_member(room.id, second.call_id)
    assert (member.mute, member.call_ids_to_coach) == (False, (first.call_id,))
    client.update_conference_member(room.id, second.call_id, hold=True, call_ids_to_coach=[])
    member = client.get_conference_member(room.id, second.call_id)
    assert (member.hold, member.call_ids_to_coach) == (True, ())


def test_k8_one_coach(client: Client, simulator: Simulator) -> None:
    """A second member does not become a coach over REST either."""
    first, second = joined(simulator), joined(simulator)
    (room,) = client.list_conferences()
    client.update_conference_member(room.id, first.call_id, call_ids_to_coach=[second.call_id])
    client.update_conference_member(room.id, second.call_id, call_ids_to_coach=[first.call_id])
    members = client.get_conference(room.id).active_members
    assert members
    assert [member.call_ids_to_coach for member in members] == [(second.call_id,), ()]


def test_k5_k6_members_leave(client: Client, simulator: Simulator) -> None:
    """By hang-up, by an update of their call, and by the end of the conference over REST."""
    calls = [joined(simulator) for _ in range(4)]
    (room,) = client.list_conferences()
    calls[0].hang_up()
    client.hang_up(calls[1].call_id)
    calls[2].waits(seconds=1)
    members = client.get_conference(room.id).active_members
    assert members
    assert [member.call_id for member in members] == [calls[2].call_id, calls[3].call_id]
    client.end_conference(room.id)
    for call in calls[2:]:
        assert call.hears("Bye")
        assert call.ended


def test_k12_an_ended_conference(client: Client, simulator: Simulator) -> None:
    """It can be read, but not updated."""
    call = joined(simulator)
    (room,) = client.list_conferences()
    client.update_conference(room.id, status="completed")
    assert call.ended
    over = client.get_conference(room.id)
    assert over.completed_time
    assert over.active_members == ()
    updates: list[Callable[[], object]] = [
        lambda: client.end_conference(room.id),
        lambda: client.update_conference(room.id, redirect_url=URL),
        lambda: client.update_conference_bxml(room.id, Bxml()),
        lambda: client.update_conference_member(room.id, call.call_id, mute=True),
    ]
    for update in updates:
        with pytest.raises(NotFoundError):
            update()


def test_k10_redirect(client: Client, simulator: Simulator) -> None:
    """The members hear the reply to conferenceRedirect."""

    def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        seen.append(json.loads(body))
        start("200 OK", [("Content-Type", "application/xml")])
        redirected = environ["PATH_INFO"] == "/next"
        verbs = "<SpeakSentence>News</SpeakSentence>" if redirected else JOIN
        return [f"<Response>{verbs}</Response>".encode()]

    seen: list[dict[str, object]] = []
    call = simulator.dial_in(app, to=TO)
    (room,) = client.list_conferences()
    client.update_conference(room.id, redirect_url=URL)
    assert call.hears("News")
    assert seen[-1]["eventType"] == "conferenceRedirect"
    assert seen[-1]["conferenceId"] == room.id


def test_k11_a_document(client: Client, simulator: Simulator) -> None:
    """All members hear it; one with other verbs is refused before it is sent."""
    first, second = joined(simulator), joined(simulator)
    (room,) = client.list_conferences()
    client.update_conference_bxml(room.id, Bxml().speak_sentence("Five minutes left"))
    assert first.hears("Five minutes left")
    assert second.hears("Five minutes left")
    for document in (Bxml().hangup(), "<Bxml><Gather/></Bxml>"):
        with pytest.raises(ValidationError, match="conference"):
            client.update_conference_bxml(room.id, document)
    with pytest.raises(RequestError, match=r"^update_conference_bxml\.document: expected"):
        client.update_conference_bxml(room.id, 5)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    simulator.fail_next(400, operation="updateConferenceBxml")
    with pytest.raises(BadRequestError):
        client.update_conference_bxml(room.id, Bxml())


def test_recordings_of_a_conference(client: Client, simulator: Simulator, tmp_path: Path) -> None:
    """They are listed, read and downloaded."""
    call = joined(simulator)
    (room,) = client.list_conferences()
    client.update_conference_bxml(room.id, Bxml().start_recording())
    call.waits(seconds=4)
    client.update_conference_bxml(room.id, Bxml().stop_recording())
    call.waits(seconds=4)
    (listed,) = client.list_conference_recordings(room.id)
    read = client.get_conference_recording(room.id, listed.recording_id)
    assert read == listed
    assert (read.conference_id, read.name, read.channels) == (room.id, "room", 1)
    assert (read.duration, read.status) == (timedelta(seconds=4), "complete")
    assert read.extra == {}
    path = tmp_path / "room.wav"
    saved = client.download_conference_recording(room.id, read.recording_id, path)
    assert saved.size == path.stat().st_size > 4 * 8000


def test_pages(client: Client, simulator: Simulator) -> None:
    """Pages follow each other, and filters narrow the list."""
    for name in "abcde":
        joined(simulator, name)
        simulator.advance(1)
    pages = list(raw(client).list_conferences(page_size=2))
    assert [[room.name for room in page.value] for page in pages] == [["a", "b"], ["c", "d"], ["e"]]
    assert [room.name for room in client.list_conferences(name="c")] == ["c"]
    (third,) = client.list_conferences(name="c")
    assert third.created_time
    found = client.list_conferences(min_created_time=third.created_time, page_size=1)
    assert [room.name for room in found] == ["c", "d", "e"]
    found = client.list_conferences(max_created_time=third.created_time)
    assert [room.name for room in found] == ["a", "b", "c"]


def test_what_is_repeated(client: Client, simulator: Simulator) -> None:
    """The end and a change of a member are; a redirect and a document are not."""
    call = joined(simulator)
    (room,) = client.list_conferences()
    simulator.fail_next(502, operation="updateConferenceMember", processed=True)
    client.update_conference_member(room.id, call.call_id, mute=True)
    simulator.fail_next(502, operation="updateConference", processed=True)
    with pytest.raises(OutcomeUnknownError, match="may or may not have been redirected"):
        client.update_conference(room.id, redirect_url=URL)
    simulator.fail_next(502, operation="updateConferenceBxml", processed=True)
    with pytest.raises(OutcomeUnknownError, match="may or may not hear"):
        client.update_conference_bxml(room.id, Bxml())
    simulator.fail_next(502, operation="updateConference", processed=True)
    client.end_conference(room.id)


USES: dict[str, Callable[[Client, Path], object]] = {
    "list": lambda client, _: list(client.list_conferences()),
    "get": lambda client, _: client.get_conference("conf-1"),
    "update": lambda client, _: client.update_conference("conf-1", redirect_url=URL),
    "end": lambda client, _: client.end_conference("conf-1"),
    "bxml": lambda client, _: client.update_conference_bxml("conf-1", Bxml()),
    "member": lambda client, _: client.get_conference_member("conf-1", "c-1"),
    "update_member": lambda client, _: client.update_conference_member("conf-1", "c-1", hold=True),
    "list_recordings": lambda client, _: list(client.list_conference_recordings("conf-1")),
    "get_recording": lambda client, _: client.get_conference_recording("conf-1", "r-1"),
    "download": lambda client, path: client.download_conference_recording(
        "conf-1", "r-1", path / "a"
    ),
}


@pytest.mark.parametrize("name", USES)
def test_refusals(connect: Callable[..., Client], name: str, tmp_path: Path) -> None:
    """Bad credentials, another account, and ids that do not exist (a list of them is empty)."""
    with pytest.raises(AuthenticationError):
        USES[name](connect(password="wrong"), tmp_path)
    with pytest.raises(ForbiddenError):
        USES[name](connect("9900001"), tmp_path)
    if name.startswith("list"):
        assert USES[name](connect(), tmp_path) == []
        return
    with pytest.raises(NotFoundError, match="not found"):
        USES[name](connect(), tmp_path)


BAD: dict[str, Callable[[Any], object]] = {
    "get_conference.conference_id": lambda client: client.get_conference("a/b"),
    "update_conference.redirect_url": lambda client: client.update_conference("conf-1"),
    "update_conference.redirect_method": lambda client: client.update_conference(
        "conf-1", status="completed", redirect_method="GET"
    ),
    "update_conference_member.mute": lambda client: client.update_conference_member(
        "conf-1", "c-1"
    ),
    "update_conference_member.call_ids_to_coach": lambda client: client.update_conference_member(
        "conf-1", "c-1", call_ids_to_coach="c-2"
    ),
    "list_conferences.page_size": lambda client: list(client.list_conferences(page_size=1001)),
    "list_conferences.max_created_time": lambda client: list(
        client.list_conferences(
            min_created_time="2026-01-02T00:00:00Z", max_created_time="2026-01-01T00:00:00Z"
        )
    ),
}


@pytest.mark.parametrize("where", BAD)
def test_bad_arguments(client: Client, simulator: Simulator, where: str) -> None:
    """They are refused by name before anything is sent."""
    with pytest.raises(RequestError, match=rf"^{where}: expected "):
        BAD[where](client)
    assert simulator.requests == ()
