"""Record what the platform and an application say to each other, and play it again.

    Recorder                    a proxy in front of the application that writes a recording
    read_recording, Recording   what a file holds: Session, Exchange, RecordedRequest, RecordedReply
    replay, ReplayReport        what the application replies now: ReplayedExchange, Change
    RecordingError, ReplayError what can go wrong

A recording has no secrets and no real phone numbers. In a test:

    def test_nothing_has_changed():
        report = replay(read_recording("tests/menu.jsonl"), app)
        assert report, str(report)

Inside: numbers, ledger, masking and markup (what is made up for what), exchanges, lines and files
(what stands on disk), capturing and proxy (recording), trees, aligning and comparing (what is
different), learning and replaying.
"""

from callcontrol.recorder.comparing import Change
from callcontrol.recorder.errors import RecordingError, ReplayError
from callcontrol.recorder.exchanges import (
    Exchange,
    RecordedReply,
    RecordedRequest,
    Recording,
    Session,
)
from callcontrol.recorder.files import read_recording
from callcontrol.recorder.proxy import Recorder
from callcontrol.recorder.replaying import ReplayedExchange, ReplayReport, replay

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
