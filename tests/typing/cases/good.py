"""Correct use of the whole surface: no checker may complain about any line."""

from decimal import Decimal

from bxml import (
    Bxml,
    Connect,
    Custom,
    Document,
    Endpoint,
    Forward,
    Gather,
    Hangup,
    Node,
    Noun,
    Pause,
    PhoneNumber,
    PlayAudio,
    Record,
    Redirect,
    Refer,
    Response,
    Ring,
    SipUri,
    SpeakSentence,
    StartStream,
    StartTranscription,
    StopStream,
    StreamParam,
    Tag,
    Transfer,
    Verb,
    ssml,
)


class Menu(Response):
    """A document with a name of its own."""


menu: Menu = (
    Menu()
    .gather(
        SpeakSentence("Press 1 for sales."),
        PlayAudio("/chime.wav"),
        gather_url="/menu",
        gather_method="GET",
        max_digits=1,
        first_digit_timeout=7.5,
        inter_digit_timeout=Decimal("2.5"),
        input_="dtmf_speech",
        extra_attributes={"novelty": "1"},
    )
    .speak_sentence(
        "Your code is ", ssml.say_as("12", interpret_as="characters"), ssml.break_(time="1s")
    )
    .append(Pause(), Hangup())
    .custom("Novelty", "text", attributes={"a": "b"})
    .redirect("/welcome", redirect_method="POST")
)
nested: Response = Response(
    Gather(SpeakSentence("Hi", voice="julie", gender="female"), gather_url="/menu"),
    Transfer(
        PhoneNumber("+19195551234", tag="a"),
        SipUri(uri="sip:desk@example.com"),
        Custom("WebRtc"),
        transfer_caller_id="Private",
        diversion_treatment="stack",
        diversion_reason="user-busy",
    ),
    Transfer().phone_number("+19195551234").sip_uri("sip:desk@example.com", uui="a;encoding=hex"),
    Refer(SipUri("sip:desk@example.com")),
    Refer().sip_uri("sip:desk@example.com"),
    Connect(Endpoint("e-1")).endpoint(endpoint_id="e-2"),
    StartStream(StreamParam("a", value="b"), destination="wss://example.com", mode="bidirectional"),
    StartStream(destination="wss://example.com").stream_param(name="a", value="b"),
    StartTranscription(tracks="both", stabilized=False).custom_param("a", "b"),
    StopStream("agent", wait=True),
    Forward(to="+19195551234", from_="Private", privacy=True),
    Record(max_duration=60, silence_timeout=1.5, file_format="mp3", transcribe=True),
    Ring(duration=Decimal(5), answer_call=False),
    Redirect(redirect_url="/next", username="u", password="p"),
    PlayAudio(audio_uri="/a.wav"),
    Tag(),
    Tag(content="a"),
    extra_attributes=None,
)
spoken = ssml.fragment("a", ssml.p(ssml.s("b")), ssml.fragment("c"))
sentence = SpeakSentence(spoken, ssml.parse("<break/>"), ssml.lang("d", lang="fr-FR"))
verbs: tuple[Verb, ...] = menu.verbs
documents: list[Document] = [menu, nested, Bxml(*nested, Hangup())]
nodes: list[Node] = [*menu, PhoneNumber("+12"), ssml.emphasis("e", level="strong")]
nouns: list[Noun] = [node for node in nodes if isinstance(node, Noun)]
text: str = menu.to_bxml(pretty=True)
body: bytes = menu.to_bytes()
number: int | None = Gather().max_digits
count: int = len(menu)
table: dict[Verb, str] = {verb: repr(verb) for verb in menu}
voice: ssml.Voice | None = ssml.voice_for("en_US", "male")
