"""Recordings of calls end to end: each operation of both clients against the simulator."""

import json
import wave
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from callcontrol.client import Client
from callcontrol.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    OutcomeUnknownError,
    RequestError,
)
from callcontrol.simulator import Simulator
from tests.callcontrol.drivers import BOTH
from tests.callcontrol.operations.conftest import FROM, TO, raw, replying
from tests.waiting import PATIENCE

CLIENTS = BOTH
NOWHERE = "r-nowhere"
VERBS = '<StartRecording/><Gather input="speech" maxDigits="1"/><StopRecording/><Pause/>'
RECORD = '<StartRecording recordingName="first" multiChannel="true"/><Pause duration="9"/>'


def recorded(simulator: Simulator, verbs: str = RECORD) -> Any:  # noqa: ANN401 - the app is untyped
    """Let a call be recorded until it ends, and return it."""
    call = simulator.dial_in(replying(verbs), to=TO, from_=FROM)
    assert call.ended
    return call


def test_r16_recordings_of_a_call(client: Client, simulator: Simulator, tmp_path: Path) -> None:
    """They are listed and read with all that the platform says about them."""
    call = recorded(simulator)
    (listed,) = client.list_recordings(call.call_id)
    read = client.get_recording(call.call_id, listed.recording_id)
    assert read == listed
    assert (read.call_id, read.account_id) == (call.call_id, simulator.account_id)
    assert (read.to, read.from_, read.direction) == (TO, FROM, "inbound")
    assert (read.duration, read.channels, read.file_format) == (timedelta(seconds=9), 2, "wav")
    assert (read.status, read.recording_name, read.transcription) == ("complete", "first", None)
    assert read.media_url
    assert read.media_url.endswith(f"/recordings/{read.recording_id}/media")
    assert read.start_time
    assert read.end_time == read.start_time + timedelta(seconds=9)
    assert read.extra == {}
    seen: list[tuple[int, int | None]] = []
    path = tmp_path / "first.wav"
    saved = client.download_recording(
        call.call_id,
        read.recording_id,
        path,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert (saved.path, saved.size, saved.content_type) == (
        path,
        path.stat().st_size,
        "audio/vnd.wave",
    )
    assert seen[-1] == (saved.size, saved.size)
    assert sorted(seen) == seen
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 9 * 8000)
    assert [entry.name for entry in tmp_path.iterdir()] == ["first.wav"]


def test_recordings_of_the_account(client: Client, simulator: Simulator) -> None:
    """All filters narrow the list."""
    first, second = recorded(simulator), recorded(simulator)
    ids = [item.call_id for item in client.list_account_recordings()]
    assert ids == [first.call_id, second.call_id]
    later = next(iter(client.list_recordings(second.call_id))).start_time
    assert later
    found = [item.call_id for item in client.list_account_recordings(min_start_time=later)]
    assert found == [second.call_id]
    before = later - timedelta(seconds=1)
    found = [item.call_id for item in client.list_account_recordings(max_start_time=before)]
    assert found == [first.call_id]
    assert len(list(client.list_account_recordings(to=TO, from_=FROM))) == 2
    assert list(client.list_account_recordings(from_="+19195550199")) == []


def test_r15_pause_and_resume(client: Client, simulator: Simulator) -> None:
    """Paused time is not recorded; without a recording there is nothing to pause."""
    call = simulator.dial_in(
        replying('<StartRecording/><Gather maxDigits="1" firstDigitTimeout="60"/>'), to=TO
    )
    call.waits(seconds=2)
    client.pause_recording(call.call_id)
    call.waits(seconds=5)
    client.resume_recording(call.call_id)
    call.waits(seconds=1)
    call.hang_up()
    (made,) = client.list_recordings(call.call_id)
    assert made.duration == timedelta(seconds=3)
    with pytest.raises(NotFoundError, match="not found"):
        client.pause_recording("c-unknown")
    other = simulator.dial_in(replying('<Gather firstDigitTimeout="60"/>'), to=TO)
    with pytest.raises(NotFoundError, match="Recording of call"):
        client.resume_recording(other.call_id)


def test_deleting(client: Client, simulator: Simulator, tmp_path: Path) -> None:
    """First the file, then all of it; what was deleted is not found."""
    call = recorded(simulator)
    (made,) = client.list_recordings(call.call_id)
    ids = (call.call_id, made.recording_id)
    client.delete_recording_media(*ids)
    left = client.get_recording(*ids)
    assert (left.status, left.media_url) == ("deleted", None)
    with pytest.raises(NotFoundError):
        client.download_recording(*ids, tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []
    client.delete_recording(*ids)
    assert list(client.list_recordings(call.call_id)) == []
    for gone in (client.get_recording, client.delete_recording, client.delete_recording_media):
        with pytest.raises(NotFoundError):
            gone(*ids)


def test_a_repeated_delete_succeeds(client: Client, simulator: Simulator) -> None:
    """A 404 after an attempt that may have worked means that it did."""
    call = recorded(simulator)
    (made,) = client.list_recordings(call.call_id)
    simulator.fail_next(502, operation="deleteRecording", processed=True)
    client.delete_recording(call.call_id, made.recording_id)
    assert list(client.list_recordings(call.call_id)) == []


def test_r17_transcription(client: Client, simulator: Simulator) -> None:
    """A text that is ordered is announced, read and deleted."""
    app = replying(VERBS)
    call = simulator.dial_in(app, to=TO)
    call.says("I lost my card", seconds=2)
    assert call.ended
    (made,) = client.list_recordings(call.call_id)
    ids = (call.call_id, made.recording_id)
    with pytest.raises(NotFoundError):
        client.get_recording_transcription(*ids)
    client.transcribe_recording(*ids, callback_url="http://application.test/text", tag="blue")
    url = f"{simulator.base_url}/accounts/{simulator.account_id}/calls/{'/recordings/'.join(ids)}"
    shown = requests.get(url, auth=(simulator.username, simulator.password), timeout=PATIENCE)
    assert shown.json()["transcription"] == {"status": "processing"}  # without a null (K5)
    state = client.get_recording(*ids).transcription
    assert state
    assert state.status == "processing"
    simulator.advance(10)
    path, body = app.seen[-1]
    sent = json.loads(body)
    assert (path, sent["eventType"], sent["tag"]) == ("/text", "transcriptionAvailable", "blue")
    text = client.get_recording_transcription(*ids)
    assert text.transcripts
    assert [(said.speaker, said.text) for said in text.transcripts] == [(0, "I lost my card")]
    assert text.clips
    assert text.clips[0].text == "I lost my card"
    state = client.get_recording(*ids).transcription
    assert state
    assert (state.status, state.id) == ("available", sent["transcription"]["id"])
    client.delete_recording_transcription(*ids)
    for gone in (client.get_recording_transcription, client.delete_recording_transcription):
        with pytest.raises(NotFoundError):
            gone(*ids)


def test_an_order_is_not_repeated(client: Client, simulator: Simulator) -> None:
    """It might cost money twice."""
    call = recorded(simulator)
    (made,) = client.list_recordings(call.call_id)
    simulator.fail_next(502, operation="transcribeCallRecording")
    with pytest.raises(OutcomeUnknownError, match="may or may not have been ordered"):
        client.transcribe_recording(call.call_id, made.recording_id)
    asked = [it for it in simulator.requests if it.operation == "transcribeCallRecording"]
    assert len(asked) == 1


USES: dict[str, Callable[[Client, Path], object]] = {
    "list_account": lambda client, _: list(client.list_account_recordings()),
    "list": lambda client, _: list(client.list_recordings("c-1")),
    "get": lambda client, _: client.get_recording("c-1", NOWHERE),
    "pause": lambda client, _: client.pause_recording("c-1"),
    "resume": lambda client, _: client.resume_recording("c-1"),
    "download": lambda client, path: client.download_recording("c-1", NOWHERE, path / "a"),
    "delete": lambda client, _: client.delete_recording("c-1", NOWHERE),
    "delete_media": lambda client, _: client.delete_recording_media("c-1", NOWHERE),
    "transcribe": lambda client, _: client.transcribe_recording("c-1", NOWHERE),
    "get_text": lambda client, _: client.get_recording_transcription("c-1", NOWHERE),
    "delete_text": lambda client, _: client.delete_recording_transcription("c-1", NOWHERE),
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
    assert list(tmp_path.iterdir()) == []


BAD: dict[str, Callable[[Any], object]] = {
    "get_recording.recording_id": lambda client: client.get_recording("c-1", "../media"),
    "get_recording.call_id": lambda client: client.get_recording("", "r-1"),
    "list_recordings.call_id": lambda client: list(client.list_recordings("a/b")),
    "list_account_recordings.min_start_time": lambda client: list(
        client.list_account_recordings(min_start_time="yesterday")
    ),
    "transcribe_recording.callback_timeout": lambda client: client.transcribe_recording(
        "c-1", "r-1", callback_timeout=26
    ),
    "transcribe_recording.callback_url": lambda client: client.transcribe_recording(
        "c-1", "r-1", callback_url="http://a.example", username="u", password="p"
    ),
    "download_recording.path": lambda client: client.download_recording("c-1", "r-1", 5),
}


@pytest.mark.parametrize("where", BAD)
def test_bad_arguments(client: Client, simulator: Simulator, where: str) -> None:
    """They are refused by name before anything is sent."""
    with pytest.raises(RequestError, match=rf"^{where}: expected "):
        BAD[where](client)
    assert simulator.requests == ()


def test_raw_replies(client: Client, simulator: Simulator, tmp_path: Path) -> None:
    """Each result can be had with its status and headers."""
    call = recorded(simulator)
    (page,) = raw(client).list_recordings(call.call_id)
    ids = (call.call_id, page.value[0].recording_id)
    assert page.status == 200
    saved = raw(client).download_recording(*ids, tmp_path / "a.wav")
    assert saved.headers["content-length"] == str(saved.value.size)
    assert raw(client).delete_recording(*ids).status == 204
