"""Rules about single streaming and transcription verbs."""

from collections.abc import Iterator

from bxml.rules._rule import Finding, Naming, Rule, fields
from bxml.rules._texts import HTTPS, got, response
from bxml.verbs.streaming import CustomParam, StartStream, StartTranscription, StreamParam


def _open_socket(node: StartStream, name: Naming) -> Iterator[Finding]:
    if node.destination_username is None and node.destination_password is None:
        return
    if not node.destination or node.destination[:5].lower() != "ws://":
        return
    given = "username" if node.destination_username is not None else "password"
    yield Finding(
        "destination",
        f"expected a wss:// URI because {name('destination_' + given)} is set, "
        f"got {got(node.destination)}",
        "write wss://: ws sends the password unencrypted",
    )


def _repeated(node: StartStream | StartTranscription, _: Naming) -> Iterator[Finding]:
    seen: set[str] = set()
    for child in node.children:
        if not isinstance(child, StreamParam | CustomParam) or not child.name:
            continue
        if child.name in seen:
            text = f"expected each name once, got {got(child.name)} again"
            yield Finding("name", text, "rename or remove one of them", child)
        seen.add(child.name)


def _both_languages(node: StartTranscription, name: Naming) -> Iterator[Finding]:
    if node.preferred_languages is not None and node.detect_language is True:
        yield Finding(
            "preferred_languages",
            f"expected no {name('preferred_languages')} because {name('detect_language')} is "
            f"true, got {got(node.preferred_languages)}",
            "keep one of the two",
        )


def _dialects(node: StartTranscription, _: Naming) -> Iterator[Finding]:
    if not node.preferred_languages or "," not in node.preferred_languages:
        return
    seen: dict[str, str] = {}
    for tag in node.preferred_languages.split(","):
        language = tag.replace("_", "-").partition("-")[0].lower()
        if language in seen:
            yield Finding(
                "preferred_languages",
                f"expected one dialect of each language, got {seen[language]} and {tag}",
                "keep one of them",
            )
            return
        seen[language] = tag
    return


def _stabilized(node: StartTranscription, name: Naming) -> Iterator[Finding]:
    if node.stabilized is not None and node.destination is None:
        yield Finding(
            "stabilized",
            f"expected {name('destination')} because {name('stabilized')} is set, got nothing",
            f"set {name('destination')}, or remove {name('stabilized')}",
            absent=fields(node, "destination"),
        )


def _lost_params(node: StartTranscription, name: Naming) -> Iterator[Finding]:
    if node.destination is None and node.children:
        yield Finding(
            None,
            f"expected {name('destination')} for the CustomParam values, got nothing",
            f"set {name('destination')}, or remove the CustomParam elements",
            absent=fields(node, "destination"),
        )


_SOCKET = "The audio or text is sent to a WebSocket. Any other address is refused."
_ONE_EACH = (
    "The values are sent as a map with unique names: one of the two is lost. Which one is not "
    "documented."
)
_STREAM = 'destination="wss://example.com/audio"'
_TEXT = 'transcriptionEventUrl="/words"'

STREAMING_RULES = (
    Rule(
        "start-stream-credentials-need-https",
        "error",
        "documented",
        HTTPS,
        response(
            f"<StartStream {_STREAM}",
            '             streamEventUrl="http://example.com/stream" username="bw"'
            ' password="secret"/>',
            "<Pause/>",
        ),
        response(
            f"<StartStream {_STREAM}",
            '             streamEventUrl="https://example.com/stream" username="bw"'
            ' password="secret"/>',
            "<Pause/>",
        ),
    ),
    Rule(
        "stream-destination-not-websocket",
        "error",
        "documented",
        _SOCKET,
        response('<StartStream destination="https://example.com/audio"/>', "<Pause/>"),
        response(f"<StartStream {_STREAM}/>", "<Pause/>"),
    ),
    Rule(
        "stream-credentials-without-tls",
        "warning",
        "inferred",
        "Over ws:// destinationUsername and destinationPassword are sent unencrypted.",
        response(
            '<StartStream destination="ws://example.com/audio"',
            '             destinationUsername="bw" destinationPassword="secret"/>',
            "<Pause/>",
        ),
        response(
            f"<StartStream {_STREAM}",
            '             destinationUsername="bw" destinationPassword="secret"/>',
            "<Pause/>",
        ),
    ).on(StartStream, find=_open_socket, when=("destination_username", "destination_password")),
    Rule(
        "duplicate-stream-param-name",
        "warning",
        "inferred",
        _ONE_EACH,
        response(
            f"<StartStream {_STREAM}>",
            '    <StreamParam name="agent" value="Ann"/>',
            '    <StreamParam name="agent" value="Bob"/>',
            "</StartStream>",
            "<Pause/>",
        ),
        response(
            f"<StartStream {_STREAM}>",
            '    <StreamParam name="agent" value="Ann"/>',
            '    <StreamParam name="second" value="Bob"/>',
            "</StartStream>",
            "<Pause/>",
        ),
    ).on(StartStream, find=_repeated),
    Rule(
        "start-transcription-credentials-need-https",
        "error",
        "documented",
        HTTPS,
        response(
            '<StartTranscription transcriptionEventUrl="http://example.com/words"',
            '                    username="bw" password="secret"/>',
        ),
        response(
            '<StartTranscription transcriptionEventUrl="https://example.com/words"',
            '                    username="bw" password="secret"/>',
        ),
    ),
    Rule(
        "transcription-destination-not-websocket",
        "error",
        "documented",
        _SOCKET,
        response('<StartTranscription destination="https://example.com/words"/>'),
        response('<StartTranscription destination="wss://example.com/words"/>'),
    ),
    Rule(
        "preferred-languages-with-detect-language",
        "warning",
        "documented",
        "Preferred languages apply only if the language is not detected (according to one vendor "
        "SDK).",
        response(f'<StartTranscription {_TEXT} detectLanguage="true" preferredLanguages="fr-FR"/>'),
        response(f'<StartTranscription {_TEXT} preferredLanguages="fr-FR"/>'),
    ).on(StartTranscription, find=_both_languages, when=("preferred_languages",)),
    Rule(
        "preferred-languages-one-dialect",
        "warning",
        "documented",
        "Only one dialect of each language may be listed (according to one vendor SDK).",
        response(f'<StartTranscription {_TEXT} preferredLanguages="en-US,en-GB"/>'),
        response(f'<StartTranscription {_TEXT} preferredLanguages="en-US,fr-FR"/>'),
    ).on(StartTranscription, find=_dialects, when=("preferred_languages",)),
    Rule(
        "stabilized-needs-destination",
        "warning",
        "documented",
        "stabilized selects the live updates that are sent to destination; without one it is "
        "ignored.",
        response(f'<StartTranscription {_TEXT} stabilized="false"/>'),
        response('<StartTranscription destination="wss://example.com/words" stabilized="false"/>'),
    ).on(StartTranscription, find=_stabilized, when=("stabilized",)),
    Rule(
        "custom-params-need-destination",
        "warning",
        "inferred",
        "The values are sent to destination. Without one they are lost.",
        response(
            f"<StartTranscription {_TEXT}>",
            '    <CustomParam name="agent" value="Ann"/>',
            "</StartTranscription>",
        ),
        response(
            '<StartTranscription destination="wss://example.com/words">',
            '    <CustomParam name="agent" value="Ann"/>',
            "</StartTranscription>",
        ),
    ).on(StartTranscription, find=_lost_params),
    Rule(
        "duplicate-custom-param-name",
        "warning",
        "inferred",
        _ONE_EACH,
        response(
            '<StartTranscription destination="wss://example.com/words">',
            '    <CustomParam name="agent" value="Ann"/>',
            '    <CustomParam name="agent" value="Bob"/>',
            "</StartTranscription>",
        ),
        response(
            '<StartTranscription destination="wss://example.com/words">',
            '    <CustomParam name="agent" value="Ann"/>',
            '    <CustomParam name="second" value="Bob"/>',
            "</StartTranscription>",
        ),
    ).on(StartTranscription, find=_repeated),
)
