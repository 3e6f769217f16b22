"""Rules about single verbs: calls, headers, media, recordings and streams."""

import pytest

from bxml import check

RING = "<PhoneNumber>+19195551234</PhoneNumber>"
UUI = "aGVsbG8=;encoding=base64"
TEXT = 'transcriptionEventUrl="/words"'


def found(verb: str) -> list[str]:
    """Return id and attribute of each problem, as ``id@attribute`` or ``id`` alone."""
    problems = check(f"<Response>{verb}</Response>")
    return ["@".join([problem.rule, *problem.path.split("/@")[1:]]) for problem in problems]


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("<Bridge>c-1</Bridge>", []),
        ("<Bridge> c-1 </Bridge>", []),
        ("<Bridge>+19195551234</Bridge>", ["bridge-target-call-id-shape"]),
        ("<Conference>room</Conference>", []),
        ('<Conference callIdsToCoach="c-1,c-2">room</Conference>', []),
        (
            '<Conference callIdsToCoach="">room</Conference>',
            ["coach-without-calls@callIdsToCoach"],
        ),
        ("<Connect/>", ["connect-without-endpoint"]),
        ("<Connect><Endpoint>e-1</Endpoint></Connect>", []),
        (
            (
                "<Connect><Endpoint>e-1</Endpoint><Endpoint>e-2</Endpoint>"
                "<Endpoint>e-3</Endpoint></Connect>"
            ),
            ["connect-multiple-endpoints"],
        ),
        (f"<Transfer>{RING}<SipUri>sip:a@example.com</SipUri></Transfer>", []),
        (f"<Transfer>{RING}{RING}{RING}</Transfer>", ["duplicate-transfer-destination"] * 2),
        (
            (
                "<Transfer><SipUri>sip:a@example.com</SipUri><SipUri>sip:a@example.com</SipUri>"
                "</Transfer>"
            ),
            ["duplicate-transfer-destination"],
        ),
    ],
)
def test_calls(verb: str, expected: list[str]) -> None:
    """Verbs that bring calls together."""
    assert found(verb) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('to="sip:a@example.com"', []),
        ('to="SIP:a@example.com"', []),
        ('to="sips:a@example.com"', ["sips-scheme-undocumented@to"]),
        ('to="SIPS:a@example.com"', ["sips-scheme-undocumented@to"]),
        (f'to="sips:a@example.com" uui="{UUI}"', ["sips-scheme-undocumented@to"]),
        (f'to="sip:a@example.com" uui="{UUI}"', []),
        (f'to="+19195551234" uui="{UUI}"', ["uui-needs-sip-destination@uui"]),
        (f'to="sip:a@example.com" uui="{"a" * 243};encoding=jwt"', []),
        (f'to="sip:a@example.com" uui="{"a" * 244};encoding=jwt"', ["uui-longer-than-256@uui"]),
        (f'to="sip:a@example.com" uui="{"a" * 338};encoding=jwt"', ["value-too-long@uui"]),
        ('to="+19195551234" from="Anonymous"', ["caller-id-keyword-legacy@from"]),
        ('to="+19195551234" from="Private" privacy="true"', ["caller-id-keyword-legacy@from"]),
        ('to="+19195551234" from="anonymous"', ["pattern-mismatch@from"]),
        ('to="+19195551234" from="+19195554321"', []),
        (
            'to="+19195551234" diversionReason="away"',
            ["diversion-reason-needs-stack@diversionReason"],
        ),
        ('to="+19195551234" diversionTreatment="stack" diversionReason="away"', []),
        ('to="+19195551234" diversionTreatment="none"', []),
    ],
)
def test_headers_of_a_forwarded_call(attributes: str, expected: list[str]) -> None:
    """Caller id, User-To-User and Diversion."""
    assert found(f"<Forward {attributes}/>") == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", []),
        ('transferCallerId=""', []),
        ('transferCallerId="Unavailable"', ["transfer-caller-id-keyword-legacy@transferCallerId"]),
        ('diversionTreatment="stack"', []),
        (
            'diversionTreatment="propagate" diversionReason="away"',
            ["transfer-diversion-reason-needs-stack@diversionReason"],
        ),
    ],
)
def test_headers_of_a_transferred_call(attributes: str, expected: list[str]) -> None:
    """The same under the ids of Transfer."""
    assert found(f"<Transfer {attributes}>{RING}</Transfer>") == expected


@pytest.mark.parametrize("parent", ["Transfer", "Refer"])
def test_sip_uris_inside(parent: str) -> None:
    """The target of a Refer is judged like a destination of a Transfer."""
    assert found(f"<{parent}><SipUri>sips:a@example.com</SipUri></{parent}>") == [
        "sips-scheme-undocumented"
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", ["gather-without-url"]),
        ('gatherUrl="/a" input="speech" hints="a" speechTimeout="3"', []),
        (
            'gatherUrl="/a" hints="a" speechTimeout="3"',
            [
                "speech-attribute-needs-speech-input@hints",
                "speech-attribute-needs-speech-input@speechTimeout",
            ],
        ),
        (
            'gatherUrl="/a" input="dtmf" partialResultCallback="/p"',
            ["speech-attribute-needs-speech-input@partialResultCallback"],
        ),
        ('gatherUrl="/a" input="dtmf_speech" maxDigits="1" language="en-US"', []),
        (
            'gatherUrl="/a" input="speech" maxDigits="1" terminatingDigits="#"',
            [
                "dtmf-attribute-with-speech-only@maxDigits",
                "dtmf-attribute-with-speech-only@terminatingDigits",
            ],
        ),
        ('gatherUrl="/a" input="speech" firstDigitTimeout="3"', []),
    ],
)
def test_gather(attributes: str, expected: list[str]) -> None:
    """Attributes are judged by what input says."""
    assert found(f"<Gather {attributes}/>") == expected


@pytest.mark.parametrize(
    "attribute",
    [
        *('hints="a"', 'language="en-US"', 'partialResultCallback="/p"'),
        *('profanityFilter="false"', 'speechModel="a"', 'speechTimeout="3"'),
        *('terminatingDigits="#"', 'maxDigits="1"', 'interDigitTimeout="3"'),
    ],
)
def test_attributes_of_one_way_to_collect(attribute: str) -> None:
    """Each is reported with the other input, and fine with its own and with both."""
    keys = attribute.startswith(("terminating", "max", "inter"))
    own, other = ("dtmf", "speech") if keys else ("speech", "dtmf")
    for way in (own, "dtmf_speech"):
        assert found(f'<Gather gatherUrl="/a" input="{way}" {attribute}/>') == []
    assert len(found(f'<Gather gatherUrl="/a" input="{other}" {attribute}/>')) == 1


def test_the_method_of_partial_results_needs_speech_too() -> None:
    """It is one of the attributes of the recogniser."""
    partial = 'partialResultCallback="/p" partialResultCallbackMethod="GET"'
    assert found(f'<Gather gatherUrl="/a" {partial}/>') == [
        "speech-attribute-needs-speech-input@partialResultCallback",
        "speech-attribute-needs-speech-input@partialResultCallbackMethod",
    ]


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.com/a.wav", "/a.MP3", "a.Wav?x=1.ogg", "/a.wav#t", "/a.mp3;v=2"),
        *("https://example.com", "https://example.com/", "//example.com", "/media", "?id=a.ogg"),
        *("https://example.com/v1.2", "/v1.2/hello", "https://example.com/calls/c-1/media"),
        *("/hello.", "/a.b/hello", "/.", "#x.ogg", "https://example.com?a.ogg"),
    ],
)
def test_audio_urls_that_may_be_wav_or_mp3(url: str) -> None:
    """Hosts, queries, folders and versions are no extension; without one nobody knows."""
    assert found(f"<PlayAudio>{url}</PlayAudio>") == []


@pytest.mark.parametrize(
    ("url", "ending"),
    [
        ("https://example.com/a.ogg", ".ogg"),
        ("a.m4a?x=.wav", ".m4a"),
        ("/a.wav.gz", ".gz"),
        ("/say.php;v=2#x", ".php"),
        ("//example.com/a.FLAC", ".FLAC"),
    ],
)
def test_audio_urls_of_other_formats(url: str, ending: str) -> None:
    """The extension is named."""
    (problem,) = check(f"<Response><PlayAudio>{url}</PlayAudio></Response>")
    assert problem.rule == "audio-extension-unsupported"
    assert f"got {ending!r}" in problem.message


@pytest.mark.parametrize(("keys", "count"), [("w,W", 1), ("w1", 0), ("d", 0), (" ww ", 1)])
def test_dtmf_of_pauses(keys: str, count: int) -> None:
    """Letters a to d are keys, w is none."""
    assert found(f"<SendDtmf>{keys}</SendDtmf>") == ["dtmf-only-pauses"] * count


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('detectLanguage="true"', ["detect-language-needs-transcribe@detectLanguage"]),
        (
            'transcribe="false" detectLanguage="true"',
            ["detect-language-needs-transcribe@detectLanguage"],
        ),
        ('detectLanguage="false"', []),
        ('transcribe="true" detectLanguage="true"', []),
        (
            'transcriptionAvailableUrl="/t"',
            ["transcription-url-needs-transcribe@transcriptionAvailableUrl"],
        ),
        ('transcribe="true" transcriptionAvailableUrl="/t"', []),
    ],
)
@pytest.mark.parametrize(
    ("verb", "prefix"), [("Record", ""), ("StartRecording", "start-recording-")]
)
def test_transcription(verb: str, prefix: str, attributes: str, expected: list[str]) -> None:
    """Both recording verbs need transcribe for it, each under its own id."""
    assert found(f"<{verb} {attributes}/>") == [prefix + each for each in expected]


@pytest.mark.parametrize(
    ("attributes", "limit"),
    [
        ('silenceTimeout="0"', None),
        ('silenceTimeout="60"', None),
        ('silenceTimeout="60.5"', "60 seconds, the default of maxDuration"),
        ('silenceTimeout="61" maxDuration="120"', None),
        ('silenceTimeout="10" maxDuration="5"', "5 seconds, the value of maxDuration"),
    ],
)
def test_silence(attributes: str, limit: str | None) -> None:
    """Silence longer than the recording may be never stops it; 0 means never anyway."""
    problems = check(f"<Response><Record {attributes}/></Response>")
    assert [problem.rule for problem in problems] == (
        ["silence-timeout-beyond-max-duration"] if limit else []
    )
    assert not limit or f"expected at most {limit}, got" in problems[0].message


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('preferredLanguages="en-US,fr-FR"', []),
        (
            'preferredLanguages="en-US,en-GB"',
            ["preferred-languages-one-dialect@preferredLanguages"],
        ),
        ('preferredLanguages="EN,en_GB"', ["preferred-languages-one-dialect@preferredLanguages"]),
        ('preferredLanguages="fr-FR" detectLanguage="false"', []),
        (
            'preferredLanguages="fr-FR" detectLanguage="true"',
            ["preferred-languages-with-detect-language@preferredLanguages"],
        ),
        ('stabilized="true"', ["stabilized-needs-destination@stabilized"]),
        ('stabilized="true" destination="wss://example.com"', []),
    ],
)
def test_transcription_in_real_time(attributes: str, expected: list[str]) -> None:
    """Languages and live updates."""
    assert found(f"<StartTranscription {TEXT} {attributes}/>") == expected


@pytest.mark.parametrize(
    ("names", "count"), [("a b", 0), ("a a", 1), ("a A", 0), ("a b a a", 2), ("a", 0)]
)
@pytest.mark.parametrize(("verb", "noun"), [("Stream", "Stream"), ("Transcription", "Custom")])
def test_parameters_arrive_as_a_map(verb: str, noun: str, names: str, count: int) -> None:
    """Each repeated name is reported where it stands again."""
    params = "".join(f'<{noun}Param name="{name}" value="x"/>' for name in names.split())
    source = f'<Start{verb} destination="wss://example.com">{params}</Start{verb}><Pause/>'
    assert found(source) == [f"duplicate-{noun.lower()}-param-name@name"] * count


def test_parameters_need_somewhere_to_go() -> None:
    """Without a destination the values of a transcription are lost."""
    params = '<CustomParam name="a" value="x"/>'
    assert found(f"<StartTranscription {TEXT}>{params}</StartTranscription>") == [
        "custom-params-need-destination"
    ]


def test_diversion_of_outbound_calls_is_asked_for() -> None:
    """Nobody sees from the document which way the call went."""
    rule = "transfer-diversion-inbound-only"
    source = f'<Response><Transfer diversionTreatment="stack">{RING}</Transfer></Response>'
    assert check(source) == []
    assert [each.rule for each in check(source, enable=[rule])] == [rule]
