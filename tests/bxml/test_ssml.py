"""Speech: SSML nodes, fragments, markup from trusted strings, voices and locales."""

import pickle
from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bxml import Custom, Hangup, Node, ParseError, Response, SpeakSentence, ValidationError, ssml
from bxml._node import ELEMENTS
from bxml._speech import MAX_SPEECH_DEPTH, Piece, merged

Build = Callable[..., Node]

FUNCTIONS = {
    "break": ssml.break_,
    "emphasis": ssml.emphasis,
    "lang": ssml.lang,
    "p": ssml.p,
    "phoneme": ssml.phoneme,
    "prosody": ssml.prosody,
    "s": ssml.s,
    "say-as": ssml.say_as,
    "sub": ssml.sub,
}
NEEDED = {
    "lang": {"lang": "fr-FR"},
    "phoneme": {"ph": "a"},
    "say-as": {"interpret_as": "time"},
    "sub": {"alias": "a"},
}


def node(name: str, *content: object) -> ssml.SsmlNode:
    """Return an SSML node with what it needs."""
    made = cast("Build", FUNCTIONS[name])(*content, **NEEDED.get(name, {}))
    assert isinstance(made, ssml.SsmlNode)
    return made


def refusal(make: object, *arguments: object, **given: object) -> str:
    """Return the text of the error that a call raises."""
    with pytest.raises(ValidationError) as caught:
        cast("Build", make)(*arguments, **given)
    return str(caught.value)


def spoken(*pieces: ssml.SpeechPiece | ssml.Fragment) -> str:
    """Return what stands inside SpeakSentence."""
    text = Response(SpeakSentence(*pieces)).to_bxml()
    return text.partition("<SpeakSentence>")[2].partition("</SpeakSentence>")[0]


def test_every_tag_has_a_function() -> None:
    """The functions of the module are the nine SSML elements."""
    tags = {name for name, made in ELEMENTS.items() if made.element.kind == "ssml"}
    assert set(FUNCTIONS) == tags
    for name, made in FUNCTIONS.items():
        assert made is ELEMENTS[name]
        assert getattr(ssml, made.element.python_name) is made
        assert made.__name__ in ssml.__all__
        assert made.element.python_name in ssml.__all__


@pytest.mark.parametrize("outer", FUNCTIONS)
@pytest.mark.parametrize("inner", FUNCTIONS)
def test_each_tag_nests_in_each(outer: str, inner: str) -> None:
    """The vendor says nothing about nesting, so nothing is refused."""
    held = node(outer, node(inner))
    assert cast("tuple[Node, ...]", getattr(held, "content")) == (node(inner),)  # noqa: B009
    root = etree.fromstring(Response(SpeakSentence("a", held)).to_bytes())
    assert [each.tag for each in root.iter()][2:] == [outer, inner]


def test_texts_are_joined() -> None:
    """However text is cut into pieces, equal speech is one value."""
    assert SpeakSentence("a", "", "b", ssml.p(), "c", "d") == SpeakSentence("ab", ssml.p(), "cd")
    assert SpeakSentence("a", ssml.fragment("b", ssml.p("c", "")), "d") == SpeakSentence(
        "ab", ssml.p("c"), "d"
    )
    assert ssml.s("", "a", "").content == ("a",)
    assert ssml.s("").content == ()
    assert SpeakSentence(" a ").content == (" a ",)


@given(st.lists(st.text("ab ", max_size=3) | st.just(ssml.p("x")), max_size=8))
def test_merged_pieces(pieces: list[Piece]) -> None:
    """No text is empty, no two texts are neighbours, and nothing is lost."""
    joined = merged(pieces)
    texts = [isinstance(each, str) for each in joined]
    assert all(each for each in joined if isinstance(each, str))
    assert not any(first and second for first, second in pairwise(texts))
    assert "".join(map(str, joined)) == "".join(map(str, pieces))
    assert merged(joined) == joined


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", ("", " ")])
def test_blank_speech_is_refused(text: str | tuple[str, ...]) -> None:
    """There must be something to say; a node counts, whatever it holds."""
    pieces = (text,) if isinstance(text, str) else text
    assert "SpeakSentence.content: expected text to say, got" in refusal(SpeakSentence, *pieces)
    assert "got nothing" in refusal(SpeakSentence)
    assert spoken(*pieces, ssml.break_()) == "".join(pieces).replace("\r", "&#13;") + "<break/>"
    assert spoken("\u00a0") == "\u00a0"


@pytest.mark.parametrize(
    ("piece", "got"),
    [
        (Hangup(), "expected text or SSML, got Hangup; Hangup belongs in Response or Bxml"),
        (Response(), "expected text or SSML, got Response"),
        (5, "expected text or SSML, got 5; write str(...) around it"),
        (1.5, "expected text or SSML, got 1.5; write str(...) around it"),
        (None, "expected text or SSML, got None"),
        (b"a", "expected text or SSML, got a bytes"),
        (["a"], "expected text or SSML, got a list; unpack it with *"),
        (ssml.p, "expected text or SSML, got the class P; call it: P(...)"),
        ("\x00", "expected characters that XML can carry, got U+0000 at index 0"),
    ],
)
def test_what_speech_cannot_hold(piece: object, got: str) -> None:
    """Each piece that is no speech is refused with its position, in nodes and in fragments."""
    assert refusal(SpeakSentence, "a", piece).startswith(f"SpeakSentence.content[1]: {got}")
    assert refusal(ssml.p, piece).startswith(f"ssml.p.content: {got}")
    assert refusal(ssml.fragment, "a", piece).startswith(f"ssml.fragment[1]: {got}")


def test_breaks_hold_no_text() -> None:
    """Text in a break is refused; white space there means nothing."""
    assert refusal(ssml.break_, "a", time="1s") == (
        "ssml.break_.content: expected no text, got 'a'; put the text beside ssml.break_()"
    )
    assert ssml.break_(" \n", time="1s") == ssml.break_(time="1s")  # type: ignore[arg-type]
    assert spoken("a", ssml.break_(ssml.s("b"))) == "a<break><s>b</s></break>"


def test_custom_nodes_in_speech() -> None:
    """A tag that the vendor adds tomorrow can be said today."""
    assert spoken("a", Custom("mark", attributes={"name": "b"})) == 'a<mark name="b"/>'
    assert ssml.p(Custom("w", "c")).content == (Custom("w", "c"),)


def nested(levels: int) -> ssml.SsmlNode:
    """Return nodes one in another."""
    made = ssml.s("deep")
    for _ in range(levels - 1):
        made = ssml.s(made)
    return made


def test_nesting_has_an_end() -> None:
    """As many levels as a document has room for, and no recursion error beyond."""
    most = nested(MAX_SPEECH_DEPTH)
    document = Response().gather(SpeakSentence(most))
    root = etree.fromstring(document.to_bytes())
    assert sum(1 for _ in root.iter()) == 100
    expected = f"expected at most {MAX_SPEECH_DEPTH} levels of elements, got more"
    deeper = ssml.s(most)
    for make in (SpeakSentence, ssml.p, ssml.fragment):
        assert expected in refusal(make, deeper)


def test_fragments_are_values() -> None:
    """A fragment compares, hashes, pickles, iterates, and repr rebuilds it."""
    made = ssml.fragment("a", "b", ssml.break_(time="1s"))
    assert made == ssml.fragment(ssml.fragment("ab"), ssml.break_(time="1s"))
    assert (list(made), len(made)) == (["ab", ssml.break_(time="1s")], 2)
    assert hash(made) == hash(ssml.fragment("ab", ssml.break_(time="1s")))
    assert repr(made) == "ssml.fragment('ab', ssml.break_(time='1s'))"
    assert eval(repr(made), {"ssml": ssml}) == made  # noqa: S307 - source made by repr
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - made here
    assert made != ("ab", ssml.break_(time="1s"))
    assert SpeakSentence(made, made, "c").content[-1] == "c"


def test_trusted_markup_is_parsed() -> None:
    """Markup becomes the nodes that the functions make; mistakes in it have a position."""
    parsed = ssml.parse('Hello <break time="1s"/><s>you &amp; me</s>')
    assert parsed == ssml.fragment("Hello ", ssml.break_(time="1s"), ssml.s("you & me"))
    with pytest.raises(ParseError) as caught:
        ssml.parse("a<brake/>")
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (1, 2)


def test_speech_by_class_or_function() -> None:
    """Classes and functions are the same thing under two names."""
    assert ssml.SayAs is ssml.say_as
    assert repr(ssml.Lang("a", lang="fr-FR")) == "ssml.lang('a', lang='fr-FR')"
    assert spoken(ssml.lang("a", lang="fr-FR")) == '<lang xml:lang="fr-FR">a</lang>'
    assert spoken(ssml.say_as("1", interpret_as="cardinal")) == (
        '<say-as interpret-as="cardinal">1</say-as>'
    )


def test_voices_and_locales() -> None:
    """49 voices in 20 locales; each locale that is listed has a voice."""
    assert (len(ssml.VOICES), len(ssml.LOCALES), len(ssml.LANGUAGES)) == (49, 20, 28)
    assert {voice.locale for voice in ssml.VOICES.values()} == set(ssml.LOCALES)
    assert all(name == voice.name for name, voice in ssml.VOICES.items())
    enhanced = {name for name, voice in ssml.VOICES.items() if voice.enhanced}
    assert enhanced == {
        *("ruth", "salli_enh", "ivy_enh", "stephen", "joey_enh", "lupe", "pedro", "gabrielle"),
        *("liam", "emma_enh"),
    }
    assert ssml.VOICES["bridget"] == ssml.Voice("bridget", "en_UK", "female")
    assert ssml.VOICES["ruth"] == ssml.Voice("ruth", "en_US", "female", enhanced=True)


def test_languages_are_spelt_with_a_hyphen() -> None:
    """Languages of SSML and locales of voices are different lists with different spelling."""
    assert "en-US" in ssml.LANGUAGES
    assert "en_US" in ssml.LOCALES
    assert not any("_" in language for language in ssml.LANGUAGES)
    assert sorted(set(ssml.LANGUAGES)) == sorted(ssml.LANGUAGES)


@pytest.mark.parametrize(
    ("locale", "gender", "name"),
    [
        ("en_US", "female", "susan"),
        ("en_US", "male", "paul"),
        ("es", "female", "esperanza"),
        ("fr_CA", "female", "gabrielle"),
        ("en_GB_WLS", "female", "geraint"),
        ("ro_RO", "male", "carmen"),
    ],
)
def test_the_voice_that_the_platform_picks(locale: str, gender: str, name: str) -> None:
    """The first voice of the locale and gender, else the first of the other gender."""
    picked = ssml.voice_for(locale, gender)
    assert picked is not None
    assert picked.name == name


def test_the_voice_without_locale_or_gender() -> None:
    """A US English woman is the default; an unknown locale has no voice."""
    assert ssml.voice_for() == ssml.VOICES["susan"]
    assert ssml.voice_for("xx_XX") is None
