"""Findings that miss something do not hold where it was there and could not be read."""

import pytest

from bxml import Document, check
from bxml._diagnostics import unread
from bxml._element import wire_name
from bxml._reading.reader import Reader
from bxml.rules import DOCUMENT_RULES, ELEMENT_FINDERS, Finding

AUDIO = 'destination="wss://example.com"'


def judged(verbs: str) -> tuple[set[str], set[str]]:
    """Return the ids that the finders find, and those of them that hold."""
    reader = Reader()
    reader.read(f"<Response>{verbs}</Response>".encode())
    assert isinstance(reader.root, Document)
    every: list[tuple[str, Finding]] = []
    for frame in reader.frames:
        if frame.node is None:
            continue
        for rule in ELEMENT_FINDERS[frame.node.element.name]:
            assert rule.find is not None
            every += [(rule.id, finding) for finding in rule.find(frame.node, wire_name)]
    for rule in DOCUMENT_RULES:
        assert rule.document is not None
        every += [(rule.id, finding) for finding in rule.document(reader.root, None, wire_name)]
    empty = unread(reader.flaws)
    return {name for name, _ in every}, {
        name for name, each in every if empty.isdisjoint(each.absent)
    }


@pytest.mark.parametrize(
    ("verbs", "silenced"),
    [
        ('<Gather gatherURL="/a" gatherMethod="GET"/>', "gather-without-url method-without-url"),
        (
            '<Gather gatherUrl="/a b" username="a" password="b"/>',
            "gather-without-url credentials-without-url",
        ),
        (
            '<Gather gatherUrl="/a" inputs="speech" hints="a"/>',
            "speech-attribute-needs-speech-input",
        ),
        ('<Redirect redirectUrl="/a" usernme="a" password="b"/>', "password-without-username"),
        ("<PhoneNumber>+19195551234</PhoneNumber>", "empty-response-hangs-up"),
        ("Hello.", "empty-response-hangs-up"),
        ("<Connect>e-1</Connect>", "connect-without-endpoint"),
        ("<Connect><Endpoints>e-1</Endpoints></Connect>", "connect-without-endpoint"),
        ('<Ring answerCall="False"/><Forward to="+19195551234"/>', "forward-after-answer"),
        ('<Gather gatherUrl="/a b"/><Forward to="+19195551234"/>', "forward-after-answer"),
        (
            f'<StartStream name="a" mode="bidirectional" {AUDIO}/><StopStream name="a" wait="1"/>',
            "bidirectional-stream-not-kept-alive",
        ),
        (f"<StartStream {AUDIO}/><Wait/>", "start-stream-last-verb"),
        (f'<StartStream {AUDIO} mode="twoway"/>', "start-stream-last-verb"),
        (
            (
                f"<StartStream {AUDIO} tracks='both' name='a' nam='b'/><StartStream {AUDIO} "
                f"tracks='both'/><StopStream name='c'/><StartStream {AUDIO}/><Pause/>"
            ),
            "stream-track-limit",
        ),
        ("<StartRecording/><StopRecordings/><StartRecording/>", "duplicate-start-recording"),
        ("<SpeakSentence><voice>Hi</voice><break/></SpeakSentence>", "speak-sentence-no-words"),
        ('<Record detectLanguage="true" transcribe="True"/>', "detect-language-needs-transcribe"),
        (
            '<Gather gatherUrl="/a b" gatherFallbackUrl="/b"/>',
            "fallback-without-primary-url gather-without-url",
        ),
        (
            '<Record transcriptionAvailableUrl="/t" transcribe="True"/>',
            "transcription-url-needs-transcribe",
        ),
        (
            (
                '<StartTranscription destination="https://e"><CustomParam name="a" value=""/>'
                "</StartTranscription>"
            ),
            "custom-params-need-destination",
        ),
        (
            (
                '<SpeakSentence>a<say-as interpret-as="telephone"><b>9195551234</b></say-as>'
                "</SpeakSentence>"
            ),
            "ssml-telephone-length",
        ),
        (
            '<SpeakSentence>a<say-as interpret-as="cardinal"><b>12</b></say-as></SpeakSentence>',
            "ssml-number-not-numeric",
        ),
        ('<Record maxDuration="2m" silenceTimeout="90"/>', "silence-timeout-beyond-max-duration"),
        (
            '<SpeakSentence><prosody rate="quick">Hi</prosody></SpeakSentence>',
            "ssml-prosody-without-attribute",
        ),
        (
            '<StartTranscription destination="https://example.com" stabilized="true"/>',
            "stabilized-needs-destination",
        ),
        (
            '<Forward to="+19195551234" diversionReason="away" diversionTreatment="Stack"/>',
            "diversion-reason-needs-stack",
        ),
    ],
)
def test_what_was_there_but_unreadable_is_not_called_missing(verbs: str, silenced: str) -> None:
    """One mistake is one problem: its consequences are not reported on top."""
    found, held = judged(verbs)
    assert held == set()
    assert found >= set(silenced.split())
    reported = check(f"<Response>{verbs}</Response>")
    assert reported
    assert {each.severity for each in reported} == {"error"}


@pytest.mark.parametrize(
    ("verbs", "rule"),
    [
        ('<Gather maxDigits="many"/>', "gather-without-url"),
        ('<Pause duration="0"/><Gather/>', "gather-without-url"),
        ('<Redirect redirectUrl="/a b" password="b"/>', "password-without-username"),
        ('<Conference callIdsToCoach="" hold="no">room</Conference>', "coach-without-calls"),
        ("<Hangup/><Pausee/><Pause/>", "unreachable-verb"),
    ],
)
def test_other_mistakes_silence_nothing(verbs: str, rule: str) -> None:
    """A finding falls only with the very field that it misses."""
    found, held = judged(verbs)
    assert rule in found & held


def test_parameters_whose_names_could_not_be_read_are_not_the_same() -> None:
    """Two names that are too long are two problems, not one name twice."""
    long = "x" * 257
    params = f'<StreamParam name="{long}" value=""/>' * 2
    assert judged(f"<StartStream {AUDIO}>{params}</StartStream><Pause/>") == (set(), set())


def test_a_correct_document_leaves_nothing_empty() -> None:
    """Without flaws every finding holds."""
    assert unread([]) == frozenset()
    found, held = judged('<Gather/><Hangup/><SpeakSentence voice="Susan">Hi</SpeakSentence>')
    assert found == held == {"gather-without-url", "unreachable-verb", "unknown-voice"}
