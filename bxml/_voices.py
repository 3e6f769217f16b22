"""Voices and locales of SpeakSentence as data, for completion and for warnings.

The vendor's table grows: names that are missing here are accepted, and ``check`` warns about them.
Sources: vendor page speakSentence (first 29 voices); vendor Java SDK (all 49); vendor
migration toolkit (the same, and two legacy names); as of 2026-11-28.
"""

from collections.abc import Mapping
from typing import Literal

from bxml._record import record


@record
class Voice:
    """One voice: its locale, gender and speech engine."""

    name: str
    locale: str
    gender: Literal["female", "male"]
    enhanced: bool = False
    """True for the neural engine, which costs more and has no emphasis."""


_TABLE: tuple[tuple[str, str, str], ...] = (
    ("en_US", "female", "susan julie kate ruth* salli salli_enh* ivy ivy_enh*"),
    ("en_US", "male", "paul dave stephen* joey joey_enh* justin"),
    ("en_UK", "female", "bridget"),
    ("de", "female", "katrin"),
    ("es", "female", "esperanza violeta"),
    ("es_MX", "female", "rosa"),
    ("es_US", "female", "lupe* penelope"),
    ("fr", "female", "jolie"),
    ("fr_CA", "female", "gabrielle* chantal"),
    ("it", "female", "paola"),
    ("ru", "female", "nadiya"),
    ("ja", "female", "masako"),
    ("arb", "female", "zeina"),
    ("cmn-CN", "female", "zhiyu"),
    ("en_UK", "male", "simon"),
    ("de", "male", "stefan"),
    ("es", "male", "jorge"),
    ("es_US", "male", "pedro* miguel"),
    ("fr", "male", "bernard"),
    ("fr_CA", "male", "liam*"),
    ("it", "male", "luca"),
    ("ru", "male", "anatoli"),
    ("ja", "male", "kenji"),
    ("en_AU", "male", "russell"),
    ("en_GB", "female", "emma emma_enh*"),
    ("en_AU", "female", "nicole"),
    ("en_IN", "female", "raveena"),
    ("da_DK", "male", "mads"),
    ("ro_RO", "female", "carmen"),
    ("da_DK", "female", "naja"),
    ("nl_NL", "male", "ruben"),
    ("en_GB_WLS", "male", "geraint"),
)
"""Locale, gender and voices in order of preference; a star marks the enhanced engine."""

VOICES: Mapping[str, Voice] = {
    name.rstrip("*"): Voice(
        name.rstrip("*"), locale, "male" if gender == "male" else "female", name.endswith("*")
    )
    for locale, gender, names in _TABLE
    for name in names.split()
}
"""Known voices by name."""

LEGACY_VOICES: frozenset[str] = frozenset({"emily", "samuel"})
"""Names that the vendor's migration toolkit calls legacy; their locale and engine are unknown."""

LOCALES: Mapping[str, str] = {
    "arb": "Arabic",
    "cmn-CN": "Mandarin Chinese",
    "de": "German",
    "en_UK": "British English",
    "en_US": "US English",
    "es": "Spanish (Spain)",
    "es_MX": "Mexican Spanish",
    "es_US": "US Spanish",
    "fr": "French (France)",
    "fr_CA": "Canadian French",
    "it": "Italian",
    "ja": "Japanese",
    "ru": "Russian",
    "da_DK": "Danish",
    "en_AU": "Australian English",
    "en_GB": "British English (second spelling)",
    "en_GB_WLS": "Welsh English",
    "en_IN": "Indian English",
    "nl_NL": "Dutch",
    "ro_RO": "Romanian",
}
"""Known values of ``locale`` with the language they stand for."""

LANGUAGES: tuple[str, ...] = (
    *("arb", "cmn-CN", "cy-GB", "da-DK", "de-DE", "en-AU", "en-GB", "en-IN", "en-US", "es-ES"),
    *("es-MX", "es-US", "fr-CA", "fr-FR", "hi-IN", "is-IS", "it-IT", "ja-JP", "ko-KR", "nb-NO"),
    *("nl-NL", "pl-PL", "pt-BR", "pt-PT", "ro-RO", "ru-RU", "sv-SE", "tr-TR"),
)
"""Known values of ``xml:lang`` in ``ssml.lang``: spelt with a hyphen, unlike ``LOCALES``."""


def voice_for(locale: str = "en_US", gender: str = "female") -> Voice | None:
    """Return the voice that the platform picks; the other gender where the locale lacks one.

    None for a locale that the table lacks.
    """
    order = (gender, "male" if gender == "female" else "female")
    for wanted in order:
        for voice in VOICES.values():
            if voice.locale == locale and voice.gender == wanted:
                return voice
    return None
