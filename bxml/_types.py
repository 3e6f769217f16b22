"""Attribute types that several verbs share, each fact stated once.

Source: the vendor's BXML pages under dev.bandwidth.com/docs/voice/programmable-voice/bxml; where
they are silent the newest vendor SDK.
"""

from typing import Annotated, Literal

from bxml._kinds import Default, Doc, Text

SDK_ONLY = Doc("python-sdk 23.3.1; the vendor page does not show it yet")

PrivacyWord = Literal["Restricted", "Anonymous", "Private", "Unavailable"]
PRIVACY_WORDS: tuple[str, ...] = ("Restricted", "Anonymous", "Private", "Unavailable")

URL_PATTERN = (
    r"[hH][tT][tT][pP][sS]?://[^\s]+"  # absolute
    r"|[^\s:/?#]*[/?#][^\s]*"  # relative, with a path, query or fragment
    r"|[^\s:/?#]+"  # relative, a bare name
)
E164_PATTERN = r"\+[1-9][0-9]{1,14}"
WEBSOCKET_PATTERN = r"[wW][sS][sS]?://[^\s]+"
SIP_PATTERN = r"[sS][iI][pP][sS]?:[^\s]+"
_UUI = r"[^,;\s]+(;[^,;=\s]+(=[^,;\s]+)?)*;encoding=(base64|jwt|hex)"
_LOCALE = r"[A-Za-z]{2,3}([_\-][A-Za-z0-9]{2,8})*"
_WORDS = "|".join(PRIVACY_WORDS)

TEMPLATE = r"\{\{|\}\}|\{%|\$\{|<%|%\([A-Za-z_]+\)s|\{[A-Za-z_][A-Za-z0-9_.]*\}"
"""Placeholders of a template language or a forgotten f-string in a text."""


def is_absolute(url: str) -> bool:
    """Return whether a URL that an attribute takes begins with its scheme."""
    return url[:8].lower() == "https://" or url[:7].lower() == "http://"


_URL = Text(
    "a URL (http, https or relative) without white space",
    pattern=URL_PATTERN,
    quick="https?://[!-~]+|/[!-~]*",
    rule="bad-url",
    advice=(
        (r"\A\s*\Z", "an empty text is no URL"),
        (TEMPLATE, "it looks like a template that was not filled in"),
        (r"\s", "write a space as %20"),
        (r"\A(?i:https?):", "an absolute URL begins with https:// and a host"),
        (r"\A[^/?#]*:", "only http and https URLs are fetched"),
    ),
)
_SOCKET_HINT = "a WebSocket URI begins with wss:// (or ws://) and a host"
_E164_HINT = "E.164 is a plus sign, the country code and the number: +19195551234"

Url = Annotated[str, _URL]
"""Absolute http or https URL, or a reference relative to the URL that returned the document."""
AudioUrl = Url
HttpMethod = Annotated[Literal["GET", "POST"], Default("POST")]
"""Method of a webhook request; with GET the event travels as query parameters."""
Password = Annotated[str, Text("a password", secret=True)]
TagText = Annotated[str, Text("a tag of at most 256 characters", max_length=256)]
PhoneNumberText = Annotated[
    str,
    Text(
        "an E.164 phone number",
        pattern=E164_PATTERN,
        hint=_E164_HINT,
        advice=(
            (r"\A\s*(?i:sips?:)", "a SIP URI goes into SipUri(...) in a Transfer"),
            (r"\A\s*(?i:tel:)", "leave tel: out"),
            (r"@", "an address with @ is a SIP URI: SipUri('sip:...') in a Transfer"),
            (TEMPLATE, "it looks like a template that was not filled in"),
        ),
    ),
]
SipUriText = Annotated[
    str,
    Text(
        "a SIP URI (sip:user@host)",
        pattern=SIP_PATTERN,
        hint="start it with sip:",
        advice=(
            (
                r"\A\s*(?:(?i:tel:))?\+?\(?[0-9][0-9\s().\-]*\Z",
                "a phone number goes into PhoneNumber(...) in a Transfer",
            ),
            (TEMPLATE, "it looks like a template that was not filled in"),
        ),
    ),
]
Destination = Annotated[
    str,
    Text(
        "an E.164 phone number or a SIP URI",
        pattern=f"{E164_PATTERN}|{SIP_PATTERN}",
        hint=_E164_HINT,
    ),
]
CallerId = Annotated[
    str,
    Text(
        f"an E.164 phone number or one of {', '.join(PRIVACY_WORDS)}",
        pattern=f"{E164_PATTERN}|{_WORDS}",
        also=PRIVACY_WORDS,
        hint=_E164_HINT,
    ),
]
CallerIdOrEmpty = Annotated[
    str,
    Text(
        f"an E.164 phone number, one of {', '.join(PRIVACY_WORDS)}, or ''",
        pattern=f"{E164_PATTERN}|{_WORDS}|",
        also=PRIVACY_WORDS,
        hint=_E164_HINT,
    ),
]
DisplayName = Annotated[
    str,
    Text(
        "a display name of at most 256 characters without control characters",
        max_length=256,
        pattern="[^\t\n\r\x7f]*",
    ),
]
DtmfKeys = Annotated[str, Text("DTMF keys (0-9 * # a-d A-D)", pattern="[0-9*#a-dA-D]*")]
DtmfSequence = Annotated[
    str,
    Text(
        "1 to 50 DTMF keys (0-9 * # a-d A-D) and pauses (w W ,)",
        pattern="[0-9*#a-dA-DwW,]{1,50}",
        max_length=50,
        min_length=1,
    ),
]
UserToUser = Annotated[
    str,
    Text(
        "User-To-User values that each end in ;encoding=base64, ;encoding=jwt or ;encoding=hex",
        max_length=350,
        pattern=f"{_UUI}(,{_UUI})*",
        hint="for example 'aGVsbG8=;encoding=base64'",
    ),
]
CallIdList = Annotated[
    str, Text("call ids separated by commas, without spaces", pattern=r"([^,\s]+(,[^,\s]+)*)?")
]
Locale = Annotated[str, Text("a language tag such as 'en-US'", pattern=_LOCALE)]
LocaleList = Annotated[
    str,
    Text(
        "language tags separated by commas, such as 'en-US,fr-FR'",
        pattern=f"{_LOCALE}(,{_LOCALE})*",
    ),
]
NonBlank = Annotated[str, Text("a text that is not empty", min_length=1)]

WebSocketUrl = Annotated[
    str,
    Text(
        "a ws:// or wss:// URI without white space",
        pattern=WEBSOCKET_PATTERN,
        rule="stream-destination-not-websocket",
        hint=_SOCKET_HINT,
    ),
]
TranscriptionUrl = Annotated[
    str,
    Text(
        "a ws:// or wss:// URI without white space",
        pattern=WEBSOCKET_PATTERN,
        rule="transcription-destination-not-websocket",
        hint=_SOCKET_HINT,
    ),
]
TranscriptionName = Annotated[
    str,
    Text(
        "1 to 255 letters, digits, underscores and dashes",
        max_length=255,
        pattern=r"[A-Za-z0-9_\-]{1,255}",
    ),
]
ConferenceName = Annotated[
    str,
    Text(
        "1 to 100 letters, digits, hyphens, underscores and full stops",
        max_length=100,
        min_length=1,
        pattern=r"[A-Za-z0-9_.\-]{1,100}",
    ),
]
Identifier = Annotated[
    str, Text("an id (no leading, trailing or double white space)", pattern=r"[^\s]+( [^\s]+)*")
]
GatherInput = Literal["dtmf", "speech", "dtmf_speech"]
Gender = Literal["female", "male"]
FileFormat = Literal["mp3", "wav"]
Tracks = Literal["inbound", "outbound", "both"]
StreamMode = Literal["unidirectional", "bidirectional"]
DiversionTreatment = Literal["none", "propagate", "stack"]
DiversionReason = Literal[
    "unknown",
    "user-busy",
    "no-answer",
    "unavailable",
    "unconditional",
    "time-of-day",
    "do-not-disturb",
    "deflection",
    "follow-me",
    "out-of-service",
    "away",
]

BreakStrength = Literal["none", "x-weak", "weak", "medium", "strong", "x-strong"]
EmphasisLevel = Literal["strong", "moderate", "reduced"]
InterpretAs = Literal["date", "time", "telephone", "characters", "cardinal", "ordinal"]
DateFormat = Literal["mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y"]
_BARE_NUMBER = r"\A\s*[+\-]?[0-9]+(\.[0-9]+)?\s*\Z"
BreakTime = Annotated[
    str,
    Text(
        "a pause of at most 10 s, such as '750ms' or '1.5s'",
        pattern=r"0*([0-9](\.[0-9]+)?|10(\.0+)?)s|0*([0-9]{1,4}(\.[0-9]+)?|10000(\.0+)?)ms",
        rule="ssml-break-too-long",
        advice=(
            (
                r"\A\s*[0-9]+(\.[0-9]+)?\s*\Z",
                "the unit is missing: write s or ms behind the number",
            ),
            (r"\A[0-9.]+m?s\Z", "write several breaks, or a Pause between two sentences"),
            (r"\A[0-9]+,[0-9]+m?s\Z", "write a full stop, not a comma"),
            (r"[0-9]\s+(s|ms)\Z", "write the unit right behind the number"),
            (r"[0-9]\s*(?i:secs?|seconds?|S|MS|millis\w{0,20}|m|min)\Z", "the units are s and ms"),
        ),
    ),
]
Pitch = Annotated[
    str,
    Text(
        "x-low, low, medium, high, x-high, default or a percentage such as '+10%'",
        pattern=r"(x-low|low|medium|high|x-high|default|[+\-]?[0-9]+(\.[0-9]+)?%)",
        also=("x-low", "low", "medium", "high", "x-high", "default"),
        advice=((_BARE_NUMBER, "the unit is missing: write % behind the number"),),
    ),
]
Rate = Annotated[
    str,
    Text(
        "x-slow, slow, medium, fast, x-fast or a percentage such as '80%'",
        pattern=r"(x-slow|slow|medium|fast|x-fast|[0-9]+(\.[0-9]+)?%)",
        also=("x-slow", "slow", "medium", "fast", "x-fast"),
        advice=((_BARE_NUMBER, "the unit is missing: write % behind the number"),),
    ),
]
Volume = Annotated[
    str,
    Text(
        "silent, x-soft, soft, medium, loud, x-loud, default or decibels such as '+3dB'",
        pattern=r"(silent|x-soft|soft|medium|loud|x-loud|default|[+\-][0-9]+(\.[0-9]+)?dB)",
        also=("silent", "x-soft", "soft", "medium", "loud", "x-loud", "default"),
        advice=(
            (_BARE_NUMBER, "the unit is missing: write dB behind the number"),
            (r"\A[0-9.]+dB\Z", "write a sign before it, such as +3dB"),
        ),
    ),
]
