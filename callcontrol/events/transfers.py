"""Events of a Transfer, its second legs and its end, and of a Refer."""

from datetime import datetime
from typing import Annotated, Literal

from callcontrol._frozen import field, group
from callcontrol._wire.fields import Always
from callcontrol._wire.kinds import AccountNumber
from callcontrol.events._base import Answered, CallEvent, Ended, Placed, webhook


@group
class Transferred:
    """Fields of every event about a Transfer."""

    __slots__ = ()

    transfer_caller_id: Always[str] = None
    """Caller shown to the B-leg: E.164, or Private, Restricted, Unavailable or Anonymous."""
    transfer_to: Always[str] = None
    """Number or SIP URI that the B-leg dialled."""


@webhook
class TransferAnswerEvent(Transferred, Answered, Placed, CallEvent):
    """A called party of a Transfer has answered.

    ``call_id`` is the B-leg; ``from_`` and ``to`` are those of the A-leg. The reply is BXML and
    runs on the B-leg only; when it runs out, the legs are joined. Bridge, Conference, Forward and
    Transfer are not allowed in it.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/transferAnswer
    """

    can_reply_with_bxml = True
    event_type: Literal["transferAnswer"] = field(default="transferAnswer", init=False)
    parent_call_id: Always[str] = None
    """Id of the A-leg."""


@webhook
class TransferCompleteEvent(Ended, Transferred, Answered, Placed, CallEvent):
    """A Transfer is over and the A-leg is still up.

    ``call_id`` and the times are the A-leg's. With several targets it is about the leg
    that was joined, or about any of them if none was. The reply is BXML and runs on the A-leg.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/transferComplete
    """

    can_reply_with_bxml = True
    event_type: Literal["transferComplete"] = field(default="transferComplete", init=False)


@webhook
class TransferDisconnectEvent(Ended, Transferred, Placed, CallEvent):
    """A B-leg of a Transfer has ended, answered or not.

    ``call_id`` and the times are the B-leg's. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/transferDisconnect
    """

    event_type: Literal["transferDisconnect"] = field(default="transferDisconnect", init=False)
    account_id: Annotated[str | None, AccountNumber()] = None
    """Account of the call; the vendor's samples leave it out."""
    application_id: str | None = None
    """Voice application of the call; the vendor's samples leave it out."""
    parent_call_id: Always[str] = None
    """Id of the A-leg."""
    answer_time: datetime | None = None
    """When the B-leg was answered; None if it was not."""
    end_time: Always[datetime] = None
    """When the B-leg ended."""


@webhook
class ReferCompleteEvent(Answered, Placed, CallEvent):
    """A Refer verb with a refer_complete_url has an outcome.

    After a failure the reply is BXML and runs on the call. After a success the call is over and
    nothing runs.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/referComplete
    """

    can_reply_with_bxml = True
    event_type: Literal["referComplete"] = field(default="referComplete", init=False)
    refer_call_status: str
    """``success`` or ``failure``."""
    refer_sip_response_code: int | None = None
    """SIP status of the reply to the REFER, such as 202."""
    notify_sip_response_code: int | None = None
    """SIP status of the transferred call, such as 200; None if the REFER was refused or no NOTIFY
    came in time."""
