"""Recordings on disk: what is written can be read, and what is broken says where."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.errors import CallControlError
from callcontrol.recorder import (
    Exchange,
    RecordedReply,
    RecordedRequest,
    RecordingError,
    Session,
    read_recording,
)
from callcontrol.recorder.jsonl import exchange_from, exchange_line, header_line, session_from
from callcontrol.recorder.models import FAILURES
from callcontrol.recorder.storage import Mode, RecordingWriter, check_writable

HEADER = header_line(Session("http://localhost:5000/voice")).decode()
WEBHOOK = Exchange(
    1.5,
    "initiate",
    RecordedRequest("POST", "/voice", "", "application/json", 30, '{"eventType":"initiate"}'),
    RecordedReply(200, "application/xml", 11, "<Response/>"),
)
FAILED = Exchange(
    2.25, None, RecordedRequest("GET", "/a.wav"), RecordedReply(502, failure="unreachable")
)
LINE = exchange_line(WEBHOOK).decode()

printable = st.text(st.characters(min_codepoint=33, max_codepoint=126))
exchanges = st.builds(
    Exchange,
    at=st.integers(0, 10**6).map(lambda each: each / 1000),
    event=st.none() | st.text(min_size=1),
    request=st.builds(
        RecordedRequest,
        method=st.sampled_from(("GET", "POST", "HEAD")),
        path=printable.map(lambda each: f"/{each}"),
        query=printable.map(lambda each: f"a={each}"),
        content_type=printable,
        size=st.integers(0, 10**6),
        body=st.dictionaries(st.text(), st.text() | st.integers(-99, 10**9) | st.none()).map(
            lambda each: json.dumps(each, separators=(",", ":"))
        )
        | st.text().filter(lambda each: not each.startswith("{")),
    ),
    reply=st.builds(
        RecordedReply,
        status=st.integers(100, 999),
        content_type=printable,
        size=st.integers(0, 10**6),
        body=st.none() | st.text(),
    )
    | st.builds(
        RecordedReply, status=st.integers(100, 999), failure=st.sampled_from(list(FAILURES))
    ),
)


@given(exchanges)
def test_what_is_written_can_be_read(exchange: Exchange) -> None:
    """Every exchange comes back, from one line of ASCII."""
    line = exchange_line(exchange)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert exchange_from(line.decode(), 7) == exchange


@given(printable, st.booleans())
def test_a_header_can_be_read(url: str, keeps: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    """It says where the application was."""
    assert session_from(header_line(Session(url, keeps)).decode()) == Session(url, keeps)


def written(tmp_path: Path, *texts: str | bytes) -> Path:
    """Return a file with this content."""
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"".join(text.encode() if isinstance(text, str) else text for text in texts))
    return path


def test_a_recording_knows_its_lines_and_sessions(tmp_path: Path) -> None:
    """Blank lines do not count, and a last line needs no end."""
    again = header_line(Session("http://localhost:6000/", keeps_digits=True))
    path = written(tmp_path, HEADER, LINE, "\n", exchange_line(FAILED), again, LINE.rstrip())
    recording = read_recording(path)
    assert [session.url for session in recording.sessions] == [
        "http://localhost:5000/voice",
        "http://localhost:6000/",
    ]
    assert [exchange.line for exchange in recording.exchanges] == [2, 4, 6]
    assert recording.webhooks == (WEBHOOK, WEBHOOK)
    assert recording.exchanges[1] == FAILED
    assert "Response" not in repr(recording)


def changed(place: str, value: object) -> str:
    """Return the line of the webhook with one value changed, or gone if it is the word."""
    whole = json.loads(LINE)
    *parents, name = place.split(".")
    inner = whole
    for parent in parents:
        inner = inner[parent]
    if value == "gone":
        del inner[name]
    else:
        inner[name] = value
    return f"{json.dumps(whole)}\n"


BROKEN: dict[str, tuple[tuple[str | bytes, ...], str]] = {
    "empty": ((), ": expected a recording, got an empty file"),
    "no header": ((LINE,), ":1: expected the header of a recording, got another line"),
    "no JSON": (("hello\n",), ":1: expected JSON, got a mistake at column 1"),
    "a list": (("[]\n",), ":1: expected the header of a recording, got another line"),
    "other format": (
        ('{"format": "har"}\n',),
        ":1: format: expected 'callcontrol-recording', got another text",
    ),
    "newer": (
        (HEADER.replace('"version":1', '"version":2'),),
        ":1: version: expected 1, got one of another release",
    ),
    "newer with another field": (
        (HEADER.replace('"version":1', '"version":2,"zone":"UTC"'),),
        ":1: version: expected 1, got one of another release",
    ),
    "bytes": ((HEADER, b"\xff\n"), ":2: expected UTF-8, got other bytes"),
    "cut": (
        (HEADER, LINE, LINE[:60]),
        "; the file seems to be cut off: remove its last line",
    ),
    "cut in the middle": ((HEADER, LINE[:60], "\n", LINE), ":2: expected JSON, got a mistake at"),
    "misspelt": (
        (HEADER, LINE.replace('"status"', '"stauts"')),
        ":2: reply.stauts: expected a known field, got another; did you mean 'status'?",
    ),
    "status": (
        (HEADER, changed("reply.status", 99)),
        ":2: reply.status: expected a whole number from 100 to 999, got another value",
    ),
    "status gone": (
        (HEADER, changed("reply.status", "gone")),
        ":2: reply.status: expected a whole number from 100 to 999, got nothing",
    ),
    "time": ((HEADER, changed("at", -1)), ":2: at: expected seconds, got another value"),
    "kind": ((HEADER, changed("event", 5)), ":2: event: expected text, got a number"),
    "request": ((HEADER, changed("request", [])), ":2: request: expected an object, got a list"),
    "no request": (
        (HEADER, changed("request", "gone")),
        ":2: request: expected an object, got nothing",
    ),
    "path": (
        (HEADER, changed("request.path", "voice")),
        ":2: request.path: expected a path that begins with /, got another text",
    ),
    "split path": (
        (HEADER, changed("request.path", "/a\r\nHost: b")),
        ":2: request.path: expected printable ASCII, the rest percent-encoded, got another text",
    ),
    "method": (
        (HEADER, changed("request.method", "P OST")),
        ":2: request.method: expected a method such as POST, got another text",
    ),
    "body": (
        (HEADER, changed("request.json", "text")),
        ":2: request.json: expected an object without text beside it, got another value",
    ),
    "no webhook": (
        (HEADER, changed("request.json", "gone")),
        ":2: request.json: expected the webhook, as json, text or query, got nothing",
    ),
    "failure": (
        (HEADER, changed("reply.failure", "tired")),
        ":2: reply.failure: expected one of timeout, unreachable",
    ),
    "keeps": (
        (HEADER.replace("false", "0"), LINE),
        ":1: keepsDigits: expected true or false, got a number",
    ),
    "deep": ((HEADER, "[" * 100_000, "\n"), ":2: expected "),
}


@pytest.mark.parametrize(("content", "finding"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_file_says_where(
    tmp_path: Path, content: tuple[str | bytes, ...], finding: str
) -> None:
    """File, line, field; what was expected; nothing of what stands there."""
    path = written(tmp_path, *content)
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert str(caught.value).startswith(f"{path}:")
    assert finding in str(caught.value)
    assert "hello" not in str(caught.value)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode), st.booleans())
def test_any_file_is_read_or_refused(content: bytes, headed: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    """Nothing but our own error."""
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"recording-{os.getpid()}"  # noqa: S108 - unique
    path.write_bytes(HEADER.encode() + content if headed else content)
    try:
        read_recording(path)
    except CallControlError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - no error is fine as well
    finally:
        path.unlink()


@given(st.data())
def test_any_change_of_a_file_is_read_or_refused(data: st.DataObject) -> None:
    """Every field with a value of another kind."""
    whole = json.loads(LINE)
    names = ["at", "event", "request", "reply", *whole["request"], *whole["reply"]]
    name = data.draw(st.sampled_from(names))
    owner = next(each for each in (whole, whole["request"], whole["reply"]) if name in each)
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    owner[name] = data.draw(scalars | st.lists(scalars) | st.dictionaries(st.text(), scalars))
    try:
        exchange_from(json.dumps(whole), 2)
    except Exception as error:  # noqa: BLE001 - the name says what is allowed
        assert type(error).__name__ == "Misfit"  # noqa: PT017 - no error is fine as well


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a device that never ends, a name that cannot be."""
    for name, finding in (
        (str(tmp_path), "expected a file, got a directory or a device"),
        ("/dev/zero", "expected a file, got a directory or a device"),
        (str(tmp_path / "nowhere"), "cannot be read: No such file or directory"),
        ("a\0b", "cannot be read: a name that no file can have"),
    ):
        with pytest.raises(RecordingError, match=r"expected a file|cannot be read") as caught:
            read_recording(name)
        assert finding in str(caught.value)


def test_a_place_is_checked_before_anything_else(tmp_path: Path) -> None:
    """An existing file is not overwritten by mistake."""
    there = written(tmp_path, HEADER, LINE)
    cases: list[tuple[Path | str, Mode, str]] = [
        (
            there,
            "new",
            "the file already exists; add to it with --append, or replace it with --force",
        ),
        (tmp_path, "overwrite", "expected a file, got a directory or a device"),
        (tmp_path / "no" / "a.jsonl", "new", "no' does not exist"),
        ("a\0b", "new", "a name that no file can have"),
    ]
    for place, mode, finding in cases:
        with pytest.raises(RecordingError) as caught:
            check_writable(place, mode)
        assert finding in str(caught.value)
    check_writable(there, "append")
    check_writable(there, "overwrite")
    check_writable(tmp_path / "new", "append")
    other = tmp_path / "notes.txt"
    other.write_text("notes")
    with pytest.raises(RecordingError, match=r"notes\.txt:1: expected JSON"):
        check_writable(other, "append")
    assert other.read_text() == "notes"


def test_a_file_belongs_to_who_records(tmp_path: Path) -> None:
    """Only the owner can read it."""
    path = tmp_path / "calls.jsonl"
    RecordingWriter(path, "new", Session("http://h/")).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_appending_keeps_what_is_there(tmp_path: Path) -> None:
    """Also if an editor has left the last line without an end."""
    path = written(tmp_path, HEADER, LINE.rstrip())
    writer = RecordingWriter(path, "append", Session("http://h/"))
    writer.write(FAILED)
    writer.close()
    writer.write(FAILED)
    assert read_recording(path).exchanges == (WEBHOOK, FAILED)
    RecordingWriter(path, "overwrite", Session("http://h/")).close()
    assert read_recording(path).exchanges == ()


def test_a_line_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full in the middle of a line."""
    path = tmp_path / "calls.jsonl"
    writer = RecordingWriter(path, "new", Session("http://h/"))
    writer.write(WEBHOOK)
    before = path.read_bytes()
    real = os.write

    def write(file: int, line: bytes) -> int:
        return real(file, line[:20])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(RecordingError, match=r"calls\.jsonl: cannot be written: only a part"):
        writer.write(WEBHOOK)
    monkeypatch.undo()
    assert path.read_bytes() == before
    writer.write(FAILED)
    writer.close()
    assert read_recording(path).exchanges == (WEBHOOK, FAILED)
