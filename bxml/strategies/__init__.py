"""Hypothesis strategies for BXML, derived from the table of elements.

Requires the extra ``testing``. ``documents()`` and the strategies for single elements yield valid
``bxml`` values; ``invalid_documents()`` yields XML with one fault. ``phone_numbers()`` and
``speech_text()`` yield plain texts as input of the code under test.

    @given(speech_text())
    def test_any_name_is_spoken_as_it_is(name: str) -> None:
        assert parse(greeting(name)) == Response(SpeakSentence("Hello ", name))

If Hypothesis is installed, ``st.from_type`` also supports every element class.
"""

try:
    from bxml.strategies._documents import customs, documents, verbs
    from bxml.strategies._elements import ssml_nodes
    from bxml.strategies._families import (
        bridges,
        conferences,
        connects,
        custom_param_nouns,
        endpoint_nouns,
        forwards,
        gathers,
        hangups,
        pause_recordings,
        pauses,
        phone_number_nouns,
        play_audios,
        records,
        redirects,
        refers,
        resume_recordings,
        rings,
        send_dtmfs,
        sip_uri_nouns,
        speak_sentences,
        start_gathers,
        start_recordings,
        start_streams,
        start_transcriptions,
        stop_gathers,
        stop_recordings,
        stop_streams,
        stop_transcriptions,
        stream_param_nouns,
        tags,
        transfers,
    )
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
