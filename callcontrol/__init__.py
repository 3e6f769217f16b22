"""Bandwidth calls from Python: create, monitor and redirect them, send them BXML, end them.

Modules: ``client`` (the operations), ``errors`` (one class per failure), ``models`` (replies
of the platform), ``events`` (its webhooks), ``simulator`` (a simulator of it), ``auth``. Names are
imported on first use, so that ``import callcontrol`` is quick.

    from callcontrol import Client
    Client.from_env().hang_up("c-15ac29a2-...")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcontrol._results.conferences import ConferenceMemberState, ConferenceState
    from callcontrol._results.endpoints import EndpointDevice, EndpointState
    from callcontrol._results.recordings import (
        CallRecording,
        ConferenceRecording,
        DownloadedFile,
        RecordingTranscript,
        RecordingTranscription,
        Transcript,
        TranscriptClip,
    )
    from callcontrol._results.transcriptions import (
        AccountStatistics,
        CallTranscript,
        ListedTranscription,
        TranscribedTrack,
    )
    from callcontrol.async_client import AsyncClient
    from callcontrol.client import *
    from callcontrol.errors import *
    from callcontrol.events import *
    from callcontrol.models import *

__all__ = [
    "EVENT_TYPES",
    "AccountStatistics",
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
    "CallRecording",
    "CallState",
    "CallTranscript",
    "Client",
    "ClientError",
    "ConferenceCompletedEvent",
    "ConferenceCreatedEvent",
    "ConferenceEvent",
    "ConferenceMemberExitEvent",
    "ConferenceMemberJoinEvent",
    "ConferenceMemberState",
    "ConferenceRecording",
    "ConferenceRecordingAvailableEvent",
    "ConferenceRedirectEvent",
    "ConferenceState",
    "ConflictError",
    "ConnectStatusEvent",
    "CreatedCall",
    "DisconnectEvent",
    "Diversion",
    "DownloadedFile",
    "DtmfEvent",
    "EndpointConnectedEvent",
    "EndpointDevice",
    "EndpointDisconnectedEvent",
    "EndpointEligibleEvent",
    "EndpointEvent",
    "EndpointIneligibleEvent",
    "EndpointState",
    "Event",
    "EventError",
    "ForbiddenError",
    "GatherEvent",
    "InitiateEvent",
    "InternalServerError",
    "ListedTranscription",
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
    "RecordingTranscript",
    "RecordingTranscription",
    "RedirectEvent",
    "ReferCompleteEvent",
    "ReplyError",
    "RequestError",
    "RequestLine",
    "ServerError",
    "ServiceUnavailableError",
    "StirShaken",
    "TokenError",
    "TranscribedTrack",
    "Transcript",
    "TranscriptClip",
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

_MODULES = {
    "AccountStatistics": "_results.transcriptions",
    "AsyncClient": "async_client",
    "CallRecording": "_results.recordings",
    "CallState": "models",
    "CallTranscript": "_results.transcriptions",
    "Client": "client",
    "ConferenceMemberState": "_results.conferences",
    "ConferenceRecording": "_results.recordings",
    "ConferenceState": "_results.conferences",
    "CreatedCall": "models",
    "DownloadedFile": "_results.recordings",
    "EndpointDevice": "_results.endpoints",
    "EndpointState": "_results.endpoints",
    "ListedTranscription": "_results.transcriptions",
    "MachineDetection": "client",
    "RawReply": "models",
    "RecordingTranscript": "_results.recordings",
    "RecordingTranscription": "_results.recordings",
    "RequestLine": "errors",
    "TranscribedTrack": "_results.transcriptions",
    "Transcript": "_results.recordings",
    "TranscriptClip": "_results.recordings",
}
"""Modules of public names; of those that are not here, errors and warnings are in ``errors``, all
others in ``events``."""


def __getattr__(name: str) -> object:
    if name in __all__:
        from bxml import (
            _once,
        )  # import the package before the lock, so that no two threads deadlock

        with _once.FIRST_IMPORT:
            from importlib import import_module

            usual = "errors" if name.endswith(("Error", "Warning")) else "events"
            module = import_module(f"{__name__}.{_MODULES.get(name, usual)}")
            found: object = getattr(module, name)
        globals()[name] = found
        return found
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bxml import __all__ as elements
    from callcontrol._porting import missing_name, name_hint

    hint = f"it is bxml.{name}" if name in elements else name_hint(name)
    raise missing_name(__name__, name, hint)


def __dir__() -> list[str]:
    return sorted(__all__)
