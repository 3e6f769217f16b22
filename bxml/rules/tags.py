"""Rules about single SSML tags."""

from collections.abc import Iterable, Mapping

from bxml import ssml
from bxml._voices import LANGUAGES
from bxml.rules._rule import Finding, Naming, Rule, fields
from bxml.rules._texts import got
from bxml.rules.speech import pieces_of, plain, respelt, say, words

__all__ = ["TAG_RULES"]

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
"""What each tag may hold in W3C SSML 1.1, cut down to the nine tags."""


def _unknown_language(node: ssml.Lang, _: Naming) -> Iterable[Finding]:
    if not node.lang or node.lang in _KNOWN_LANGUAGES:
        return ()
    text = f"expected a known language code, got {got(node.lang)}"
    return (Finding("lang", text, respelt(node.lang, LANGUAGES, "-")),)


def _nesting(node: ssml.SsmlNode, _: Naming) -> Iterable[Finding]:
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
        if isinstance(piece, ssml.SsmlNode) and piece.element.name not in allowed
    ]


def _two_pauses(node: ssml.Break, name: Naming) -> Iterable[Finding]:
    if node.strength is None or node.time is None:
        return ()
    return (
        Finding(
            "strength",
            f"expected {name('strength')} or {name('time')}, got both",
            f"{name('time')} wins where nothing else is said: remove {name('strength')}",
        ),
    )


def _alphabet(node: ssml.Phoneme, name: Naming) -> Iterable[Finding]:
    if node.alphabet is None:
        return ()
    return (
        Finding(
            "alphabet",
            f"expected no {name('alphabet')}, got {got(node.alphabet)}",
            "not documented; ph is read as IPA without it: remove it",
        ),
    )


def _idle_prosody(node: ssml.Prosody, name: Naming) -> Iterable[Finding]:
    names = ("pitch", "rate", "volume")
    if any(getattr(node, name) is not None for name in names):
        return ()
    return (
        Finding(
            None,
            f"expected {name('pitch')}, {name('rate')} or {name('volume')}, got none",
            "nothing changes without them: set one or remove the tag",
            absent=fields(node, *names),
        ),
    )


def _interpret_as(name: Naming) -> str:
    """Return the attribute name; in XML it is spelt with a hyphen, unlike all others."""
    return "interpret-as" if name("interpret_as") != "interpret_as" else "interpret_as"


def _needless_format(node: ssml.SayAs, name: Naming) -> Iterable[Finding]:
    if node.format is None or node.interpret_as in ("date", None):
        return ()
    return (
        Finding(
            "format",
            f"expected {_interpret_as(name)} to be 'date' because format is set, "
            f"got {got(node.interpret_as)}",
            "it is ignored: remove format",
        ),
    )


_TELEPHONE = (7, 10)


def _telephone(node: ssml.SayAs, _: Naming) -> Iterable[Finding]:
    if node.interpret_as != "telephone":
        return ()
    digits = sum(name.isdigit() for name in words(node))
    if digits in _TELEPHONE:
        return ()
    return (
        Finding(
            "content",
            f"expected 7 or 10 digits to be read as a telephone number, got {digits}",
            "leave the country code out, or read it as characters",
            absent=fields(node, "content"),
        ),
    )


def _number(node: ssml.SayAs, _: Naming) -> Iterable[Finding]:
    if node.interpret_as not in ("cardinal", "ordinal"):
        return ()
    said = words(node).strip()
    if any(map(str.isdigit, said)) and not any(map(str.isalpha, said)):
        return ()
    return (
        Finding(
            "content",
            f"expected a number such as 12 to be read as {node.interpret_as}, "
            f"got {got(said or None)}",
            "write it in digits, or remove the tag",
            absent=fields(node, "content"),
        ),
    )


_TAGS = (
    *(ssml.Break, ssml.Emphasis, ssml.Lang, ssml.P, ssml.Phoneme),
    *(ssml.Prosody, ssml.S, ssml.SayAs, ssml.Sub),
)

TAG_RULES = (
    Rule(
        "ssml-unknown-element",
        "error",
        "documented",
        "Speech knows nine tags: break, emphasis, lang, p, phoneme, prosody, s, say-as and sub. "
        "The speech provider refuses others, or ignores them, as the vendor's migration notes say. "
        "Custom writes one all the same.",
        say('<voice name="susan">Hello.</voice>'),
        say('<emphasis level="strong">Hello.</emphasis>'),
    ),
    Rule(
        "ssml-nesting",
        "warning",
        "inferred",
        "W3C SSML 1.1 does not allow this tag inside that one; speech may fail or ignore it.",
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
        "With both set, time wins in W3C SSML; the vendor does not say.",
        say('One moment. <break strength="weak" time="2s"/>'),
        say('One moment. <break time="2s"/>'),
    ).on(ssml.Break, find=_two_pauses, when=("strength",)),
    Rule(
        "ssml-unknown-language",
        "warning",
        "documented",
        "The code is not in the list of xml:lang. Codes are spelt with a hyphen here, and with an "
        "underscore in locale.",
        say('<lang xml:lang="fr_FR">Bonjour.</lang>'),
        say('<lang xml:lang="fr-FR">Bonjour.</lang>'),
    ).on(ssml.Lang, find=_unknown_language),
    Rule(
        "ssml-phoneme-alphabet-undocumented",
        "warning",
        "documented",
        "alphabet is part of standard SSML but not of the vendor's list, which knows IPA only.",
        say('<phoneme alphabet="ipa" ph="t\u0259\u02c8m\u0251\u02d0to\u028a">tomato</phoneme>'),
        say('<phoneme ph="t\u0259\u02c8m\u0251\u02d0to\u028a">tomato</phoneme>'),
    ).on(ssml.Phoneme, find=_alphabet, when=("alphabet",)),
    Rule(
        "ssml-prosody-without-attribute",
        "warning",
        "inferred",
        "Without pitch, rate and volume nothing changes.",
        say("<prosody>Listen carefully.</prosody>"),
        say('<prosody rate="slow">Listen carefully.</prosody>'),
    ).on(ssml.Prosody, find=_idle_prosody),
    Rule(
        "ssml-date-needs-format",
        "error",
        "documented",
        "A date can be read in many orders, so interpret-as date needs format.",
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
    ).on(ssml.SayAs, find=_needless_format, when=("format",)),
    Rule(
        "ssml-telephone-length",
        "warning",
        "documented",
        "telephone is documented for numbers of 7 or 10 digits.",
        say('<say-as interpret-as="telephone">+19195551234</say-as>'),
        say('<say-as interpret-as="telephone">9195551234</say-as>'),
    ).on(ssml.SayAs, find=_telephone),
    Rule(
        "ssml-number-not-numeric",
        "warning",
        "inferred",
        "cardinal and ordinal read a number; words inside may fail.",
        say('<say-as interpret-as="ordinal">third</say-as>'),
        say('<say-as interpret-as="ordinal">3</say-as>'),
    ).on(ssml.SayAs, find=_number),
)
