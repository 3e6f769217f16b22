"""One strategy for each element class, named after the element in the plural."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis.strategies import SearchStrategy

import bxml
from bxml.strategies._elements import elements

N = TypeVar("N", bound=bxml.Node)


def _family(cls: type[N]) -> Callable[[], SearchStrategy[N]]:
    def strategy() -> SearchStrategy[N]:
        return elements(cls)

    strategy.__doc__ = (
        f"Return a strategy for valid {cls.__name__} values, with any of their attributes and "
        "values up to the limits of each."
    )
    return strategy


bridges = _family(bxml.Bridge)
conferences = _family(bxml.Conference)
connects = _family(bxml.Connect)
forwards = _family(bxml.Forward)
gathers = _family(bxml.Gather)
hangups = _family(bxml.Hangup)
pause_recordings = _family(bxml.PauseRecording)
pauses = _family(bxml.Pause)
play_audios = _family(bxml.PlayAudio)
records = _family(bxml.Record)
redirects = _family(bxml.Redirect)
refers = _family(bxml.Refer)
resume_recordings = _family(bxml.ResumeRecording)
rings = _family(bxml.Ring)
send_dtmfs = _family(bxml.SendDtmf)
speak_sentences = _family(bxml.SpeakSentence)
start_gathers = _family(bxml.StartGather)
start_recordings = _family(bxml.StartRecording)
start_streams = _family(bxml.StartStream)
start_transcriptions = _family(bxml.StartTranscription)
stop_gathers = _family(bxml.StopGather)
stop_recordings = _family(bxml.StopRecording)
stop_streams = _family(bxml.StopStream)
stop_transcriptions = _family(bxml.StopTranscription)
tags = _family(bxml.Tag)
transfers = _family(bxml.Transfer)

custom_param_nouns = _family(bxml.CustomParam)
endpoint_nouns = _family(bxml.Endpoint)
phone_number_nouns = _family(bxml.PhoneNumber)
sip_uri_nouns = _family(bxml.SipUri)
stream_param_nouns = _family(bxml.StreamParam)
