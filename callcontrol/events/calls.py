"""Events of a call: its start and end, keys, speech, redirects and bridges."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from callcontrol._frozen import field
from callcontrol._wire.fields import Always, record
from callcontrol._wire.records import Detail
from callcontrol.events._base import Answered, BLeg, CallEvent, Ended, Placed, webhook


@record
class Diversion(Detail):
    """The latest SIP Diversion header of a call; other keys and values may occur."""

    orig_to: Always[str] = None
    """Number that was called first."""
    reason: str | None = None
    """Why the call was diverted, such as ``unavailable``."""
    screen: str | None = None
    """Whether the diverting side was screened."""
    privacy: str | None = None
    """Privacy requested by the diverting side, such as ``off``."""
    counter: str | None = None
    """How often the call was diverted, as text."""
    limit: str | None = None
    """How often it may be diverted, as text."""


@record
class StirShaken(Detail):
    """Result of the STIR/SHAKEN check of the caller's number; every part may be missing."""

    verstat: str | None = None
    """Outcome; documented both as ``TN-Validation-...`` and as ``TN-Verification-...``."""
    attestation_indicator: str | None = None
    """A (full), B (partial) or C (gateway)."""
    originating_id: str | None = None
    """Id of the origin that signed the call."""


@record
class MachineDetectionResult(Detail):
    """Whether a person or a machine answered an outbound call."""

    value: str
    """human, answering-machine, tone-detected, silence, timeout or error. tone-detected only if
    it is enabled on the account, otherwise answering-machine."""
    duration: Always[timedelta] = None
    """How long the detection took."""


@webhook
class InitiateEvent(CallEvent):
    """An inbound call has arrived and is not answered yet.

    The first event of every inbound call; no answer event follows. The reply is BXML and runs on
    the unanswered call. According to its page, a Hangup or an empty document then rejects the call;
    according to the vendor's migration notes, the platform answers first, so the call may be
    billed.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/initiate
    """

    can_reply_with_bxml = True
    event_type: Literal["initiate"] = field(default="initiate", init=False)
    diversion: Diversion | None = None
    """Present if the call was diverted."""
    stir_shaken: StirShaken | None = None
    """Present if the caller's number was checked."""
    uui: str | None = None
    """User-To-User header values, 256 characters at most."""
    sip_call_id: str | None = None
    """Call-ID of the SIP dialog."""
    sip_headers: Mapping[str, str] | None = None
    """X- headers of a call to a SIP URI; names in lower case, last value of a repeated name."""


@webhook
class AnswerEvent(Answered, Placed, CallEvent):
    """The called party of an outbound call has answered.

    Synchronous machine detection finishes before this event. The reply is BXML and runs
    on the call.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/answer
    """

    can_reply_with_bxml = True
    event_type: Literal["answer"] = field(default="answer", init=False)
    machine_detection_result: MachineDetectionResult | None = None
    """Present with synchronous machine detection."""
    sip_call_id: str | None = None
    """Call-ID of the SIP dialog."""


@webhook
class DisconnectEvent(Ended, Placed, CallEvent):
    """A call has ended, answered or not, for any reason.

    Not sent for the B-legs of a Transfer, which have transferDisconnect. The reply is ignored.
    ``start_time`` may be None for a call that was cancelled in the queue.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/disconnect
    """

    event_type: Literal["disconnect"] = field(default="disconnect", init=False)
    answer_time: datetime | None = None
    """When the call was answered; None if it was not."""
    end_time: Always[datetime] = None
    """When the call ended."""
    sip_call_id: str | None = None
    """Call-ID of the SIP dialog."""
    sip_response_code: int | None = None
    """SIP status, such as 486, if the called side refused the call."""


@webhook
class GatherEvent(BLeg, Answered, Placed, CallEvent):
    """A Gather verb with a gather_url has finished or timed out.

    The reply is BXML and runs on the leg that ran the Gather.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/gather
    """

    can_reply_with_bxml = True
    event_type: Literal["gather"] = field(default="gather", init=False)
    digits: str = ""
    """Pressed keys, without the terminating one; empty if there are none."""
    terminating_digit: str = ""
    """Key that ended the input; empty if none did."""
    text: str | None = None
    """Recognized speech; None if there is none. The vendor's own programs read this field, its
    pages do not document it."""


@webhook
class PartialGatherEvent(BLeg, Answered, Placed, CallEvent):
    """A Gather verb with speech input has recognized part of the speech.

    Sent zero or more times; the final text comes with the gather event. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/partialGather
    """

    event_type: Literal["partialgather"] = field(default="partialgather", init=False)
    text: str | None = None
    """Text so far. The name of the field is an assumption; see ``extra`` if it is None."""


@webhook
class DtmfEvent(BLeg, Answered, Placed, CallEvent):
    """A key was pressed while a StartGather is active.

    Sent for each key, except while a Gather runs. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/dtmf
    """

    event_type: Literal["dtmf"] = field(default="dtmf", init=False)
    digit: str
    """The key."""


@webhook
class RedirectEvent(BLeg, Placed, CallEvent):
    """A Redirect verb runs, or the call was redirected over REST.

    The event does not distinguish the two. The reply is BXML and runs on the call.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/redirect
    """

    can_reply_with_bxml = True
    event_type: Literal["redirect"] = field(default="redirect", init=False)
    answer_time: datetime | None = None
    """When the call was answered; None if it is not answered yet."""


@webhook
class MachineDetectionCompleteEvent(Answered, Placed, CallEvent):
    """Asynchronous machine detection of an outbound call has a result.

    The reply is ignored; to act on the result, update the call over REST.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/machineDetectionComplete
    """

    event_type: Literal["machineDetectionComplete"] = field(
        default="machineDetectionComplete", init=False
    )
    machine_detection_result: MachineDetectionResult
    """Result of the detection."""


@webhook
class BridgeCompleteEvent(Answered, Placed, CallEvent):
    """The other call left the bridge first, or the bridge failed.

    Sent to the call that ran the Bridge; the reply is BXML and runs there.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/bridgeComplete
    """

    can_reply_with_bxml = True
    event_type: Literal["bridgeComplete"] = field(default="bridgeComplete", init=False)
    cause: str | None = None
    """busy, rejected or unknown if the bridge failed; None otherwise."""
    error_message: str | None = None
    """Human-readable text; on failures only."""
    error_id: str | None = None
    """Reference for the vendor's support; on failures only."""


@webhook
class BridgeTargetCompleteEvent(Answered, Placed, CallEvent):
    """The call that ran the Bridge left first.

    Sent to the other call, the target; the reply is BXML and runs there.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/bridgeTargetComplete
    """

    can_reply_with_bxml = True
    event_type: Literal["bridgeTargetComplete"] = field(default="bridgeTargetComplete", init=False)
