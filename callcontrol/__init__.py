"""Bandwidth calls from Python: create, monitor and redirect them, send them BXML, end them.

Modules: ``client`` (the five operations), ``errors`` (one class per failure), ``models`` (replies
of the platform), ``events`` (its webhooks), ``simulator`` (a simulator of it), ``auth``. Names are
imported on first use, so that ``import callcontrol`` is quick.

    from callcontrol import Client
    Client.from_env().hang_up("c-15ac29a2-...")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcontrol.async_client import AsyncClient
    from callcontrol.client import Client, MachineDetection
    from callcontrol.errors import (
        ApiError,
        AuthenticationError,
        BadRequestError,
        BasicAuthWarning,
        CallControlError,
        CallControlWarning,
        ClientError,
        ConflictError,
        EventError,
        ForbiddenError,
        InternalServerError,
        MethodNotAllowedError,
        NotFoundError,
        OutcomeUnknownError,
        PaymentRequiredError,
        RateLimitError,
        ReplyError,
        RequestError,
        RequestLine,
        ServerError,
        ServiceUnavailableError,
        TokenError,
        TransportError,
        UnsupportedMediaTypeError,
    )
    from callcontrol.events import (
        EVENT_TYPES,
        AnswerEvent,
        BridgeCompleteEvent,
        BridgeTargetCompleteEvent,
        CallEvent,
        ConferenceCompletedEvent,
        ConferenceCreatedEvent,
        ConferenceEvent,
        ConferenceMemberExitEvent,
        ConferenceMemberJoinEvent,
        ConferenceRecordingAvailableEvent,
        ConferenceRedirectEvent,
        ConnectStatusEvent,
        DisconnectEvent,
        Diversion,
        DtmfEvent,
        EndpointConnectedEvent,
        EndpointDisconnectedEvent,
        EndpointEligibleEvent,
        EndpointEvent,
        EndpointIneligibleEvent,
        Event,
        GatherEvent,
        InitiateEvent,
        MachineDetectionCompleteEvent,
        MachineDetectionResult,
        MediaStream,
        MediaStreamRejectedEvent,
        MediaStreamStartedEvent,
        MediaStreamStoppedEvent,
        OutboundConnectionRequestEvent,
        PartialGatherEvent,
        RealTimeTranscription,
        RealTimeTranscriptionAvailableEvent,
        RealTimeTranscriptionRejectedEvent,
        RealTimeTranscriptionStartedEvent,
        RealTimeTranscriptionStoppedEvent,
        RecordCompleteEvent,
        RecordingAvailableEvent,
        RedirectEvent,
        ReferCompleteEvent,
        StirShaken,
        Transcription,
        TranscriptionAvailableEvent,
        TransferAnswerEvent,
        TransferCompleteEvent,
        TransferDisconnectEvent,
        UnknownEndpointEvent,
        UnknownEvent,
        parse_event,
    )
    from callcontrol.models import CallState, CreatedCall, RawReply

__all__ = [
    "EVENT_TYPES",
    "AnswerEvent",
    "ApiError",
    "AsyncClient",
    "AuthenticationError",
    "BadRequestError",
    "BasicAuthWarning",
    "BridgeCompleteEvent",
    "BridgeTargetCompleteEvent",
    "CallControlError",
    "CallControlWarning",
    "CallEvent",
    "CallState",
    "Client",
    "ClientError",
    "ConferenceCompletedEvent",
    "ConferenceCreatedEvent",
    "ConferenceEvent",
    "ConferenceMemberExitEvent",
    "ConferenceMemberJoinEvent",
    "ConferenceRecordingAvailableEvent",
    "ConferenceRedirectEvent",
    "ConflictError",
    "ConnectStatusEvent",
    "CreatedCall",
    "DisconnectEvent",
    "Diversion",
    "DtmfEvent",
    "EndpointConnectedEvent",
    "EndpointDisconnectedEvent",
    "EndpointEligibleEvent",
    "EndpointEvent",
    "EndpointIneligibleEvent",
    "Event",
    "EventError",
    "ForbiddenError",
    "GatherEvent",
    "InitiateEvent",
    "InternalServerError",
    "MachineDetection",
    "MachineDetectionCompleteEvent",
    "MachineDetectionResult",
    "MediaStream",
    "MediaStreamRejectedEvent",
    "MediaStreamStartedEvent",
    "MediaStreamStoppedEvent",
    "MethodNotAllowedError",
    "NotFoundError",
    "OutboundConnectionRequestEvent",
    "OutcomeUnknownError",
    "PartialGatherEvent",
    "PaymentRequiredError",
    "RateLimitError",
    "RawReply",
    "RealTimeTranscription",
    "RealTimeTranscriptionAvailableEvent",
    "RealTimeTranscriptionRejectedEvent",
    "RealTimeTranscriptionStartedEvent",
    "RealTimeTranscriptionStoppedEvent",
    "RecordCompleteEvent",
    "RecordingAvailableEvent",
    "RedirectEvent",
    "ReferCompleteEvent",
    "ReplyError",
    "RequestError",
    "RequestLine",
    "ServerError",
    "ServiceUnavailableError",
    "StirShaken",
    "TokenError",
    "Transcription",
    "TranscriptionAvailableEvent",
    "TransferAnswerEvent",
    "TransferCompleteEvent",
    "TransferDisconnectEvent",
    "TransportError",
    "UnknownEndpointEvent",
    "UnknownEvent",
    "UnsupportedMediaTypeError",
    "parse_event",
]

_MODULES = ("errors", "events", "models", "client", "async_client")
"""Modules that define the public names, the quickest import first."""


def __getattr__(name: str) -> object:
    if name in __all__:
        from bxml import (
            _once,
        )  # import the package before the lock, so that no two threads deadlock

        with _once.FIRST_IMPORT:
            from importlib import import_module

            modules = (import_module(f"{__name__}.{module}") for module in _MODULES)
            found: object = next(
                getattr(module, name) for module in modules if hasattr(module, name)
            )
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
