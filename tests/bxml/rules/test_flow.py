"""Rules about the order of verbs and about what runs on behind them, in and out of contexts."""

import pytest

from bxml import Custom, Gather, Hangup, Pause, Response, check
from bxml.rules import CONTEXTS

SAY = "<SpeakSentence>Hello.</SpeakSentence>"
REFER = "<SipUri>sip:desk@example.com</SipUri></Refer>"
RING = "<PhoneNumber>+19195551234</PhoneNumber></Transfer>"
FORWARD = '<Forward to="+19195551234"/>'
AUDIO = 'destination="wss://example.com"'
TEXT = 'transcriptionEventUrl="/words"'
WAIT = '<Pause duration="60"/>'


def found(verbs: str, context: str | None = None) -> list[str]:
    """Return the ids of the problems in document order."""
    return [each.rule for each in check(f"<Response>{verbs}</Response>", context=context)]


@pytest.mark.parametrize(
    ("verbs", "blamed"),
    [
        ("<Hangup/><Pause/>", "Pause"),
        (f"{FORWARD}<Pause/><Pause/>", "Pause[1]"),
        ('<Redirect redirectUrl="/next"/><Tag>x</Tag><Hangup/><Pause/>', "Tag"),
        (f'<Gather gatherUrl="/menu"/>{SAY}', "SpeakSentence"),
        ('<Record recordCompleteUrl="/done"/><Hangup/>', "Hangup"),
        ('<Bridge bridgeCompleteUrl="/done">c-1</Bridge><Hangup/>', "Hangup"),
        (f'<Transfer transferCompleteUrl="/done">{RING}<Hangup/>', "Hangup"),
        (f'<Refer referCompleteUrl="/done">{REFER}<Hangup/>', "Hangup"),
    ],
)
def test_what_is_never_reached_is_reported_once_at_its_first_verb(verbs: str, blamed: str) -> None:
    """However many verbs follow, the first of them is blamed."""
    (problem,) = check(f"<Response>{verbs}</Response>")
    assert problem.rule == "unreachable-verb"
    assert problem.path == f"Response/{blamed}"


@pytest.mark.parametrize(
    "verbs",
    [
        "<Pause/><Hangup/>",
        f"<Conference>room</Conference>{SAY}",
        f'<Conference conferenceEventUrl="/room">room</Conference>{SAY}',
        f"<Connect><Endpoint>e-1</Endpoint></Connect>{SAY}",
        "<Record/><Hangup/>",
        f"<Transfer>{RING}<Hangup/>",
        '<Bridge bridgeTargetCompleteUrl="/done">c-1</Bridge><Hangup/>',
        '<Record recordingAvailableUrl="/file"/><Hangup/>',
    ],
)
def test_verbs_that_let_the_next_one_run_are_left_alone(verbs: str) -> None:
    """Conference and Connect never end a document; the others do so with their URL only."""
    assert found(verbs) == []


def test_the_number_of_unreachable_verbs_is_told() -> None:
    """Who reads the message knows how much of the document is dead."""
    (problem,) = check(f"<Response><Hangup/><Pause/>{SAY}<Pause/></Response>")
    assert "expected nothing after Hangup, got Pause and 2 more verbs" in problem.message
    (problem,) = check(f"<Response><Hangup/><Pause/>{SAY}</Response>")
    assert "got Pause and 1 more verb" in problem.message


def test_messages_name_attributes_as_their_reader_writes_them() -> None:
    """XML gets wire names, values made in Python get Python names."""
    (read,) = check('<Response><Gather gatherUrl="/menu"/><Pause/></Response>')
    (made,) = check(Response(Gather(gather_url="/menu"), Pause()))
    assert "after Gather with gatherUrl, got Pause" in read.message
    assert "after Gather with gather_url, got Pause" in made.message
    assert (read.hint or "").replace("gatherUrl", "gather_url") == made.hint


def test_an_unreachable_custom_verb_counts_too() -> None:
    """What bxml does not know is a verb all the same, and ends nothing as far as it knows."""
    assert [each.rule for each in check(Response(Hangup(), Custom("New")))] == [
        "escape-hatch",
        "unreachable-verb",
    ]
    assert [each.rule for each in check(Response(Custom("New"), Hangup()))] == ["escape-hatch"]


@pytest.mark.parametrize(
    ("before", "reported"),
    [
        (SAY, True),
        ("<PlayAudio>/hello.wav</PlayAudio>", True),
        ("<SendDtmf>1</SendDtmf>", True),
        ("<Record/>", True),
        ("<StartRecording/>", True),
        ("<Conference>room</Conference>", True),
        ("<Bridge>c-1</Bridge>", True),
        ("<Connect><Endpoint>e-1</Endpoint></Connect>", True),
        (f"<StartStream {AUDIO}/>", True),
        (f"<StartTranscription {TEXT}/>", True),
        (f"<Transfer>{RING}", True),
        ("<Ring/>", True),
        ('<Ring answerCall="true"/>', True),
        ('<Ring answerCall="false"/>', False),
        ("<Tag>x</Tag>", False),
        ("<Pause/>", False),
        ("<StopRecording/><StopGather/><PauseRecording/><ResumeRecording/>", False),
    ],
)
def test_forward_after_a_verb_that_answers(before: str, *, reported: bool) -> None:
    """Only verbs known to answer the call count; of Pause nobody knows."""
    assert found(before + FORWARD) == (["forward-after-answer"] if reported else [])


def test_several_answering_verbs_make_one_finding() -> None:
    """The first of them is named; Forward is to blame once."""
    (problem,) = check(f"<Response>{SAY}<Record/>{FORWARD}</Response>")
    assert "got SpeakSentence before it" in problem.message
    assert problem.path == "Response/Forward"


def test_a_forward_that_is_never_reached_is_only_that() -> None:
    """What cannot run breaks no other rule about order."""
    assert found(f'<Gather gatherUrl="/menu"/>{FORWARD}') == ["unreachable-verb"]


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        (f'<StartGather dtmfUrl="/key"/>{FORWARD}', ["start-gather-with-forward"]),
        (f'<StartGather dtmfUrl="/key"/><StopGather/>{FORWARD}', []),
        ('<StartGather dtmfUrl="/key"/>' + WAIT, []),
    ],
)
def test_keys_of_a_forwarded_call_are_not_reported(verbs: str, expected: list[str]) -> None:
    """StartGather is to blame only while it runs when Forward comes."""
    assert found(verbs) == expected


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        (f"<Refer>{REFER}", []),
        (f"<Refer>{REFER}{SAY}", ["refer-verbs-after-run-only-on-failure"]),
        (f"<Refer>{REFER}{SAY}<Hangup/>", ["refer-verbs-after-run-only-on-failure"]),
        (f'<Refer referCompleteUrl="/done">{REFER}', []),
    ],
)
def test_verbs_after_refer(verbs: str, expected: list[str]) -> None:
    """They are what to do after a failure, and said to be so once."""
    assert found(verbs) == expected


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (None, ["empty-response-hangs-up"]),
        ("call-webhook-reply", ["empty-response-hangs-up"]),
        ("refer-complete-reply", ["empty-response-hangs-up"]),
        ("conference-webhook-reply", []),
        ("transfer-answer-reply", ["empty-response-hangs-up"]),
        ("endpoint-update", []),
        ("async-webhook-reply", ["bxml-in-notification-reply"]),
    ],
)
def test_an_empty_document_hangs_up_only_where_the_end_does(
    context: str | None, expected: list[str]
) -> None:
    """In a conference nothing happens; after transferAnswer both parties are joined."""
    assert found("", context) == expected
    assert found("<!-- nothing yet -->", context) == expected


@pytest.mark.parametrize(
    ("verbs", "count"),
    [
        ("<StartRecording/>", 0),
        ("<StartRecording/><StartRecording/>", 1),
        ("<StartRecording/><StartRecording/><StartRecording/>", 2),
        ("<StartRecording/><StopRecording/><StartRecording/>", 0),
        ("<StartRecording/><PauseRecording/><StartRecording/>", 1),
        ("<StartRecording/><Record/><StopRecording/>", 0),
        ("<Hangup/><StartRecording/><StartRecording/>", 0),
    ],
)
def test_one_recording_at_a_time(verbs: str, count: int) -> None:
    """Each StartRecording beyond the one that runs is ignored; a paused one still runs."""
    assert found(verbs).count("duplicate-start-recording") == count


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        (f"<StartStream {AUDIO}/>", ["start-stream-last-verb"]),
        (f"<StartStream {AUDIO}/><Tag>x</Tag>", ["start-stream-last-verb"]),
        (f"{SAY}<StartStream {AUDIO}/><StartStream {AUDIO}/>", ["start-stream-last-verb"]),
        (f"<StartStream {AUDIO}/>{WAIT}", []),
        (f"<StartStream {AUDIO}/><Hangup/>", []),
        (f'<StartStream {AUDIO}/><Redirect redirectUrl="/next"/>', []),
        (f"<StartStream {AUDIO}/><Conference>room</Conference>", []),
        (f'<StartStream {AUDIO} name="a"/><StopStream name="a" wait="true"/>', []),
    ],
)
def test_a_stream_at_the_end_of_the_document(verbs: str, expected: list[str]) -> None:
    """Verbs that return at once do not keep the call; an explicit Hangup is meant."""
    assert found(verbs) == expected


@pytest.mark.parametrize(
    ("after", "reported"),
    [
        ("", True),
        ("<Hangup/>", True),
        ('<StopStream name="bot"/>', True),
        ('<StopStream name="bot" wait="false"/>', True),
        ("<StopRecording/>", True),
        ('<StopStream name="bot" wait="true"/>', False),
        (WAIT, False),
        ('<Redirect redirectUrl="/next"/>', False),
        ("<Gather/>", False),
    ],
)
def test_a_bidirectional_stream_needs_a_verb_that_keeps_the_call(
    after: str, *, reported: bool
) -> None:
    """Waiting for the stream is the documented way; anything that takes time will do."""
    stream = f'<StartStream name="bot" mode="bidirectional" {AUDIO}/>'
    rules = set(found(stream + after)) - {"gather-without-url"}
    assert rules == ({"bidirectional-stream-not-kept-alive"} if reported else set())


def test_streams_may_end_a_document_that_does_not_end_the_call() -> None:
    """After transferAnswer both parties are joined; of endpoints nobody knows."""
    for context in ("transfer-answer-reply", "endpoint-update"):
        rules = set(found(f"<StartStream {AUDIO}/>", context))
        assert rules <= {"verb-undocumented-in-transfer-answer", "verb-undocumented-for-endpoint"}


def streams(*parts: str) -> str:
    """Return verbs from short forms: ``a`` one track, ``a*`` both, ``-a`` stop, ``?`` unnamed."""
    made: list[str] = []
    for part in parts:
        name = part.strip("-*")
        tracks = ' tracks="both"' if part.endswith("*") else ""
        if part.startswith("-"):
            made.append(f'<StopStream name="{name}"/>')
        elif part.startswith("?"):
            made.append(f"<StartStream{tracks} {AUDIO}/>")
        else:
            made.append(f'<StartStream name="{name}"{tracks} {AUDIO}/>')
    return "".join(made) + WAIT


@pytest.mark.parametrize(
    ("parts", "blamed"),
    [
        ("a b c d", []),
        ("a b c d e", [5]),
        ("a* b*", []),
        ("a* b* c", [3]),
        ("a* b c*", [3]),
        ("a* b c* d", [3]),
        ("a b c d -a e", []),
        ("a b c d -x e", [5]),
        ("?* ?* ?", [3]),
        ("a b c d e f", [5, 6]),
    ],
)
def test_four_tracks_at_a_time(parts: str, blamed: list[int]) -> None:
    """Both counts as two; a refused stream takes no track; a stopped one frees its own."""
    problems = check(f"<Response>{streams(*parts.split())}</Response>")
    assert {problem.rule for problem in problems} <= {"stream-track-limit"}
    assert [problem.path for problem in problems] == [f"Response/StartStream[{n}]" for n in blamed]


@pytest.mark.parametrize(
    ("parts", "count"),
    [("a a", 1), ("a b", 0), ("a -a a", 0), ("a -b a", 1), ("? ?", 0), ("a a a", 2)],
)
def test_one_name_at_a_time(parts: str, count: int) -> None:
    """Names must differ while streams run; streams without a name never clash."""
    assert found(streams(*parts.split())) == ["duplicate-stream-name"] * count


def test_stop_transcription_without_a_name_stops_all() -> None:
    """After it names and tracks are free again."""
    begin = f'<StartTranscription name="a" tracks="both" {TEXT}/>'
    other = f'<StartTranscription name="b" tracks="both" {TEXT}/>'
    assert found(begin + other + begin) == ["duplicate-transcription-name"]
    assert found(begin + other + "<StopTranscription/>" + begin + other) == []
    third = f'<StartTranscription name="c" {TEXT}/>'
    assert found(begin + other + third) == ["transcription-track-limit"]


@pytest.mark.parametrize(
    ("verbs", "count"),
    [
        ('<StopStream name="a"/>', 1),
        (f'<StartStream name="a" {AUDIO}/>{WAIT}<StopStream name="a"/>', 0),
        (f'<StopStream name="a"/><StartStream name="a" {AUDIO}/>{WAIT}', 0),
        (f'<StartStream name="b" {AUDIO}/>{WAIT}<StopStream name="a"/>', 1),
    ],
)
def test_stop_of_a_stream_that_this_document_does_not_begin(verbs: str, count: int) -> None:
    """Asked for, every name that no StartStream has is reported; else nothing is."""
    rule = "stop-stream-name-unknown"
    problems = check(f"<Response>{verbs}</Response>", enable=[rule])
    assert [problem.rule for problem in problems] == [rule] * count
    assert check(f"<Response>{verbs}</Response>") == []


@pytest.mark.parametrize("context", [name for name, item in CONTEXTS.items() if item.forbidden])
def test_a_forbidden_verb_is_reported_as_that_and_nothing_else(context: str) -> None:
    """Where Forward and Hangup cannot stand, what follows them is not called unreachable."""
    rules = set(found(f"{SAY}{FORWARD}{SAY}", context))
    assert rules <= {
        "verb-not-allowed-in-conference",
        "verb-not-allowed-in-transfer-answer",
        "bxml-in-notification-reply",
    }
    assert rules
