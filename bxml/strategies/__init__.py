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
from typing import TYPE_CHECKING, TypeVar

from bxml._node import Node
from bxml.verbs import audio, conference, flow, gather, recording, streaming, transfer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

try:
    from hypothesis.strategies import SearchStrategy

    from bxml.strategies._documents import customs, documents, verbs
    from bxml.strategies._elements import elements, ssml_nodes
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

N = TypeVar("N", bound=Node)


def _family(cls: type[N]) -> "Callable[[], SearchStrategy[N]]":
    def strategy() -> "SearchStrategy[N]":
        return elements(cls)

    strategy.__doc__ = (
        f"Return a strategy for valid {cls.__name__} values, with any of their attributes and "
        "values up to the limits of each."
    )
    return strategy


bridges = _family(flow.Bridge)
conferences = _family(conference.Conference)
connects = _family(conference.Connect)
forwards = _family(flow.Forward)
gathers = _family(gather.Gather)
hangups = _family(flow.Hangup)
pause_recordings = _family(recording.PauseRecording)
pauses = _family(flow.Pause)
play_audios = _family(audio.PlayAudio)
records = _family(recording.Record)
redirects = _family(flow.Redirect)
refers = _family(flow.Refer)
resume_recordings = _family(recording.ResumeRecording)
rings = _family(audio.Ring)
send_dtmfs = _family(audio.SendDtmf)
speak_sentences = _family(audio.SpeakSentence)
start_gathers = _family(gather.StartGather)
start_recordings = _family(recording.StartRecording)
start_streams = _family(streaming.StartStream)
start_transcriptions = _family(streaming.StartTranscription)
stop_gathers = _family(gather.StopGather)
stop_recordings = _family(recording.StopRecording)
stop_streams = _family(streaming.StopStream)
stop_transcriptions = _family(streaming.StopTranscription)
tags = _family(flow.Tag)
transfers = _family(transfer.Transfer)

custom_param_nouns = _family(streaming.CustomParam)
endpoint_nouns = _family(conference.Endpoint)
phone_number_nouns = _family(transfer.PhoneNumber)
sip_uri_nouns = _family(flow.SipUri)
stream_param_nouns = _family(streaming.StreamParam)
