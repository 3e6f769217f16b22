"""Downloads of recordings: the ``mediaUrl`` of recordingAvailable works while the server runs."""

import re
from urllib.parse import unquote

from callcontrol.simulator.core.messages import LoggedRequest
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.wav import wav
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest.app import API_ROOT, account_of
from callcontrol.simulator.rest.auth import authorize
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.refusal import Refusal

_MEDIA = re.compile(
    rf"{API_ROOT}/accounts/[^/]+/(?:calls|conferences)/([^/]+)/recordings/([^/]+)/media"
)


def download(platform: Platform, request: RestRequest) -> RestReply | None:
    """Return the reply to a download, None for every other request.

    The file is a WAV file whatever the format of the recording; a tone replaces the voices.
    """
    found = _MEDIA.fullmatch(request.path)
    if found is None:
        return None
    try:
        authorize(platform, request.headers.get("authorization"))
        _require_download(platform, request)
        reply = _file(platform, unquote(found[1]), unquote(found[2]))
    except Refusal as refusal:
        reply = refusal.reply()
    platform.log.append(LoggedRequest(request.method, request.path, reply.status, None))
    return reply


def _require_download(platform: Platform, request: RestRequest) -> None:
    if account_of(request.path) != platform.settings.account.account_id:
        raise Refusal(403)
    if request.method != "GET":
        raise Refusal(405, headers=(("Allow", "GET"),))


def _file(platform: Platform, owner_id: str, recording_id: str) -> RestReply:
    with platform.lock:
        recording = platform.recordings.by_id.get(recording_id)
    if recording is None or recording.owner_id != owner_id:
        raise Refusal(404, f"FinishedRecording [{quoted(recording_id)}] not found")
    body = wav(recording.duration.total_seconds(), recording.channels)
    return RestReply(200, (("Content-Type", "audio/vnd.wave"),), body)
