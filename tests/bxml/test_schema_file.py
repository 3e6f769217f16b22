"""The schema file alone: what it accepts and refuses, told by two XSD engines that must agree.

The tables below state the language a second time, by hand and without looking at the verb classes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
import xmlschema
from lxml import etree

SCHEMAS = Path(__file__).parents[2] / "schemas"
BXML_XSD = SCHEMAS / "bxml.xsd"
XML = "http://www.w3.org/XML/1998/namespace"
XS = {"xs": "http://www.w3.org/2001/XMLSchema"}

Verdict = Callable[[str], bool]
Values = tuple[tuple[str, ...], tuple[str, ...]]
"""Values that must be accepted, and values that must be refused."""


def number(low: str, high: str, *outside: str, whole: bool = False) -> Values:
    """Return both limits and values beside them; a fraction and odd spellings where they belong."""
    fraction = f"{low}5" if "." in low else f"{low}.5"
    odd = ("", "many", "+5", "-5", "1e1", ".5", "5.", "5,0", "NaN", "0x5", "5 s")
    if whole:
        return (low, high, f" {high} ", f"00{high}"), (*outside, *odd, fraction)
    return (low, high, f" {high} ", f"{high}.00", fraction), (*outside, *odd)


UNUSUAL = "<&>\"' \u00e9\U0001f600"
WORDS = ("Restricted", "Anonymous", "Private", "Unavailable")
NUMBERS = ("+12", "+19195551234", "+" + "1" * 15)
NOT_NUMBERS = ("19195551234", "+1", "+0123", "+" + "1" * 16, "+1919555abcd", " +19195551234")
NOT_URLS = ("", " ", "a b", " /a", "/a ", "ftp://a.example/x", "mailto:a", "http://", "a:b")
HIDDEN = ("restricted", "Nobody", "")
UUI = "aGk=;encoding=base64"
LONG_UUI = f"{'a' * 337};encoding=jwt"

KINDS: dict[str, Values] = {
    "bool": (("true", "false"), ("True", "FALSE", "1", "0", "yes", "", " true")),
    "method": (("GET", "POST"), ("get", "PUT", "", "POST ")),
    "url": (
        ("https://a.example/x?y=1&z=2", "HTTP://a.example", "/rel", "n", "?q", "#f", "a/b:c"),
        NOT_URLS,
    ),
    "websocket": (
        ("wss://a.example/s", "ws://a.example:8080", "WSS://a"),
        ("", "https://a.example", "/s", "a.example", "wss://", "wss://a b"),
    ),
    "text": (("", "x", "a  b", UNUSUAL, "x" * 5000), ()),
    "nonempty": (("x", " ", UNUSUAL), ("",)),
    "tag": (("", UNUSUAL, "x" * 256, "\U0001f600" * 256), ("x" * 257, "\U0001f600" * 257)),
    "parameter name": (("x", UNUSUAL, "x" * 256), ("", "x" * 257)),
    "parameter value": (("", UNUSUAL, "x" * 2048), ("x" * 2049,)),
    "transcription name": (("a", "Z9_-", "x" * 255), ("", "x" * 256, "a b", "a.b", "\u00e9")),
    "display name": (
        ("", "Bandwidth, Inc.", UNUSUAL, "x" * 256),
        ("x" * 257, "a\tb", "a\nb", "a\rb", "a\x7fb"),
    ),
    "destination": (
        (*NUMBERS, "sip:desk@a.example", "SIPS:desk@a.example"),
        (*NOT_NUMBERS, "", "desk@a.example", "sip:", "sip:a b", "tel:+19195551234"),
    ),
    "caller": ((*NUMBERS, *WORDS), (*NOT_NUMBERS, *HIDDEN)),
    "caller or empty": ((*NUMBERS, *WORDS, ""), (*NOT_NUMBERS, "restricted", "Nobody", " ")),
    "uui": (
        (UUI, "a.b;purpose=x;isdn;encoding=jwt", f"0a;encoding=hex,{UUI}", LONG_UUI),
        ("", "aGk=", "a;encoding=rot13", f"{UUI},", f",{UUI}", f"{UUI}, {UUI}", f"a{LONG_UUI}"),
    ),
    "call ids": (("", "c-1", "c-1,c-2,c-3"), (",", "c-1,", "c-1,,c-2", "c-1, c-2", "c 1")),
    "keys": (("", "0123456789*#abcdABCD"), ("e", "1 2", "w", ",", "+")),
    "locale": (
        ("en", "en-US", "zh_Hant_TW", "xx-YY"),
        ("", "e", "english", "en US", "en-", "en-U"),
    ),
    "locales": (("en-US", "en-US,fr-CA,es"), ("", "en-US,", "en-US, fr-CA", "en-US fr-CA")),
    "open": (("x", "julie", "en_US", "en-US", "no such name"), ("",)),
    "diversion": (("none", "propagate", "stack"), ("", "None", "copy")),
    "reason": (
        (
            *("unknown", "user-busy", "no-answer", "unavailable", "unconditional", "time-of-day"),
            *("do-not-disturb", "deflection", "follow-me", "out-of-service", "away"),
        ),
        ("", "busy", "Away"),
    ),
    "input": (("dtmf", "speech", "dtmf_speech"), ("", "DTMF", "speech dtmf")),
    "format": (("mp3", "wav"), ("", "WAV", "ogg")),
    "gender": (("female", "male"), ("", "Female", "neutral")),
    "mode": (("unidirectional", "bidirectional"), ("", "Bidirectional", "both")),
    "tracks": (("inbound", "outbound", "both"), ("", "BOTH", "none")),
    "1-50": number("1", "50", "0", "51", whole=True),
    "1-10800": number("1", "10800", "0", "10801", whole=True),
    "1 up": number("1", "1000000", "0", whole=True),
    "0 up": number("0", "1000000", whole=True),
    "1.0-25": number("1", "25", "0.99", "25.01"),
    "1.0-60": number("1", "60", "0.99", "60.01"),
    "0.0-60": number("0", "60", "60.01"),
    "1.0-300": number("1", "300", "0.99", "300.01"),
    "0.1-86400": number("0.1", "86400", "0.09", "0", "86400.01"),
    "0.0-10800": number("0", "10800", "10800.01"),
    "50.0-5000": number("50", "5000", "49.99", "5000.01"),
    "strength": (("none", "x-weak", "weak", "medium", "strong", "x-strong"), ("", "Weak", "loud")),
    "pause": (
        ("0s", "9.99s", "10s", "010.00s", "0ms", "0.5ms", "9999.9ms", "10000ms", "0010000.0ms"),
        ("", "1", "s", ".5s", "10.01s", "11s", "100s", "10000.1ms", "10001ms", "1 s", "-1s", "1S"),
    ),
    "level": (("strong", "moderate", "reduced"), ("", "none", "Strong")),
    "pitch": (
        ("x-low", "low", "medium", "high", "x-high", "default", "+5%", "-0.5%", "10%"),
        ("", "Low", "5", "+5Hz", "%", "+%", "5.%"),
    ),
    "rate": (("x-slow", "slow", "medium", "fast", "x-fast", "80.5%"), ("", "-5%", "+5%", "80")),
    "volume": (
        ("silent", "x-soft", "soft", "medium", "loud", "x-loud", "default", "+6dB", "-0.5dB"),
        ("", "6dB", "+6", "+6db", "Loud"),
    ),
    "interpret": (
        ("date", "time", "telephone", "characters", "cardinal", "ordinal"),
        ("", "digits", "spell-out", "Date"),
    ),
    "date": (("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y"), ("", "mmddyy", "YMD")),
}

BASIC = "username password"
FALLBACK = "fallbackUsername fallbackPassword"
RECORDING = {
    "url": "recordingAvailableUrl transcriptionAvailableUrl",
    "method": "recordingAvailableMethod transcriptionAvailableMethod",
    "bool": "transcribe detectLanguage",
    "format": "fileFormat",
    "tag": "tag",
}
LEG = {
    "url": "transferAnswerUrl transferAnswerFallbackUrl transferDisconnectUrl",
    "method": "transferAnswerMethod transferAnswerFallbackMethod transferDisconnectMethod",
    "text": f"{BASIC} {FALLBACK}",
    "tag": "tag",
    "uui": "uui",
}
DIVERSION = {"diversion": "diversionTreatment", "reason": "diversionReason"}
PARAMETER = {"parameter name": "name", "parameter value": "value"}


@dataclass(frozen=True, slots=True)
class Element:
    """One element in its place: every attribute it has, its content and what must be there."""

    name: str
    attributes: dict[str, str]
    content: str = ""
    required: str = ""
    around: str = "<Response>{}</Response>"

    def kinds(self) -> dict[str, str]:
        """Return the kind of each attribute."""
        return {name: kind for kind, names in self.attributes.items() for name in names.split()}

    def markup(self, given: dict[str, str] | None = None, content: str | None = None) -> str:
        """Return the element alone, with its required attributes and ``given``."""
        kinds = self.kinds()
        values = {name: KINDS[kinds[name]][0][0] for name in self.required.split()} | (given or {})
        inner = self.content if content is None else content
        written = "".join(f" {k}={quoteattr(v, TOLD)}" for k, v in values.items())
        return f"<{self.name}{written}>{inner}</{self.name}>"

    def document(self, given: dict[str, str] | None = None, content: str | None = None) -> str:
        """Return the element in its place in a document."""
        return self.around.format(self.markup(given, content))


TOLD = {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
SPOKEN = "<Response><SpeakSentence>{}</SpeakSentence></Response>"

VERBS = (
    Element(
        "Bridge",
        {
            "url": "bridgeCompleteUrl bridgeCompleteFallbackUrl"
            " bridgeTargetCompleteUrl bridgeTargetCompleteFallbackUrl",
            "method": "bridgeCompleteMethod bridgeCompleteFallbackMethod"
            " bridgeTargetCompleteMethod bridgeTargetCompleteFallbackMethod",
            "text": f"{BASIC} {FALLBACK}",
            "tag": "tag",
        },
        "c-1",
    ),
    Element(
        "Conference",
        {
            "bool": "mute hold",
            "call ids": "callIdsToCoach",
            "url": "conferenceEventUrl conferenceEventFallbackUrl",
            "method": "conferenceEventMethod conferenceEventFallbackMethod",
            "text": f"{BASIC} {FALLBACK}",
            "tag": "tag",
            "1.0-25": "callbackTimeout",
        },
        "room",
    ),
    Element("Connect", {"url": "eventCallbackUrl eventFallbackUrl"}),
    Element(
        "Forward",
        {
            "destination": "to",
            "caller": "from",
            "bool": "privacy",
            "display name": "callerDisplayName",
            "1.0-300": "callTimeout",
            "uui": "uui",
            **DIVERSION,
        },
        required="to",
    ),
    Element(
        "Gather",
        {
            "url": "gatherUrl gatherFallbackUrl partialResultCallback",
            "method": "gatherMethod gatherFallbackMethod partialResultCallbackMethod",
            "text": f"{BASIC} {FALLBACK} hints speechModel",
            "tag": "tag",
            "keys": "terminatingDigits",
            "1-50": "maxDigits",
            "1.0-60": "interDigitTimeout",
            "0.0-60": "firstDigitTimeout",
            "1 up": "repeatCount",
            "input": "input",
            "locale": "language",
            "bool": "profanityFilter",
            "0 up": "speechTimeout",
        },
    ),
    Element("Hangup", {}),
    Element("Pause", {"0.1-86400": "duration"}),
    Element("PauseRecording", {}),
    Element("PlayAudio", {"text": BASIC}, "/a.wav"),
    Element(
        "Record",
        {
            **RECORDING,
            "url": f"{RECORDING['url']} recordCompleteUrl recordCompleteFallbackUrl",
            "method": f"{RECORDING['method']} recordCompleteMethod recordCompleteFallbackMethod",
            "text": f"{BASIC} {FALLBACK} recordingName",
            "keys": "terminatingDigits",
            "1-10800": "maxDuration",
            "0.0-10800": "silenceTimeout",
        },
    ),
    Element(
        "Redirect",
        {
            "url": "redirectUrl redirectFallbackUrl",
            "method": "redirectMethod redirectFallbackMethod",
            "text": f"{BASIC} {FALLBACK}",
            "tag": "tag",
        },
        required="redirectUrl",
    ),
    Element(
        "Refer",
        {"url": "referCompleteUrl", "method": "referCompleteMethod", "tag": "tag"},
        "<SipUri>sip:a@b.example</SipUri>",
    ),
    Element("ResumeRecording", {}),
    Element("Ring", {"0.1-86400": "duration", "bool": "answerCall"}),
    Element("SendDtmf", {"50.0-5000": "toneDuration toneInterval"}, "1"),
    Element("SpeakSentence", {"open": "voice locale", "gender": "gender"}, "Hello"),
    Element(
        "StartGather",
        {"url": "dtmfUrl", "method": "dtmfMethod", "text": BASIC, "tag": "tag"},
        required="dtmfUrl",
    ),
    Element(
        "StartRecording",
        {
            **RECORDING,
            "bool": f"{RECORDING['bool']} multiChannel",
            "text": f"{BASIC} recordingName",
        },
    ),
    Element(
        "StartStream",
        {
            "text": f"name destinationUsername destinationPassword {BASIC}",
            "mode": "mode",
            "tracks": "tracks",
            "websocket": "destination",
            "url": "streamEventUrl",
            "method": "streamEventMethod",
        },
        required="destination",
    ),
    Element(
        "StartTranscription",
        {
            "transcription name": "name",
            "tracks": "tracks",
            "url": "transcriptionEventUrl",
            "method": "transcriptionEventMethod",
            "text": BASIC,
            "websocket": "destination",
            "bool": "stabilized detectLanguage",
            "locales": "preferredLanguages",
        },
    ),
    Element("StopGather", {}),
    Element("StopRecording", {}),
    Element("StopStream", {"nonempty": "name", "bool": "wait"}, required="name"),
    Element("StopTranscription", {"nonempty": "name"}),
    Element("Tag", {}, "step-2"),
    Element(
        "Transfer",
        {
            "caller or empty": "transferCallerId",
            "bool": "privacy",
            "display name": "transferCallerDisplayName",
            "1.0-300": "callTimeout",
            "url": "transferCompleteUrl transferCompleteFallbackUrl",
            "method": "transferCompleteMethod transferCompleteFallbackMethod",
            "text": f"{BASIC} {FALLBACK}",
            "tag": "tag",
            **DIVERSION,
        },
        "<PhoneNumber>+19195551234</PhoneNumber>",
    ),
)
TRANSFER = "<Response><Transfer>{}</Transfer></Response>"
REFER = "<Response><Refer>{}</Refer></Response>"
GATHER = "<Response><Gather>{}</Gather></Response>"
CONNECT = "<Response><Connect>{}</Connect></Response>"
STREAM = '<Response><StartStream destination="wss://a.example">{}</StartStream></Response>'
TRANSCRIPTION = "<Response><StartTranscription>{}</StartTranscription></Response>"
PHONE = Element("PhoneNumber", LEG, "+19195551234", around=TRANSFER)
TRANSFER_SIP = Element("SipUri", LEG, "sip:a@b.example", around=TRANSFER)
REFER_SIP = Element("SipUri", {}, "sip:a@b.example", around=REFER)
ENDPOINT = Element("Endpoint", {}, "e-1", around=CONNECT)
STREAM_PARAM = Element("StreamParam", PARAMETER, required="name value", around=STREAM)
CUSTOM_PARAM = Element("CustomParam", PARAMETER, required="name value", around=TRANSCRIPTION)
NOUNS = (PHONE, TRANSFER_SIP, REFER_SIP, ENDPOINT, STREAM_PARAM, CUSTOM_PARAM)
SSML = (
    Element("break", {"strength": "strength", "pause": "time"}, around=SPOKEN),
    Element("emphasis", {"level": "level"}, "x", around=SPOKEN),
    Element("lang", {"open": "xml:lang"}, "x", required="xml:lang", around=SPOKEN),
    Element("p", {}, "x", around=SPOKEN),
    Element("phoneme", {"nonempty": "ph", "text": "alphabet"}, "x", "ph", SPOKEN),
    Element("prosody", {"pitch": "pitch", "rate": "rate", "volume": "volume"}, "x", "", SPOKEN),
    Element("s", {}, "x", around=SPOKEN),
    Element("say-as", {"interpret": "interpret-as", "date": "format"}, "x", "interpret-as", SPOKEN),
    Element("sub", {"nonempty": "alias"}, "x", "alias", SPOKEN),
)
ELEMENTS = (*VERBS, *NOUNS, *SSML)
BY_NAME = {element.name: element for element in (*VERBS, *SSML)}

NOT_SIP = ("", " ", "a@b.example", "sip:", "sip: a", "tel:+1")
TEXTS: tuple[tuple[Element, tuple[str, ...], tuple[str, ...]], ...] = (
    (BY_NAME["Bridge"], ("c", "any text", "\n  c-1\n"), ("", " ", "\n")),
    (BY_NAME["Conference"], ("a", "A-z_0.9", " a\n", "x" * 100), ("", " ", "a b", "x" * 101)),
    (BY_NAME["PlayAudio"], (*KINDS["url"][0], "\n  /a.wav\n"), ("", " ", "a b", "ftp://a/b.wav")),
    (BY_NAME["SendDtmf"], ("1", " 0\n", "09*#adADwW,", "1" * 50), ("", "1 2", "e", "1" * 51)),
    (ENDPOINT, ("e", " e-1 "), ("", " ")),
    (PHONE, (*NUMBERS, "\n +19195551234 "), (*NOT_NUMBERS[:-1], "", "sip:a@b.example")),
    (TRANSFER_SIP, ("sip:a@b.example", "\n SIPS:a\n"), NOT_SIP),
    (REFER_SIP, ("sip:a@b.example", "\n SIPS:a\n"), NOT_SIP),
    (
        BY_NAME["Tag"],
        ("", " \n ", "a b", "x" * 256, f" \n{'x' * 256}\t ", f"x{' ' * 254}x", UNUSUAL),
        ("x" * 257, f"x{' ' * 255}x", f" {'x' * 257} ", "\U0001f600" * 257),
    ),
)

CHILDREN = (
    (replace(BY_NAME["Hangup"], around="<Bxml>{}</Bxml>"), 0, None),
    (BY_NAME["Hangup"], 0, None),
    (ENDPOINT, 0, None),
    (replace(BY_NAME["SpeakSentence"], around=GATHER), 0, 20),
    (replace(BY_NAME["PlayAudio"], around=GATHER), 0, 20),
    (REFER_SIP, 1, 1),
    (STREAM_PARAM, 0, 12),
    (CUSTOM_PARAM, 0, 12),
    (PHONE, 1, 8),
    (TRANSFER_SIP, 1, 8),
)
PLACES = {child.around for child, *_ in CHILDREN}

EXAMPLES = """
<Response><SpeakSentence>Good morning.</SpeakSentence><Hangup/></Response>

<Bxml><StopRecording/></Bxml>

<Response><Bridge bridgeCompleteUrl="/bridge/done" bridgeTargetCompleteUrl="/bridge/target">
    c-11111111-22222222-3333-4444-5555-666666666666
</Bridge></Response>

<Response><Connect eventCallbackUrl="/connect/status" eventFallbackUrl="https://b.example/status">
    <Endpoint>e-11111111-22222222-3333-4444-5555-666666666666</Endpoint>
</Connect></Response>

<Response><Forward to="+15551230000" from="+15551239999" callTimeout="20"/></Response>

<Response>
    <Gather gatherUrl="/menu" maxDigits="1" firstDigitTimeout="7.5" repeatCount="2">
        <SpeakSentence>Press one for sales.</SpeakSentence>
        <PlayAudio>/chime.wav</PlayAudio>
    </Gather>
</Response>

<Response>
    <Pause duration="2.5"/>
    <Ring duration="8" answerCall="false"/>
    <PlayAudio username="media" password="secret">https://media.example.com/hold.mp3</PlayAudio>
    <Record recordCompleteUrl="/done" maxDuration="120" silenceTimeout="4" fileFormat="mp3"/>
    <Redirect redirectUrl="/next-step" redirectMethod="GET"/>
</Response>

<Response>
    <StartRecording recordingAvailableUrl="https://app.example.com/done" multiChannel="true"/>
    <PauseRecording/><ResumeRecording/><StopRecording/>
    <SendDtmf toneDuration="150">1w2W#</SendDtmf>
    <StartGather dtmfUrl="/dtmf"/>
    <Conference mute="true" conferenceEventUrl="/events">weekly.stand-up_1</Conference>
    <StopGather/><Tag>step-2</Tag><Pause/>
</Response>

<Response>
    <StartStream name="agent" mode="bidirectional" destination="wss://media.example.com/ws">
        <StreamParam name="account" value="42"/>
    </StartStream>
    <StopStream name="agent" wait="true"/>
    <StartTranscription name="notes" tracks="both" transcriptionEventUrl="https://app.example/rtt"
                        destination="wss://media.example.com/text">
        <CustomParam name="team" value="blue"/>
    </StartTranscription>
    <StopTranscription/>
</Response>

<Response>
    <Transfer transferCallerId="+15551239999" transferCompleteUrl="/transfer/done">
        <PhoneNumber transferAnswerUrl="/whisper" tag="leg-a">+15551230000</PhoneNumber>
        <SipUri uui="aGVsbG8;encoding=base64">sip:desk@pbx.example.com</SipUri>
    </Transfer>
    <Refer referCompleteUrl="/refer/done" tag="a"><SipUri>sip:desk@pbx.example</SipUri></Refer>
</Response>

<Response>
    <SpeakSentence voice="ruth">Your code is
        <say-as interpret-as="characters">A1B2</say-as>.</SpeakSentence>
    <SpeakSentence>One moment<break time="750ms"/>please.</SpeakSentence>
    <SpeakSentence>That is <emphasis level="strong">not</emphasis> correct.</SpeakSentence>
    <SpeakSentence>The word is <lang xml:lang="fr-FR">bonjour</lang>.</SpeakSentence>
    <SpeakSentence><p>First part.</p><p>Second <s>part</s>.</p></SpeakSentence>
    <SpeakSentence>I say <phoneme alphabet="ipa" ph="&#x259;">tomato</phoneme>.</SpeakSentence>
    <SpeakSentence><prosody rate="slow" volume="+3dB">Listen.</prosody></SpeakSentence>
    <SpeakSentence><say-as interpret-as="date" format="mdy">11/23/2026</say-as></SpeakSentence>
    <SpeakSentence>Call the <sub alias="Web Consortium">W3C</sub>.</SpeakSentence>
</Response>

<Response><!-- a --><Hangup><!-- b --></Hangup><?pi c?><Tag><![CDATA[<x>]]></Tag></Response>

<Response xmlns:unused="urn:x"><Hangup> </Hangup><Connect> </Connect></Response>
""".strip().split("\n\n")

HOSTILE = (
    *(f"<{element.name}/>" for element in ELEMENTS),
    *(element.markup() for element in VERBS),
    "<response/>",
    '<Response xmlns="urn:x"/>',
    '<x:Response xmlns:x="urn:x"/>',
    '<Response version="1"/>',
    '<Response xml:lang="en"/>',
    "<Response>text</Response>",
    "<Response><Hangup/>text</Response>",
    "<Response><Response/></Response>",
    "<Response><Bxml/></Response>",
    "<Response><hangup/></Response>",
    "<Response><Answer/></Response>",
    '<Response><Hangup xmlns="urn:x"/></Response>',
    '<Response><x:Hangup xmlns:x="urn:x"/></Response>',
    '<Response><Tag xmlns:x="urn:x" x:tag="1">a</Tag></Response>',
    '<Response xmlns:x="urn:x"><Redirect x:redirectUrl="/a"/></Response>',
    '<Response><Redirect RedirectUrl="/a"/></Response>',
    '<Response><Conference name="room">room</Conference></Response>',
    REFER.format('<SipUri uui="aGk=;encoding=base64">sip:a</SipUri>'),
    REFER.format('<SipUri tag="">sip:a</SipUri>'),
    SPOKEN.format("<speak>a</speak>"),
    SPOKEN.format("<mark/>"),
    SPOKEN.format("<Break/>"),
    SPOKEN.format("<Hangup/>"),
    SPOKEN.format('<s xmlns="http://www.w3.org/2001/10/synthesis">a</s>'),
    SPOKEN.format('<lang lang="en-US">a</lang>'),
    SPOKEN.format('<s xml:lang="en-US">a</s>'),
    SPOKEN.format('<lang xml:lang="en-US" xml:space="preserve">a</lang>'),
    SPOKEN.format("<break>a</break>"),
    SPOKEN.format("<break><s>a</s>b</break>"),
)


@pytest.fixture(scope="module")
def libxml2() -> etree.XMLSchema:
    """Return the schema as libxml2 compiles it."""
    return etree.XMLSchema(etree.parse(BXML_XSD))


@pytest.fixture(scope="module")
def pure_python() -> xmlschema.XMLSchema:
    """Return the schema as the pure-Python engine compiles it."""
    return xmlschema.XMLSchema(str(BXML_XSD), allow="local")


@pytest.fixture(scope="module")
def accepts(libxml2: etree.XMLSchema, pure_python: xmlschema.XMLSchema) -> Verdict:
    """Return a judge of documents that fails the test when the two engines differ."""

    def judge(document: str) -> bool:
        first = libxml2.validate(etree.fromstring(document.encode()))
        second = pure_python.is_valid(document)
        assert first == second, f"libxml2 says {first}, xmlschema says {second}: {document:.300}"
        return first

    return judge


def wrong(accepts: Verdict, good: Iterable[str], bad: Iterable[str]) -> list[str]:
    """Return what is refused of ``good`` and accepted of ``bad``; empty when all is well."""
    refused = [f"refused: {document:.300}" for document in good if not accepts(document)]
    return refused + [f"accepted: {document:.300}" for document in bad if accepts(document)]


def label(value: object) -> str | None:
    """Return the test id of an element."""
    return value.name if isinstance(value, Element) else None


def declarations() -> Iterator[etree._Element]:
    """Yield every declaration of both schema files."""
    for path in sorted(SCHEMAS.glob("*.xsd")):
        yield from etree.parse(path).iter("{http://www.w3.org/2001/XMLSchema}*")


def test_loads_from_bytes_beside_its_import() -> None:
    """The bytes of the file compile once the parser knows where they came from."""
    tree = etree.fromstring(BXML_XSD.read_bytes(), base_url=str(BXML_XSD))
    assert etree.XMLSchema(tree).validate(etree.fromstring("<Response/>"))


def test_refers_to_no_network() -> None:
    """Everything imported is a file of the same folder."""
    locations = [e.attrib["schemaLocation"] for e in declarations() if "schemaLocation" in e.attrib]
    assert locations == ["xml.xsd"]
    assert all((SCHEMAS / str(location)).is_file() for location in locations)


def test_only_the_roots_are_global(pure_python: xmlschema.XMLSchema) -> None:
    """A document can begin with Response or Bxml and nothing else."""
    assert sorted(pure_python.elements) == ["Bxml", "Response"]
    assert pure_python.elements["Bxml"].type is pure_python.elements["Response"].type


def test_states_no_default() -> None:
    """No attribute has a default, which a reader would add to the document."""
    assert [e.attrib for e in declarations() if {"default", "fixed"} & set(e.attrib)] == []


def test_every_definition_names_its_source() -> None:
    """Types, groups and the xml attribute say what they are and where that comes from."""
    kinds = {"simpleType", "complexType", "group", "attributeGroup", "attribute"}
    undocumented = [
        name
        for path in sorted(SCHEMAS.glob("*.xsd"))
        for e in etree.parse(path).getroot()
        if (name := e.get("name")) and etree.QName(e).localname in kinds
        if "Source: " not in " ".join(e.findtext("xs:annotation/xs:documentation", "", XS).split())
    ]
    assert undocumented == []


def test_every_limit_names_its_unit() -> None:
    """A type with a range or a length above one says in which unit it counts."""
    facets = ("minInclusive", "maxInclusive", "maxLength")
    without = [
        e.get("name")
        for e in etree.parse(BXML_XSD).getroot().findall("xs:simpleType", XS)
        if any(e.find(f"xs:restriction/xs:{facet}", XS) is not None for facet in facets)
        if "Unit: " not in " ".join(e.findtext("xs:annotation/xs:documentation", "", XS).split())
    ]
    assert without == []


def test_examples_are_accepted(accepts: Verdict) -> None:
    """A document as people write it passes, with or without its XML declaration."""
    announced = [f'<?xml version="1.0"?>\n{document}' for document in EXAMPLES]
    assert wrong(accepts, [*EXAMPLES, *announced], []) == []


@pytest.mark.parametrize("element", ELEMENTS, ids=label)
def test_attribute_values(accepts: Verdict, element: Element) -> None:
    """Each attribute takes the values on this side of its limits and none on the other."""
    good = [element.document({n: v}) for n, kind in element.kinds().items() for v in KINDS[kind][0]]
    bad = [element.document({n: v}) for n, kind in element.kinds().items() for v in KINDS[kind][1]]
    assert wrong(accepts, [element.document(), *good], bad) == []


@pytest.mark.parametrize("element", ELEMENTS, ids=label)
def test_attribute_names(accepts: Verdict, element: Element) -> None:
    """All attributes may be set together, no other may, and the required ones must be."""
    given = {name: KINDS[kind][0][0] for name, kind in element.kinds().items()}
    bad = [element.document({"bogus": "1"}), element.document(given | {"bogus": "1"})]
    for name in element.required.split():
        bare = element.document(given)
        bad.append(bare.replace(f" {name}={quoteattr(given[name])}", "", 1))
        assert bad[-1] != bare
    assert wrong(accepts, [element.document(given)], bad) == []


def test_tables_know_every_attribute(pure_python: xmlschema.XMLSchema) -> None:
    """The schema declares no attribute and no element beyond the tables of this module."""
    known = {(element.name, frozenset(element.kinds())) for element in ELEMENTS}
    found: set[tuple[str, frozenset[str]]] = set()
    for root in pure_python.elements.values():
        for part in root.iter():
            names = (str(name).replace(f"{{{XML}}}", "xml:") for name in part.attributes if name)
            found.add((str(part.local_name), frozenset(names)))
    assert found == known | {("Response", frozenset()), ("Bxml", frozenset())}


@pytest.mark.parametrize(("element", "good", "bad"), TEXTS, ids=label)
def test_text(
    accepts: Verdict, element: Element, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    """The text of an element keeps its limits, white space around it left out."""
    written = [element.document(content=escape(text)) for text in good]
    assert wrong(accepts, written, [element.document(content=escape(text)) for text in bad]) == []


@pytest.mark.parametrize("element", ELEMENTS, ids=label)
def test_unexpected_content(accepts: Verdict, element: Element) -> None:
    """No element takes a verb that is not meant for it; an empty one takes white space only."""
    bad = [element.document(content=f"{element.content}<Hangup/>")]
    good: list[str] = []
    if not element.content:
        good = [element.document(content=inner) for inner in (" \n\t", "<!-- a -->", "<?a b?>")]
    if not element.content or element.content.startswith("<"):
        bad.append(element.document(content=f"text{element.content}"))
    assert wrong(accepts, good, bad) == []


@pytest.mark.parametrize(("child", "least", "most"), CHILDREN, ids=label)
def test_number_of_children(accepts: Verdict, child: Element, least: int, most: int | None) -> None:
    """As many children as documented are accepted, one more or one fewer is not."""
    good = [child.around.format(child.markup() * count) for count in (least, most or 300)]
    beyond = [count for count in (least - 1, most + 1 if most else -1) if count >= 0]
    bad = [child.around.format(child.markup() * count) for count in beyond]
    assert wrong(accepts, good, bad) == []


def test_mixed_children_count_together(accepts: Verdict) -> None:
    """Two kinds of children share one limit and may stand in any order."""
    prompts = "<PlayAudio>/a</PlayAudio><SpeakSentence>b</SpeakSentence>"
    legs = "<SipUri>sip:a</SipUri><PhoneNumber>+12</PhoneNumber>"
    good = [GATHER.format(prompts * 10), TRANSFER.format(legs * 4)]
    bad = [GATHER.format(prompts * 11), TRANSFER.format(legs * 5)]
    assert wrong(accepts, good, bad) == []


@pytest.mark.parametrize("element", ELEMENTS, ids=label)
def test_place(accepts: Verdict, element: Element) -> None:
    """An element is accepted under its own parents only."""
    own = {child.around for child, *_ in CHILDREN if child.name == element.name} | {element.around}
    if element in VERBS:
        own |= {"<Response>{}</Response>", "<Bxml>{}</Bxml>"}
    good = [around.format(element.markup()) for around in own]
    bad = [around.format(element.markup()) for around in PLACES - own]
    assert wrong(accepts, good, bad) == []


@pytest.mark.parametrize("outer", SSML, ids=label)
def test_ssml_nests_freely(accepts: Verdict, outer: Element) -> None:
    """Each SSML element may stand in each, any number of times."""
    inside = [inner.markup() for inner in SSML]
    good = [outer.document(content=markup) for markup in (*inside, "".join(inside) * 12)]
    assert wrong(accepts, [*good, SPOKEN.format("".join(inside) * 12)], []) == []


def test_hostile_documents_are_refused(accepts: Verdict) -> None:
    """A verb as root, a foreign namespace, stray text and misspelt names are refused."""
    assert wrong(accepts, [], HOSTILE) == []


def test_no_break_space_is_text(libxml2: etree.XMLSchema) -> None:
    """Only the four white space characters of XML may stand between verbs.

    Asked of one engine: the other takes for white space what Python does.
    """
    assert libxml2.validate(etree.fromstring("<Response>&#9;&#10;&#13; </Response>"))
    assert not libxml2.validate(etree.fromstring("<Response>&#160;</Response>"))
