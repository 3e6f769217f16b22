"""The operations on recordings of calls, and on their transcriptions."""

import os
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol._http.exchange import PAGE
from callcontrol._http.replies import empty, json_object
from callcontrol._http.steps import Listing, Routine
from callcontrol._operations.account import ApiAccount, OnAccount
from callcontrol._operations.downloads import downloaded
from callcontrol._operations.pages import items_of_reply
from callcontrol._operations.requests import delete, get, post, put
from callcontrol._operations.surface import listing, operation, taking
from callcontrol._recording_requests import (
    RECORDING_ID,
    ListAccountRecordings,
    ListRecordings,
    TranscribeRecording,
)
from callcontrol._request_types import accepted
from callcontrol._requests import CALL_ID, segment

if TYPE_CHECKING:
    from callcontrol._http.saving import Progress
    from callcontrol._results.recordings import CallRecording, DownloadedFile, RecordingTranscript

_FIND_TRANSCRIPTION = (
    "the transcription may or may not have been ordered, and costs money each time: before you "
    "repeat it, look at get_recording(...).transcription; an unknown id may also be answered so"
)


class RecordingOperations(OnAccount):
    """The operations on recordings of calls."""

    @listing(ListRecordings)
    def list_recordings(self, call: ListRecordings) -> "Listing[CallRecording]":
        """Yield the recordings of a call; none for an unknown call.

        Vendor page: listCallRecordings.
        """
        with FIRST_IMPORT:
            from callcontrol._results.recordings import CallRecording

        url = f"{_call(self._account, call.call_id)}/recordings"
        return items_of_reply(self._account.call(get(url, PAGE)), CallRecording.read)

    @listing(ListAccountRecordings)
    def list_account_recordings(
        self, recordings: ListAccountRecordings
    ) -> "Listing[CallRecording]":
        """Yield the recordings of all calls that match all filters, at most 1,000.

        There are no pages: to see more than 1,000, ask for shorter times.

        Vendor page: listAccountCallRecordings.
        """
        with FIRST_IMPORT:
            from callcontrol._results.recordings import CallRecording

        query = recordings.query()
        url = f"{self._account.url}/recordings{query and f'?{query}'}"
        return items_of_reply(self._account.call(get(url, PAGE)), CallRecording.read)

    @operation
    def get_recording(self, call_id: str, recording_id: str) -> "Routine[CallRecording]":
        """Return one recording of a call: its length, its status and where its file is.

        :raises NotFoundError: for an unknown or deleted recording.

        Vendor page: getCallRecording.
        """
        with FIRST_IMPORT:
            from callcontrol._results.recordings import CallRecording

        url = _recording(self._account, "get_recording", call_id, recording_id)
        return CallRecording.read(json_object((yield from self._account.call(get(url)))))

    @operation
    def pause_recording(self, call_id: str) -> Routine[None]:
        """Pause the StartRecording of a live call; it may be repeated.

        Only the verb StopRecording ends a recording.

        :raises NotFoundError: for an unknown call.

        Vendor page: updateCallRecordingState.
        """
        return _set_state(self._account, "pause_recording", call_id, b"paused")

    @operation
    def resume_recording(self, call_id: str) -> Routine[None]:
        """Resume the paused StartRecording of a live call; it may be repeated.

        :raises NotFoundError: for an unknown call.

        Vendor page: updateCallRecordingState.
        """
        return _set_state(self._account, "resume_recording", call_id, b"recording")

    @operation
    def download_recording(
        self,
        call_id: str,
        recording_id: str,
        path: "str | os.PathLike[str]",
        *,
        progress: "Progress | None" = None,
    ) -> "Routine[DownloadedFile]":
        """Save a recording in the file ``path``.

        The file appears at ``path``, and replaces one there, when it is complete: until then it
        is written beside it under a hidden name that ends in ``.part``, which is removed after a
        failure. Memory does not grow with the file, which may have 4 GiB. Each 64 KiB have to
        arrive within ``timeout``. A file that is shorter than announced counts as a lost
        connection, after which it is downloaded anew.

        ``progress`` is called with the bytes so far and those of the whole file (None if they are
        unknown); it begins at the start again with each attempt. An exception that it raises ends
        the download. ``AsyncClient`` writes and calls it in the event loop.

        :raises NotFoundError: for an unknown or deleted recording.
        :raises OSError: if the file cannot be written.

        Vendor page: downloadCallRecording.
        """
        url = _recording(self._account, "download_recording", call_id, recording_id)
        target = ("download_recording.path", path)
        return downloaded(self._account, f"{url}/media", target, progress)

    @operation
    def delete_recording(self, call_id: str, recording_id: str) -> Routine[None]:
        """Delete a recording with its file and transcription.

        They cannot be read any more at once, and are erased within two days. It may be repeated; a
        404 after an attempt that may have succeeded counts as success.

        :raises NotFoundError: for an unknown or deleted recording.

        Vendor page: deleteRecording.
        """
        url = _recording(self._account, "delete_recording", call_id, recording_id)
        empty((yield from self._account.call(delete(url))))

    @operation
    def delete_recording_media(self, call_id: str, recording_id: str) -> Routine[None]:
        """Delete the file of a recording, but not what ``get_recording`` returns.

        It is repeated like ``delete_recording``.

        :raises NotFoundError: for an unknown recording.

        Vendor page: deleteRecordingMedia.
        """
        url = _recording(self._account, "delete_recording_media", call_id, recording_id)
        empty((yield from self._account.call(delete(f"{url}/media"))))

    @taking(TranscribeRecording)
    def transcribe_recording(self, recording: TranscribeRecording) -> Routine[None]:
        """Order the transcription of a recording longer than 0.5 seconds, shorter than 4 hours.

        ``callback_url`` gets the transcriptionAvailable webhook. The request is repeated only if
        the platform certainly did not carry it out, because each transcription costs money.

        :raises OutcomeUnknownError: if it may or may not have been ordered; a live platform has
            also answered an unknown id so.

        Vendor page: transcribeCallRecording.
        """
        url = _url(self._account, recording.call_id, recording.recording_id)
        request = post(f"{url}/transcription", recording, recovery=_FIND_TRANSCRIPTION)
        empty((yield from self._account.call(request)))

    @operation
    def get_recording_transcription(
        self, call_id: str, recording_id: str
    ) -> "Routine[RecordingTranscript]":
        """Return the text of a recording.

        :raises NotFoundError: if there is none, or it was deleted.

        Vendor page: getRecordingTranscription.
        """
        with FIRST_IMPORT:
            from callcontrol._results.recordings import RecordingTranscript

        url = _recording(self._account, "get_recording_transcription", call_id, recording_id)
        reply = yield from self._account.call(get(f"{url}/transcription"))
        return RecordingTranscript.read(json_object(reply))

    @operation
    def delete_recording_transcription(self, call_id: str, recording_id: str) -> Routine[None]:
        """Delete the text of a recording; it is repeated like ``delete_recording``.

        :raises NotFoundError: if there is none.

        Vendor page: deleteRecordingTranscription.
        """
        url = _recording(self._account, "delete_recording_transcription", call_id, recording_id)
        empty((yield from self._account.call(delete(f"{url}/transcription"))))


def _call(account: ApiAccount, call_id: str) -> str:
    return f"{account.url}/calls/{segment(call_id)}"


def _url(account: ApiAccount, call_id: str, recording_id: str) -> str:
    return f"{_call(account, call_id)}/recordings/{segment(recording_id)}"


def _recording(account: ApiAccount, method: str, call_id: object, recording_id: object) -> str:
    """Return the URL of a recording, of arguments that a method was given."""
    call = accepted(f"{method}.call_id", CALL_ID, call_id)
    recording = accepted(f"{method}.recording_id", RECORDING_ID, recording_id)
    return _url(account, str(call), str(recording))


def _set_state(account: ApiAccount, method: str, call_id: object, state: bytes) -> Routine[None]:
    call = str(accepted(f"{method}.call_id", CALL_ID, call_id))
    request = put(f"{_call(account, call)}/recording", b'{"state":"%s"}' % state)
    empty((yield from account.call(request)))
