"""Mistakes in attributes: every marked line is an error for both checkers, no other line is."""

import bxml
from bxml import (
    Bxml,
    Forward,
    Gather,
    Hangup,
    Pause,
    PhoneNumber,
    PlayAudio,
    Record,
    Redirect,
    Response,
    Ring,
    SpeakSentence,
    StartGather,
    StartStream,
    StopStream,
    StreamParam,
    Tag,
    Transfer,
    ssml,
)
from bxml import Respons as Misspelt  # noqa: F401 - the mistake  # E: misspelt import

bxml.Gathr()  # E: misspelt class
Gather(gather_urll="/menu")  # E: misspelt attribute
Response().gather(gather_urll="/menu")  # E: misspelt attribute of a fluent method
Gather(gatherUrl="/menu")  # E: BXML name instead of the Python name
Bxml().redirect("/next", redirectMethod="GET")  # E: BXML name in a fluent method
Hangup(reason="busy")  # E: an attribute where there are none
Transfer().phone_number("+12", tags="a")  # E: misspelt attribute of a noun

Gather(gather_method="post")  # E: wrong literal
Response().gather(gather_method="PUT")  # E: wrong literal in a fluent method
Record(file_format="ogg")  # E: wrong literal
StartStream(destination="wss://a", mode="both")  # E: wrong literal
SpeakSentence("Hi", gender="neutral")  # E: wrong literal
ssml.emphasis("a", level="weak")  # E: wrong literal in SSML
ssml.say_as("1", interpret_as="digits")  # E: wrong literal in SSML

Gather(max_digits="1")  # E: text instead of a number
Gather(max_digits=1.5)  # E: fraction instead of a whole number
Pause(duration="2.5")  # E: text instead of a number
Response().pause(duration="2.5")  # E: text instead of a number in a fluent method
Ring(answer_call="false")  # E: text instead of a boolean
Redirect("/next", tag=5)  # E: number instead of text
PlayAudio(5)  # E: number instead of text
PhoneNumber(19195551234)  # E: number instead of text
Gather(extra_attributes={"novelty": 1})  # E: number instead of text in extra attributes

Redirect()  # E: missing required attribute
Response().redirect()  # E: missing required attribute in a fluent method
StartGather()  # E: missing required attribute
StartStream()  # E: missing required attribute beside children
StreamParam("a")  # E: missing required attribute
StopStream(wait=True)  # E: missing required attribute
Forward(from_="+12")  # E: missing required attribute
PhoneNumber()  # E: missing required text
Response().play_audio()  # E: missing required text in a fluent method
ssml.lang("bonjour")  # E: missing required attribute in SSML
Redirect(None)  # E: None where something is required

Pause(5)  # E: attribute by position
Redirect("/next", "GET")  # E: second attribute by position
Tag("a", "b")  # E: second text
Response().to_bxml(True)  # noqa: FBT003 - the mistake  # E: option by position
