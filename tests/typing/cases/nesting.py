"""Mistakes in nesting: every marked line is an error for both checkers, no other line is."""

from bxml import (
    Bxml,
    Connect,
    Endpoint,
    Gather,
    Hangup,
    PhoneNumber,
    PlayAudio,
    Refer,
    Response,
    SipUri,
    SpeakSentence,
    StartStream,
    StartTranscription,
    StreamParam,
    Transfer,
    ssml,
)

Gather(Hangup())  # E: a verb that Gather does not take
Gather(SpeakSentence("a"), Hangup(), gather_url="/menu")  # E: the same as second child
Gather().append(Hangup())  # E: the same by append
Gather().hangup()  # E: no such fluent method
Response().gather(Hangup())  # E: the same through the fluent method

Response(PhoneNumber("+19195551234"))  # E: a noun in a document
Response().append(PhoneNumber("+19195551234"))  # E: the same by append
Response().phone_number("+19195551234")  # E: no such fluent method
Bxml(SipUri("sip:a"))  # E: a noun in the other root
Response(Response())  # E: a document in a document
Response(ssml.break_())  # E: SSML in a document

Response("Hello")  # E: text where verbs belong
Gather("Hello")  # E: text where prompts belong
Transfer("+19195551234")  # E: text where destinations belong
Response(None)  # E: nothing where verbs belong
Response([Hangup()])  # E: a list where verbs belong
Response(Hangup)  # E: a class where verbs belong

Transfer(SpeakSentence("a"))  # E: a verb where destinations belong
Transfer(Endpoint("e-1"))  # E: the noun of another verb
Refer(PhoneNumber("+12"))  # E: the noun of another verb
Refer().phone_number("+12")  # E: no such fluent method
Connect(PlayAudio("/a.wav"))  # E: a verb where endpoints belong
StartTranscription(StreamParam("a", "b"))  # E: the noun of another verb
StartStream(destination="wss://a").custom_param("a", "b")  # E: no such fluent method

SpeakSentence(Hangup())  # E: a verb in speech
SpeakSentence(5)  # E: a number in speech
ssml.p(SpeakSentence("a"))  # E: a verb in SSML
ssml.break_("a")  # E: text in a break
