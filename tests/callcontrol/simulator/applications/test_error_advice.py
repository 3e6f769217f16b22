"""What to change about exceptions that the table of mistakes cannot cause without more packages."""

import pytest
from django.http import HttpRequest
from starlette.datastructures import FormData, QueryParams

from bxml import SpeakSentence
from callcontrol.events import GatherEvent, InitiateEvent
from callcontrol.simulator.applications.error_advice import NO_FORM, advice_about
from examples.frameworks import menu_django


class Response:
    """A class as of the vendor's SDK, which is not installed with the tests."""

    __module__ = "bandwidth.models.bxml.response"

    def __init__(self, nested_verbs: object = ()) -> None:
        self.nested_verbs = nested_verbs


def read_post() -> str:
    """Read a form with Django."""
    return str(HttpRequest().POST["from"])


def read_query() -> str:
    """Read a parameter of the URL with Django."""
    return str(HttpRequest().GET["from"])


CONFIGURED = menu_django.app  # Django is configured once per process, by the example
NAMES = {
    "FormData": FormData,
    "GATHER": GatherEvent(call_id="c-1", digits="1"),
    "INITIATE": InitiateEvent(call_id="c-1"),
    "QueryParams": QueryParams,
    "Response": Response,
    "SpeakSentence": SpeakSentence,
    "read_post": read_post,
    "read_query": read_query,
}
CASES = {
    "form": ("FormData()['from']", NO_FORM),
    "query": ("QueryParams()['from']", ""),
    "post": ("read_post()", NO_FORM),
    "get": ("read_query()", ""),
    "key": ("{}['from']", ""),
    "vendor": (
        "Response(SpeakSentence('a'), SpeakSentence('b'))",
        "this Response is that of the v",
    ),
    "near": ("GATHER.digit", "did you mean 'digits'?"),
    "other": ("INITIATE.digits", "GatherEvent"),
    "foreign": ("'text'.digits", ""),
    "element": ("SpeakSentence('a').voicee", "did you mean 'voice'?"),
    "home": ("exec('from callcontrol import SpeakSentence')", "SpeakSentence is in bxml"),
    "events": ("exec('from bxml import GatherEvent')", "GatherEvent is in callcontrol"),
    "spelling": ("exec('from callcontrol import GatherEvnt')", "did you mean 'GatherEvent'?"),
    "nowhere": ("exec('from callcontrol import zzz')", ""),
    "others": ("exec('from json import GatherEvent')", ""),
}


@pytest.mark.parametrize(("code", "advice"), CASES.values(), ids=CASES)
def test_advice(code: str, advice: str) -> None:
    """It begins so; without a known cause there is none."""
    compiled = compile(code, "voice.py", "eval")
    with pytest.raises((KeyError, TypeError, AttributeError, ImportError)) as caught:
        eval(compiled, NAMES)  # noqa: S307 - the code of the table
    error = caught.value
    found = advice_about(error, f"{type(error).__name__}: {error}")
    assert found.startswith(advice) if advice else found == ""
