"""``bxml check``: what it reads, what it says in each format, and how it ends."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from bxml import Problem, check
from bxml.cli.commands import cli
from bxml.cli.reports import Excerpts, Tally, marked, screen
from bxml.cli.sources import printable
from bxml.documents import MAX_BYTES

INVALID = Path(__file__).parents[3] / "LICENSE"
FINE = "<Response><Hangup/></Response>\n"
WRONG = '<Response>\n  <Gather maxDigits="99" gatherUrl="/menu"/>\n</Response>\n'
WARNED = "<Response/>"
MESSAGE = "Response/Gather/@maxDigits: expected an integer from 1 to 50, got '99'"


def bxml(*arguments: str | Path, stdin: str | bytes = "") -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current directory, empty and to be removed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str | bytes) -> Path:
    """Write a file, with the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_mistakes_are_shown_with_their_line(folder: Path) -> None:
    """Each problem is a line with place and rule, the source line and a caret; then a summary."""
    write(folder / "menu.xml", WRONG)
    result = bxml("check", "menu.xml")
    assert result.exit_code == 1
    assert result.stdout == (
        f"menu.xml:2:11: error: {MESSAGE} [value-out-of-range]\n"
        '    <Gather maxDigits="99" gatherUrl="/menu"/>\n'
        "            ^\n"
        "1 document checked: 1 error\n"
    )
    assert result.stderr == ""


def test_hints_follow_the_finding() -> None:
    """What to do about it stands in the same line."""
    result = bxml("check", "-", stdin="<Response><Ring answerCall='True'/></Response>")
    assert (
        "<stdin>:1:17: error: Response/Ring/@answerCall: expected 'true' or 'false', got 'True'; "
        "write 'true', in lower case [bad-boolean]\n"
    ) in result.stdout


@pytest.mark.parametrize(
    ("documents", "status", "summary"),
    [
        ([FINE], 0, "1 document checked: nothing to report"),
        ([FINE, WARNED], 0, "2 documents checked: 1 warning"),
        ([WRONG, WARNED, WARNED], 1, "3 documents checked: 1 error, 2 warnings"),
        ([WRONG, None], 2, "1 document checked, 1 not readable: 1 error"),
        ([None], 2, "0 documents checked, 1 not readable: no result"),
    ],
)
def test_exit_codes(
    folder: Path, documents: Sequence[str | None], status: int, summary: str
) -> None:
    """Warnings pass, errors give 1, and what cannot be read gives 2 after all else was checked."""
    for number, text in enumerate(documents):
        if text is not None:
            write(folder / f"{number}.xml", text)
    result = bxml("check", *(f"{number}.xml" for number in range(len(documents))))
    assert result.exit_code == status
    assert result.stdout.splitlines()[-1] == summary


def test_directories_are_searched(folder: Path) -> None:
    """All .xml and .bxml files below are checked in the order of their paths, and nothing else."""
    for name in ("b/2.xml", "b/1.BXML", "a.xml", "b/c/3.bxml", "b.txt", ".hidden/4.xml"):
        write(folder / name, WARNED)
    result = bxml("check", ".")
    names = re.findall(r"^(\S+?):\d+:", result.stdout, re.MULTILINE)
    assert names == [".hidden/4.xml", "a.xml", "b/1.BXML", "b/2.xml", "b/c/3.bxml"]
    assert result.exit_code == 0


def test_links_and_pipes_below_a_directory(folder: Path) -> None:
    """A link to a file is checked, a dead one reported, a pipe or a loop of links left alone."""
    write(folder / "real" / "menu.xml", WARNED)
    (folder / "link.xml").symlink_to("real/menu.xml")
    (folder / "dead.xml").symlink_to("nowhere")
    (folder / "real" / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.xml")
    result = bxml("check", folder)
    assert result.stdout.count(" warning: ") == 2
    missing = f"bxml: {folder}/dead.xml: expected a readable file, got: No such file or directory\n"
    assert result.stderr == missing
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.xml", "expected a readable file, got: No such file or directory"),
        ("", "expected a readable file, got: No such file or directory"),
        ("empty", "expected files that end in .bxml or .xml, got none"),
        ("a\0b", "expected a readable file, got: a name that no file can have"),
        ("missing\x1b[31m.xml", "expected a readable file, got: No such file or directory"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(folder: Path, name: str, reason: str) -> None:
    """A source without a document is named with the reason, in characters that only show."""
    (folder / "empty").mkdir()
    result = bxml("check", name)
    assert result.exit_code == 2
    assert result.stderr == f"bxml: {printable(name)}: {reason}\n"
    assert "\x1b" not in result.stderr


def test_unlisted_directories_are_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that the system does not list is named, whoever asks."""

    def scandir(path: str) -> object:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", scandir)
    result = bxml("check", str(folder))
    assert (
        result.stderr == f"bxml: {folder}: expected a readable directory, got: Permission denied\n"
    )
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (bytes(range(256)), "malformed-xml"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "malformed-xml"),
        (b"", "malformed-xml"),
        (b"\xff\xfe<", "malformed-xml"),
        (b"x" * 200_000, "document-too-large"),
        (FINE.encode("utf-16"), "encoding-not-utf-8"),
    ],
    ids=["all bytes", "an image", "nothing", "half a character", "huge", "utf-16"],
)
def test_every_kind_of_file_gives_a_finding(folder: Path, body: bytes, rule: str) -> None:
    """Files that hold anything but BXML are reported by rule, in characters that only show."""
    write(folder / "some.xml", body)
    result = bxml("check", "some.xml")
    assert f"[{rule}]" in result.stdout
    assert result.stdout.replace("\n", "").isprintable()
    assert result.exit_code == (0 if rule == "encoding-not-utf-8" else 1)


def test_standard_input_is_read_up_to_the_limit() -> None:
    """Endless input is refused as too large, without a source line."""
    result = bxml("check", "-", stdin=b"<" * (2 * MAX_BYTES))
    assert result.stdout == (
        "<stdin>:1:1: error: document: expected at most 65536 bytes, got more; "
        "split it: end with Redirect to a URL that returns the rest [document-too-large]\n"
        "1 document checked: 1 error\n"
    )


def test_rules_and_contexts_can_be_chosen(folder: Path) -> None:
    """The options reach the checker: contexts add rules, disable and enable change them."""
    write(folder / "a.xml", "<Bxml><Redirect redirectUrl='/next'/></Bxml>")
    assert bxml("check", "a.xml").exit_code == 0
    pushed = bxml("check", "--context", "call-update", "a.xml")
    assert "[relative-url-without-base]" in pushed.stdout
    silent = bxml(
        "check", "--context", "call-update", "--disable", "relative-url-without-base", "a.xml"
    )
    assert silent.stdout == "1 document checked: nothing to report\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--context", "call-updat"], "--context: expected a context, got 'call-updat'; did you"),
        (["--disable", "nope"], "--disable: expected a rule id, got 'nope'"),
        (["--disable", "bad-url"], "--disable: expected an inferred rule or a warning, got 'bad"),
        (["--enable", "nope"], "--enable: expected a rule id, got 'nope'"),
        (["--format", "xml"], "'xml' is not one of 'text', 'json', 'github'"),
        (["--data", "{"], "--data: expected JSON, got invalid JSON"),
        (["--data", "[" * 100_000], "--data: expected JSON, got invalid JSON"),
        (["--data", "@"], "--data: '': expected a readable file, got: No such file or directory"),
        (["--data", "@no.json"], "--data: no.json: expected a readable file, got: No such file"),
        (["--data", f"@{INVALID}"], "--data: expected JSON, got invalid JSON"),
        (["--method", "GET", "--data", "{}"], "--data: expected --method POST, got GET"),
        (["--timeout", "0"], "0"),
        (["--timeout", "nan"], "'--timeout': 'nan' is not a number"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(arguments: list[str], said: str) -> None:
    """A bad option ends with 2 and words about that option."""
    result = bxml("check", *arguments, "missing.xml")
    assert result.exit_code == 2
    assert said in result.stderr
    assert "missing.xml" not in result.stderr


def test_every_bad_id_is_told_at_once() -> None:
    """Several bad ids are several lines."""
    result = bxml("check", "--context", "x", "--disable", "y", "--enable", "z", "a.xml")
    assert [line.partition(":")[0] for line in result.stderr.splitlines()[-3:]] == [
        "Error",
        "--disable",
        "--enable",
    ]


def test_json_holds_every_field(folder: Path) -> None:
    """A program gets one list, with the file and all fields of each problem."""
    write(folder / "a.xml", WRONG)
    write(folder / "b.xml", WARNED)
    result = bxml("check", "--format", "json", "a.xml", "missing.xml", "b.xml")
    found = json.loads(result.stdout)
    assert found[0] == {
        "file": "a.xml",
        "rule": "value-out-of-range",
        "severity": "error",
        "path": "Response/Gather/@maxDigits",
        "line": 2,
        "column": 11,
        "message": MESSAGE,
        "hint": None,
    }
    fields = {"file", *Problem.__annotations__}
    assert all(set(item) == fields for item in found)
    assert [(item["file"], item["rule"]) for item in found[1:]] == [
        ("b.xml", "empty-response-hangs-up")
    ]
    assert "missing.xml" in result.stderr
    assert result.exit_code == 2


def test_json_of_nothing_is_an_empty_list() -> None:
    """No problem is still a list."""
    result = bxml("check", "--format", "json", "-", stdin=FINE)
    assert (result.stdout, result.exit_code) == ("[]\n", 0)


def test_github_gets_annotations(folder: Path) -> None:
    """Workflow commands carry file, line, column and rule, escaped as GitHub reads them back."""
    write(folder / "a,b:c%.xml", '<Response>\n<Pause duration="100%"/></Response>')
    result = bxml("check", "--format", "github", "a,b:c%.xml", "missing.xml")
    assert result.stdout.splitlines() == [
        (
            "::error file=a%2Cb%3Ac%25.xml,line=2,col=8,title=bad-number::Response/Pause/@duration"
            ": expected a number from 0.1 to 86400 (seconds), got '100%25'"
        ),
        "::error title=bxml::missing.xml: expected a readable file, got: No such file or directory",
        "1 document checked, 1 not readable: 1 error",
    ]
    assert result.exit_code == 2


def test_github_gets_no_file_for_standard_input() -> None:
    """What is no file of the repository is named in the message, with its hint."""
    result = bxml("check", "--format", "github", "-", stdin="<Response><Ring/>x</Response>")
    assert result.stdout.splitlines()[0] == (
        "::error title=text-not-allowed::<stdin>: Response: expected no text in Response, got 'x'; "
        "put text to say into SpeakSentence"
    )


LINE = "0123456789" * 30


@pytest.mark.parametrize(
    ("line", "column", "shown", "caret"),
    [
        ("<Pause/>", 1, "<Pause/>", 0),
        ("<Pause/>", 9, "<Pause/>", 8),
        ("", 1, "", 0),
        ("\t<Pause\ta='1'/>", 9, "    <Pause    a='1'/>", 14),
        ("\u4f60\u597d<a/>", 3, "\u4f60\u597d<a/>", 4),
        ("e\u0301<a/>", 3, "e\u0301<a/>", 1),
        ("a\x1b[31m\u202e\x00<a/>", 9, "a\u00b7[31m\u00b7\u00b7<a/>", 8),
        (LINE, 1, LINE[:24] + "...", 0),
        (LINE, 150, "..." + LINE[133:157] + "...", 19),
        (LINE, 300, "..." + LINE[276:300], 26),
        (LINE, 301, "..." + LINE[276:300], 27),
    ],
)
def test_the_caret_stands_under_the_place(line: str, column: int, shown: str, caret: int) -> None:
    """Tabs, wide and unseen characters and cut lines keep the caret where it belongs."""
    text, below = marked(line, column, 30)
    assert (text, below) == (shown, " " * caret + "^")
    assert cell_len(text) <= 30


def problem(line: int | None, column: int | None) -> Problem:
    """Return a problem at a place."""
    return Problem("bad-url", "error", "Response", line, column, "Response: x")


def test_places_without_text_show_nothing() -> None:
    """A problem without a place, beyond the end or on an empty line has no excerpt."""
    excerpts = Excerpts(b"<Response>\r\n\r\r\n</Response>", 50)
    assert excerpts.around(problem(1, 2)) == ("<Response>", " ^")
    assert excerpts.around(problem(4, 1)) == ("</Response>", "^")
    for line, column in ((None, None), (1, None), (2, 1), (3, 1), (9, 1)):
        assert excerpts.around(problem(line, column)) == ()


def test_bytes_that_lie_are_shown_as_far_as_they_can_be(folder: Path) -> None:
    """The place of a byte that is no UTF-8 is shown, with a mark in its stead."""
    write(folder / "a.xml", "<Response><Tag>ol\u00e1</Tag></Response>".encode("latin-1"))
    lines = bxml("check", "a.xml").stdout.splitlines()
    assert lines[1:3] == ["  <Response><Tag>ol\ufffd</Tag></Response>", " " * 19 + "^"]


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours are off where nobody sees them, on where they are forced, off with NO_COLOR."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    assert "\x1b[" not in bxml("check", "-", stdin=WRONG).stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = bxml("check", "-", stdin=WRONG).stdout
    assert "\x1b[1;31merror\x1b[0m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in bxml("check", "-", stdin=WRONG).stdout


def test_terminals_decide_on_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal lines are cut at 100 columns, whatever the environment says."""
    monkeypatch.setenv("COLUMNS", "40")
    assert screen().width == 100
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert screen().width == 40


def test_a_tally_counts_by_severity() -> None:
    """The summary counts documents and problems, in the singular where there is one."""
    tally = Tally()
    tally.add(check(WRONG))
    tally.add(check("<Response><Gather maxDigits='0'/><Pause duration='x'/></Response>"))
    assert str(tally) == "2 documents checked: 3 errors, 1 warning"
    assert tally.status == 1


@pytest.mark.parametrize("command", ["check", "format"])
def test_a_file_of_python_is_no_document(command: str) -> None:
    """The message says how to check what it makes; nothing in it is run."""
    result = bxml(command, __file__)
    assert result.exit_code == 2
    assert "expected a BXML document, got a file of Python" in result.stderr
    assert "python FILE | bxml check -" in result.stderr
    assert "callcontrol explore FILE:app" in result.stderr
