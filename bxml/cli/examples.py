"""One short example document for each element, for ``bxml explain`` and for tests."""

from collections.abc import Mapping

_INSIDE: Mapping[str, tuple[str, ...]] = {
    "Bridge": (
        '<Bridge bridgeCompleteUrl="/after" bridgeTargetCompleteUrl="/agent/after">',
        "c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d",
        "</Bridge>",
    ),
    "Conference": (
        "<SpeakSentence>You are joining the daily call.</SpeakSentence>",
        '<Conference mute="true" conferenceEventUrl="/room">daily</Conference>',
    ),
    "Connect": (
        '<Connect eventCallbackUrl="/connected">',
        "  <Endpoint>e-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85</Endpoint>",
        "</Connect>",
    ),
    "CustomParam": (
        '<StartTranscription destination="wss://example.com/words">',
        '  <CustomParam name="account" value="12345"/>',
        "</StartTranscription>",
        "<SpeakSentence>How can we help?</SpeakSentence>",
        '<Gather gatherUrl="/answer" input="speech"/>',
    ),
    "Endpoint": (
        "<Connect>",
        "  <Endpoint>e-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85</Endpoint>",
        "</Connect>",
    ),
    "Forward": ('<Forward to="+19195551234" callTimeout="20"/>',),
    "Gather": (
        '<Gather gatherUrl="/menu" maxDigits="1" repeatCount="2">',
        "  <SpeakSentence>Press 1 for sales, 2 for support.</SpeakSentence>",
        "</Gather>",
    ),
    "Hangup": ("<SpeakSentence>Goodbye.</SpeakSentence>", "<Hangup/>"),
    "Pause": (
        "<SpeakSentence>One moment.</SpeakSentence>",
        '<Pause duration="2.5"/>',
        "<SpeakSentence>Here we are.</SpeakSentence>",
    ),
    "PauseRecording": (
        '<StartRecording recordingAvailableUrl="/recorded"/>',
        "<PauseRecording/>",
        '<Gather gatherUrl="/card" maxDigits="16">',
        "  <SpeakSentence>Enter your card number; this part is not recorded.</SpeakSentence>",
        "</Gather>",
    ),
    "PhoneNumber": (
        "<Transfer>",
        '  <PhoneNumber transferAnswerUrl="/whisper">+19195551234</PhoneNumber>',
        "</Transfer>",
    ),
    "PlayAudio": ("<PlayAudio>https://example.com/welcome.wav</PlayAudio>",),
    "Record": (
        "<SpeakSentence>Leave a message after the tone.</SpeakSentence>",
        '<Record recordCompleteUrl="/thanks" recordingAvailableUrl="/recorded" maxDuration="120"/>',
    ),
    "Redirect": ('<Redirect redirectUrl="/menu" redirectFallbackUrl="/sorry"/>',),
    "Refer": (
        '<Refer referCompleteUrl="/refer-failed">',
        "  <SipUri>sip:desk@pbx.example.com</SipUri>",
        "</Refer>",
    ),
    "ResumeRecording": (
        '<StartRecording recordingAvailableUrl="/recorded"/>',
        "<PauseRecording/>",
        "<SpeakSentence>This is not recorded.</SpeakSentence>",
        "<ResumeRecording/>",
        "<SpeakSentence>This is.</SpeakSentence>",
    ),
    "Ring": ('<Ring duration="10"/>', "<SpeakSentence>Hello.</SpeakSentence>"),
    "SendDtmf": ('<SendDtmf toneDuration="300">1w23#</SendDtmf>',),
    "SipUri": (
        "<Transfer>",
        (
            '  <SipUri uui="93d6f3c0be5845960b744fa28015d8ede84bd1a4;encoding=base64">'
            "sip:desk@pbx.example.com</SipUri>"
        ),
        "</Transfer>",
    ),
    "SpeakSentence": (
        '<SpeakSentence locale="es_MX" gender="female">Un momento, por favor.</SpeakSentence>',
    ),
    "StartGather": (
        '<StartGather dtmfUrl="/key"/>',
        "<Conference>daily</Conference>",
    ),
    "StartRecording": (
        '<StartRecording recordingAvailableUrl="/recorded" multiChannel="true"/>',
        '<Transfer transferCompleteUrl="/after">',
        "  <PhoneNumber>+19195551234</PhoneNumber>",
        "</Transfer>",
    ),
    "StartStream": (
        '<StartStream name="coach" destination="wss://example.com/audio" tracks="both"/>',
        "<Transfer>",
        "  <PhoneNumber>+19195551234</PhoneNumber>",
        "</Transfer>",
    ),
    "StartTranscription": (
        '<StartTranscription name="notes" transcriptionEventUrl="/words" tracks="both"/>',
        "<Transfer>",
        "  <PhoneNumber>+19195551234</PhoneNumber>",
        "</Transfer>",
    ),
    "StopGather": (
        '<StartGather dtmfUrl="/key"/>',
        "<PlayAudio>https://example.com/terms.mp3</PlayAudio>",
        "<StopGather/>",
        "<SpeakSentence>Keys are no longer reported.</SpeakSentence>",
    ),
    "StopRecording": (
        '<StartRecording recordingAvailableUrl="/recorded"/>',
        "<SpeakSentence>This is recorded.</SpeakSentence>",
        "<StopRecording/>",
        "<SpeakSentence>This is not.</SpeakSentence>",
    ),
    "StopStream": (
        '<StartStream name="coach" destination="wss://example.com/audio"/>',
        "<SpeakSentence>The coach hears you now.</SpeakSentence>",
        '<StopStream name="coach"/>',
        "<SpeakSentence>The coach is gone.</SpeakSentence>",
    ),
    "StopTranscription": (
        '<StartTranscription name="notes" transcriptionEventUrl="/words"/>',
        '<Pause duration="30"/>',
        '<StopTranscription name="notes"/>',
        "<SpeakSentence>Thank you.</SpeakSentence>",
    ),
    "StreamParam": (
        '<StartStream destination="wss://example.com/audio">',
        '  <StreamParam name="account" value="12345"/>',
        "</StartStream>",
        '<Pause duration="60"/>',
    ),
    "Tag": ("<Tag>vip</Tag>", '<Redirect redirectUrl="/menu"/>'),
    "Transfer": (
        '<Transfer transferCallerId="+19195551200" transferCompleteUrl="/after" callTimeout="20">',
        "  <PhoneNumber>+19195551234</PhoneNumber>",
        "  <SipUri>sip:desk@pbx.example.com</SipUri>",
        "</Transfer>",
    ),
    "break": ('<SpeakSentence>Please wait. <break time="750ms"/> Thank you.</SpeakSentence>',),
    "emphasis": (
        (
            '<SpeakSentence voice="susan">Do <emphasis level="strong">not</emphasis> hang up.'
            "</SpeakSentence>"
        ),
    ),
    "lang": (
        (
            "<SpeakSentence>The menu today is "
            '<lang xml:lang="fr-FR">soupe du jour</lang>.</SpeakSentence>'
        ),
    ),
    "p": (
        "<SpeakSentence><p>Your order has shipped.</p><p>It arrives on Monday.</p></SpeakSentence>",
    ),
    "phoneme": (
        (
            '<SpeakSentence>You say <phoneme ph="p\u026a\u02c8k\u0251\u02d0n">pecan</phoneme>.'
            "</SpeakSentence>"
        ),
    ),
    "prosody": (
        (
            '<SpeakSentence><prosody rate="slow" volume="+3dB">Write this down.</prosody>'
            "</SpeakSentence>"
        ),
    ),
    "s": ("<SpeakSentence><s>Your order has shipped.</s><s>Thank you.</s></SpeakSentence>",),
    "say-as": (
        (
            "<SpeakSentence>Your code is "
            '<say-as interpret-as="characters">4711</say-as>.</SpeakSentence>'
        ),
    ),
    "sub": ('<SpeakSentence>Ask for <sub alias="extension">ext.</sub> 7.</SpeakSentence>',),
}

_GREETING = ("<SpeakSentence>Hello.</SpeakSentence>", "<Hangup/>")


def _document(root: str, lines: tuple[str, ...]) -> str:
    return "\n".join([f"<{root}>", *(f"  {line}" for line in lines), f"</{root}>"])


EXAMPLES: Mapping[str, str] = {
    "Response": _document("Response", _GREETING),
    "Bxml": _document("Bxml", _GREETING),
    **{name: _document("Response", lines) for name, lines in _INSIDE.items()},
}
"""Documents by the name of the element that they show; ``check`` reports no problems in them."""
