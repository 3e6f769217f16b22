"""Rules about single SSML tags."""

from collections.abc import Iterable, Iterator, Mapping

from bxml._node import pieces_of
from bxml._voices import LANGUAGES
from bxml.rules._rule import Finding, Naming, Rule, fields
from bxml.rules._texts import got
from bxml.rules.speech import code_hint, plain, say, words
from bxml.ssml import Break, Emphasis, Lang, P, Phoneme, Prosody, S, SayAs, SsmlNode, Sub

_KNOWN_LANGUAGES = frozenset(LANGUAGES)

_INLINE = ("break", "emphasis", "lang", "phoneme", "prosody", "say-as", "sub")
_INSIDE: Mapping[str, tuple[str, ...]] = {
    "break": (),
    "emphasis": _INLINE,
    "lang": (*_INLINE, "p", "s"),
    "p": (*_INLINE, "s"),
    "phoneme": (),
    "prosody": (*_INLINE, "p", "s"),
    "s": _INLINE,
    "say-as": (),
    "sub": (),
}
"""Tags allowed inside each tag by W3C SSML 1.1, limited to the nine tags of the vendor."""


def _unknown_language(node: Lang, _: Naming) -> Iterator[Finding]:
    if not node.lang or node.lang in _KNOWN_LANGUAGES:
        return
    text = f"expected a known language code, got {got(node.lang)}"
    yield Finding("lang", text, code_hint(node.lang, LANGUAGES, "-"))


def _nesting(node: SsmlNode, _: Naming) -> Iterable[Finding]:
    pieces = pieces_of(node)
    if plain(pieces):
        return ()
    allowed = _INSIDE[node.element.name]
    expected = f"one of {', '.join(allowed)}" if allowed else "text only"
    if node.element.name == "break":
        expected = "nothing"
    return [
        Finding(
            None,
            f"expected {expected} inside {node.element.name}, got {piece.element.name}",
            f"close {node.element.name} before it",
            piece,
        )
        for piece in pieces
        if isinstance(piece, SsmlNode) and piece.element.name not in allowed
    ]


def _two_pauses(node: Break, name: Naming) -> Iterator[Finding]:
    if node.strength is not None and node.time is not None:
        yield Finding(
            "strength",
            f"expected {name('strength')} or {name('time')}, got both",
            f"{name('time')} wins in W3C SSML: remove {name('strength')}",
        )


def _alphabet(node: Phoneme, name: Naming) -> Iterator[Finding]:
    if node.alphabet is not None:
        yield Finding(
            "alphabet",
            f"expected no {name('alphabet')}, got {got(node.alphabet)}",
            "not documented; ph is IPA without it: remove it",
        )


def _idle_prosody(node: Prosody, name: Naming) -> Iterator[Finding]:
    names = ("pitch", "rate", "volume")
    if not any(getattr(node, name) is not None for name in names):
        yield Finding(
            None,
            f"expected {name('pitch')}, {name('rate')} or {name('volume')}, got none",
            "it has no effect without them: set one or remove the tag",
            absent=fields(node, *names),
        )


def _interpret_as(name: Naming) -> str:
    """Return the attribute name; unlike all others, it has a hyphen in XML."""
    return "interpret-as" if name("interpret_as") != "interpret_as" else "interpret_as"


def _needless_format(node: SayAs, name: Naming) -> Iterator[Finding]:
    if node.format is not None and node.interpret_as not in ("date", None):
        yield Finding(
            "format",
            f"expected {_interpret_as(name)} to be 'date' because format is set, "
            f"got {got(node.interpret_as)}",
            "it is ignored: remove format",
        )


_TELEPHONE = (7, 10)


def _telephone(node: SayAs, _: Naming) -> Iterator[Finding]:
    if node.interpret_as != "telephone":
        return
    digits = sum(character.isdigit() for character in words(node))
    if digits in _TELEPHONE:
        return
    yield Finding(
        "content",
        f"expected 7 or 10 digits to be read as a telephone number, got {digits}",
        "omit the country code, or read it as characters",
        absent=fields(node, "content"),
    )


def _number(node: SayAs, _: Naming) -> Iterator[Finding]:
    if node.interpret_as not in ("cardinal", "ordinal"):
        return
    text = words(node).strip()
    if any(map(str.isdigit, text)) and not any(map(str.isalpha, text)):
        return
    yield Finding(
        "content",
        f"expected a number such as 12 to be read as {node.interpret_as}, got {got(text or None)}",
        "write it in digits, or remove the tag",
        absent=fields(node, "content"),
    )


_TAGS = (
    *(Break, Emphasis, Lang, P, Phoneme),
    *(Prosody, S, SayAs, Sub),
)

TAG_RULES = (
    Rule(
        "ssml-unknown-element",
        "error",
        "documented",
        "Speech has nine tags: break, emphasis, lang, p, phoneme, prosody, s, say-as and sub. "
        "According to the vendor's migration notes, the speech provider refuses or ignores others. "
        "Custom can write them.",
        say('<voice name="susan">Hello.</voice>'),
        say('<emphasis level="strong">Hello.</emphasis>'),
    ),
    Rule(
        "ssml-nesting",
        "warning",
        "inferred",
        "W3C SSML 1.1 does not allow this tag in its parent; the speech may fail or ignore it.",
        say("<s><p>Hello.</p></s>"),
        say("<p><s>Hello.</s></p>"),
    ).on(*_TAGS, find=_nesting),
    Rule(
        "ssml-break-too-long",
        "error",
        "documented",
        "A break lasts 10 seconds at most.",
        say('One moment. <break time="15s"/>'),
        say('One moment. <break time="10s"/>'),
    ),
    Rule(
        "ssml-break-strength-and-time",
        "warning",
        "inferred",
        "With both set, time wins in W3C SSML; the vendor does not document it.",
        say('One moment. <break strength="weak" time="2s"/>'),
        say('One moment. <break time="2s"/>'),
    ).on(Break, find=_two_pauses, when=("strength",)),
    Rule(
        "ssml-unknown-language",
        "warning",
        "documented",
        "The code is not in the list of xml:lang. Codes use a hyphen here, and an underscore in "
        "locale.",
        say('<lang xml:lang="fr_FR">Bonjour.</lang>'),
        say('<lang xml:lang="fr-FR">Bonjour.</lang>'),
    ).on(Lang, find=_unknown_language),
    Rule(
        "ssml-phoneme-alphabet-undocumented",
        "warning",
        "documented",
        "alphabet is part of standard SSML but not of the vendor's list; only IPA is supported.",
        say('<phoneme alphabet="ipa" ph="t\u0259\u02c8m\u0251\u02d0to\u028a">tomato</phoneme>'),
        say('<phoneme ph="t\u0259\u02c8m\u0251\u02d0to\u028a">tomato</phoneme>'),
    ).on(Phoneme, find=_alphabet, when=("alphabet",)),
    Rule(
        "ssml-prosody-without-attribute",
        "warning",
        "inferred",
        "Without pitch, rate and volume the tag has no effect.",
        say("<prosody>Listen carefully.</prosody>"),
        say('<prosody rate="slow">Listen carefully.</prosody>'),
    ).on(Prosody, find=_idle_prosody),
    Rule(
        "ssml-date-needs-format",
        "error",
        "documented",
        "A date can be read in several orders, so interpret-as date requires format.",
        say('<say-as interpret-as="date">11/23/2026</say-as>'),
        say('<say-as interpret-as="date" format="mdy">11/23/2026</say-as>'),
    ),
    Rule(
        "ssml-format-only-for-date",
        "warning",
        "documented",
        "format is ignored unless interpret-as is date.",
        say('<say-as interpret-as="cardinal" format="d">12</say-as>'),
        say('<say-as interpret-as="cardinal">12</say-as>'),
    ).on(SayAs, find=_needless_format, when=("format",)),
    Rule(
        "ssml-telephone-length",
        "warning",
        "documented",
        "telephone is documented for numbers of 7 or 10 digits.",
        say('<say-as interpret-as="telephone">+19195551234</say-as>'),
        say('<say-as interpret-as="telephone">9195551234</say-as>'),
    ).on(SayAs, find=_telephone),
    Rule(
        "ssml-number-not-numeric",
        "warning",
        "inferred",
        "cardinal and ordinal require a number; words may fail.",
        say('<say-as interpret-as="ordinal">third</say-as>'),
        say('<say-as interpret-as="ordinal">3</say-as>'),
    ).on(SayAs, find=_number),
)
