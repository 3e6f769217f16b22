"""The vendor's live tests of its SDK for the further operations, against the simulator.

They make the calls of ``test/smoke`` in github.com/Bandwidth/python-sdk (July 2026) with the
released SDK, and assert the same. The vendor's answering service is an application in this
process, and waiting is virtual. Its two tests that are switched off there run here as well.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest

from callcontrol.simulator import Simulator

# The SDK is generated and untyped, so that checkers see it as Any.
sdk: Any = import_module("bandwidth")
models: Any = import_module("bandwidth.models")
exceptions: Any = import_module("bandwidth.exceptions")

TO, FROM = "+19195551234", "+19195550100"
NEXT = "http://application.test/bxml/pause"
SPOKEN = (
    '<?xml version="1.0" encoding="UTF-8"?><Bxml><SpeakSentence locale="en_US" gender="female" '
    'voice="susan">This is a test bxml response</SpeakSentence></Bxml>'
)
RECORDED = SPOKEN.replace("<SpeakS", "<StartRecording/><SpeakS").replace(
    "</Bxml>", "<StopRecording/></Bxml>"
)


def replying(bxml: str) -> Any:  # noqa: ANN401 - any WSGI server types it otherwise
    """Return an application that replies this text."""

    def app(_: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/xml")])
        return [f"<Response>{bxml}</Response>".encode()]

    return app


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a running simulator."""
    with Simulator() as running:
        yield running


Connect = Callable[..., Any]


@pytest.fixture
def connect(simulator: Simulator) -> Iterator[Connect]:
    """Yield a function that makes one of the SDK's interfaces, with good credentials or bad."""
    made: list[Any] = []

    def connected(name: str, **credentials: str) -> Any:  # noqa: ANN401 - see above
        given = credentials or {
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
            "access_token_url": simulator.token_url,
        }
        root = "/v2" if name == "EndpointsApi" else "/api/v2"
        host = simulator.base_url.removesuffix("/api/v2") + root
        settings = sdk.Configuration(**given, host=host, ignore_operation_servers=True)
        made.append(sdk.ApiClient(settings))
        return getattr(sdk, name)(made[-1])

    yield connected
    for client in made:
        client.rest_client.pool_manager.clear()


BAD = {"username": "bad_username", "password": "bad_password"}


def refused(act: Callable[[Any, str], object], connect: Connect, name: str, account: str) -> None:
    """Assert a 401 with bad credentials, and a 403 for the account of another customer."""
    with pytest.raises(exceptions.UnauthorizedException) as caught:
        act(connect(name, **BAD), account)
    assert (caught.value.status, bool(caught.value.body)) == (401, True)
    with pytest.raises(exceptions.ForbiddenException) as caught:
        act(connect(name), "9900001")
    assert (caught.value.status, bool(caught.value.body)) == (403, True)


# --- conferences ---------------------------------------------------------------------------


def in_conference(simulator: Simulator) -> Any:  # noqa: ANN401 - the application is untyped
    """Let a call be in a conference."""
    return simulator.dial_in(replying("<Conference>test-id</Conference>"), to=TO, from_=FROM)


def test_conference_and_members(connect: Connect, simulator: Simulator) -> None:
    """``test_conference_and_members``."""
    api, account = connect("ConferencesApi"), simulator.account_id
    call = in_conference(simulator)
    listed = api.list_conferences_with_http_info(account, name="test-id")
    assert listed.status_code == 200
    assert isinstance(listed.data[0].name, str)
    conference_id = listed.data[0].id
    found = api.get_conference_with_http_info(account, conference_id)
    assert (found.status_code, found.data.id, found.data.name) == (200, conference_id, "test-id")
    assert found.data.active_members[0].call_id == call.call_id
    member = api.get_conference_member_with_http_info(account, conference_id, call.call_id)
    assert (member.status_code, member.data.conference_id) == (200, conference_id)
    assert member.data.call_id == call.call_id
    muted = models.UpdateConferenceMember(mute=False)
    updated = api.update_conference_member_with_http_info(
        account, conference_id, call.call_id, muted
    )
    assert updated.status_code == 204
    update = models.UpdateConference(
        state=models.ConferenceStateEnum("active"),
        redirect_url=NEXT,
        redirect_method=models.RedirectMethodEnum("POST"),
        username="mySecretUsername",
        password="mySecretPassword1!",
        redirect_fallback_url=NEXT,
        redirect_fallback_method=models.RedirectMethodEnum("POST"),
        fallback_username="mySecretUsername",
        fallback_password="mySecretPassword1!",
        tag="My Custom Tag",
    )
    assert api.update_conference_with_http_info(account, conference_id, update).status_code == 204
    pushed = api.update_conference_bxml_with_http_info(account, conference_id, SPOKEN)
    assert pushed.status_code == 204
    assert call.hears("This is a test bxml response")


def test_conference_recordings(connect: Connect, simulator: Simulator) -> None:
    """``test_conference_recordings``, switched off there."""
    api, account = connect("ConferencesApi"), simulator.account_id
    call = in_conference(simulator)
    conference_id = api.list_conferences(account)[0].id
    pushed = api.update_conference_bxml_with_http_info(account, conference_id, RECORDED)
    assert pushed.status_code == 204
    call.waits(seconds=10)
    listed = api.list_conference_recordings_with_http_info(account, conference_id)
    assert (listed.status_code, len(listed.data)) == (200, 1)
    first = listed.data[0]
    assert (first.status, first.file_format) == ("complete", models.FileFormatEnum("wav"))
    ids = (account, conference_id, first.recording_id)
    read = api.get_conference_recording_with_http_info(*ids)
    assert (read.status_code, read.data.conference_id) == (200, conference_id)
    assert (read.data.recording_id, read.data.name) == (first.recording_id, "test-id")
    media = api.download_conference_recording_with_http_info(*ids)
    assert media.status_code == 200
    assert media.data.startswith(b"RIFF")


CONFERENCES: dict[str, Callable[[Any, str], object]] = {
    "list": lambda api, account: api.list_conferences(account),
    "get": lambda api, account: api.get_conference(account, "Conf-id"),
    "member": lambda api, account: api.get_conference_member(account, "Conf-id", "Member-Id"),
    "recordings": lambda api, account: api.list_conference_recordings(account, "Conf-id"),
    "recording": lambda api, account: api.get_conference_recording(account, "Conf-id", "Rec-Id"),
    "download": lambda api, account: api.download_conference_recording(
        account, "Conf-id", "Rec-Id"
    ),
    "update": lambda api, account: api.update_conference(
        account, "Conf-id", models.UpdateConference(redirect_url=NEXT)
    ),
    "bxml": lambda api, account: api.update_conference_bxml(account, "Conf-id", SPOKEN),
    "update_member": lambda api, account: api.update_conference_member(
        account, "Conf-id", "Member-Id", models.UpdateConferenceMember(mute=False)
    ),
}


@pytest.mark.parametrize("name", CONFERENCES)
def test_conference_errors(connect: Connect, simulator: Simulator, name: str) -> None:
    """``test_..._unauthorized``, ``..._forbidden`` and ``..._not_found``."""
    act = CONFERENCES[name]
    refused(act, connect, "ConferencesApi", simulator.account_id)
    api = connect("ConferencesApi")
    if name in ("list", "recordings"):
        assert act(api, simulator.account_id) == []
        return
    with pytest.raises(exceptions.NotFoundException) as caught:
        act(api, simulator.account_id)
    assert (caught.value.status, bool(caught.value.body)) == (404, True)


# --- recordings ----------------------------------------------------------------------------


def test_successful_call_recording(connect: Connect, simulator: Simulator) -> None:
    """``test_successful_call_recording``: the whole life of a recording and of its text."""
    api, account = connect("RecordingsApi"), simulator.account_id
    call = simulator.dial_in(replying('<Record maxDuration="5"/>'), to=TO, from_=FROM)
    call.says("Hello", seconds=1)
    call.waits(seconds=10)
    listed = api.list_call_recordings_with_http_info(account, call.call_id)
    assert (listed.status_code, len(listed.data)) == (200, 1)
    first = listed.data[0]
    ids = (account, call.call_id, first.recording_id)
    read = api.get_call_recording_with_http_info(*ids)
    assert (read.status_code, read.data.recording_id) == (200, first.recording_id)
    for found in (first, read.data):
        assert (found.account_id, found.call_id, found.status) == (
            account,
            call.call_id,
            "complete",
        )
        assert found.application_id
        assert found.file_format == models.FileFormatEnum("wav")
    media = api.download_call_recording_with_http_info(*ids)
    assert (media.status_code, media.data[:4]) == (200, b"RIFF")
    order = models.TranscribeRecording(
        callback_url="https://app.example/transcriptions",
        tag="tag",
        callback_timeout=5.5,
        username="mySecretUsername",
        password="mySecretPassword1!",
    )
    assert api.transcribe_call_recording_with_http_info(*ids, order).status_code == 204
    simulator.advance(10)
    text = api.get_recording_transcription_with_http_info(*ids)
    assert (text.status_code, len(text.data.transcripts)) == (200, 1)
    transcript = text.data.transcripts[0]
    assert isinstance(transcript, models.Transcription)
    assert (transcript.text, isinstance(transcript.confidence, float)) == ("Hello", True)
    assert api.delete_recording_transcription_with_http_info(*ids).status_code == 204
    with pytest.raises(exceptions.NotFoundException):
        api.get_recording_transcription(*ids)
    assert api.delete_recording_media_with_http_info(*ids).status_code == 204
    assert api.delete_recording_with_http_info(*ids).status_code == 204
    assert api.list_call_recordings(account, call.call_id) == []


def test_successful_update_active_recording(connect: Connect, simulator: Simulator) -> None:
    """``test_successful_update_active_recording``."""
    api, account = connect("RecordingsApi"), simulator.account_id
    call = simulator.dial_in(
        replying('<StartRecording/><Gather firstDigitTimeout="60"/>'), to=TO, from_=FROM
    )
    for state in ("paused", "recording"):
        update = models.UpdateCallRecording(state=models.RecordingStateEnum(state))
        done = api.update_call_recording_state_with_http_info(account, call.call_id, update)
        assert done.status_code == 200


RECORDINGS: dict[str, Callable[[Any, str], object]] = {
    "list": lambda api, account: api.list_call_recordings(account, "not a call"),
    "get": lambda api, account: api.get_call_recording(account, "call", "recording"),
    "download": lambda api, account: api.download_call_recording(account, "call", "recording"),
    "transcribe": lambda api, account: api.transcribe_call_recording(
        account, "call", "recording", models.TranscribeRecording()
    ),
    "text": lambda api, account: api.get_recording_transcription(account, "call", "recording"),
    "delete_text": lambda api, account: api.delete_recording_transcription(
        account, "call", "recording"
    ),
    "delete_media": lambda api, account: api.delete_recording_media(account, "call", "recording"),
    "delete": lambda api, account: api.delete_recording(account, "call", "recording"),
    "state": lambda api, account: api.update_call_recording_state(
        account, "call", models.UpdateCallRecording(state=models.RecordingStateEnum("paused"))
    ),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recording_4xx_errors(connect: Connect, simulator: Simulator, name: str) -> None:
    """``test_4xx_errors`` and ``test_invalid_update_call_recording_state``.

    The vendor leaves out the 404 of ``transcribe``, which its platform answers with 502.
    """
    act = RECORDINGS[name]
    refused(act, connect, "RecordingsApi", simulator.account_id)
    api = connect("RecordingsApi")
    if name == "list":
        assert act(api, simulator.account_id) == []
        return
    with pytest.raises(exceptions.NotFoundException):
        act(api, simulator.account_id)


# --- transcriptions, statistics, endpoints --------------------------------------------------


def test_real_time_transcriptions(connect: Connect, simulator: Simulator) -> None:
    """``test_steps`` of transcriptions, switched off there."""
    api, account = connect("TranscriptionsApi"), simulator.account_id
    start = '<StartTranscription name="mine" tracks="inbound"/><Pause duration="6"/>'
    call = simulator.dial_in(replying(start), to=TO, from_=FROM)
    assert call.ended
    simulator.advance(60)
    listed = api.list_real_time_transcriptions_with_http_info(account, call.call_id)
    assert listed.status_code == 200
    first = listed.data[0]
    assert isinstance(first, models.CallTranscriptionMetadata)
    assert (first.transcription_name, bool(first.transcription_url)) == ("mine", True)
    ids = (account, call.call_id, first.transcription_id)
    read = api.get_real_time_transcription_with_http_info(*ids)
    assert isinstance(read.data, models.CallTranscriptionResponse)
    assert (read.status_code, read.data.account_id, read.data.call_id) == (
        200,
        account,
        call.call_id,
    )
    assert read.data.transcription_id == first.transcription_id
    assert read.data.tracks[0].track == "inbound"
    assert isinstance(read.data.tracks[0].confidence, float)
    assert api.delete_real_time_transcription_with_http_info(*ids).status_code == 200


def test_statistics(connect: Connect, simulator: Simulator) -> None:
    """``test_get_statistics``."""
    api = connect("StatisticsApi")
    assert api.get_statistics_with_http_info(simulator.account_id).status_code == 200
    found = api.get_statistics(simulator.account_id)
    assert isinstance(found, models.AccountStatistics)
    assert isinstance(found.current_call_queue_size, int)
    assert isinstance(found.max_call_queue_size, int)


def test_endpoints(connect: Connect, simulator: Simulator) -> None:
    """``test_steps`` of endpoints."""
    api, account = connect("EndpointsApi"), simulator.account_id
    order = models.CreateWebRtcConnectionRequest(
        type=models.EndpointTypeEnum.WEBRTC,
        direction=models.EndpointDirectionEnum.BIDIRECTIONAL,
        event_callback_url="https://app.example/endpoint/callback",
        event_fallback_url="https://app.example/endpoint/fallback",
        tag="python-sdk-test-endpoint",
    )
    created = api.create_endpoint_with_http_info(account, order)
    assert (created.status_code, created.data.errors) == (201, [])
    made = created.data.data
    assert isinstance(made, models.CreateEndpointResponseData)
    assert (made.type, made.devices) == (models.EndpointTypeEnum.WEBRTC, [])
    assert made.tag == "python-sdk-test-endpoint"
    assert isinstance(made.status, models.EndpointStatusEnum)
    assert isinstance(made.creation_timestamp, datetime)
    assert isinstance(made.expiration_timestamp, datetime)
    assert made.token
    listed = api.list_endpoints_with_http_info(
        account, type=models.EndpointTypeEnum.WEBRTC, limit=10
    )
    assert (listed.status_code, listed.data.errors) == (200, [])
    assert isinstance(listed.data.data[0], models.Endpoints)
    found = next(it for it in listed.data.data if it.endpoint_id == made.endpoint_id)
    assert found.tag == made.tag
    read = api.get_endpoint_with_http_info(account, made.endpoint_id)
    assert (read.status_code, read.data.errors) == (200, [])
    assert isinstance(read.data.data, models.Endpoint)
    assert (read.data.data.endpoint_id, read.data.data.devices) == (made.endpoint_id, [])
    assert api.delete_endpoint_with_http_info(account, made.endpoint_id).status_code == 204


ENDPOINTS: dict[str, Callable[[Any, str], object]] = {
    "create": lambda api, account: api.create_endpoint(
        account,
        models.CreateWebRtcConnectionRequest(
            type=models.EndpointTypeEnum.WEBRTC,
            direction=models.EndpointDirectionEnum.BIDIRECTIONAL,
        ),
    ),
    "list": lambda api, account: api.list_endpoints(account),
    "get": lambda api, account: api.get_endpoint(account, "endpoint-id"),
    "delete": lambda api, account: api.delete_endpoint(account, "endpoint-id"),
}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoint_errors(connect: Connect, simulator: Simulator, name: str) -> None:
    """``test_..._unauthorized`` and ``test_..._not_found``."""
    act = ENDPOINTS[name]
    refused(act, connect, "EndpointsApi", simulator.account_id)
    if name in ("get", "delete"):
        with pytest.raises(exceptions.NotFoundException) as caught:
            act(connect("EndpointsApi"), simulator.account_id)
        assert (caught.value.status, bool(caught.value.body)) == (404, True)
