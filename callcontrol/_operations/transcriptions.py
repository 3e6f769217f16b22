"""The operations on real-time transcriptions, and the statistics of the account."""

from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol._http.exchange import PAGE
from callcontrol._http.replies import empty, json_object
from callcontrol._http.steps import Listing, Routine
from callcontrol._operations.account import ApiAccount, OnAccount
from callcontrol._operations.pages import items_of_reply
from callcontrol._operations.requests import delete, get
from callcontrol._operations.surface import listing, operation
from callcontrol._recording_requests import TRANSCRIPTION_ID, ListTranscriptions
from callcontrol._request_types import accepted
from callcontrol._requests import CALL_ID, segment

if TYPE_CHECKING:
    from callcontrol._results.transcriptions import (
        AccountStatistics,
        CallTranscript,
        ListedTranscription,
    )


class TranscriptionOperations(OnAccount):
    """The operations on transcriptions that StartTranscription made."""

    @listing(ListTranscriptions)
    def list_transcriptions(self, call: ListTranscriptions) -> "Listing[ListedTranscription]":
        """Yield the real-time transcriptions of a call, about a minute after its end.

        Vendor page: listRealTimeTranscriptions.
        """
        with FIRST_IMPORT:
            from callcontrol._results.transcriptions import ListedTranscription

        url = _all(self._account, call.call_id)
        return items_of_reply(self._account.call(get(url, PAGE)), ListedTranscription.read)

    @operation
    def get_transcription(self, call_id: str, transcription_id: str) -> "Routine[CallTranscript]":
        """Return the text of a real-time transcription.

        :raises NotFoundError: for an unknown or deleted transcription.

        Vendor page: getRealTimeTranscription.
        """
        with FIRST_IMPORT:
            from callcontrol._results.transcriptions import CallTranscript

        url = _url(self._account, "get_transcription", call_id, transcription_id)
        reply = yield from self._account.call(get(url, PAGE))
        return CallTranscript.read(json_object(reply))

    @operation
    def delete_transcription(self, call_id: str, transcription_id: str) -> Routine[None]:
        """Delete a real-time transcription; it is repeated like ``delete_recording``.

        :raises NotFoundError: for an unknown or deleted transcription.

        Vendor page: deleteRealTimeTranscription.
        """
        url = _url(self._account, "delete_transcription", call_id, transcription_id)
        empty((yield from self._account.call(delete(url))))


class StatisticsOperations(OnAccount):
    """The operation on the account itself."""

    @operation
    def get_statistics(self) -> "Routine[AccountStatistics]":
        """Return how many calls wait in the queue of the account, and how many may.

        Vendor page: getStatistics.
        """
        with FIRST_IMPORT:
            from callcontrol._results.transcriptions import AccountStatistics

        reply = yield from self._account.call(get(f"{self._account.url}/statistics"))
        return AccountStatistics.read(json_object(reply))


def _all(account: ApiAccount, call_id: str) -> str:
    return f"{account.url}/calls/{segment(call_id)}/transcriptions"


def _url(account: ApiAccount, method: str, call_id: object, transcription_id: object) -> str:
    call = accepted(f"{method}.call_id", CALL_ID, call_id)
    found = accepted(f"{method}.transcription_id", TRANSCRIPTION_ID, transcription_id)
    return f"{_all(account, str(call))}/{segment(str(found))}"
