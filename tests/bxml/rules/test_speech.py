"""Rules about voices, locales and SSML tags."""

import pytest

from bxml import Custom, Gather, PhoneNumber, Response, SpeakSentence, check, ssml
from bxml._voices import LANGUAGES, LOCALES, VOICES


def found(speech: str) -> list[str]:
    """Return the ids of the problems of a SpeakSentence, or of the speech put into one."""
    if not speech.startswith("<SpeakSentence"):
        speech = f"<SpeakSentence>{speech}</SpeakSentence>"
    return [each.rule for each in check(f"<Response>{speech}</Response>")]


def hint(attribute: str, value: str) -> tuple[str, str | None]:
    """Return rule and advice for one value of SpeakSentence, or of lang for xml:lang."""
    source = f'<SpeakSentence {attribute}="{value}">Hello.</SpeakSentence>'
    if attribute == "xml:lang":
        source = f'<SpeakSentence><lang xml:lang="{value}">Hello.</lang></SpeakSentence>'
    (problem,) = check(f"<Response>{source}</Response>")
    assert problem.path.endswith(f"/@{attribute}")
    assert f"got {value!r}" in problem.message
    return problem.rule, problem.hint


def test_known_names_are_fine() -> None:
    """Every voice, locale and language of the tables passes."""
    for voice in VOICES:
        assert found(f'<SpeakSentence voice="{voice}">Hello.</SpeakSentence>') == []
    for locale in LOCALES:
        assert found(f'<SpeakSentence locale="{locale}">Hello.</SpeakSentence>') == []
    for language in LANGUAGES:
        assert found(f'<lang xml:lang="{language}">Hello.</lang>') == []


@pytest.mark.parametrize(
    ("voice", "advice"),
    [
        ("Susan", "did you mean 'susan'?"),
        ("SALLI_ENH", "did you mean 'salli_enh'?"),
        ("bridgett", "did you mean 'bridget'?"),
        ("Polly.Joanna", "the table of known voices is ssml.VOICES"),
    ],
)
def test_unknown_voices(voice: str, advice: str) -> None:
    """A capital letter or a slip of the pen leads to the known name."""
    assert hint("voice", voice) == ("unknown-voice", advice)


@pytest.mark.parametrize(
    ("locale", "advice"),
    [
        ("en-US", "write 'en_US', with an underscore"),
        ("fr-CA", "write 'fr_CA', with an underscore"),
        ("en_us", "did you mean 'en_US'?"),
        ("EN-us", "did you mean 'en_US'?"),
        ("cmn_CN", "did you mean 'cmn-CN'?"),
        ("en-GB-WLS", "write 'en_GB_WLS', with an underscore"),
        ("de_DE", "known for this language: de"),
        ("fr-FR", "known for this language: fr, fr_CA"),
    ],
)
def test_unknown_locales(locale: str, advice: str) -> None:
    """The other spelling is named; a country too many leads to the codes of the language."""
    assert hint("locale", locale) == ("unknown-tts-locale", advice)


@pytest.mark.parametrize(
    ("language", "advice"),
    [
        ("en_US", "write 'en-US', with a hyphen"),
        ("en-us", "did you mean 'en-US'?"),
        ("en_UK", "did you mean 'en-GB'?"),
        ("de", "known for this language: de-DE"),
        ("es", "known for this language: es-ES, es-MX, es-US"),
    ],
)
def test_unknown_languages(language: str, advice: str) -> None:
    """xml:lang is spelt with a hyphen and a country."""
    assert hint("xml:lang", language) == ("ssml-unknown-language", advice)


def test_a_code_like_no_other_lists_the_known_ones() -> None:
    """Without a likeness the whole list is the advice."""
    rule, advice = hint("locale", "xx_YY")
    assert rule == "unknown-tts-locale"
    assert (advice or "").startswith("known: arb, cmn-CN, de, ")


@pytest.mark.parametrize(
    ("attributes", "blamed"),
    [
        ('voice="susan"', []),
        ('gender="male" locale="de"', []),
        ('voice="susan" gender="female"', ["gender"]),
        ('voice="susan" locale="en_US" gender="female"', ["locale", "gender"]),
    ],
)
def test_voice_outranks_the_others(attributes: str, blamed: list[str]) -> None:
    """Each attribute that is ignored is pointed out."""
    source = f"<Response><SpeakSentence {attributes}>Hello.</SpeakSentence></Response>"
    problems = check(source)
    assert {problem.rule for problem in problems} <= {"voice-overrides-gender-locale"}
    assert [problem.path.rpartition("@")[2] for problem in problems] == blamed


@pytest.mark.parametrize(
    ("speech", "silent"),
    [
        ("Hello.", False),
        ("Hello. <break/>", False),
        ("<p><s>Hello.</s></p>", False),
        ('<sub alias="Hello">H</sub>', False),
        ('<sub alias="Hello"/>', False),
        ('<phoneme ph="h"/>', False),
        ("<break/>", True),
        (" <break/> <break/> ", True),
        ("<p><s> </s></p>", True),
        ('<prosody rate="slow"><break/></prosody>', True),
    ],
)
def test_speech_without_words(speech: str, *, silent: bool) -> None:
    """Pauses alone say nothing; aliases and pronunciations are words."""
    assert found(speech) == (["speak-sentence-no-words"] if silent else [])


def test_custom_elements_may_speak() -> None:
    """What bxml does not know is not judged, whatever stands in it."""
    for custom in (
        Custom("mark"),
        Custom("x", Gather(gather_url="/a"), PhoneNumber("+19195551234"), "Hi"),
    ):
        document = Response(SpeakSentence(custom))
        assert {each.rule for each in check(document)} == {"escape-hatch"}


@pytest.mark.parametrize(
    ("attributes", "reported"),
    [
        ('voice="ruth"', True),
        ('voice="salli_enh"', True),
        ('voice="salli"', False),
        ('voice="future_enh"', False),
        ("", False),
        ('locale="en_US" gender="male"', False),
        ('locale="fr_CA" gender="male"', True),
        ('locale="fr_CA"', False),
        ('locale="es_US" gender="male"', False),
        ('locale="xx_YY"', False),
    ],
)
def test_tags_that_enhanced_voices_lack(attributes: str, *, reported: bool) -> None:
    """Only a voice that is certainly enhanced is judged, tag by tag."""
    tags = "Do <emphasis>not <emphasis>ever</emphasis></emphasis> hang up."
    rules = found(f"<SpeakSentence {attributes}>{tags}</SpeakSentence>")
    assert rules.count("ssml-emphasis-with-enhanced-voice") == (2 if reported else 0)
    partly = (
        '<say-as interpret-as="characters">ab</say-as><prosody rate="slow" pitch="low">c</prosody>'
    )
    rules = found(f"<SpeakSentence {attributes}>{partly}</SpeakSentence>")
    assert rules.count("ssml-partial-with-enhanced-voice") == (2 if reported else 0)


def test_rate_and_volume_work_in_enhanced_voices() -> None:
    """Of prosody only pitch is missing."""
    tag = '<prosody rate="slow" volume="loud">Hello.</prosody>'
    assert found(f'<SpeakSentence voice="ruth">{tag}</SpeakSentence>') == []


@pytest.mark.parametrize(
    ("speech", "blamed"),
    [
        ("<p><s>a</s><break/></p>", []),
        ('<lang xml:lang="fr-FR"><p>a</p></lang>', []),
        ("<emphasis><emphasis>a</emphasis></emphasis>", []),
        ("<p><p>a</p></p>", ["p/p"]),
        ("<s><p>a</p></s>", ["s/p"]),
        ("<emphasis><s>a</s></emphasis>", ["emphasis/s"]),
        ('<sub alias="b"><emphasis>a</emphasis></sub>', ["sub/emphasis"]),
        ('<phoneme ph="b">a<break/></phoneme>', ["phoneme/break"]),
        ("a<break><emphasis>b</emphasis></break>", ["break/emphasis"]),
        ("<p><p><p>a</p></p></p>", ["p/p", "p/p/p"]),
    ],
)
def test_nesting(speech: str, blamed: list[str]) -> None:
    """The inner tag is to blame, each by itself."""
    problems = check(f"<Response><SpeakSentence>{speech}</SpeakSentence></Response>")
    assert {problem.rule for problem in problems} <= {"ssml-nesting"}
    assert [problem.path for problem in problems] == [
        f"Response/SpeakSentence/{each}" for each in blamed
    ]


INLINE = (
    *("<break/>", "<emphasis>a</emphasis>", '<lang xml:lang="fr-FR">a</lang>'),
    *('<phoneme ph="a">a</phoneme>', '<prosody rate="slow">a</prosody>'),
    *('<say-as interpret-as="time">1</say-as>', '<sub alias="a">b</sub>'),
)


@pytest.mark.parametrize("outer", ["emphasis", 'lang xml:lang="fr-FR"', "p", 'prosody rate="slow"'])
@pytest.mark.parametrize("inner", INLINE)
def test_inline_tags_stand_in_one_another(outer: str, inner: str) -> None:
    """All seven may stand wherever text may be marked up."""
    assert found(f"<{outer}>Hello. {inner}</{outer.split(maxsplit=1)[0]}>") == []


@pytest.mark.parametrize(
    ("outer", "expected"),
    [
        ("<break>{}</break>", "expected nothing inside break"),
        ('<sub alias="b">{}</sub>', "expected text only inside sub"),
        (
            "<s>{}</s>",
            "expected one of break, emphasis, lang, phoneme, prosody, say-as, sub inside",
        ),
    ],
)
def test_nesting_says_what_may_stand_there(outer: str, expected: str) -> None:
    """The expectation is that of the outer tag."""
    speech = outer.format("<p>a</p>")
    (problem,) = check(f"<Response><SpeakSentence>a{speech}</SpeakSentence></Response>")
    assert expected in problem.message


@pytest.mark.parametrize(
    ("attributes", "voice"),
    [('voice="ruth"', "the voice ruth"), ('locale="fr_CA" gender="male"', "the voice of fr_CA")],
)
def test_findings_about_enhanced_voices_name_the_voice(attributes: str, voice: str) -> None:
    """The name where it is given, the locale where it decides."""
    speech = "<emphasis>Hello.</emphasis>"
    source = f"<SpeakSentence {attributes}>{speech}</SpeakSentence>"
    (problem,) = check(f"<Response>{source}</Response>")
    assert f"because {voice} is enhanced" in problem.message


@pytest.mark.parametrize(("text", "got"), [("", "got nothing"), (" third ", "got 'third'")])
def test_a_number_that_is_none_is_quoted(text: str, got: str) -> None:
    """Without text the message says so."""
    speech = f'a<say-as interpret-as="ordinal">{text}</say-as>'
    (problem,) = check(f"<Response><SpeakSentence>{speech}</SpeakSentence></Response>")
    assert got in problem.message


@pytest.mark.parametrize(
    ("how", "text", "reported"),
    [
        ("telephone", "5551234", False),
        ("telephone", "(919) 555-1234", False),
        ("telephone", "+1 919 555 1234", True),
        ("telephone", "911", True),
        ("telephone", "", True),
        ("cardinal", "12", False),
        ("cardinal", "-1,234.50", False),
        ("ordinal", "3", False),
        ("ordinal", "third", True),
        ("ordinal", "3rd", True),
        ("cardinal", "", True),
        ("characters", "third", False),
    ],
)
def test_words_that_cannot_be_read_so(how: str, text: str, *, reported: bool) -> None:
    """Numbers are told from words by their digits; signs and separators are fine."""
    rule = "ssml-telephone-length" if how == "telephone" else "ssml-number-not-numeric"
    speech = f'Here: <say-as interpret-as="{how}">{text}</say-as>'
    assert found(speech) == ([rule] if reported else [])


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<prosody>a</prosody>", ["ssml-prosody-without-attribute"]),
        ('<prosody volume="loud">a</prosody>', []),
        ('a<break strength="weak" time="1s"/>', ["ssml-break-strength-and-time"]),
        ('a<break strength="weak"/>', []),
        ('<phoneme ph="b" alphabet="ipa">a</phoneme>', ["ssml-phoneme-alphabet-undocumented"]),
        ('<say-as interpret-as="time" format="dmy">1\'20"</say-as>', ["ssml-format-only-for-date"]),
        ('<say-as interpret-as="date" format="dmy">1/2/2026</say-as>', []),
    ],
)
def test_attributes_of_tags(tag: str, expected: list[str]) -> None:
    """Attributes that change nothing, or that nobody documents, are pointed out."""
    assert found(tag) == expected


def test_tags_made_in_python_get_python_names() -> None:
    """The attribute that XML spells with a hyphen has an underscore in Python."""
    tag = ssml.say_as("12", interpret_as="cardinal", format="d")
    (problem,) = check(Response(SpeakSentence(tag)))
    assert "expected interpret_as to be 'date'" in problem.message
