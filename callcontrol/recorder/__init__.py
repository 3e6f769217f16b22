"""Record what the platform and an application say to each other, and play it again.

    Recorder                    a proxy in front of the application that writes a recording
    read_recording, Recording   what a file holds: Session, Exchange, RecordedRequest, RecordedReply
    replay, ReplayReport        what the application replies now: ReplayedExchange, Change
    RecordingError, ReplayError what can go wrong

A recording has no secrets and no real phone numbers. In a test:

    def test_nothing_has_changed():
        report = replay(read_recording("tests/menu.jsonl"), app)
        assert report, str(report)

Inside: phone_numbers, pseudonyms, redaction and redact_bxml (what is made up for what), models,
jsonl and storage (what stands on disk), capture and proxy (recording), trees, aligning and diff
(what is different), rebinding and replay.
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
