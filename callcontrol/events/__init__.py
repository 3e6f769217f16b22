"""Webhooks as typed events.

    event = parse_event(request.get_data())
    match event:
        case InitiateEvent():
            return welcome()
        case GatherEvent(digits="1"):
            return sales()

One class per kind of webhook, in modules by subject: ``calls``, ``transfers``, ``recordings``,
``conferences``, ``media``, ``endpoints``. ``EVENT_TYPES`` maps kinds to classes,
``can_reply_with_bxml`` says whether the platform runs the reply, ``to_json`` and ``to_query``
return the wire form.
"""

from collections.abc import Mapping
from types import MappingProxyType

from callcontrol.events._base import (
    REGISTRY,
    CallEvent,
    Event,
    UnknownEndpointEvent,
    UnknownEvent,
)
from callcontrol.events._reading import parse_event
from callcontrol.events.calls import (
    AnswerEvent,
    BridgeCompleteEvent,
    BridgeTargetCompleteEvent,
    DisconnectEvent,
    Diversion,
    DtmfEvent,
    GatherEvent,
    InitiateEvent,
    MachineDetectionCompleteEvent,
    MachineDetectionResult,
    PartialGatherEvent,
    RedirectEvent,
    StirShaken,
)
from callcontrol.events.conferences import (
    ConferenceCompletedEvent,
    ConferenceCreatedEvent,
    ConferenceEvent,
    ConferenceMemberExitEvent,
    ConferenceMemberJoinEvent,
    ConferenceRecordingAvailableEvent,
    ConferenceRedirectEvent,
)
from callcontrol.events.endpoints import (
    ConnectStatusEvent,
    EndpointConnectedEvent,
    EndpointDisconnectedEvent,
    EndpointEligibleEvent,
    EndpointEvent,
    EndpointIneligibleEvent,
    OutboundConnectionRequestEvent,
)
from callcontrol.events.media import (
    MediaStream,
    MediaStreamRejectedEvent,
    MediaStreamStartedEvent,
    MediaStreamStoppedEvent,
    RealTimeTranscription,
    RealTimeTranscriptionAvailableEvent,
    RealTimeTranscriptionRejectedEvent,
    RealTimeTranscriptionStartedEvent,
    RealTimeTranscriptionStoppedEvent,
)
from callcontrol.events.recordings import (
    RecordCompleteEvent,
    RecordingAvailableEvent,
    Transcription,
    TranscriptionAvailableEvent,
)
from callcontrol.events.transfers import (
    ReferCompleteEvent,
    TransferAnswerEvent,
    TransferCompleteEvent,
    TransferDisconnectEvent,
)

__all__ = [
    "EVENT_TYPES",
    "AnswerEvent",
    "BridgeCompleteEvent",
    "BridgeTargetCompleteEvent",
    "CallEvent",
    "ConferenceCompletedEvent",
    "ConferenceCreatedEvent",
    "ConferenceEvent",
    "ConferenceMemberExitEvent",
    "ConferenceMemberJoinEvent",
    "ConferenceRecordingAvailableEvent",
    "ConferenceRedirectEvent",
    "ConnectStatusEvent",
    "DisconnectEvent",
    "Diversion",
    "DtmfEvent",
    "EndpointConnectedEvent",
    "EndpointDisconnectedEvent",
    "EndpointEligibleEvent",
    "EndpointEvent",
    "EndpointIneligibleEvent",
    "Event",
    "GatherEvent",
    "InitiateEvent",
    "MachineDetectionCompleteEvent",
    "MachineDetectionResult",
    "MediaStream",
    "MediaStreamRejectedEvent",
    "MediaStreamStartedEvent",
    "MediaStreamStoppedEvent",
    "OutboundConnectionRequestEvent",
    "PartialGatherEvent",
    "RealTimeTranscription",
    "RealTimeTranscriptionAvailableEvent",
    "RealTimeTranscriptionRejectedEvent",
    "RealTimeTranscriptionStartedEvent",
    "RealTimeTranscriptionStoppedEvent",
    "RecordCompleteEvent",
    "RecordingAvailableEvent",
    "RedirectEvent",
    "ReferCompleteEvent",
    "StirShaken",
    "Transcription",
    "TranscriptionAvailableEvent",
    "TransferAnswerEvent",
    "TransferCompleteEvent",
    "TransferDisconnectEvent",
    "UnknownEndpointEvent",
    "UnknownEvent",
    "parse_event",
]

EVENT_TYPES: Mapping[str, type[Event]] = MappingProxyType(REGISTRY)
"""Class of each kind of webhook by the kind's wire name, such as ``gather``."""
