"""The menu of ``examples/menu.py``, for installations that come without the examples."""

from bxml import Bxml, Gather, PlayAudio, SpeakSentence, ssml

__all__ = ["APPLICATION", "menu"]

APPLICATION = "https://ivr.example.com"

menu = Bxml(
    Gather(
        PlayAudio(f"{APPLICATION}/audio/chime.wav"),
        SpeakSentence(
            "Press 1 for sales. ",
            ssml.break_(time="300ms"),
            "Press 2 for support.",
            voice="bridget",
        ),
        gather_url=f"{APPLICATION}/menu",
        max_digits=1,
        first_digit_timeout=7,
        repeat_count=2,
    )
)
