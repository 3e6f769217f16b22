"""Code that was never reached: which lines stand for it, and which do not count."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcontrol.explorer import explore
from callcontrol.explorer.unreached import unreached
from callcontrol.simulator import SimulatorError

SOURCE = '''\
def reply(digits, again):
    """Answer."""
    if digits == "1":
        text = "one"
    elif digits == "2":  # or so
        text = "two"
    else:
        text = "other"
    for each in again:
        text += each
    try:
        text = text.upper()
    except AttributeError:
        text = "failed"
    match text:
        case "ONE":
            return call(
                text,
            )
        case "TWO":
            raise ValueError
        case _:
            pass
    return "done"
'''


def ran_without(*texts: str) -> set[int]:
    """Return the lines of the source but those with these texts."""
    lines = enumerate(SOURCE.splitlines(), 1)
    return {number for number, line in lines if line.strip() not in texts}


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((), []),
        (('text = "one"',), ['if digits == "1":']),
        (('text = "two"',), ['elif digits == "2":']),
        (('text = "other"',), ['text = "other"']),
        (("text += each",), ["for each in again:"]),
        (('text = "failed"', "except AttributeError:"), []),
        (("return call(", "text,", ")"), ['case "ONE":']),
        (("raise ValueError",), []),
        (("pass",), []),
        (('return "done"',), ['return "done"']),
        (('text = "two"', 'return "done"'), ['elif digits == "2":', 'return "done"']),
    ],
)
def test_the_line_that_guards_it_stands_for_a_branch(
    missing: tuple[str, ...], expected: list[str]
) -> None:
    """Handlers of exceptions, and what only raises or passes, do not count."""
    assert [each.text for each in unreached(SOURCE, ran_without(*missing))] == expected


def test_functions_that_never_ran_do_not_count() -> None:
    """An application has other entrances than the calls."""
    assert unreached(SOURCE, {1}) == []


APPLICATION = '''\
"""An application with a branch that no key leads to."""

from bxml import Gather, Response, SpeakSentence
from callcontrol import GatherEvent, parse_event


def app(environ, start_response):
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [script(event).to_bytes()]


def script(event):
    match event:
        case GatherEvent(digits="12"):
            return Response(SpeakSentence("Never."))
        case GatherEvent():
            return Response(SpeakSentence("Goodbye."))
        case _:
            return Response(Gather(SpeakSentence("A key."), gather_url="/", max_digits=1))
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder from which an application can be imported."""
    (tmp_path / "voice_with_branch.py").write_text(APPLICATION, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    sys.modules.pop("voice_with_branch", None)


def test_a_branch_that_no_key_leads_to(folder: Path) -> None:
    """It is found in a module, and in a file."""
    module = importlib.import_module("voice_with_branch")
    for code in (module, folder / "voice_with_branch.py"):
        [fault] = explore(module.app, code=[code]).faults
        assert (fault.kind, fault.severity, fault.script) == ("never-reached", "warning", None)
        assert fault.text.startswith("voice_with_branch.py:15: no path through the call")
        assert fault.text.endswith(': case GatherEvent(digits="12"):')


def test_digits_are_text(folder: Path) -> None:
    """A key is never equal to a number; the advice says so instead of asking for a document."""
    path = folder / "voice_with_branch.py"
    path.write_text(APPLICATION.replace('digits="12"', "digits=12"), encoding="utf-8")
    [fault] = explore(importlib.import_module("voice_with_branch").app, code=[path]).faults
    assert fault.kind == "never-reached"
    assert fault.advice.startswith('digits are text: compare them with text, such as case "1"')


def test_code_without_a_file_is_refused(folder: Path) -> None:
    """A module of the interpreter itself has no branches to reach."""
    with pytest.raises(SimulatorError, match=r"explore\.code: expected a module with a file"):
        explore("http://127.0.0.1:9/", code=[sys, folder])
