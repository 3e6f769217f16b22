"""An IVR menu: one key leads to sales or support, no key leads back to the start.

Print it with ``python menu.py``; push it to a live call with ``callcontrol push CALL_ID menu.py``.
A pushed document has no URL of its own, so its links are absolute.
"""

from bxml import Bxml, Gather, PlayAudio, SpeakSentence, ssml

APPLICATION = "https://ivr.example.com"

prompts = Gather(
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

menu = Bxml(prompts)

if __name__ == "__main__":
    print(menu.to_bxml(pretty=True))
