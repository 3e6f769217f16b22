"""Recordings of calls and the texts of calls, from request record to reply record (R16)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from callcontrol._wire.kinds import Duration
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.clock import timestamp
from callcontrol.simulator.core.messages import Operation
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.recordings import (
    CallText,
    FinishedRecording,
    RecordingText,
    SaidText,
)
from callcontrol.simulator.core.wav import wav
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest import more_bodies
from callcontrol.simulator.rest.messages import RestReply, RestRequest, json_reply
from callcontrol.simulator.rest.operations import Ids, Perform, lenient, not_found
from callcontrol.simulator.rest.query import moment, parameters
from callcontrol.simulator.rest.refusal import Refusal

MOST = 1000
"""Recordings in a list of the account, which has no pages."""
_CONFIDENCE = 0.9
"""Of every text: the simulator knows what was said."""
_FILTERS = ("to", "from", "minStartTime", "maxStartTime")


def set_state(platform: Platform, request: RestRequest, ids: Ids) -> RestReply:
    """Pause or resume the recording of a call (R15)."""
    fields = more_bodies.recording_state(request.body, ignore_unknown=lenient(platform))
    call_id = ids["callId"]
    with platform.lock:
        call, listener = platform.calls.get(call_id), platform.calls.listener
        if call is None or call.end_time is not None:
            raise not_found(call_id)
        paused = fields["state"] == "paused"
        if listener is None or not listener.set_recording(call_id, paused=paused):
            raise Refusal(404, f"Recording of call [{quoted(call_id)}] not found")
    return RestReply(200)


def list_of_account(platform: Platform, request: RestRequest, _: Ids) -> RestReply:
    """Return the first recordings of calls that match all filters."""
    values = parameters(request.query, _FILTERS, ignore_unknown=lenient(platform))
    low, high = moment("minStartTime", values), moment("maxStartTime", values)

    def wanted(recording: FinishedRecording, call: Call) -> bool:
        return not (
            values.get("to", call.to) != call.to
            or values.get("from", call.from_) != call.from_
            or (low is not None and recording.started < low)
            or (high is not None and recording.started > high)
        )

    with platform.lock:
        found = [item for item in _all(platform) if item.call and wanted(item, item.call)]
    return json_reply(200, [_metadata(item) for item in found[:MOST]])


def list_of_owner(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return the recordings of a call or conference; none for an unknown one."""
    with platform.lock:
        found = [item for item in _all(platform) if item.owner_id == _owner(ids)]
    return json_reply(200, [_metadata(item) for item in found])


def get(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return one recording."""
    with platform.lock:
        return json_reply(200, _metadata(_known(platform, ids)))


def download(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return the file of a recording, whatever its format a WAV file with a tone for voices."""
    with platform.lock:
        recording = _known(platform, ids)
    if not recording.has_media:
        raise Refusal(404, f"Media of recording [{quoted(recording.recording_id)}] not found")
    body = wav(recording.duration.total_seconds(), recording.channels)
    return RestReply(200, (("Content-Type", "audio/vnd.wave"),), body)


def delete(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Delete a recording with its file and its text."""
    with platform.lock:
        del platform.recordings.by_id[_known(platform, ids).recording_id]
    return RestReply(204)


def delete_media(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Delete the file of a recording."""
    with platform.lock:
        found = _known(platform, ids)
        platform.recordings.by_id[found.recording_id] = replace(found, has_media=False)
    return RestReply(204)


def transcribe(platform: Platform, request: RestRequest, ids: Ids) -> RestReply:
    """Order the transcription of a recording (R17)."""
    fields = more_bodies.transcribe(request.body, ignore_unknown=lenient(platform))
    with platform.lock:
        found = _known(platform, ids)
        if found.transcribe is not None:
            found.transcribe(found.recording_id, fields)
    return RestReply(204)


def get_text(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return the text of a recording."""
    with platform.lock:
        found = _known(platform, ids)
    if found.text is None or found.text.status != "available":
        raise _no_text(ids)
    words = " ".join(spoken.text for spoken in found.said)
    clips = [_clip(spoken, found.started) for spoken in found.said]
    return json_reply(200, {"transcripts": [_spoken(words)], "clips": clips})


def delete_text(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Delete the text of a recording."""
    with platform.lock:
        found = _known(platform, ids)
        if found.text is None:
            raise _no_text(ids)
        platform.recordings.set_text(found.recording_id, None)
    return RestReply(204)


def list_call_texts(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return the real-time transcriptions of a call (S8)."""
    with platform.lock:
        texts = [text for text in platform.call_texts.by_id.values() if _is_there(platform, text)]
    url = f"{platform.calls_url}/{ids['callId']}/transcriptions"
    body = [
        {
            "transcriptionId": text.transcription_id,
            "transcriptionName": text.name,
            "transcriptionUrl": f"{url}/{text.transcription_id}",
        }
        for text in texts
        if text.call_id == ids["callId"]
    ]
    return json_reply(200, body)


def get_call_text(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return the text of a real-time transcription; that of the caller is the inbound track."""
    with platform.lock:
        found = _known_text(platform, ids)
    words = " ".join(spoken.text for spoken in found.said)
    tracks = [
        {
            "track": track,
            "detectedLanguage": "en-US",
            "transcript": words if track == "inbound" else "",
            "confidence": _CONFIDENCE,
        }
        for track in found.tracks
    ]
    body = {
        "accountId": platform.settings.account.account_id,
        "callId": found.call_id,
        "transcriptionId": found.transcription_id,
        "tracks": tracks,
    }
    return json_reply(200, body)


def delete_call_text(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Delete a real-time transcription; the status is 200."""
    with platform.lock:
        del platform.call_texts.by_id[_known_text(platform, ids).transcription_id]
    return RestReply(200)


def _all(platform: Platform) -> list[FinishedRecording]:
    return list(platform.recordings.by_id.values())


def _owner(ids: Ids) -> str:
    return ids.get("callId") or ids["conferenceId"]


def _known(platform: Platform, ids: Ids) -> FinishedRecording:
    found = platform.recordings.by_id.get(ids["recordingId"])
    if found is None or found.owner_id != _owner(ids):
        raise Refusal(404, f"Recording [{quoted(ids['recordingId'])}] not found")
    return found


def _known_text(platform: Platform, ids: Ids) -> CallText:
    found = platform.call_texts.by_id.get(ids["transcriptionId"])
    if found is None or found.call_id != ids["callId"] or not _is_there(platform, found):
        raise Refusal(404, f"Transcription [{quoted(ids['transcriptionId'])}] not found")
    return found


def _is_there(platform: Platform, text: CallText) -> bool:
    return text.available <= platform.clock.now


def _no_text(ids: Ids) -> Refusal:
    return Refusal(404, f"Transcription of [{quoted(ids['recordingId'])}] not found")


def _spoken(words: str) -> dict[str, object]:
    return {"speaker": 0, "text": words, "confidence": _CONFIDENCE}


def _clip(spoken: SaidText, start: datetime) -> dict[str, object]:
    begin = (spoken.at - start) / timedelta(seconds=1)
    times = {"startTimeSeconds": begin, "endTimeSeconds": begin + spoken.seconds}
    return {**_spoken(spoken.text), **times}


def _metadata(recording: FinishedRecording) -> Mapping[str, object]:
    """Return callRecordingMetadata, or conferenceRecordingMetadata; without empty fields."""
    account = recording.media_url.partition("/accounts/")[2].partition("/")[0]
    fields = {
        "accountId": account,
        **_owner_fields(recording),
        "recordingId": recording.recording_id,
        "duration": Duration().write(recording.duration),
        "channels": recording.channels,
        "startTime": timestamp(recording.started),
        "endTime": timestamp(recording.ended),
        "fileFormat": recording.file_format,
        "status": "complete" if recording.has_media else "deleted",
        "mediaUrl": recording.media_url if recording.has_media else None,
        "recordingName": recording.name,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _owner_fields(recording: FinishedRecording) -> Mapping[str, object]:
    call, text = recording.call, recording.text
    if call is None:
        return {"conferenceId": recording.owner_id, "name": recording.room_name}
    return {
        "applicationId": call.application_id,
        "callId": call.call_id,
        "parentCallId": call.parent_call_id,
        "to": call.to,
        "from": call.from_,
        "direction": call.direction,
        "transcription": text and _text_fields(text),
    }


def _text_fields(text: RecordingText) -> Mapping[str, object]:
    """Return what is known of a transcription: while it is made, its status only."""
    fields = {
        "id": text.transcription_id,
        "status": text.status,
        "completedTime": text.completed and timestamp(text.completed),
        "url": text.url,
    }
    return {name: value for name, value in fields.items() if value}


RECORDINGS: Mapping[Operation, Perform] = {
    "updateCallRecordingState": set_state,
    "listAccountCallRecordings": list_of_account,
    "listCallRecordings": list_of_owner,
    "getCallRecording": get,
    "downloadCallRecording": download,
    "deleteRecording": delete,
    "deleteRecordingMedia": delete_media,
    "transcribeCallRecording": transcribe,
    "getRecordingTranscription": get_text,
    "deleteRecordingTranscription": delete_text,
    "listConferenceRecordings": list_of_owner,
    "getConferenceRecording": get,
    "downloadConferenceRecording": download,
    "listRealTimeTranscriptions": list_call_texts,
    "getRealTimeTranscription": get_call_text,
    "deleteRealTimeTranscription": delete_call_text,
}
"""The operations of this module."""
