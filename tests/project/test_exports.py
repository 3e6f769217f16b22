"""What the packages promise to export is there, sorted, and documented."""

import importlib
import subprocess
import sys

import pytest

PACKAGES = (
    "bxml",
    "bxml.ssml",
    "bxml.strategies",
    "callcontrol",
    "callcontrol.integrations.django",
    "callcontrol.integrations.fastapi",
    "callcontrol.integrations.flask",
    "callcontrol.recorder",
    "callcontrol.simulator",
)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_exists(package: str) -> None:
    """Each name of __all__ can be imported, stands there once and is visible to dir()."""
    module = importlib.import_module(package)
    names: list[str] = list(module.__all__)
    assert len(set(names)) == len(names)
    missing = [name for name in names if not hasattr(module, name)]
    assert not missing
    assert set(names) <= set(dir(module))


CONTRACT = {
    "bxml": "Response Bxml Custom ssml parse check to_python Problem BxmlError ParseError "
    "ValidationError MEDIA_TYPE SpeakSentence Gather PhoneNumber SipUri StreamParam CustomParam "
    "Endpoint",
    "bxml.strategies": "documents verbs gathers speech_text ssml_nodes phone_numbers "
    "invalid_documents",
    "callcontrol": "Client BasicAuthWarning CallControlError CallState CreatedCall parse_event",
    "callcontrol.simulator": "Simulator",
}


@pytest.mark.parametrize("package", CONTRACT)
def test_the_names_others_rely_on_are_there(package: str) -> None:
    """The public contract of each package holds."""
    module = importlib.import_module(package)
    assert [name for name in CONTRACT[package].split() if name not in module.__all__] == []


HEAVY = ("lxml", "requests", "hypothesis", "click", "rich", "dataclasses", "inspect", "pyexpat")


@pytest.mark.parametrize("statement", ["import bxml", "import callcontrol"])
def test_an_import_stays_light(statement: str) -> None:
    """Importing a package loads none of the modules that only some of its uses need."""
    code = f"{statement}; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == "[]"


def test_composing_needs_no_client() -> None:
    """A document is built, checked and written without requests, expat or the rule table."""
    code = (
        "from bxml import Response; Response().speak_sentence('Hi').to_bxml(); import sys;"
        "print([m for m in ('requests', 'pyexpat', 'bxml.rules') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


LOADS: dict[str, tuple[str, ...]] = {
    "from callcontrol import Client": (
        *("bxml.documents", "bxml.verbs", "callcontrol.events", "callcontrol.models"),
        *("callcontrol._results", "dataclasses", "inspect"),
    ),
    "from callcontrol.events import parse_event; parse_event({'eventType': 'dtmf', 'digit': '1'"
    ", 'callId': 'c-1'})": ("bxml.documents", "requests", "lxml", "dataclasses", "inspect"),
}


@pytest.mark.parametrize("code", LOADS)
def test_what_is_not_used_is_not_loaded(code: str) -> None:
    """A client needs neither events nor elements, an event neither a client nor dataclasses."""
    theirs = "import requests; " if "Client" in code else ""  # which may load some of them itself
    code = (
        f"import sys; {theirs}before = {{*sys.modules}}; {code}; "
        f"print([m for m in {LOADS[code]} if m in {{*sys.modules}} - before])"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


FIRST = (
    "bxml.ssml.Break",
    "bxml.verbs.gather.Gather",
    "bxml.documents.Response",
    "bxml.errors.Problem",
)


@pytest.mark.parametrize("first", FIRST)
def test_one_element_loads_the_table_of_all(first: str) -> None:
    """Whether it is an attribute of the package, or imported from its module."""
    module, _, name = first.rpartition(".")
    count = "from bxml._node import ELEMENTS; print(sorted({*ELEMENTS} - {'Bxml', 'Response'}))"
    codes = [f"import bxml; {first}; {count}", "import bxml.documents; " + count]
    if name in ("Gather", "Response"):
        codes.append(f"from {module} import {name}; {count}")
    found = {
        subprocess.run([sys.executable, "-c", each], check=True, capture_output=True).stdout
        for each in codes
    }
    assert len(found) == 1
