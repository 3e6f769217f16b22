"""Which verbs a script says, and which it waits for; see ``tests/constructors`` for their types."""

from collections.abc import Mapping

import bxml
from bxml import Verb
from callcontrol.events import (
    BridgeCompleteEvent,
    Event,
    GatherEvent,
    RecordCompleteEvent,
    ReferCompleteEvent,
)

QUEUED: tuple[type[Verb], ...] = (
    bxml.SpeakSentence,
    bxml.PlayAudio,
    bxml.Pause,
    bxml.Ring,
    bxml.SendDtmf,
    bxml.Tag,
    bxml.StartGather,
    bxml.StopGather,
    bxml.StartRecording,
    bxml.PauseRecording,
    bxml.ResumeRecording,
    bxml.StopRecording,
    bxml.StartStream,
    bxml.StopStream,
    bxml.StartTranscription,
    bxml.StopTranscription,
)
"""Verbs that wait for nothing, in the order of the methods."""

REPORTING: Mapping[type[Verb], type[Event]] = {
    bxml.Gather: GatherEvent,
    bxml.Record: RecordCompleteEvent,
    bxml.Bridge: BridgeCompleteEvent,
    bxml.Refer: ReferCompleteEvent,
}
"""Verbs whose event an await returns, with its class."""

JOINING: tuple[type[Verb], ...] = (bxml.Transfer, bxml.Bridge, bxml.Conference, bxml.Forward)
"""Verbs that a whisper cannot have."""


def method_name(cls: type[Verb]) -> str:
    """Return the name of the method for a verb."""
    return cls.element.python_name


def event_kinds(cls: type[Verb]) -> frozenset[str]:
    """Return the kinds of webhooks that resolve the await of a verb: those it reports first."""
    return frozenset(cls.element.callbacks[0].webhooks)
