"""One example document for every element: as XML, and as the Python that builds it."""

from collections.abc import Mapping

import pytest
import xmlschema
from lxml import etree

from bxml import (
    Bridge,
    Bxml,
    Conference,
    Connect,
    CustomParam,
    Document,
    Endpoint,
    Forward,
    Hangup,
    Pause,
    PauseRecording,
    PhoneNumber,
    PlayAudio,
    Redirect,
    Refer,
    Response,
    ResumeRecording,
    Ring,
    SendDtmf,
    SipUri,
    SpeakSentence,
    StartGather,
    StartRecording,
    StartStream,
    StartTranscription,
    StopGather,
    StopRecording,
    StopStream,
    StopTranscription,
    StreamParam,
    Transfer,
    ssml,
)
from bxml._element import Element
from bxml.parser import parse
from bxml.schema import validate

CALL = "c-11111111-22222222-3333-4444-5555-666666666666"
ENDPOINT = "e-11111111-22222222-3333-4444-5555-666666666666"

EXAMPLES: Mapping[str, tuple[str, Document]] = {
    "Response": (
        "<Response><SpeakSentence>Good morning.</SpeakSentence><Hangup/></Response>",
        Response(SpeakSentence("Good morning."), Hangup()),
    ),
    "Bxml": ("<Bxml><StopRecording/></Bxml>", Bxml(StopRecording())),
    "Bridge": (
        (
            '<Response><Bridge bridgeCompleteUrl="/bridge/done"'
            f' bridgeTargetCompleteUrl="/bridge/target-done">{CALL}</Bridge></Response>'
        ),
        Response(
            Bridge(
                CALL,
                bridge_complete_url="/bridge/done",
                bridge_target_complete_url="/bridge/target-done",
            )
        ),
    ),
    "Conference": (
        (
            '<Response><Conference mute="true" conferenceEventUrl="/conference/events">'
            "weekly.stand-up_1</Conference></Response>"
        ),
        Response(
            Conference("weekly.stand-up_1", mute=True, conference_event_url="/conference/events")
        ),
    ),
    "Connect": (
        (
            '<Response><Connect eventCallbackUrl="/connect/status"'
            ' eventFallbackUrl="https://backup.example.com/connect/status">'
            f"<Endpoint>{ENDPOINT}</Endpoint></Connect></Response>"
        ),
        Response(
            Connect(
                event_callback_url="/connect/status",
                event_fallback_url="https://backup.example.com/connect/status",
            ).endpoint(ENDPOINT)
        ),
    ),
    "Endpoint": (
        f"<Response><Connect><Endpoint>{ENDPOINT}</Endpoint></Connect></Response>",
        Response(Connect(Endpoint(ENDPOINT))),
    ),
    "Forward": (
        '<Response><Forward to="+15551230000" from="+15551239999" callTimeout="20"/></Response>',
        Response(Forward("+15551230000", from_="+15551239999", call_timeout=20)),
    ),
    "Gather": (
        (
            '<Response><Gather gatherUrl="/menu" maxDigits="1" firstDigitTimeout="7.5"'
            ' repeatCount="2">'
            "<SpeakSentence>Press one for sales.</SpeakSentence><PlayAudio>/chime.wav</PlayAudio>"
            "</Gather></Response>"
        ),
        Response().gather(
            SpeakSentence("Press one for sales."),
            PlayAudio("/chime.wav"),
            gather_url="/menu",
            max_digits=1,
            first_digit_timeout=7.5,
            repeat_count=2,
        ),
    ),
    "Hangup": ("<Response><Hangup/></Response>", Response().hangup()),
    "Pause": ('<Response><Pause duration="2.5"/></Response>', Response(Pause(duration=2.5))),
    "PauseRecording": ("<Response><PauseRecording/></Response>", Response(PauseRecording())),
    "ResumeRecording": ("<Response><ResumeRecording/></Response>", Response(ResumeRecording())),
    "StopRecording": ("<Response><StopRecording/></Response>", Response(StopRecording())),
    "PlayAudio": (
        (
            '<Response><PlayAudio username="media" password="secret">'
            "https://media.example.com/hold.mp3</PlayAudio></Response>"
        ),
        Response(
            PlayAudio("https://media.example.com/hold.mp3", username="media", password="secret")
        ),
    ),
    "Record": (
        (
            '<Response><Record recordCompleteUrl="/voicemail/done" maxDuration="120"'
            ' silenceTimeout="4" fileFormat="mp3"/></Response>'
        ),
        Response().record(
            record_complete_url="/voicemail/done",
            max_duration=120,
            silence_timeout=4,
            file_format="mp3",
        ),
    ),
    "Redirect": (
        '<Response><Redirect redirectUrl="/next-step" redirectMethod="GET"/></Response>',
        Response(Redirect("/next-step", redirect_method="GET")),
    ),
    "Refer": (
        (
            '<Response><Refer referCompleteUrl="/refer/done" tag="to-desk">'
            "<SipUri>sip:desk@pbx.example.com</SipUri></Refer></Response>"
        ),
        Response(
            Refer(
                SipUri("sip:desk@pbx.example.com"),
                refer_complete_url="/refer/done",
                tag="to-desk",
            )
        ),
    ),
    "Ring": (
        '<Response><Ring duration="8" answerCall="false"/></Response>',
        Response(Ring(duration=8, answer_call=False)),
    ),
    "SendDtmf": (
        '<Response><SendDtmf toneDuration="150">1w2W#</SendDtmf></Response>',
        Response(SendDtmf("1w2W#", tone_duration=150)),
    ),
    "SpeakSentence": (
        (
            '<Response><SpeakSentence voice="ruth">Your code is <say-as interpret-as="characters">'
            "A1B2</say-as>.</SpeakSentence></Response>"
        ),
        Response().speak_sentence(
            "Your code is ", ssml.say_as("A1B2", interpret_as="characters"), ".", voice="ruth"
        ),
    ),
    "StartGather": (
        '<Response><StartGather dtmfUrl="/dtmf"/><Conference>ops-room</Conference></Response>',
        Response(StartGather("/dtmf"), Conference("ops-room")),
    ),
    "StopGather": ("<Response><StopGather/></Response>", Response(StopGather())),
    "StartRecording": (
        (
            '<Response><StartRecording recordingAvailableUrl="https://app.example.com/recorded"'
            ' multiChannel="true"/><Pause duration="30"/><StopRecording/></Response>'
        ),
        Response(
            StartRecording(
                recording_available_url="https://app.example.com/recorded", multi_channel=True
            ),
            Pause(duration=30),
            StopRecording(),
        ),
    ),
    "StartStream": (
        (
            '<Response><StartStream name="agent" mode="bidirectional"'
            ' destination="wss://media.example.com/ws"><StreamParam name="account" value="42"/>'
            '</StartStream><StopStream name="agent" wait="true"/></Response>'
        ),
        Response(
            StartStream(
                StreamParam("account", "42"),
                name="agent",
                mode="bidirectional",
                destination="wss://media.example.com/ws",
            ),
            StopStream("agent", wait=True),
        ),
    ),
    "StreamParam": (
        (
            '<Response><StartStream destination="ws://a.example"><StreamParam name="account"'
            ' value="42"/></StartStream></Response>'
        ),
        Response(StartStream(destination="ws://a.example").stream_param("account", "42")),
    ),
    "StopStream": (
        '<Response><StopStream name="agent"/></Response>',
        Response().stop_stream(name="agent"),
    ),
    "StartTranscription": (
        (
            '<Response><StartTranscription name="notes" tracks="both"'
            ' transcriptionEventUrl="https://app.example.com/rtt"'
            ' destination="wss://media.example.com/text"><CustomParam name="team" value="blue"/>'
            '</StartTranscription><Pause duration="60"/></Response>'
        ),
        Response(
            StartTranscription(
                CustomParam("team", "blue"),
                name="notes",
                tracks="both",
                transcription_event_url="https://app.example.com/rtt",
                destination="wss://media.example.com/text",
            ),
            Pause(duration=60),
        ),
    ),
    "CustomParam": (
        (
            '<Response><StartTranscription><CustomParam name="account" value="42"/>'
            "</StartTranscription></Response>"
        ),
        Response(StartTranscription().custom_param("account", "42")),
    ),
    "StopTranscription": (
        "<Response><StopTranscription/></Response>",
        Response(StopTranscription()),
    ),
    "Tag": (
        "<Response><Tag>step-2</Tag><Pause/></Response>",
        Response().tag("step-2").pause(),
    ),
    "Transfer": (
        (
            '<Response><Transfer transferCallerId="+15551239999"'
            ' transferCompleteUrl="/transfer/done"><PhoneNumber>+15551230000</PhoneNumber>'
            "<SipUri>sip:desk@pbx.example.com</SipUri></Transfer></Response>"
        ),
        Response(
            Transfer(transfer_caller_id="+15551239999", transfer_complete_url="/transfer/done")
            .phone_number("+15551230000")
            .sip_uri("sip:desk@pbx.example.com")
        ),
    ),
    "PhoneNumber": (
        (
            '<Response><Transfer><PhoneNumber transferAnswerUrl="/whisper" tag="leg-a">+15551230000'
            "</PhoneNumber></Transfer></Response>"
        ),
        Response(
            Transfer(PhoneNumber("+15551230000", transfer_answer_url="/whisper", tag="leg-a"))
        ),
    ),
    "SipUri": (
        (
            '<Response><Transfer><SipUri uui="aGVsbG8;encoding=base64">sip:desk@pbx.example.com'
            "</SipUri></Transfer></Response>"
        ),
        Response(Transfer(SipUri("sip:desk@pbx.example.com", uui="aGVsbG8;encoding=base64"))),
    ),
}


def said(*pieces: ssml.SpeechPiece) -> Document:
    """Return a document that says the pieces."""
    return Response(SpeakSentence(*pieces))


SPOKEN: Mapping[str, tuple[str, Document]] = {
    "break": (
        'One moment<break time="750ms"/>please.',
        said("One moment", ssml.break_(time="750ms"), "please."),
    ),
    "emphasis": (
        'That is <emphasis level="strong">not</emphasis> correct.',
        said("That is ", ssml.emphasis("not", level="strong"), " correct."),
    ),
    "lang": (
        'The word is <lang xml:lang="fr-FR">bonjour</lang>.',
        said("The word is ", ssml.lang("bonjour", lang="fr-FR"), "."),
    ),
    "p": (
        "<p>First part.</p><p>Second part.</p>",
        said(ssml.p("First part."), ssml.p("Second part.")),
    ),
    "phoneme": (
        'I say <phoneme ph="t\u0259\u02c8m\u0251\u02d0to\u028a">tomato</phoneme>.',
        said("I say ", ssml.phoneme("tomato", ph="t\u0259\u02c8m\u0251\u02d0to\u028a"), "."),
    ),
    "prosody": (
        '<prosody rate="slow" volume="+3dB">Listen carefully.</prosody>',
        said(ssml.prosody("Listen carefully.", rate="slow", volume="+3dB")),
    ),
    "s": (
        "<s>No full stop needed</s><s>here either</s>",
        said(ssml.s("No full stop needed"), ssml.s("here either")),
    ),
    "say-as": (
        '<say-as interpret-as="date" format="mdy">11/23/2026</say-as>',
        said(ssml.say_as("11/23/2026", interpret_as="date", format="mdy")),
    ),
    "sub": (
        'Call the <sub alias="World Wide Web Consortium">W3C</sub>.',
        said("Call the ", ssml.sub("W3C", alias="World Wide Web Consortium"), "."),
    ),
}
ALL = {
    **EXAMPLES,
    **{
        name: (f"<Response><SpeakSentence>{inner}</SpeakSentence></Response>", document)
        for name, (inner, document) in SPOKEN.items()
    },
}


def canonical(text: str) -> str:
    """Return the canonical form of a document, which ignores the order of attributes."""
    return etree.tostring(etree.fromstring(text.encode()), method="c14n").decode()


def test_every_element_has_an_example(elements: Mapping[str, Element]) -> None:
    """Nothing of the language is left out."""
    assert set(ALL) == set(elements)


@pytest.mark.parametrize("name", ALL)
def test_python_builds_the_example(name: str) -> None:
    """The value writes exactly the example, pretty printed or not."""
    text, document = ALL[name]
    assert f"<{name}" in text
    assert canonical(document.to_bxml()) == canonical(text)
    loose = etree.fromstring(document.to_bxml(pretty=True).encode())
    assert [each.tag for each in loose.iter()] == [
        each.tag for each in etree.fromstring(text).iter()
    ]


@pytest.mark.parametrize("name", ALL)
def test_the_example_is_valid(name: str, pure_schema: xmlschema.XMLSchema) -> None:
    """Both schema engines accept it."""
    text, _ = ALL[name]
    assert validate(text.encode()) == []
    assert pure_schema.is_valid(text)


@pytest.mark.parametrize("name", ALL)
def test_the_example_reads_as_the_same_value(name: str) -> None:
    """Reading the example gives the value that builds it."""
    text, document = ALL[name]
    assert parse(text) == document
