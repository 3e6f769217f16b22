"""All operations, for both clients."""

from callcontrol._operations.calls import CallOperations
from callcontrol._operations.conferences import ConferenceOperations
from callcontrol._operations.endpoints import EndpointOperations
from callcontrol._operations.recordings import RecordingOperations
from callcontrol._operations.transcriptions import StatisticsOperations, TranscriptionOperations


class EveryOperation(
    CallOperations,
    RecordingOperations,
    ConferenceOperations,
    TranscriptionOperations,
    StatisticsOperations,
    EndpointOperations,
):
    """The operations of the platform."""
