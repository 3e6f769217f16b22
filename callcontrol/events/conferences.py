"""Events of conferences."""

from datetime import datetime
from typing import Literal

from callcontrol._frozen import field, group
from callcontrol._wire.fields import Always
from callcontrol.events._base import AccountId, Event, webhook
from callcontrol.events.recordings import RecordingFields


@group
class ConferenceEvent(Event):
    """An event of one conference.

    URL, method, credentials and tag are those of the call that created the conference; later
    members cannot change them.
    """

    __slots__ = ()

    conference_id: str
    """Id of the conference."""
    name: Always[str] = None
    """Name of the conference, the text of the Conference verb."""
    tag: str | None = None
    """Tag of the call that created the conference; None if there is none."""


@group
class MemberFields:
    """Fields that identify the call that joined or left."""

    __slots__ = ()

    call_id: str
    """Id of the member's call."""
    from_: Always[str] = None
    """Caller of that call: E.164, or Private, Restricted, Unavailable or Anonymous."""
    to: Always[str] = None
    """Called number of that call: E.164, or a SIP URI if one was dialled."""


@webhook
class ConferenceCreatedEvent(ConferenceEvent):
    """The first call has entered a conference.

    The reply may be BXML for the conference.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/conferenceCreated
    """

    can_reply_with_bxml = True
    event_type: Literal["conferenceCreated"] = field(default="conferenceCreated", init=False)


@webhook
class ConferenceMemberJoinEvent(MemberFields, ConferenceEvent):
    """A call has joined a conference; also sent for its creator.

    The reply may be BXML for the conference.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/conferenceMemberJoin
    """

    can_reply_with_bxml = True
    event_type: Literal["conferenceMemberJoin"] = field(default="conferenceMemberJoin", init=False)


@webhook
class ConferenceMemberExitEvent(MemberFields, ConferenceEvent):
    """A call has left a conference: it hung up, was redirected, or the conference ended.

    The reply may be BXML for the conference.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/conferenceMemberExit
    """

    can_reply_with_bxml = True
    event_type: Literal["conferenceMemberExit"] = field(default="conferenceMemberExit", init=False)


@webhook
class ConferenceRedirectEvent(ConferenceEvent):
    """A conference was redirected over REST.

    The reply may be BXML for the conference; it waits for what is playing.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/conferenceRedirect
    """

    can_reply_with_bxml = True
    event_type: Literal["conferenceRedirect"] = field(default="conferenceRedirect", init=False)


@webhook
class ConferenceCompletedEvent(ConferenceEvent):
    """The last member has left a conference.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/conferenceCompleted
    """

    event_type: Literal["conferenceCompleted"] = field(default="conferenceCompleted", init=False)


@webhook
class ConferenceRecordingAvailableEvent(RecordingFields, ConferenceEvent):
    """A recording of a conference can be downloaded.

    The tag of its StartRecording is ignored. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/conferenceRecordingAvailable
    """

    event_type: Literal["conferenceRecordingAvailable"] = field(
        default="conferenceRecordingAvailable", init=False
    )
    account_id: AccountId = None
    """Account of the conference."""
    start_time: Always[datetime] = None
    """When the recording started."""
    channels: Always[int] = None
    """Always 1."""
    status: Always[str] = None
    """complete, partial (with gaps) or error; processing and deleted are possible."""
