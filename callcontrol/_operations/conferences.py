"""The operations on conferences, their members and their recordings."""

import os
from functools import partial
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol._bxml_body import encoded
from callcontrol._conference_requests import (
    CONFERENCE_ID,
    ListConferenceRecordings,
    ListConferences,
    UpdateConference,
    UpdateConferenceMember,
)
from callcontrol._frozen import replace
from callcontrol._http.exchange import ONCE, PAGE, REPEATABLE, ApiReply
from callcontrol._http.replies import empty, json_object
from callcontrol._http.steps import Listing, Routine
from callcontrol._operations.account import ApiAccount, OnAccount
from callcontrol._operations.downloads import downloaded
from callcontrol._operations.pages import items_of_pages, items_of_reply
from callcontrol._operations.requests import get, post, put, put_document
from callcontrol._operations.surface import listing, operation, taking
from callcontrol._recording_requests import RECORDING_ID
from callcontrol._request_types import accepted
from callcontrol._requests import CALL_ID, segment

if TYPE_CHECKING:
    from bxml.documents import Document
    from callcontrol._http.saving import Progress
    from callcontrol._results.conferences import ConferenceMemberState, ConferenceState
    from callcontrol._results.recordings import ConferenceRecording, DownloadedFile

_FIND_REDIRECT = (
    "the conference may or may not have been redirected: before you repeat it, look for the "
    "conferenceRedirect webhook"
)
_FIND_DOCUMENT = "the members may or may not hear the document; repeated, they may hear it twice"
_FEWER = "ask for fewer conferences at a time with page_size"
_OVER = frozenset({404})


class ConferenceOperations(OnAccount):
    """The operations on conferences."""

    @listing(ListConferences)
    def list_conferences(self, conferences: ListConferences) -> "Listing[ConferenceState]":
        """Yield the conferences that match all filters, oldest first, without their members.

        Iterating fetches pages of ``page_size`` conferences (1 to 1,000, the platform's default).

        :raises ReplyError: while iterating, as ``list_calls`` does.

        Vendor page: listConferences.
        """
        with FIRST_IMPORT:
            from callcontrol._results.conferences import ConferenceState

        query = conferences.query()
        first = f"{_all(self._account)}{query and f'?{query}'}"
        return items_of_pages(first, partial(_page, self._account), ConferenceState.read)

    @operation
    def get_conference(self, conference_id: str) -> "Routine[ConferenceState]":
        """Return a conference with the calls in it.

        :raises NotFoundError: for an unknown conference.

        Vendor page: getConference.
        """
        with FIRST_IMPORT:
            from callcontrol._results.conferences import ConferenceState

        url = _conference(self._account, "get_conference", conference_id)
        return ConferenceState.read(json_object((yield from self._account.call(get(url)))))

    @taking(UpdateConference)
    def update_conference(self, conference: UpdateConference) -> Routine[None]:
        """Give a running conference new BXML, or end it.

        With ``status="active"``, the default, all members hear the BXML that ``redirect_url``
        returns, after what they hear already. With ``status="completed"`` the conference ends, and
        its members go on with their next verb.

        A redirect is repeated only if the platform certainly did not carry it out. Ending may be
        repeated; a 404 after an attempt that may have succeeded counts as success.

        :raises NotFoundError: for an unknown conference.
        :raises OutcomeUnknownError: if the conference may or may not have been redirected.

        Vendor page: updateConference.
        """
        return _update(self._account, conference)

    @operation
    def end_conference(self, conference_id: str) -> Routine[None]:
        """End a conference: ``update_conference`` with status ``completed``."""
        return _update(self._account, UpdateConference(conference_id, status="completed"))

    @operation
    def update_conference_bxml(
        self, conference_id: str, document: "Document | str | bytes"
    ) -> Routine[None]:
        """Let all members hear a document, after what they hear already.

        ``document`` is as for ``update_call_bxml``, but has only the verbs PlayAudio,
        SpeakSentence, StartRecording, PauseRecording, ResumeRecording and StopRecording. It is
        checked before it is sent, and repeated only if the platform certainly did not carry it
        out, because the members might hear it twice.

        :raises bxml.ValidationError: listing every problem of the document.
        :raises NotFoundError: for an unknown conference.
        :raises OutcomeUnknownError: if the members may or may not hear it.

        Vendor page: updateConferenceBxml.
        """
        url = _conference(self._account, "update_conference_bxml", conference_id)
        body = encoded(document, "conference-update", "update_conference_bxml.document")
        request = put_document(f"{url}/bxml", body, ONCE, _FIND_DOCUMENT)
        empty((yield from self._account.call(request)))

    @operation
    def get_conference_member(
        self, conference_id: str, call_id: str
    ) -> "Routine[ConferenceMemberState]":
        """Return a call in a conference.

        :raises NotFoundError: for an unknown conference, and a call that is not in it.

        Vendor page: getConferenceMember.
        """
        with FIRST_IMPORT:
            from callcontrol._results.conferences import ConferenceMemberState

        url = _conference(self._account, "get_conference_member", conference_id)
        member = str(accepted("get_conference_member.call_id", CALL_ID, call_id))
        reply = yield from self._account.call(get(f"{url}/members/{segment(member)}"))
        return ConferenceMemberState.read(json_object(reply))

    @taking(UpdateConferenceMember)
    def update_conference_member(self, member: UpdateConferenceMember) -> Routine[None]:
        """Change who hears whom; arguments that are not given leave it as it is.

        It sets values, so it may be repeated. To take a call out of a conference, redirect the
        call: ``redirect_call`` or ``update_call_bxml``.

        :raises NotFoundError: for an unknown conference, and a call that is not in it.

        Vendor page: updateConferenceMember.
        """
        url = f"{_url(self._account, member.conference_id)}/members/{segment(member.call_id)}"
        empty((yield from self._account.call(put(url, member.encoded()))))

    @listing(ListConferenceRecordings)
    def list_conference_recordings(
        self, conference: ListConferenceRecordings
    ) -> "Listing[ConferenceRecording]":
        """Yield the recordings of a conference.

        Vendor page: listConferenceRecordings.
        """
        with FIRST_IMPORT:
            from callcontrol._results.recordings import ConferenceRecording

        url = f"{_url(self._account, conference.conference_id)}/recordings"
        return items_of_reply(self._account.call(get(url, PAGE)), ConferenceRecording.read)

    @operation
    def get_conference_recording(
        self, conference_id: str, recording_id: str
    ) -> "Routine[ConferenceRecording]":
        """Return one recording of a conference.

        :raises NotFoundError: for an unknown recording.

        Vendor page: getConferenceRecording.
        """
        with FIRST_IMPORT:
            from callcontrol._results.recordings import ConferenceRecording

        url = _recording(self._account, "get_conference_recording", conference_id, recording_id)
        return ConferenceRecording.read(json_object((yield from self._account.call(get(url)))))

    @operation
    def download_conference_recording(
        self,
        conference_id: str,
        recording_id: str,
        path: "str | os.PathLike[str]",
        *,
        progress: "Progress | None" = None,
    ) -> "Routine[DownloadedFile]":
        """Save the recording of a conference in the file ``path``, as ``download_recording`` does.

        :raises NotFoundError: for an unknown recording.
        :raises OSError: if the file cannot be written.

        Vendor page: downloadConferenceRecording.
        """
        method = "download_conference_recording"
        url = _recording(self._account, method, conference_id, recording_id)
        return downloaded(self._account, f"{url}/media", (f"{method}.path", path), progress)


def _all(account: ApiAccount) -> str:
    return f"{account.url}/conferences"


def _url(account: ApiAccount, conference_id: str) -> str:
    return f"{_all(account)}/{segment(conference_id)}"


def _conference(account: ApiAccount, method: str, conference_id: object) -> str:
    """Return the URL of a conference, of the argument that a method was given."""
    found = accepted(f"{method}.conference_id", CONFERENCE_ID, conference_id)
    return _url(account, str(found))


def _recording(
    account: ApiAccount, method: str, conference_id: object, recording_id: object
) -> str:
    url = _conference(account, method, conference_id)
    found = accepted(f"{method}.recording_id", RECORDING_ID, recording_id)
    return f"{url}/recordings/{segment(str(found))}"


def _page(account: ApiAccount, url: str) -> Routine[ApiReply]:
    return account.call(replace(get(url, PAGE), smaller=_FEWER))


def _update(account: ApiAccount, conference: UpdateConference) -> Routine[None]:
    url = _url(account, conference.conference_id)
    request = post(url, conference, recovery=_FIND_REDIRECT)
    if conference.status == "completed":
        request = replace(request, policy=REPEATABLE, settled=_OVER)
    empty((yield from account.call(request)))
