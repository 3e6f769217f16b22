"""Hypothesis strategies for BXML, derived from the table of elements.

Requires the extra ``testing``. ``documents()`` and the strategies for single elements yield valid
``bxml`` values; ``invalid_documents()`` yields XML with one fault. ``phone_numbers()`` and
``speech_text()`` yield plain texts as input of the code under test.

    @given(speech_text())
    def test_any_name_is_spoken_as_it_is(name: str) -> None:
        assert parse(greeting(name)) == Response(SpeakSentence("Hello ", name))

If Hypothesis is installed, ``st.from_type`` also supports every element class.
"""

from collections.abc import Callable
from typing import TypeVar

import bxml

try:
    from bxml.strategies._documents import customs, documents, verbs
    from bxml.strategies._elements import SearchStrategy, elements, ssml_nodes
    from bxml.strategies._invalid import InvalidDocument, invalid_documents
    from bxml.strategies._values import phone_numbers, speech_text
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "hypothesis":
        raise
    needed = "bxml.strategies needs Hypothesis: pip install 'bxml-callcontrol[testing]'"
    raise ModuleNotFoundError(needed, name=error.name) from None

__all__ = [
    "InvalidDocument",
    "bridges",
    "conferences",
    "connects",
    "custom_param_nouns",
    "customs",
    "documents",
    "endpoint_nouns",
    "forwards",
    "gathers",
    "hangups",
    "invalid_documents",
    "pause_recordings",
    "pauses",
    "phone_number_nouns",
    "phone_numbers",
    "play_audios",
    "records",
    "redirects",
    "refers",
    "resume_recordings",
    "rings",
    "send_dtmfs",
    "sip_uri_nouns",
    "speak_sentences",
    "speech_text",
    "ssml_nodes",
    "start_gathers",
    "start_recordings",
    "start_streams",
    "start_transcriptions",
    "stop_gathers",
    "stop_recordings",
    "stop_streams",
    "stop_transcriptions",
    "stream_param_nouns",
    "tags",
    "transfers",
    "verbs",
]

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
