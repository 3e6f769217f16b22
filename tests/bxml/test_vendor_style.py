"""Documents as the vendor and its SDKs write them are accepted, and bugs of the SDKs are named."""

from pathlib import Path

import pytest

from bxml import check, parse
from bxml._node import ELEMENTS

DOCUMENTS = tuple(
    (Path(__file__).parent / "vendor_style.txt")
    .read_text(encoding="utf-8")
    .strip()
    .split("\n===\n")
)


def test_there_are_enough_of_them() -> None:
    """Fifty documents or more, with every element of the language in them."""
    assert len(DOCUMENTS) >= 50
    everything = "".join(DOCUMENTS)
    assert [name for name in ELEMENTS if f"<{name}" not in everything] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_in_the_style_of_the_vendor_is_accepted(document: str) -> None:
    """No error is found, and reading what was read and written gives the same value."""
    assert [str(each) for each in check(document) if each.severity == "error"] == []
    value = parse(document)
    assert parse(value.to_bxml()) == value


BUGS = {
    "python, conference name": (
        '<Conference name="room">room</Conference>',
        "unknown-attribute",
        "the text between the tags",
    ),
    "python, bridge": (
        '<Bridge bridgeTargetCompleteFallback_url="/x">c-1</Bridge>',
        "unknown-attribute",
        "'bridgeTargetCompleteFallbackUrl'",
    ),
    "python, record url": (
        '<Record recordCompleteUrl="/x" recordCompleteFallback_url="/y"/>',
        "unknown-attribute",
        "'recordCompleteFallbackUrl'",
    ),
    "python, record method": (
        '<Record recordCompleteUrl="/x" recordCompleteFallback_method="GET"/>',
        "unknown-attribute",
        "'recordCompleteFallbackMethod'",
    ),
    "ruby, user name": (
        '<StartStream destination="wss://x.example" destination_username="u"/><Pause/>',
        "unknown-attribute",
        "'destinationUsername'",
    ),
    "ruby, password": (
        '<StartStream destination="wss://x.example" destination_password="p"/><Pause/>',
        "unknown-attribute",
        "'destinationPassword'",
    ),
    "docs, conference": (
        '<Conference calbackTimeout="5">room</Conference>',
        "unknown-attribute",
        "'callbackTimeout'",
    ),
    "python, bool": ('<StartRecording multiChannel="True"/><Pause/>', "bad-boolean", "'true'"),
    "java, tracks": (
        '<StartTranscription tracks="INBOUND"/><Pause/>',
        "value-not-in-enum",
        "'inbound'",
    ),
    "plus left out": (
        "<Transfer><PhoneNumber>19195550100</PhoneNumber></Transfer>",
        "pattern-mismatch",
        "plus",
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_an_sdk_is_reported_with_what_to_write(bug: str) -> None:
    """The one error has the right rule, and its hint names the spelling that works."""
    markup, rule, hint = BUGS[bug]
    found = [each for each in check(f"<Response>{markup}</Response>") if each.severity == "error"]
    assert [item.rule for item in found] == [rule]
    assert hint in (found[0].hint or "")
