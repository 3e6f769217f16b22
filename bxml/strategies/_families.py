"""One strategy for each element class, named after the element in the plural."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis.strategies import SearchStrategy

from bxml._node import Node
from bxml.strategies._elements import elements
from bxml.verbs.audio import PlayAudio, Ring, SendDtmf, SpeakSentence
from bxml.verbs.conference import Conference, Connect, Endpoint
from bxml.verbs.flow import Bridge, Forward, Hangup, Pause, Redirect, Refer, SipUri, Tag
from bxml.verbs.gather import Gather, StartGather, StopGather
from bxml.verbs.recording import (
    PauseRecording,
    Record,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from bxml.verbs.streaming import (
    CustomParam,
    StartStream,
    StartTranscription,
    StopStream,
    StopTranscription,
    StreamParam,
)
from bxml.verbs.transfer import PhoneNumber, Transfer

N = TypeVar("N", bound=Node)


def _family(cls: type[N]) -> Callable[[], SearchStrategy[N]]:
    def strategy() -> SearchStrategy[N]:
        return elements(cls)

    strategy.__doc__ = (
        f"Return a strategy for valid {cls.__name__} values, with any of their attributes and "
        "values up to the limits of each."
    )
    return strategy


bridges = _family(Bridge)
conferences = _family(Conference)
connects = _family(Connect)
forwards = _family(Forward)
gathers = _family(Gather)
hangups = _family(Hangup)
pause_recordings = _family(PauseRecording)
pauses = _family(Pause)
play_audios = _family(PlayAudio)
records = _family(Record)
redirects = _family(Redirect)
refers = _family(Refer)
resume_recordings = _family(ResumeRecording)
rings = _family(Ring)
send_dtmfs = _family(SendDtmf)
speak_sentences = _family(SpeakSentence)
start_gathers = _family(StartGather)
start_recordings = _family(StartRecording)
start_streams = _family(StartStream)
start_transcriptions = _family(StartTranscription)
stop_gathers = _family(StopGather)
stop_recordings = _family(StopRecording)
stop_streams = _family(StopStream)
stop_transcriptions = _family(StopTranscription)
tags = _family(Tag)
transfers = _family(Transfer)

custom_param_nouns = _family(CustomParam)
endpoint_nouns = _family(Endpoint)
phone_number_nouns = _family(PhoneNumber)
sip_uri_nouns = _family(SipUri)
stream_param_nouns = _family(StreamParam)
