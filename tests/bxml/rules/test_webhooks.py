"""Rules about URLs, methods and credentials that belong together."""

import pytest

from bxml import check
from bxml._node import ELEMENTS
from bxml.rules import RULES

RING = "<PhoneNumber>+19195551234</PhoneNumber></Transfer>"
SECRET = "hunter2"
GIVEN = f'username="bw" password="{SECRET}"'
FALLBACK = f'fallbackUsername="bw" fallbackPassword="{SECRET}"'
CREDENTIALS = {
    *("credentials-over-http", "credentials-without-url", "password-without-username"),
    *("fallback-without-primary-url", "method-without-url", "stream-credentials-without-tls"),
}


def found(verb: str) -> list[tuple[str, str]]:
    """Return id and attribute of each problem that this file is about."""
    return [
        (each.rule, each.path.rpartition("@")[2])
        for each in check(f"<Response>{verb}<Pause/></Response>")
        if each.rule in CREDENTIALS or each.severity == "error"
    ]


@pytest.mark.parametrize(
    ("verb", "blamed"),
    [
        (f'<Redirect redirectUrl="http://example.com/a" {GIVEN}/>', ["redirectUrl"]),
        (f'<Redirect redirectUrl="HTTP://example.com/a" {GIVEN}/>', ["redirectUrl"]),
        (f'<Redirect redirectUrl="https://example.com/a" {GIVEN}/>', []),
        (f'<Redirect redirectUrl="/a" {GIVEN}/>', []),
        ('<Redirect redirectUrl="http://example.com/a"/>', []),
        (
            (
                f'<Redirect redirectUrl="http://example.com/a" redirectFallbackUrl="http://example.com/b"'
                f" {FALLBACK}/>"
            ),
            ["redirectFallbackUrl"],
        ),
        (
            (
                f'<Bridge bridgeCompleteUrl="http://example.com/a"'
                f' bridgeTargetCompleteUrl="http://example.com/b" {GIVEN}>c-1</Bridge>'
            ),
            ["bridgeCompleteUrl", "bridgeTargetCompleteUrl"],
        ),
        (
            (
                f'<Gather gatherUrl="https://example.com/a" {GIVEN} input="speech"'
                ' partialResultCallback="http://example.com/p"/>'
            ),
            [],
        ),
        (
            (
                f'<Transfer><PhoneNumber transferDisconnectUrl="http://example.com/d" {GIVEN}>'
                "+19195551234</PhoneNumber></Transfer>"
            ),
            ["transferDisconnectUrl"],
        ),
        (f"<PlayAudio {GIVEN}>https://example.com/a.wav</PlayAudio>", []),
    ],
)
def test_credentials_over_http(verb: str, blamed: list[str]) -> None:
    """Only absolute http URLs that the credentials go to are judged, each by itself."""
    assert found(verb) == [("credentials-over-http", each) for each in blamed]


def test_credentials_of_an_audio_file_over_http() -> None:
    """The URL of PlayAudio is its text."""
    (problem,) = check(
        f"<Response><PlayAudio {GIVEN}>http://example.com/a.wav</PlayAudio></Response>"
    )
    assert (problem.rule, problem.path) == ("credentials-over-http", "Response/PlayAudio")


@pytest.mark.parametrize(
    ("verb", "rule"),
    [
        (
            f'<Record recordCompleteUrl="http://example.com/a" {GIVEN}/>',
            "record-credentials-need-https",
        ),
        (
            f'<StartRecording recordingAvailableUrl="http://example.com/a" {GIVEN}/>',
            "start-recording-credentials-need-https",
        ),
        (
            (
                f'<StartStream destination="wss://example.com" streamEventUrl="http://example.com/a"'
                f" {GIVEN}/>"
            ),
            "start-stream-credentials-need-https",
        ),
        (
            f'<StartTranscription transcriptionEventUrl="http://example.com/a" {GIVEN}/>',
            "start-transcription-credentials-need-https",
        ),
    ],
)
def test_verbs_with_an_error_of_their_own_get_no_advice_on_top(verb: str, rule: str) -> None:
    """Four verbs demand https by the vendor's word; that is said once."""
    assert [item for item, _ in found(verb)] == [rule]


@pytest.mark.parametrize(
    ("verb", "blamed"),
    [
        ('<Redirect redirectUrl="/a" username="bw"/>', ["username"]),
        (f'<Redirect redirectUrl="/a" password="{SECRET}"/>', ["password"]),
        (f'<Redirect redirectUrl="/a" {GIVEN}/>', []),
        (
            (
                f'<Redirect redirectUrl="/a" username="bw" redirectFallbackUrl="/b"'
                f' fallbackPassword="{SECRET}"/>'
            ),
            ["username", "fallbackPassword"],
        ),
        ('<PlayAudio username="bw">/a.wav</PlayAudio>', ["username"]),
        (
            '<StartStream destination="wss://example.com" destinationUsername="bw"/>',
            ["destinationUsername"],
        ),
    ],
)
def test_one_half_of_the_credentials(verb: str, blamed: list[str]) -> None:
    """User name and password come in pairs, each pair by itself."""
    assert found(verb) == [("password-without-username", each) for each in blamed]


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        (
            '<Gather gatherFallbackUrl="/b"/>',
            [("fallback-without-primary-url", "gatherFallbackUrl")],
        ),
        ('<Gather gatherUrl="/a" gatherFallbackUrl="/b"/>', []),
        (
            '<Connect eventFallbackUrl="/b"><Endpoint>e-1</Endpoint></Connect>',
            [("fallback-without-primary-url", "eventFallbackUrl")],
        ),
        ('<Gather gatherMethod="GET"/>', [("method-without-url", "gatherMethod")]),
        (
            '<Gather gatherUrl="/a" gatherFallbackMethod="GET"/>',
            [("method-without-url", "gatherFallbackMethod")],
        ),
        (
            '<Gather input="speech" partialResultCallbackMethod="GET"/>',
            [("method-without-url", "partialResultCallbackMethod")],
        ),
        (f"<Gather {GIVEN}/>", [("credentials-without-url", "username")]),
        (
            f'<Gather gatherUrl="/a" {FALLBACK}/>',
            [("credentials-without-url", "fallbackUsername")],
        ),
        (f'<Record recordingAvailableUrl="/a" {GIVEN}/>', []),
        (f'<Record transcribe="true" transcriptionAvailableUrl="/a" {GIVEN}/>', []),
        (
            f'<Bridge bridgeCompleteFallbackUrl="/b" {FALLBACK}>c-1</Bridge>',
            [("fallback-without-primary-url", "bridgeCompleteFallbackUrl")],
        ),
        (
            f'<Gather gatherUrl="/a" gatherFallbackMethod="GET" {FALLBACK}/>',
            [
                ("method-without-url", "gatherFallbackMethod"),
                ("credentials-without-url", "fallbackUsername"),
            ],
        ),
        (f"<PlayAudio {GIVEN}>/a.wav</PlayAudio>", []),
    ],
)
def test_attributes_that_have_no_effect_without_a_url(
    verb: str, expected: list[tuple[str, str]]
) -> None:
    """What goes to a URL that is not set is pointed out at the attribute."""
    assert found(verb) == expected


@pytest.mark.parametrize(
    "verb",
    [
        f'<Redirect redirectMethod="GET" redirectFallbackUrl="/b" {GIVEN}/>',
        f'<StartGather dtmfMethod="GET" {GIVEN}/>',
    ],
)
def test_a_missing_required_url_is_reported_once(verb: str) -> None:
    """Methods and credentials that belong to it wait until it is there."""
    assert [rule for rule, _ in found(verb)] == ["required-attribute-missing"]


@pytest.mark.parametrize(
    ("destination", "count"),
    [("ws://example.com", 1), ("WS://example.com", 1), ("wss://example.com", 0)],
)
def test_stream_credentials_need_a_closed_socket(destination: str, count: int) -> None:
    """Credentials of the WebSocket handshake are readable over ws."""
    verb = f'<StartStream destination="{destination}" destinationUsername="bw" '
    verb += f'destinationPassword="{SECRET}"/>'
    assert found(verb) == [("stream-credentials-without-tls", "destination")] * count


@pytest.mark.parametrize("which", ["destinationUsername", "destinationPassword"])
def test_one_half_of_the_stream_credentials_is_judged_too(which: str) -> None:
    """Either is readable over ws; the one that is set is named."""
    source = f'<StartStream destination="ws://example.com" {which}="{SECRET}"/><Pause/>'
    problems = check(f"<Response>{source}</Response>")
    (problem,) = [
        problem for problem in problems if problem.rule == "stream-credentials-without-tls"
    ]
    assert f"because {which} is set" in problem.message


def test_no_message_quotes_a_password() -> None:
    """Not of an attribute, and not of a URL that carries one."""
    sources = [
        f'<Redirect redirectUrl="http://bw:{SECRET}@example.com/a" {GIVEN}/>',
        f'<Gather gatherUrl="http://bw:{SECRET}@example.com/a" password="{SECRET}" {FALLBACK}/>',
        (
            f'<StartStream destination="ws://bw:{SECRET}@example.com" destinationUsername="bw" '
            f'destinationPassword="{SECRET}"/>'
        ),
        f"<PlayAudio {GIVEN}>http://bw:{SECRET}@example.com/a.ogg</PlayAudio>",
        f'<StartRecording transcriptionAvailableUrl="//bw:{SECRET}@example.com" {GIVEN}/>',
    ]
    messages: list[str] = []
    for source in sources:
        for context in (None, "call-update", "conference-update"):
            problems = check(f"<Response>{source}</Response>", context=context)
            messages += [f"{problem} {problem.hint}" for problem in problems]
    assert len(messages) > 12
    assert not [message for message in messages if SECRET in message]


def test_every_element_with_webhooks_is_looked_at() -> None:
    """A verb that gains a webhook is covered without another word."""
    calling = {
        name
        for name, cls in ELEMENTS.items()
        if any(callback.method is not None for callback in cls.element.callbacks)
    }
    required = {"Redirect", "StartGather"}
    assert calling - set(RULES["method-without-url"].elements) <= required
    secret = {name for name, cls in ELEMENTS.items() if cls.element.attribute("password")}
    assert set(RULES["password-without-username"].elements) == secret
