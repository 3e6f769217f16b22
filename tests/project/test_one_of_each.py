"""Records of the wire have one maker and one reader, and URLs one module."""

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from callcontrol import models
from callcontrol._wire import fields, quick, records
from callcontrol.events import EVENT_TYPES, _reading
from callcontrol.recorder import models as recordings

ROOT = Path(__file__).parents[2]
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for package in ("bxml", "callcontrol")
    for path in sorted((ROOT / package).rglob("*.py"))
}
SPLITTERS = {"urlsplit", "urlparse", "urljoin", "urldefrag", "SplitResult", "urlunsplit"}


def names_from(source: str, module: str) -> set[str]:
    """Return the names that a source imports from a module, or its attributes that it reads."""
    found: set[str] = set()
    last = module.rpartition(".")[2]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in {module, last}:
            found.add(node.attr)
    return found


def decorators(source: str) -> Iterator[tuple[str, str]]:
    """Yield the classes of a source with the name of each decorator."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                named = decorator.func if isinstance(decorator, ast.Call) else decorator
                yield node.name, ast.unparse(named)


# --- records ------------------------------------------------------------------------------


NOT_READ = {"RawReply"}
"""Classes whose values are not read from JSON."""


def of_the_wire() -> list[str]:
    """Return the modules that define records of events, replies and recordings."""
    events = [path for path in SOURCES if path.startswith("callcontrol/events/")]
    return [*events, "callcontrol/models.py", "callcontrol/recorder/models.py"]


@pytest.mark.parametrize("path", of_the_wire())
def test_records_have_one_maker(path: str) -> None:
    """``record`` and ``group``; ``webhook`` is ``record`` with an entry in a register."""
    makers = {maker for name, maker in decorators(SOURCES[path]) if name not in NOT_READ}
    assert makers <= {"record", "group", "webhook"}


def test_one_function_makes_dataclasses_of_them() -> None:
    """Every event, reply and recording has a table of the same kind."""
    classes = [*EVENT_TYPES.values(), models.CallState, models.CreatedCall]
    classes += [recordings.Exchange, recordings.RecordedReply, recordings.RecordedRequest]
    for cls in classes:
        table = fields.wire_fields(cls)
        assert table
        assert all(isinstance(row, fields.WireField) for row in table)
    made = [
        name
        for path in of_the_wire()
        for name, maker in decorators(SOURCES[path])
        if maker == "frozen"
    ]
    assert set(made) == NOT_READ


def test_records_have_one_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event, a reply and a line of a recording go through the same function."""
    from callcontrol.events import parse_event
    from callcontrol.recorder.jsonl import exchange_from, exchange_line

    seen: list[str] = []
    real = quick.reader

    def reader(cls: type[object]) -> Callable[[Mapping[str, object], bool], object | None]:
        seen.append(cls.__name__)
        return real(cls)

    reply = recordings.RecordedReply(200)
    request = recordings.RecordedRequest("GET", "/", "a=1")
    line = exchange_line(recordings.Exchange(0, "initiate", request, reply)).decode()
    monkeypatch.setattr(records, "reader", reader)
    monkeypatch.setattr(_reading, "reader", reader)
    parse_event({"eventType": "gather", "callId": "c-1", "digits": "1"})
    models.CallState.read({"callId": "c-1"})
    exchange_from(line, 1)
    assert seen == ["GatherEvent", "CallState", "Exchange", "RecordedRequest", "RecordedReply"]


def test_there_is_one_immutable_mapping() -> None:
    """For attributes, undeclared fields and objects alike."""
    found = {
        path: names
        for path, source in SOURCES.items()
        if (
            names := [
                node.name
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.ClassDef)
                and any(ast.unparse(base).startswith("Mapping[") for base in node.bases)
            ]
        )
    }
    assert found == {"bxml/_record.py": ["ReadOnlyMap"]}


# --- URLs ---------------------------------------------------------------------------------


def test_one_module_splits_and_joins_urls() -> None:
    """bxml, which cannot import it, does so for fetched documents, replies and absolute URLs."""
    found = {
        path for path, source in SOURCES.items() if SPLITTERS & names_from(source, "urllib.parse")
    }
    assert found == {
        "bxml/_replies.py",
        "bxml/_whole_document.py",
        "bxml/cli/fetching.py",
        "callcontrol/_urls.py",
    }


def test_one_module_decides_what_is_loopback() -> None:
    """Addresses in a Host header are only normalized elsewhere."""
    loopback = {path for path, source in SOURCES.items() if ".is_loopback" in source}
    addresses = {path for path, source in SOURCES.items() if names_from(source, "ipaddress")}
    assert loopback == {"callcontrol/_urls.py"}
    assert addresses == {"callcontrol/_urls.py", "callcontrol/simulator/rest/hosts.py"}


@pytest.mark.parametrize(
    "source",
    [
        "from urllib.parse import quote, urlsplit",
        "def f(url):\n    from urllib.parse import urlsplit",
        "import urllib.parse\nurllib.parse.urlsplit('')",
        "from urllib import parse\nparse.urlsplit('')",
    ],
)
def test_a_planted_use_is_found(source: str) -> None:
    """However it is imported."""
    assert "urlsplit" in names_from(source, "urllib.parse")
