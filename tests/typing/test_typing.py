"""Mistakes that an editor must show: both type checkers agree, line by line.

The files in ``cases`` are never run. A line marked ``# E:`` must be an error for mypy --strict and
for pyright strict, and no other line may be one; a line marked ``# R:`` reveals a type.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import pytest

from bxml import Gather, PhoneNumber, Redirect, SpeakSentence
from bxml._element import Element

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".mypy_cache/cases"
FILES = [*sorted(CASES.glob("*.py")), *sorted((ROOT / "examples/frameworks").glob("menu_*.py"))]
"""The cases, and applications of which no line may be an error either."""

Place = tuple[str, int]
"""File name and line."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What one checker says about the cases."""

    errors: Mapping[Place, str]
    revealed: Mapping[Place, str]


class Line(TypedDict):
    """One line of mypy's output."""

    file: str
    line: int
    message: str
    severity: str


class Start(TypedDict):
    """Where a diagnostic begins; lines are counted from 0."""

    line: int


class Range(TypedDict):
    """What a diagnostic covers."""

    start: Start


class Diagnostic(TypedDict):
    """One diagnostic of pyright's output."""

    file: str
    severity: str
    message: str
    range: Range


class Report(TypedDict):
    """Pyright's output."""

    generalDiagnostics: list[Diagnostic]


def run(*command: str) -> str:
    """Return what a checker writes; both use status 1 for errors that they found."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def sorted_out(found: list[tuple[Place, str, str]]) -> Findings:
    """Return errors and revealed types by place."""
    return Findings(
        {place: text for place, severity, text in found if severity == "error"},
        {place: text for place, severity, text in found if severity in ("note", "information")},
    )


def mypy(_: Path) -> Findings:
    """Return what mypy --strict says, with none of the settings of the project.

    Its cache is kept, so that only the first run takes long.
    """
    flags = ("--strict", "--config-file=", "--output=json", f"--cache-dir={CACHE}")
    lines: list[Line] = [
        json.loads(line) for line in run("mypy", *flags, *map(str, FILES)).splitlines()
    ]
    places = [(Path(line["file"]).name, line["line"]) for line in lines]
    return sorted_out(
        [
            (place, each["severity"], each["message"])
            for place, each in zip(places, lines, strict=True)
        ]
    )


def pyright(folder: Path) -> Findings:
    """Return what pyright strict says, with none of the settings of the project."""
    (folder / "cases").mkdir()
    for path in FILES:
        shutil.copy(path, folder / "cases")
    settings = {"typeCheckingMode": "strict", "include": ["cases"], "extraPaths": [str(ROOT)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    report: Report = json.loads(
        run("pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(folder))
    )
    return sorted_out(
        [
            (
                (Path(each["file"]).name, each["range"]["start"]["line"] + 1),
                each["severity"],
                each["message"],
            )
            for each in report["generalDiagnostics"]
        ]
    )


@pytest.fixture(scope="module", params=[mypy, pyright], ids=lambda each: each.__name__)
def findings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """Return what each checker says about all cases, asked once."""
    folder = tmp_path_factory.mktemp("checker")
    return mypy(folder) if request.param is mypy else pyright(folder)


def marked(mark: str) -> dict[Place, str]:
    """Return the note on each line that carries the mark."""
    return {
        (path.name, number): line.partition(f"# {mark}: ")[2]
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if f"# {mark}: " in line
    }


def test_every_mistake_is_an_error_and_nothing_else_is(findings: Findings) -> None:
    """The lines with errors are exactly the marked lines."""
    expected = marked("E")
    silent = {place: note for place, note in expected.items() if place not in findings.errors}
    wrong = {place: text for place, text in findings.errors.items() if place not in expected}
    assert silent == {}
    assert wrong == {}


@pytest.mark.parametrize(
    ("file", "least"),
    [
        ("attributes.py", 35),
        ("nesting.py", 25),
        ("frozen.py", 12),
        ("webhooks.py", 12),
        ("async_client.py", 15),
        ("good.py", 0),
    ],
)
def test_there_are_many_cases(file: str, least: int) -> None:
    """Each kind of mistake is there in many forms; the good file has none."""
    count = sum(name == file for name, _ in marked("E"))
    assert count >= least
    assert least or not count


SIGNATURES: Mapping[str, tuple[Element, str]] = {
    "gather": (Gather.element, "Response"),
    "redirect": (Redirect.element, "Response"),
    "speak_sentence": (SpeakSentence.element, "Response"),
    "phone_number": (PhoneNumber.element, "Transfer"),
}


def revealed(findings: Findings, note: str) -> list[str]:
    """Return the types revealed at the lines with a note."""
    places = [place for place, told in marked("R").items() if told == note]
    assert places
    return [findings.revealed[place] for place in places]


@pytest.mark.parametrize("name", SIGNATURES)
def test_fluent_methods_show_their_whole_signature(findings: Findings, name: str) -> None:
    """Completion sees every attribute of the verb, and that the owner's class comes back."""
    element, owner = SIGNATURES[name]
    (signature,) = revealed(findings, name)
    names = [element.content.name, *(attribute.name for attribute in element.attributes)]
    for each in (*filter(None, names), "extra_attributes"):
        assert re.search(rf"\b{each}: ", signature), each
    assert re.search(rf"-> (?:\w+\.)*{owner}\b", signature)
    assert "Any" not in signature
    assert "..." not in signature


def test_fluent_methods_keep_the_class(findings: Findings) -> None:
    """A value of a subclass stays one; a container stays a container."""
    assert all(re.search(r"[\".]Menu\"", each) for each in revealed(findings, "subclass"))
    assert all(re.search(r"[\".]Gather\"", each) for each in revealed(findings, "container"))
    assert all('"int | None"' in each for each in revealed(findings, "attribute"))


def test_the_methods_of_both_clients_show_the_same_parameters(findings: Findings) -> None:
    """Completion and hints are alike, and a list of the async client is iterated."""
    blocking, awaited = revealed(findings, "create_call")
    for name in ("to", "from_", "application_id", "answer_url", "machine_detection", "tag"):
        assert re.search(rf"\b{name}: ", blocking), name
    assert parameters(blocking) == parameters(awaited)
    assert "Coroutine" in awaited
    assert "Coroutine" not in blocking
    assert all(re.search(r"[\".]CallState\"", each) for each in revealed(findings, "state"))
    assert all("AsyncIterator[" in each for each in revealed(findings, "calls"))


def parameters(signature: str) -> str:
    """Return a revealed signature without its result."""
    return signature.rpartition("->")[0].partition("(")[2]
