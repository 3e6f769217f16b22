"""Rules between fields of one element: both sides of each, by constructor and by append."""

from collections.abc import Callable
from functools import partial
from typing import cast

import pytest

from bxml import (
    Forward,
    Gather,
    Hangup,
    Node,
    PlayAudio,
    Problem,
    Record,
    Refer,
    SipUri,
    SpeakSentence,
    StartRecording,
    StartStream,
    StartTranscription,
    Transfer,
    ValidationError,
    ssml,
)
from bxml._element import Element
from bxml._invariants import INVARIANTS
from bxml._node import ELEMENTS

Build = Callable[..., Node]

WORDS = ("Restricted", "Anonymous", "Private", "Unavailable")
HTTPS: dict[str, dict[str, tuple[str, ...]]] = {
    "Record": {
        "username password": (
            "record_complete_url",
            "recording_available_url",
            "transcription_available_url",
        ),
        "fallback_username fallback_password": ("record_complete_fallback_url",),
    },
    "StartRecording": {
        "username password": ("recording_available_url", "transcription_available_url")
    },
    "StartStream": {"username password": ("stream_event_url",)},
    "StartTranscription": {"username password": ("transcription_event_url",)},
}
CASES = [
    (name, credential, url)
    for name, groups in HTTPS.items()
    for credentials, urls in groups.items()
    for credential in credentials.split()
    for url in urls
]


def problems(make: object, *arguments: object, **given: object) -> tuple[Problem, ...]:
    """Return the problems that a call raises."""
    with pytest.raises(ValidationError) as caught:
        cast("Build", make)(*arguments, **given)
    return caught.value.problems


def test_every_rule_is_known() -> None:
    """These are all the rules that a single value can break, by element."""
    assert {name: [rule.rule for rule in rules] for name, rules in INVARIANTS.items()} == {
        "Forward": ["display-name-keyword-with-privacy"],
        "Gather": ["gather-repeat-limit"],
        "Record": ["record-credentials-need-https"],
        "Refer": ["refer-sip-uri-has-attributes"],
        "StartRecording": ["start-recording-credentials-need-https"],
        "StartStream": ["start-stream-credentials-need-https"],
        "StartTranscription": ["start-transcription-credentials-need-https"],
        "Transfer": ["transfer-display-name-keyword-with-privacy"],
        "say-as": ["ssml-date-needs-format"],
    }


@pytest.mark.parametrize(
    ("repeats", "prompts"), [(20, 1), (1, 20), (10, 2), (4, 5), (10**9, 0), (6, 3)]
)
def test_as_many_prompts_as_a_gather_may_play(repeats: int, prompts: int) -> None:
    """Repetitions times prompts may be 20; a Gather without prompts may repeat them for ever."""
    said = [SpeakSentence("a")] * prompts
    gather = Gather(*said, repeat_count=repeats)
    assert gather == Gather(repeat_count=repeats).append(*said)


@pytest.mark.parametrize(("repeats", "prompts"), [(21, 1), (2, 11), (11, 2), (5, 5), (10**9, 1)])
def test_more_prompts_than_a_gather_may_play(repeats: int, prompts: int) -> None:
    """One prompt too many is refused, however it got there."""
    said = [PlayAudio("/a.wav")] * prompts
    grown = Gather(*said[:-1], repeat_count=1 if prompts > 1 else repeats)
    (problem,) = problems(Gather, *said, repeat_count=repeats)
    assert (problem.rule, problem.path) == ("gather-repeat-limit", "Gather.repeat_count")
    assert problem.message.endswith(f"got {repeats} x {prompts} = {repeats * prompts}")
    if prompts == 1:
        assert problems(grown.append, said[0]) == (problem,)
        assert problems(grown.play_audio, "/a.wav") == (problem,)


@pytest.mark.parametrize(("name", "credential", "url"), CASES)
def test_credentials_need_https(name: str, credential: str, url: str, build: Build) -> None:
    """With either credential an absolute URL is https; relative URLs are left alone."""
    for good in ("https://a.example", "HTTPS://a.example", "/a", "a", "?b=http://c"):
        build(name, **{credential: "u", url: good})
    for bad in ("http://a.example", "HTTP://A.example/x"):
        build(name, **{url: bad})
        with pytest.raises(ValidationError) as caught:
            build(name, **{credential: "", url: bad})
        (problem,) = caught.value.problems
        assert problem.rule == INVARIANTS[name][0].rule
        assert problem.path == f"{name}.{url}"
        assert f"because {credential} is set" in problem.message


def test_credentials_of_other_groups_do_not_matter() -> None:
    """Credentials for the fallback URL say nothing about the main one, and the reverse."""
    plain = "http://a.example"
    Record(username="u", record_complete_fallback_url=plain)
    Record(fallback_username="u", record_complete_url=plain, transcription_available_url="/")
    found = problems(
        Record,
        record_complete_url=plain,
        recording_available_url=plain,
        transcription_available_url=plain,
        record_complete_fallback_url=plain,
        password="p",
        fallback_password="p",
    )
    assert [item.path for item in found] == [
        "Record.record_complete_url",
        "Record.recording_available_url",
        "Record.transcription_available_url",
        "Record.record_complete_fallback_url",
    ]


@pytest.mark.parametrize(("name", "group"), [(n, u) for n, g in HTTPS.items() for u in g.values()])
def test_the_rule_covers_the_documented_webhooks(
    name: str, group: tuple[str, ...], elements: dict[str, Element]
) -> None:
    """The webhooks that name an https rule are those that the rule looks at."""
    urls = {
        url
        for callback in elements[name].callbacks
        for url in (callback.url, callback.fallback_url)
        if callback.https_rule == INVARIANTS[name][0].rule
    }
    assert set(group) <= urls
    assert urls - {None} == {url for urls in HTTPS[name].values() for url in urls}


@pytest.mark.parametrize(
    ("element", "attribute", "rule"),
    [
        ("Forward", "caller_display_name", "display-name-keyword-with-privacy"),
        (
            "Transfer",
            "transfer_caller_display_name",
            "transfer-display-name-keyword-with-privacy",
        ),
    ],
)
def test_display_names_of_private_calls(
    element: str, attribute: str, rule: str, build: Build
) -> None:
    """With privacy only the four words may be shown; without it any name."""
    make = partial(build, element)
    for name in ("Bandwidth", "", *WORDS):
        make(**{attribute: name})
        make(**{attribute: name}, privacy=False)
    for word in WORDS:
        make(**{attribute: word}, privacy=True)
    make(privacy=True)
    for name in ("Bandwidth", "", "restricted", "Private "):
        (problem,) = problems(make, privacy=True, **{attribute: name})
        assert problem.rule == rule
        assert problem.path.endswith(attribute)
        assert "because privacy is set" in problem.message


def test_refer_takes_a_bare_sip_uri() -> None:
    """The SipUri of a Refer has no attributes; the one of a Transfer may."""
    assert Refer(SipUri("sip:a")) == Refer().sip_uri("sip:a")
    dressed = SipUri("sip:a", tag="")
    Transfer(dressed)
    for found in (problems(Refer, dressed), problems(Refer().append, dressed)):
        (problem,) = found
        assert problem.rule == "refer-sip-uri-has-attributes"
        assert problem.message == ("Refer.children: expected a SipUri without attributes, got tag")
    Refer(SipUri("sip:a", extra_attributes={"novelty": "1"}))


def test_every_attribute_of_a_sip_uri_is_refused_in_refer(build: Build) -> None:
    """None of them means anything there."""
    values = {"tag": "t", "uui": "a;encoding=hex"}
    for attribute in ELEMENTS["SipUri"].element.attributes:
        value = values.get(attribute.name, "GET" if attribute.name.endswith("method") else "/a")
        found = problems(Refer, build("SipUri", **{attribute.name: value}))
        assert [problem.message.rpartition(" ")[2] for problem in found] == [attribute.name]


def test_dates_need_a_format() -> None:
    """Only interpret_as="date" needs the order of its parts."""
    ssml.say_as("1/2", interpret_as="date", format="md")
    ssml.say_as("1", interpret_as="time", format="md")
    (problem,) = problems(ssml.say_as, "1/2", interpret_as="date")
    assert (problem.rule, problem.path) == ("ssml-date-needs-format", "ssml.say_as.format")


@pytest.mark.parametrize(
    ("make", "given", "paths"),
    [
        (ssml.SayAs, {"interpret_as": "date", "format": "bad"}, ["ssml.say_as.format"]),
        (
            Forward,
            {"to": "x", "privacy": 1, "caller_display_name": "a"},
            ["Forward.to", "Forward.privacy"],
        ),
        (
            StartStream,
            {"destination": "x", "username": "u", "stream_event_url": "http://a"},
            ["StartStream.destination", "StartStream.stream_event_url"],
        ),
        (
            StartRecording,
            {"username": 5, "recording_available_url": "http://a"},
            ["StartRecording.username"],
        ),
        (
            StartTranscription,
            {"name": "", "username": "u", "transcription_event_url": "http://a b"},
            ["StartTranscription.name", "StartTranscription.transcription_event_url"],
        ),
    ],
)
def test_one_problem_for_each_mistake(
    make: object, given: dict[str, object], paths: list[str]
) -> None:
    """A value that was refused already does not break a rule between fields on top."""
    assert [problem.path for problem in problems(make, **given)] == paths


def test_misplaced_prompts_do_not_count() -> None:
    """What does not belong into a Gather is no prompt."""
    found = problems(Gather, *[Hangup()] * 30, repeat_count=20)
    assert [item.rule for item in found] == ["element-not-allowed-here"] * 30
