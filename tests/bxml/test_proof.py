"""Which documents constructors prove, and that all others are checked against the XSD."""

import pickle
import subprocess
import sys

import pytest

from bxml import (
    Custom,
    Gather,
    Hangup,
    Pause,
    PhoneNumber,
    Refer,
    Response,
    SipUri,
    SpeakSentence,
    Transfer,
    ValidationError,
    parse,
    ssml,
)

WRONG = Pause._make((-1, None))
"""A value that no constructor has seen."""

PROVED = [
    Response(),
    Response(SpeakSentence("a", ssml.s("b", ssml.break_(time="1s"))), Hangup()),
    Response(Transfer(PhoneNumber("+12")), Refer(SipUri("sip:a@b"))),
    Response(Transfer().phone_number("+12")),
    Response(Refer().sip_uri("sip:a@b")),
    Response().transfer(PhoneNumber("+12"), tag="t").refer(SipUri("sip:a@b")),
    Response().gather(max_digits=1).append(Gather(repeat_count=2).speak_sentence("a")),
]


class Derived(Pause):
    """An element of an application."""

    __slots__ = ()


NOT_PROVED = [
    parse("<Response><Pause/></Response>"),
    pickle.loads(pickle.dumps(Response(Hangup()))),  # noqa: S301 - made here
    Response(extra_attributes={"a": "b"}),
    Response(Gather(SpeakSentence("a", extra_attributes={"a": "b"}))),
    Response(Gather(Custom("Novelty"))),
    Response(SpeakSentence(ssml.parse("a <break/>"))),
    Response(SpeakSentence("a", ssml.s("b", Custom("novelty")))),
    Response(Derived()),
    Response(Pause()).append(Derived()),
    Response(Derived()).hangup(),
    Response(Gather().append(Custom("Novelty"))),
]


@pytest.mark.parametrize("document", PROVED, ids=str)
def test_constructors_and_append_prove(document: Response) -> None:
    """Whatever the surface, a document that constructors made all of is proved."""
    assert document._proved is Response


@pytest.mark.parametrize("document", NOT_PROVED, ids=str)
def test_others_are_not_proved(document: Response) -> None:
    """One value from elsewhere is enough, however deep, and nothing added later heals it."""
    assert document._proved is None
    assert document.hangup()._proved is None
    assert "<Response" in document.to_bxml()


def test_a_wrong_value_from_elsewhere_is_found_wherever_it_is() -> None:
    """A value that no constructor has seen is found by the XSD, nested or appended."""
    for document in (Response(WRONG), Response(Hangup()).append(WRONG), Response(WRONG).hangup()):
        with pytest.raises(ValidationError, match="'-1'"):
            document.to_bxml()


def test_lxml_is_not_loaded_for_proved_documents() -> None:
    """A document of constructors loads no XML library at all; one of others does."""
    source = """
import sys
from bxml import Custom, Response
Response().speak_sentence("a & b").to_bxml(pretty=True)
assert not {"lxml", "pyexpat"} & sys.modules.keys()
Response(Custom("Novelty")).to_bxml()
assert "lxml" in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
