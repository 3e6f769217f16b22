"""Findings about a voice do not hold where an attribute that chooses the voice is unreadable."""

import pytest

from bxml import check
from bxml.ssml import VOICES

INSIDE = {
    "ssml-emphasis-with-enhanced-voice": "<emphasis>Hi</emphasis>",
    "ssml-partial-with-enhanced-voice": '<prosody pitch="high">Hi</prosody>',
}
SAY_AS = '<say-as interpret-as="cardinal">12</say-as>'
KINDS = {(voice.locale, voice.gender) for voice in VOICES.values()}
ENHANCED = sorted(
    kind
    for kind in KINDS
    if all(voice.enhanced for voice in VOICES.values() if (voice.locale, voice.gender) == kind)
)


@pytest.mark.parametrize(
    ("rule", "inside"), [*INSIDE.items(), ("ssml-partial-with-enhanced-voice", SAY_AS)]
)
@pytest.mark.parametrize(
    ("attribute", "holds"),
    [("", True), ('voice=""', False), ('genders="x"', False), ('loc="x"', False)],
)
def test_a_voice_that_may_be_another(
    rule: str,
    inside: str,
    attribute: str,
    holds: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """One mistake is one problem: what follows from it is not reported on top."""
    locale, gender = ENHANCED[0]
    verb = f'<SpeakSentence locale="{locale}" gender="{gender}" {attribute}>{inside}'
    found = [each.rule for each in check(f"<Response>{verb}</SpeakSentence></Response>")]
    assert (rule in found) == holds
    assert found


@pytest.mark.parametrize("inside", ['<phoneme ph=""></phoneme>', '<sub alias=""></sub>'])
def test_words_that_may_be_there(inside: str) -> None:
    """A tag whose attribute is unreadable may have stood for words."""
    verb = f"<SpeakSentence>{inside}<break/></SpeakSentence>"
    found = [each.rule for each in check(f"<Response>{verb}</Response>")]
    assert found
    assert "speak-sentence-no-words" not in found


@pytest.mark.parametrize(("between", "holds"), [("", True), ("<Huh/>", False)])
def test_verbs_after_refer(between: str, holds: bool) -> None:  # noqa: FBT001 - a column
    """What stands after an unknown verb may be its business."""
    refer = "<Refer><SipUri>sip:a@b.test</SipUri></Refer>"
    found = [each.rule for each in check(f"<Response>{refer}{between}<Pause/></Response>")]
    assert ("refer-verbs-after-run-only-on-failure" in found) == holds
