"""What each context allows, and what is said where it does not."""

import pytest

from bxml import ValidationError, check
from bxml._node import ELEMENTS
from bxml.rules import CONTEXTS
from bxml.rules.contexts import VERBS

SAY = "<SpeakSentence>Hello.</SpeakSentence>"
IN_CONFERENCE = "PlayAudio SpeakSentence StartRecording StopRecording PauseRecording"
IN_TRANSFER = """
    Gather Hangup Pause PauseRecording PlayAudio Record Redirect ResumeRecording Ring SendDtmf
    SpeakSentence StartGather StartRecording StopGather StopRecording Tag
"""
PUSHED = ["call-update", "conference-update", "endpoint-update"]


def found(source: str, context: str | None = None) -> list[str]:
    """Return the ids of the problems in document order."""
    return [each.rule for each in check(source, context=context)]


def test_there_are_eight_contexts() -> None:
    """Each is known by its id; the record says the same."""
    assert len(CONTEXTS) == 8
    assert all(context.id == name for name, context in CONTEXTS.items())


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=lambda each: each.id)
def test_every_verb_is_allowed_forbidden_or_undocumented(context: object) -> None:
    """The three sets cover all verbs and share none."""
    place = CONTEXTS[getattr(context, "id")]  # noqa: B009 - a parameter of pytest has no type
    assert place.allowed | place.forbidden | place.undocumented == VERBS
    assert len(place.allowed) + len(place.forbidden) + len(place.undocumented) == len(VERBS)
    assert len(VERBS) == 26


def test_the_sets_are_those_of_the_documentation() -> None:
    """Six verbs in a conference, sixteen after transferAnswer, one for endpoints, none or all."""
    conference = {*IN_CONFERENCE.split(), "ResumeRecording"}
    assert CONTEXTS["conference-webhook-reply"].allowed == conference
    assert CONTEXTS["conference-update"].allowed == conference
    assert CONTEXTS["transfer-answer-reply"].allowed == set(IN_TRANSFER.split())
    assert CONTEXTS["transfer-answer-reply"].forbidden == {
        *("Bridge", "Conference", "Forward", "Transfer")
    }
    assert CONTEXTS["endpoint-update"].allowed == {"StartRecording"}
    assert CONTEXTS["async-webhook-reply"].allowed == set()
    for context in ("call-webhook-reply", "call-update", "refer-complete-reply"):
        assert CONTEXTS[context].allowed == VERBS


@pytest.mark.parametrize("context", CONTEXTS)
def test_b7_roots(context: str) -> None:
    """Both roots are fine everywhere: samples of the vendor answer initiate with Bxml, too."""
    bxml, response = (f"<{root}><StartRecording/></{root}>" for root in ("Bxml", "Response"))
    ignored = ["bxml-in-notification-reply"] if context == "async-webhook-reply" else []
    assert found(bxml, context) == ignored
    assert found(response, context) == ignored


def test_without_a_context_none_of_it_is_judged() -> None:
    """Nobody knows where the document goes."""
    everything = "<Bxml><Pause/><PlayAudio>/a.wav</PlayAudio></Bxml>"
    assert found(everything) == []


def test_every_forbidden_verb_is_reported() -> None:
    """Three wrong verbs are three problems, each at its place."""
    source = f"<Response>\n<Pause/>\n{SAY}\n<Ring/>\n<Hangup/></Response>"
    problems = check(source, context="conference-webhook-reply")
    assert [(problem.path, problem.line) for problem in problems] == [
        ("Response/Pause", 2),
        ("Response/Ring", 4),
        ("Response/Hangup", 5),
    ]
    assert {problem.severity for problem in problems} == {"error"}


def test_a_notification_swallows_the_advice_but_not_the_errors() -> None:
    """One warning says that the document is ignored; what is wrong in itself is still said."""
    flow = f"<Response><Hangup/>{SAY}</Response>"
    assert found(flow, "async-webhook-reply") == ["bxml-in-notification-reply"]
    wrong = '<Response><Pause duration="0"/></Response>'
    assert found(wrong, "async-webhook-reply") == [
        "bxml-in-notification-reply",
        "value-out-of-range",
    ]


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize(
    ("verbs", "count"),
    [
        ("<PlayAudio>/a.wav</PlayAudio>", 1),
        ("<PlayAudio>a.wav</PlayAudio>", 1),
        ("<PlayAudio>//example.com/a.wav</PlayAudio>", 1),
        ("<PlayAudio>HTTPS://example.com/a.wav</PlayAudio>", 0),
        ("<PlayAudio>http://example.com/a.wav</PlayAudio>", 0),
        (f'<StartRecording recordingAvailableUrl="/r"/>{SAY}', 1),
        (
            '<Gather gatherUrl="/m" gatherFallbackUrl="n"><PlayAudio>/a.wav</PlayAudio></Gather>',
            3,
        ),
        (
            '<Transfer><PhoneNumber transferAnswerUrl="/w">+19195551234</PhoneNumber></Transfer>',
            1,
        ),
        ('<StartTranscription destination="wss://example.com"/>', 0),
    ],
)
def test_relative_urls_need_a_base(verbs: str, count: int, context: str) -> None:
    """Every relative URL of a pushed document is reported, inside other elements too."""
    rules = found(f"<Response>{verbs}</Response>", context)
    pushed = context in PUSHED
    assert rules.count("relative-url-without-base") == (count if pushed else 0)


@pytest.mark.parametrize(
    ("attributes", "blamed"),
    [
        ('transcribe="true" tag="x" multiChannel="true"', ["transcribe", "tag", "multiChannel"]),
        ('transcribe="true" transcriptionAvailableUrl="https://example.com/t"', None),
        ('transcribe="false" multiChannel="false"', []),
        ('fileFormat="mp3" recordingAvailableUrl="https://example.com/r"', []),
    ],
)
def test_a_conference_recording_ignores_some_attributes(
    attributes: str, blamed: list[str] | None
) -> None:
    """Each is reported where it would change something elsewhere."""
    source = f"<Response><StartRecording {attributes}/></Response>"
    wanted = blamed if blamed is not None else ["transcribe", "transcriptionAvailableUrl"]
    for context in ("conference-webhook-reply", "conference-update"):
        problems = check(source, context=context)
        assert {problem.rule for problem in problems} <= {"conference-recording-ignored-attribute"}
        assert [problem.path.rpartition("@")[2] for problem in problems] == wanted
    assert check(source, context="call-webhook-reply") == []


def test_an_unknown_context_names_the_known_ones() -> None:
    """A misspelt context is an error of the caller, with advice."""
    with pytest.raises(ValidationError, match="did you mean 'call-update'"):
        check("<Response/>", context="call_update")


def test_verbs_in_the_sets_exist() -> None:
    """A misspelt verb in a set would forbid nothing."""
    for context in CONTEXTS.values():
        assert context.forbidden | context.undocumented <= ELEMENTS.keys()
