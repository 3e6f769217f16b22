# pyright: basic, reportMissingImports=false, reportArgumentType=false
# pyright: reportAttributeAccessIssue=false
"""The same documents with the vendor's SDK and with twilio's builder."""

from bandwidth.models.bxml import (
    Gather,
    Hangup,
    Pause,
    PlayAudio,
    Response,
    SpeakSentence,
)
from twilio.twiml.voice_response import VoiceResponse

__all__ = [
    "sdk_large",
    "sdk_menu",
    "sdk_two",
    "twilio_large",
    "twilio_menu",
    "twilio_two",
]


def sdk_two(name: str) -> str:
    return str(Response([SpeakSentence(f"Hello {name}"), Hangup()]).to_bxml())


def sdk_menu(name: str, prompts: tuple[str, ...], **credentials: str) -> str:
    return str(
        Response(
            [
                SpeakSentence(f"Hello {name}"),
                Gather(
                    [SpeakSentence(prompt, voice="julie") for prompt in prompts],
                    gather_url="/menu",
                    max_digits=1,
                    first_digit_timeout=7,
                    **credentials,
                ),
            ]
        ).to_bxml()
    )


def sdk_large(name: str, items: int) -> str:
    verbs = [SpeakSentence(f"Hello {name}")]
    for item in range(items):
        verbs.append(SpeakSentence(f"Message {item} came in at nine.", voice="julie"))
        verbs.append(PlayAudio(f"https://mail.example.com/message/{item}.wav"))
        verbs.append(Pause(duration=2))
    return str(Response(verbs).to_bxml())


def twilio_two(name: str) -> str:
    document = VoiceResponse()
    document.say(f"Hello {name}")
    document.hangup()
    return str(document.to_xml())


def twilio_menu(name: str, prompts: tuple[str, ...]) -> str:
    document = VoiceResponse()
    document.say(f"Hello {name}")
    gather = document.gather(action="/menu", num_digits=1, timeout=7)
    for prompt in prompts:
        gather.say(prompt, voice="alice")
    return str(document.to_xml())


def twilio_large(name: str, items: int) -> str:
    document = VoiceResponse()
    document.say(f"Hello {name}")
    for item in range(items):
        document.say(f"Message {item} came in at nine.", voice="alice")
        document.play(f"https://mail.example.com/message/{item}.wav")
        document.pause(length=2)
    return str(document.to_xml())
