"""Rules about verbs that play, collect and record."""

from collections.abc import Iterable, Iterator

from bxml._element import Element
from bxml.rules._rule import Finding, Naming, Rule, fields
from bxml.rules._texts import HTTPS, got, response
from bxml.verbs.audio import PlayAudio, SendDtmf
from bxml.verbs.gather import Gather
from bxml.verbs.recording import Record, StartRecording


def _no_gather_url(node: Gather, name: Naming) -> Iterator[Finding]:
    if node.gather_url is None:
        yield Finding(
            None,
            f"expected {name('gather_url')} for the result, got nothing",
            f"set {name('gather_url')}; without it the result is discarded",
            absent=fields(node, "gather_url"),
        )


_SPEECH = (
    *("hints", "language", "partial_result_callback", "partial_result_callback_method"),
    *("profanity_filter", "speech_model", "speech_timeout"),
)
_KEYS = ("terminating_digits", "max_digits", "inter_digit_timeout")


def _speech_attributes(node: Gather, name: Naming) -> Iterable[Finding]:
    if node.input_ not in (None, "dtmf"):
        return ()
    return [
        Finding(
            field,
            f"expected {name('input_')} to be 'speech' or 'dtmf_speech' because {name(field)} "
            f"is set, got {got(node.input_)}",
            f"set {name('input_')}, or remove {name(field)}",
            absent=fields(node, "input_"),
        )
        for field in _SPEECH
        if getattr(node, field) is not None
    ]


def _key_attributes(node: Gather, name: Naming) -> Iterable[Finding]:
    if node.input_ != "speech":
        return ()
    return [
        Finding(
            field,
            f"expected {name('input_')} to be 'dtmf' or 'dtmf_speech' because {name(field)} is "
            "set, got 'speech'",
            f"set {name('input_')} to dtmf_speech, or remove {name(field)}",
        )
        for field in _KEYS
        if getattr(node, field) is not None
    ]


def _ending(url: str) -> str:
    """Return the file extension of a URL's path, with its dot; empty if there is none."""
    path = url.partition("?")[0].partition("#")[0]
    if "//" in path:
        path = path.partition("//")[2].partition("/")[2]
    last = path.rpartition("/")[2].partition(";")[0]
    ending = last.rpartition(".")[2] if "." in last else ""
    # The end of a version number such as /v1.2 is not an extension.
    return f".{ending}" if ending.isalnum() and not ending.isdigit() else ""


def _extension(node: PlayAudio, _: Naming) -> Iterator[Finding]:
    ending = _ending(node.audio_uri or "")
    if ending.lower() not in ("", ".wav", ".mp3"):
        yield Finding(
            "audio_uri",
            f"expected a path that ends in .wav or .mp3, got {got(ending)}",
            "only wav and mp3 play; if the Content-Type is one of them, disable this rule",
        )


def _pauses(node: SendDtmf, _: Naming) -> Iterator[Finding]:
    if node.digits and (not node.digits.strip("wW,")):
        yield Finding(
            "digits",
            f"expected at least one key (0-9 * # a-d A-D), got {got(node.digits)}",
            "use Pause to wait",
        )


def _language(node: Record | StartRecording, name: Naming) -> Iterator[Finding]:
    if node.detect_language is True and node.transcribe is not True:
        yield Finding(
            "detect_language",
            f"expected {name('transcribe')} to be true because {name('detect_language')} is set, "
            f"got {got(node.transcribe)}",
            f"set {name('transcribe')} to true, or remove {name('detect_language')}",
            absent=fields(node, "transcribe"),
        )


def _transcription(node: Record | StartRecording, name: Naming) -> Iterator[Finding]:
    url = "transcription_available_url"
    if node.transcription_available_url is not None and node.transcribe is not True:
        yield Finding(
            url,
            f"expected {name('transcribe')} to be true because {name(url)} is set, "
            f"got {got(node.transcribe)}",
            f"set {name('transcribe')} to true; without it the webhook is never sent",
            absent=fields(node, "transcribe"),
        )


def _default_of(element: Element, field: str) -> int:
    """Return the platform's default of an integer attribute."""
    attribute = element.attribute(field)
    assert attribute is not None  # noqa: S101 - named by us
    assert isinstance(attribute.default, int)  # noqa: S101 - documented
    return attribute.default


_DEFAULT_DURATION = _default_of(Record.element, "max_duration")


def _silence(node: Record, name: Naming) -> Iterator[Finding]:
    if node.silence_timeout is None:
        return
    limit = _DEFAULT_DURATION if node.max_duration is None else node.max_duration
    if node.silence_timeout <= limit:
        return
    source = "the default of" if node.max_duration is None else "the value of"
    yield Finding(
        "silence_timeout",
        f"expected at most {limit} seconds, {source} {name('max_duration')}, "
        f"got {got(node.silence_timeout)}",
        f"shorten it or raise {name('max_duration')}: the recording ends before it",
        absent=fields(node, "max_duration"),
    )


_LANGUAGE = "detectLanguage selects the language of the transcription; ignored without transcribe."
_TRANSCRIPTION = "Without transcribe there is no transcription, so this URL never gets a webhook."

MEDIA_RULES = (
    Rule(
        "gather-repeat-limit",
        "error",
        "documented",
        "repeatCount times the number of prompts must not exceed 20.",
        response(
            '<Gather gatherUrl="/menu" repeatCount="11">',
            "    <SpeakSentence>Press 1 for sales.</SpeakSentence>",
            "    <SpeakSentence>Press 2 for support.</SpeakSentence>",
            "</Gather>",
        ),
        response(
            '<Gather gatherUrl="/menu" repeatCount="10">',
            "    <SpeakSentence>Press 1 for sales.</SpeakSentence>",
            "    <SpeakSentence>Press 2 for support.</SpeakSentence>",
            "</Gather>",
        ),
    ),
    Rule(
        "gather-without-url",
        "warning",
        "documented",
        "Without gatherUrl the result is discarded and the next verb runs.",
        response('<Gather maxDigits="1"/>'),
        response('<Gather gatherUrl="/menu" maxDigits="1"/>'),
    ).on(Gather, find=_no_gather_url),
    Rule(
        "speech-attribute-needs-speech-input",
        "warning",
        "documented",
        "A Gather accepts only keys unless input is speech or dtmf_speech; attributes of the "
        "speech recognizer then have no effect.",
        response('<Gather gatherUrl="/menu" hints="sales, support"/>'),
        response('<Gather gatherUrl="/menu" input="dtmf_speech" hints="sales, support"/>'),
    ).on(Gather, find=_speech_attributes, when=_SPEECH),
    Rule(
        "dtmf-attribute-with-speech-only",
        "warning",
        "inferred",
        'With input="speech" no keys are collected, so limits for keys have no effect.',
        response('<Gather gatherUrl="/menu" input="speech" maxDigits="4"/>'),
        response('<Gather gatherUrl="/menu" input="dtmf_speech" maxDigits="4"/>'),
    ).on(Gather, find=_key_attributes, when=_KEYS),
    Rule(
        "audio-url-padded",
        "warning",
        "inferred",
        "White space around text is ignored in other verbs; for the URL of PlayAudio this is not "
        "documented.",
        response("<PlayAudio>", "    https://example.com/hello.wav", "</PlayAudio>"),
        response("<PlayAudio>https://example.com/hello.wav</PlayAudio>"),
    ),
    Rule(
        "audio-extension-unsupported",
        "warning",
        "documented",
        "Only wav and mp3 play. The server's Content-Type decides first, then the extension; "
        "any other file is played as wav and may end the call.",
        response("<PlayAudio>https://example.com/hello.ogg</PlayAudio>"),
        response("<PlayAudio>https://example.com/hello.mp3</PlayAudio>"),
    ).on(PlayAudio, find=_extension),
    Rule(
        "dtmf-only-pauses",
        "warning",
        "inferred",
        "A sequence of pauses only sends no tone.",
        response("<SendDtmf>ww,</SendDtmf>"),
        response("<SendDtmf>ww1</SendDtmf>"),
    ).on(SendDtmf, find=_pauses),
    Rule(
        "record-credentials-need-https",
        "error",
        "documented",
        HTTPS,
        response(
            '<Record recordCompleteUrl="http://example.com/done" username="bw" password="secret"/>'
        ),
        response(
            '<Record recordCompleteUrl="https://example.com/done" username="bw" password="secret"/>'
        ),
    ),
    Rule(
        "detect-language-needs-transcribe",
        "warning",
        "documented",
        _LANGUAGE,
        response('<Record recordCompleteUrl="/done" detectLanguage="true"/>'),
        response('<Record recordCompleteUrl="/done" transcribe="true" detectLanguage="true"/>'),
    ).on(Record, find=_language, when=("detect_language",)),
    Rule(
        "transcription-url-needs-transcribe",
        "warning",
        "inferred",
        _TRANSCRIPTION,
        response('<Record transcriptionAvailableUrl="/text"/>'),
        response('<Record transcribe="true" transcriptionAvailableUrl="/text"/>'),
    ).on(Record, find=_transcription, when=("transcription_available_url",)),
    Rule(
        "silence-timeout-beyond-max-duration",
        "warning",
        "inferred",
        "The recording ends at maxDuration (default 60 seconds), before silenceTimeout can expire.",
        response('<Record maxDuration="30" silenceTimeout="45"/>'),
        response('<Record maxDuration="30" silenceTimeout="5"/>'),
    ).on(Record, find=_silence, when=("silence_timeout",)),
    Rule(
        "start-recording-credentials-need-https",
        "error",
        "documented",
        HTTPS,
        response(
            '<StartRecording recordingAvailableUrl="http://example.com/file"',
            '                username="bw" password="secret"/>',
        ),
        response(
            '<StartRecording recordingAvailableUrl="https://example.com/file"',
            '                username="bw" password="secret"/>',
        ),
    ),
    Rule(
        "start-recording-detect-language-needs-transcribe",
        "warning",
        "documented",
        _LANGUAGE,
        response('<StartRecording detectLanguage="true"/>'),
        response('<StartRecording transcribe="true" detectLanguage="true"/>'),
    ).on(StartRecording, find=_language, when=("detect_language",)),
    Rule(
        "start-recording-transcription-url-needs-transcribe",
        "warning",
        "inferred",
        _TRANSCRIPTION,
        response('<StartRecording transcriptionAvailableUrl="/text"/>'),
        response('<StartRecording transcribe="true" transcriptionAvailableUrl="/text"/>'),
    ).on(StartRecording, find=_transcription, when=("transcription_available_url",)),
)
