"""Record the webhooks and replies of an application, and replay them.

    Recorder                    a proxy in front of the application that writes a recording
    read_recording, Recording   a file: Session, Exchange, RecordedRequest, RecordedReply
    replay, ReplayReport        how the replies have changed: ReplayedExchange, Change
    RecordingError, ReplayError

A recording holds no secrets and no real phone numbers. In a test:

    def test_nothing_has_changed():
        report = replay(read_recording("tests/menu.jsonl"), app)
        assert report, str(report)

The modules: phone_numbers, known_values, pseudonyms, redaction and redact_bxml (redaction), kinds,
models, jsonl and storage (the file), capture and proxy (recording), matching, trees and diff
(comparison), rebinding and replay.
"""

from callcontrol.recorder.diff import Change
from callcontrol.recorder.models import (
    Exchange,
    RecordedReply,
    RecordedRequest,
    Recording,
    RecordingError,
    ReplayError,
    Session,
)
from callcontrol.recorder.proxy import Recorder
from callcontrol.recorder.replay import ReplayedExchange, ReplayReport, replay
from callcontrol.recorder.storage import read_recording

__all__ = [
    "Change",
    "Exchange",
    "RecordedReply",
    "RecordedRequest",
    "Recorder",
    "Recording",
    "RecordingError",
    "ReplayError",
    "ReplayReport",
    "ReplayedExchange",
    "Session",
    "read_recording",
    "replay",
]
