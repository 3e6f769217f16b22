"""Rules about the text and the voice of SpeakSentence."""

from collections.abc import Iterable, Iterator

from bxml._escape_hatch import Custom
from bxml._node import Node, pieces_of
from bxml._voices import LEGACY_VOICES, LOCALES, VOICES
from bxml._wording import did_you_mean, meant
from bxml.rules._rule import Absent, Finding, Naming, Rule, fields
from bxml.rules._texts import got, response
from bxml.ssml import Emphasis, Phoneme, Prosody, SayAs, Sub
from bxml.verbs.audio import SpeakSentence


def plain(pieces: tuple[str | Node, ...]) -> bool:
    """Return whether there is no tag, as in most speech."""
    return not pieces or (len(pieces) == 1 and type(pieces[0]) is str)


def _inside(node: Node) -> Iterator[Node]:
    """Yield all SSML nodes inside, in document order."""
    for piece in pieces_of(node):
        if isinstance(piece, Node):
            yield piece
            if not isinstance(piece, Custom):
                yield from _inside(piece)


def words(node: Node) -> str:
    """Return the text inside, without tags."""
    return "".join(piece if isinstance(piece, str) else words(piece) for piece in pieces_of(node))


def _is_spoken(node: Node) -> bool:
    """Return whether a tag without text is spoken."""
    return (
        isinstance(node, Custom)
        or (isinstance(node, Sub) and bool(node.alias))
        or (isinstance(node, Phoneme) and bool(node.ph))
    )


def _no_words(node: SpeakSentence, _: Naming) -> Iterator[Finding]:
    if plain(node.content):
        return
    tags = list(_inside(node))
    if not tags or any(map(_is_spoken, tags)) or words(node).strip():
        return
    names = ("content", "alias", "ph")
    absent = frozenset((id(tag), name) for tag in (node, *tags) for name in names)
    yield Finding(
        "content",
        "expected words to say, got tags without words",
        "use Pause for silence",
        absent=absent,
    )


def _overridden(node: SpeakSentence, name: Naming) -> Iterable[Finding]:
    if node.voice is None or (node.gender is None and node.locale is None):
        return ()
    return [
        Finding(
            field,
            f"expected no {name(field)} because {name('voice')} is set, "
            f"got {got(getattr(node, field))}",
            f"it is ignored: remove {name(field)}, or {name('voice')}",
        )
        for field in ("gender", "locale")
        if getattr(node, field) is not None
    ]


def _unknown_voice(node: SpeakSentence, _: Naming) -> Iterator[Finding]:
    if node.voice is None or node.voice in VOICES or node.voice in LEGACY_VOICES:
        return
    hint = did_you_mean(node.voice, VOICES) or "the table of known voices is ssml.VOICES"
    yield Finding("voice", f"expected a known voice, got {got(node.voice)}", hint)


def _unknown_locale(node: SpeakSentence, _: Naming) -> Iterator[Finding]:
    if node.locale is None or node.locale in LOCALES:
        return
    text = f"expected a known locale, got {got(node.locale)}"
    yield Finding("locale", text, code_hint(node.locale, tuple(LOCALES), "_"))


def code_hint(code: str, known: tuple[str, ...], separator: str) -> str:
    """Return the hint for an unknown code."""
    folded = {name.lower().replace("_", "-"): name for name in known}
    bare = code.lower().replace("_", "-")
    found = folded.get(bare) or folded.get(bare.replace("-uk", "-gb"))
    if found is not None:
        wrong_separator = found == code.replace("_" if separator == "-" else "-", separator)
        spelling = "a hyphen" if separator == "-" else "an underscore"
        return f"write {found!r}, with {spelling}" if wrong_separator else meant(found)
    language = bare.partition("-")[0]
    related = [item for spelling, item in folded.items() if spelling.partition("-")[0] == language]
    if related:
        return f"known for this language: {', '.join(related)}"
    return did_you_mean(code, known) or f"known: {', '.join(known)}"


def _enhanced(node: SpeakSentence) -> bool:
    """Return whether the voice is certainly an enhanced one."""
    if node.voice is not None:
        voice = VOICES.get(node.voice)
        return voice is not None and voice.enhanced
    locale, gender = node.locale or "en_US", node.gender or "female"
    voices = [voice for voice in VOICES.values() if voice.locale == locale]
    voices = [voice for voice in voices if voice.gender == gender] or voices
    return bool(voices) and all(voice.enhanced for voice in voices)


def _voice_of(node: SpeakSentence) -> str:
    return f"the voice of {node.locale}" if node.voice is None else f"the voice {node.voice}"


def _lost_emphasis(node: SpeakSentence, _: Naming) -> Iterable[Finding]:
    if plain(node.content):
        return ()
    tags = [tag for tag in _inside(node) if isinstance(tag, Emphasis)]
    if not tags or not _enhanced(node):
        return ()
    text = f"expected no emphasis because {_voice_of(node)} is enhanced, got one"
    hint = "remove the tag or use a standard voice"
    return [Finding(None, text, hint, tag, _selection(node)) for tag in tags]


def _selection(node: SpeakSentence) -> Absent:
    return fields(node, "voice", "gender", "locale")


def _partial(node: SpeakSentence, name: Naming) -> Iterator[Finding]:
    if plain(node.content):
        return
    tags = [tag for tag in _inside(node) if isinstance(tag, SayAs | Prosody)]
    if not tags or not _enhanced(node):
        return
    hint = "enhanced voices support it only partly: test it, or use a standard voice"
    for tag in tags:
        if isinstance(tag, SayAs):
            text = f"expected no say-as because {_voice_of(node)} is enhanced, got one"
            yield Finding(None, text, hint, tag, _selection(node))
        elif tag.pitch is not None:  # rate and volume work
            text = f"expected no {name('pitch')} because {_voice_of(node)} is enhanced, "
            text += f"got {got(tag.pitch)}"
            yield Finding("pitch", text, hint, tag, _selection(node))


def say(inside: str) -> str:
    """Return an example document with this speech."""
    return response(f"<SpeakSentence>{inside}</SpeakSentence>")


SPEECH_RULES = (
    Rule(
        "speak-sentence-blank",
        "error",
        "documented",
        "The text to say must not be blank.",
        say(" "),
        say("Hello."),
    ),
    Rule(
        "speak-sentence-no-words",
        "warning",
        "inferred",
        "Tags without text, such as a single break, say nothing; the platform requires text.",
        say('<break time="2s"/>'),
        say('One moment. <break time="2s"/>'),
    ).on(SpeakSentence, find=_no_words, tagged=True),
    Rule(
        "voice-overrides-gender-locale",
        "warning",
        "documented",
        "With voice set, gender and locale are ignored.",
        response('<SpeakSentence voice="katrin" locale="fr">Bonjour.</SpeakSentence>'),
        response('<SpeakSentence locale="fr">Bonjour.</SpeakSentence>'),
    ).on(SpeakSentence, find=_overridden, when=("voice",)),
    Rule(
        "unknown-voice",
        "warning",
        "documented",
        "The voice is not in the table of 49 voices and two legacy names: misspelt, capitalized or "
        "newer. The vendor's migration toolkit drops such names, because the platform may refuse "
        "them and end the call (not verified).",
        response('<SpeakSentence voice="Susan">Hello.</SpeakSentence>'),
        response('<SpeakSentence voice="susan">Hello.</SpeakSentence>'),
    ).on(SpeakSentence, find=_unknown_voice, when=("voice",)),
    Rule(
        "unknown-tts-locale",
        "warning",
        "documented",
        "The locale is not in the known list. Codes use an underscore here, and a hyphen in "
        "xml:lang.",
        response('<SpeakSentence locale="en-US">Hello.</SpeakSentence>'),
        response('<SpeakSentence locale="en_US">Hello.</SpeakSentence>'),
    ).on(SpeakSentence, find=_unknown_locale, when=("locale",)),
    Rule(
        "ssml-emphasis-with-enhanced-voice",
        "warning",
        "documented",
        "Enhanced voices do not support emphasis; the speech may fail.",
        response(
            '<SpeakSentence voice="ruth">Do <emphasis>not</emphasis> hang up.</SpeakSentence>'
        ),
        response(
            '<SpeakSentence voice="susan">Do <emphasis>not</emphasis> hang up.</SpeakSentence>'
        ),
    ).on(SpeakSentence, find=_lost_emphasis, tagged=True),
    Rule(
        "ssml-partial-with-enhanced-voice",
        "warning",
        "documented",
        "Enhanced voices support say-as only partly, and pitch in prosody not at all.",
        response(
            '<SpeakSentence voice="ruth"><prosody pitch="high">Hello.</prosody></SpeakSentence>'
        ),
        response(
            '<SpeakSentence voice="ruth"><prosody rate="slow">Hello.</prosody></SpeakSentence>'
        ),
    ).on(SpeakSentence, find=_partial, tagged=True),
)
