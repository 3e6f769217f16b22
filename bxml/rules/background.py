"""Rules about recordings, streams and transcriptions, which run in the background."""

from collections.abc import Iterable, Iterator

from bxml._verb import Verb
from bxml.documents import Document
from bxml.rules._rule import Absent, DocumentFinder, Finding, Naming, Rule, fields
from bxml.rules._texts import got, response
from bxml.rules.contexts import CONTEXTS
from bxml.rules.flow import assumed, reached
from bxml.verbs.flow import Forward, Hangup
from bxml.verbs.recording import StartRecording, StopRecording
from bxml.verbs.streaming import StartStream, StartTranscription, StopStream, StopTranscription


def _second_recording(document: Document, context: str | None, _: Naming) -> Iterable[Finding]:
    second: list[Verb] = []
    recording = False
    for verb in reached(document, context):
        if isinstance(verb, StopRecording):
            recording = False
        elif isinstance(verb, StartRecording):
            if recording:
                second.append(verb)
            recording = True
    if not second:
        return ()
    text = "expected one recording at a time, got a second StartRecording"
    hint = "ignored while the first one runs: put StopRecording before it"
    absent = assumed(document)
    return [Finding(None, text, hint, verb, absent) for verb in second]


def _keeps_call(verb: Verb) -> bool:
    """Return whether a verb takes time or fetches a new document, so that streams continue."""
    if isinstance(verb, StopStream):
        return verb.wait is True
    return verb.element.blocking is not False and not isinstance(verb, Hangup | Forward)


def _tail(document: Document, context: str | None) -> tuple[Verb, ...]:
    """Return the verbs at the end that return at once; none if the end does not hang up."""
    if context is not None and CONTEXTS[context].at_end != "hangup":
        return ()
    verbs = reached(document, context)
    start = len(verbs)
    while start and not _keeps_call(verbs[start - 1]):
        start -= 1
    return verbs[start:]


def _doubts(document: Document) -> Absent:
    waits = {(id(verb), "wait") for verb in document.verbs if isinstance(verb, StopStream)}
    return assumed(document) | waits


def _last_stream(document: Document, context: str | None, _: Naming) -> Iterator[Finding]:
    tail = _tail(document, context)
    if not tail or isinstance(tail[-1], Hangup | Forward):
        return
    streams = [verb for verb in tail if isinstance(verb, StartStream)]
    if not streams or streams[-1].mode == "bidirectional":
        return
    text = "expected a verb after it that takes time, got the end of the document"
    hint = "the call ends at once, and the stream with it: add Pause, Gather or Transfer"
    absent = _doubts(document) | fields(streams[-1], "mode")
    yield Finding(None, text, hint, streams[-1], absent)


def _cut_stream(document: Document, context: str | None, name: Naming) -> Iterable[Finding]:
    cut = [
        verb
        for verb in _tail(document, context)
        if isinstance(verb, StartStream) and verb.mode == "bidirectional"
    ]
    if not cut:
        return ()
    text = (
        f"expected a later verb that keeps the call up because {name('mode')} is "
        "'bidirectional', got none"
    )
    hint = f"add StopStream with its name and {name('wait')} set to true"
    absent = _doubts(document)
    return [Finding("mode", text, hint, verb, absent) for verb in cut]


_MAX_TRACKS = 4


def _refused(
    document: Document, context: str | None, start: type[Verb], stop: type[Verb]
) -> Iterator[tuple[str, Verb]]:
    """Yield the cause and the verb of each start that the platform refuses."""
    running: dict[str, int] = {}
    for index, verb in enumerate(reached(document, context)):
        if isinstance(verb, stop):
            name = getattr(verb, "name")  # noqa: B009 - the field of both classes
            running = (
                {}
                if name is None
                else {other: count for other, count in running.items() if other != name}
            )
        elif isinstance(verb, start):
            name = getattr(verb, "name") or f"\0{index}"  # noqa: B009 - same
            tracks = 2 if getattr(verb, "tracks") == "both" else 1  # noqa: B009 - same
            if name in running:
                yield "duplicate", verb
            elif sum(running.values()) + tracks > _MAX_TRACKS:
                yield "track-limit", verb
            else:
                running[name] = tracks


def _names(document: Document, start: type[Verb]) -> Absent:
    return frozenset((id(verb), "name") for verb in document.verbs if isinstance(verb, start))


def _too_many_tracks(start: type[Verb], stop: type[Verb]) -> DocumentFinder:
    def find(document: Document, context: str | None, _: Naming) -> Iterable[Finding]:
        over = [
            verb
            for cause, verb in _refused(document, context, start, stop)
            if cause == "track-limit"
        ]
        if not over:
            return ()
        text = f"expected at most {_MAX_TRACKS} tracks at a time, got more (both counts as two)"
        hint = f"stop one before it with {stop.element.name}, or send fewer tracks"
        absent = assumed(document) | _names(document, start)
        return [Finding(None, text, hint, verb, absent) for verb in over]

    return find


def _same_name(start: type[Verb], stop: type[Verb]) -> DocumentFinder:
    def find(document: Document, context: str | None, _: Naming) -> Iterable[Finding]:
        duplicates = [
            verb for cause, verb in _refused(document, context, start, stop) if cause == "duplicate"
        ]
        if not duplicates:
            return ()
        text = "expected a name that is not in use, got"
        hint = f"choose another name, or put {stop.element.name} before it"
        absent = assumed(document)
        return [
            Finding("name", f"{text} {got(getattr(verb, 'name'))} again", hint, verb, absent)  # noqa: B009 - the field of both classes
            for verb in duplicates
        ]

    return find


def _unknown_name(document: Document, _context: str | None, _: Naming) -> Iterable[Finding]:
    starts = [verb for verb in document.verbs if isinstance(verb, StartStream)]
    names = {verb.name for verb in starts}
    absent = fields(document, "verbs") | _names(document, StartStream)
    return [
        Finding(
            "name",
            f"expected the name of a StartStream in this document, got {got(verb.name)}",
            "does nothing unless an earlier document started that stream",
            verb,
            absent,
        )
        for verb in document.verbs
        if isinstance(verb, StopStream) and verb.name and verb.name not in names
    ]


_LIMIT_WHY = (
    "A call can send 4 tracks at a time; both counts as two. Further ones are rejected with the "
    "cause track-limit."
)
_NAME_WHY = "While one of this name runs, a second is rejected with the cause duplicate."
_AUDIO = 'destination="wss://example.com/audio"'
_TEXT = 'transcriptionEventUrl="/words"'

BACKGROUND_RULES = (
    Rule(
        "duplicate-start-recording",
        "warning",
        "documented",
        "Only one recording runs at a time. A second StartRecording before StopRecording is "
        "ignored, with its URLs.",
        response(
            '<StartRecording recordingAvailableUrl="/first"/>',
            "<SpeakSentence>Hello.</SpeakSentence>",
            '<StartRecording recordingAvailableUrl="/second"/>',
        ),
        response(
            '<StartRecording recordingAvailableUrl="/first"/>',
            "<SpeakSentence>Hello.</SpeakSentence>",
            "<StopRecording/>",
            '<StartRecording recordingAvailableUrl="/second"/>',
        ),
    ).over(_second_recording, StartRecording),
    Rule(
        "start-stream-last-verb",
        "warning",
        "documented",
        "StartStream returns at once. If no later verb takes time, the document ends, the call "
        "hangs up and the stream closes immediately.",
        response(f"<StartStream {_AUDIO}/>"),
        response(f"<StartStream {_AUDIO}/>", '<Pause duration="60"/>'),
    ).over(_last_stream, StartStream),
    Rule(
        "bidirectional-stream-not-kept-alive",
        "warning",
        "documented",
        "A bidirectional stream lasts as long as a later verb keeps the call up. The documented "
        "verb for this is StopStream with the name of the stream and wait.",
        response(f'<StartStream name="bot" mode="bidirectional" {_AUDIO}/>'),
        response(
            f'<StartStream name="bot" mode="bidirectional" {_AUDIO}/>',
            '<StopStream name="bot" wait="true"/>',
        ),
    ).over(_cut_stream, StartStream),
    Rule(
        "stream-track-limit",
        "warning",
        "documented",
        _LIMIT_WHY,
        response(
            f'<StartStream name="a" tracks="both" {_AUDIO}/>',
            f'<StartStream name="b" tracks="both" {_AUDIO}/>',
            f'<StartStream name="c" {_AUDIO}/>',
            '<Pause duration="60"/>',
        ),
        response(
            f'<StartStream name="a" tracks="both" {_AUDIO}/>',
            f'<StartStream name="b" tracks="both" {_AUDIO}/>',
            '<Pause duration="60"/>',
            '<StopStream name="a"/>',
            f'<StartStream name="c" {_AUDIO}/>',
            '<Pause duration="60"/>',
        ),
    ).over(_too_many_tracks(StartStream, StopStream), StartStream),
    Rule(
        "duplicate-stream-name",
        "warning",
        "documented",
        _NAME_WHY,
        response(
            f'<StartStream name="bot" {_AUDIO}/>',
            f'<StartStream name="bot" {_AUDIO}/>',
            '<Pause duration="60"/>',
        ),
        response(
            f'<StartStream name="bot" {_AUDIO}/>',
            f'<StartStream name="agent" {_AUDIO}/>',
            '<Pause duration="60"/>',
        ),
    ).over(_same_name(StartStream, StopStream), StartStream),
    Rule(
        "stop-stream-name-unknown",
        "warning",
        "inferred",
        "StopStream does nothing if no stream has that name. An earlier document may have started "
        "it, so the rule is off by default.",
        response(
            f'<StartStream name="bot" {_AUDIO}/>',
            '<Pause duration="60"/>',
            '<StopStream name="robot"/>',
        ),
        response(
            f'<StartStream name="bot" {_AUDIO}/>',
            '<Pause duration="60"/>',
            '<StopStream name="bot"/>',
        ),
        enabled=False,
    ).over(_unknown_name, StopStream),
    Rule(
        "transcription-track-limit",
        "warning",
        "documented",
        _LIMIT_WHY,
        response(
            f'<StartTranscription name="a" tracks="both" {_TEXT}/>',
            f'<StartTranscription name="b" tracks="both" {_TEXT}/>',
            f'<StartTranscription name="c" {_TEXT}/>',
        ),
        response(
            f'<StartTranscription name="a" tracks="both" {_TEXT}/>',
            f'<StartTranscription name="b" tracks="both" {_TEXT}/>',
            "<StopTranscription/>",
            f'<StartTranscription name="c" {_TEXT}/>',
        ),
    ).over(_too_many_tracks(StartTranscription, StopTranscription), StartTranscription),
    Rule(
        "duplicate-transcription-name",
        "warning",
        "documented",
        _NAME_WHY,
        response(
            f'<StartTranscription name="words" {_TEXT}/>',
            f'<StartTranscription name="words" {_TEXT}/>',
        ),
        response(
            f'<StartTranscription name="words" {_TEXT}/>',
            '<StopTranscription name="words"/>',
            f'<StartTranscription name="words" {_TEXT}/>',
        ),
    ).over(_same_name(StartTranscription, StopTranscription), StartTranscription),
)
