"""``bxml format`` and ``bxml python``: one layout without a change of meaning, and code."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from bxml import Document, ParseError, ValidationError, parse
from bxml.cli.commands import cli
from bxml.cli.examples import EXAMPLES
from bxml.cli.formatting import format_document, rewrite
from bxml.documents import MAX_BYTES
from bxml.strategies import documents

UGLY = """<?xml version='1.0'?><Response><Gather   maxDigits='1' gatherUrl="/a?b&amp;c"
><SpeakSentence> Press  1 <break time='1s'></break>
  or 2 </SpeakSentence
></Gather><Hangup></Hangup></Response>"""
NICE = """<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Gather gatherUrl="/a?b&amp;c" maxDigits="1">
    <SpeakSentence> Press  1 <break time="1s"/>
  or 2 </SpeakSentence>
  </Gather>
  <Hangup/>
</Response>
"""
COMMENTED = "<Response><!-- one --><Hangup/>\n<?two three?></Response>"
BARE = '<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  <Hangup/>\n</Response>\n'
WRONG = "<Response>\n  <Hangup>now</Hangup>\n</Response>"


def bxml(*arguments: str | Path, stdin: str | bytes = "") -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    """Return a file that needs a new layout."""
    path = tmp_path / "ugly.xml"
    path.write_bytes(UGLY.encode())
    return path


def test_verbs_get_lines_and_speech_stays(ugly: Path) -> None:
    """The result goes to standard output, in table order, with speech as it was."""
    for result in (bxml("format", ugly), bxml("format", "-", stdin=UGLY)):
        assert (result.stdout, result.stderr, result.exit_code) == (NICE, "", 0)
    assert ugly.read_bytes() == UGLY.encode()


def assert_same_meaning(source: str | bytes) -> None:
    """Hold formatting to its promises for one document."""
    body = source if isinstance(source, bytes) else source.encode()
    once = format_document(body).text
    assert parse(once) == parse(body)
    assert format_document(once.encode()).text == once


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_keep_their_meaning(name: str) -> None:
    """Formatting every element's example changes nothing that parse sees, and is done in one go."""
    assert_same_meaning(EXAMPLES[name])


@pytest.mark.parametrize(
    "inside",
    [
        "<SpeakSentence>\n  a\n\n\tb\r\n</SpeakSentence>",
        "<SpeakSentence>&#13;&#10;&#9;&#32;x&#xA0;\u2028</SpeakSentence>",
        "<SpeakSentence><p> <s> x </s> </p> &lt;b&gt; &amp;amp; ]]&gt;</SpeakSentence>",
        "<SpeakSentence><![CDATA[ <b> & ]]></SpeakSentence>",
        "<PlayAudio>\n  a.wav?x=1&amp;y='2'\n</PlayAudio>",
        "<Tag>\n a  b \n</Tag><Tag/><Tag></Tag>",
        "<Conference>\n daily \n</Conference>",
        "<Redirect redirectUrl='/' tag='&#10;&#9;&#13;\"&lt;&gt;&amp; '/>",
        "<Pause duration=' 2.50 '/><Pause duration='0.12345678901234567890123'/>",
        "<Transfer><PhoneNumber>\n+19195551234\n</PhoneNumber></Transfer>",
        "<Gather/><Gather></Gather><Gather>  </Gather>",
    ],
)
@pytest.mark.parametrize("root", ["Response", "Bxml"])
def test_white_space_and_escapes_keep_their_meaning(inside: str, root: str) -> None:
    """Whatever stands in speech, texts and attributes is the same after formatting."""
    assert_same_meaning(f"<{root}>{inside}</{root}>")


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "iso-8859-1"])
def test_other_encodings_become_utf_8(codec: str) -> None:
    """The result is UTF-8 and says so, whatever the source was saved in."""
    name = codec.removesuffix("-sig")
    source = f'<?xml version="1.0" encoding="{name}"?><Response><Tag>ol\u00e1</Tag></Response>'
    assert_same_meaning(source.encode(codec))
    assert format_document(source.encode(codec)).text.startswith(BARE[:38])


SPOKEN = st.text(st.sampled_from(" \t\n\r<>&'\"]ax\u00a0\u4f60\U0001f600"), max_size=20)


@given(SPOKEN, SPOKEN)
def test_any_speech_keeps_its_meaning(before: str, after: str) -> None:
    """Formatting reads and writes every text as it is."""
    escaped = [
        each.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for each in (before, after)
    ]
    assert_same_meaning(
        f"<Response><SpeakSentence>x{escaped[0]}<break/>{escaped[1]}</SpeakSentence></Response>"
    )


@given(documents(max_size=5))
def test_any_document_keeps_its_meaning(document: Document) -> None:
    """Formatting what the DSL wrote gives an equal document, and is done in one go."""
    assert_same_meaning(document.to_bytes())


def test_files_are_replaced(ugly: Path) -> None:
    """--write puts the result in the place of the file once, and keeps its permissions."""
    ugly.chmod(0o640)
    first = bxml("format", "--write", ugly)
    assert (first.stdout, first.exit_code) == (f"{ugly}: reformatted\n", 0)
    assert ugly.read_text() == NICE
    assert stat.S_IMODE(ugly.stat().st_mode) == 0o640
    again = bxml("format", "--write", ugly)
    assert (again.output, again.exit_code) == ("", 0)
    assert list(ugly.parent.iterdir()) == [ugly]


def test_links_stay_links(ugly: Path) -> None:
    """A link is followed: the file behind it is replaced, not the link."""
    link = ugly.with_name("link.xml")
    link.symlink_to("ugly.xml")
    assert bxml("format", "--write", link).exit_code == 0
    assert link.is_symlink()
    assert ugly.read_text() == NICE


def test_directories_are_formatted(ugly: Path) -> None:
    """A directory stands for the files below it, here too."""
    ugly.with_name("nice.xml").write_text(NICE)
    result = bxml("format", "--check", ugly.parent)
    assert (result.stdout, result.exit_code) == (f"{ugly}: would be reformatted\n", 1)


def test_a_check_writes_nothing(ugly: Path) -> None:
    """--check tells which files would change, by words and exit code."""
    result = bxml("format", "--check", ugly)
    assert (result.stdout, result.exit_code) == (f"{ugly}: would be reformatted\n", 1)
    assert ugly.read_text() == UGLY
    ugly.write_text(NICE)
    result = bxml("format", "--check", ugly)
    assert (result.output, result.exit_code) == ("", 0)
    assert bxml("format", "--check", "-", stdin=NICE).exit_code == 0


def test_comments_are_not_lost_by_accident(tmp_path: Path) -> None:
    """A file with comments is replaced only when that was accepted."""
    path = tmp_path / "commented.xml"
    path.write_text(COMMENTED)
    refused = bxml("format", "--write", path)
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"bxml: {path}: not written, because it would lose the comment of line 1 and 1 more; "
        "give --drop-comments to accept that\n"
    )
    assert path.read_text() == COMMENTED
    told = bxml("format", "--check", path)
    lost = "would be reformatted, and would lose the comment of line 1 and 1 more"
    assert (told.stdout, told.exit_code) == (f"{path}: {lost}\n", 1)
    shown = bxml("format", path)
    assert (shown.stdout, shown.exit_code) == (BARE, 0)
    assert shown.stderr == f"bxml: {path}: lost the comment of line 1 and 1 more\n"
    assert bxml("format", "--write", "--drop-comments", path).exit_code == 0
    assert path.read_text() == BARE


def test_instructions_count_as_comments() -> None:
    """A processing instruction is lost like a comment; the XML declaration is none."""
    source = "<?xml version='1.0'?>\n<Response><?one two?></Response>"
    result = bxml("format", "-", stdin=source)
    assert result.stderr == "bxml: <stdin>: lost the processing instruction of line 2\n"


def test_documents_with_errors_are_refused(tmp_path: Path) -> None:
    """What parse refuses is shown with its problems, left alone, and the others are done."""
    wrong, ugly = tmp_path / "a.xml", tmp_path / "b.xml"
    wrong.write_text(WRONG)
    ugly.write_text(UGLY)
    result = bxml("format", "--write", wrong, ugly)
    assert result.exit_code == 1
    assert result.stderr == (
        f"{wrong}:2:11: error: Response/Hangup: expected no text in Hangup, got 'now' "
        "[text-not-allowed]\n    <Hangup>now</Hangup>\n            ^\n"
    )
    assert result.stdout == f"{ugly}: reformatted\n"
    assert wrong.read_text() == WRONG


def test_results_beyond_the_limit_are_refused() -> None:
    """A document that fits, but not with its verbs on lines of their own, is not written."""
    source = "<Response>" + "<Ring/>" * ((MAX_BYTES - 100) // 7) + "</Response>"
    with pytest.raises(ValidationError, match="expected at most 65536 bytes"):
        format_document(source.encode())
    result = bxml("format", "-", stdin=source)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("<stdin>: error: Response: expected at most 65536 bytes, got ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.xml", "b.xml"], "expected one file, or --check or --write, got several"),
        (["--check", "--write", "a.xml"], "expected --check or --write, got both"),
        (["--write", "-"], "--write: expected files, got standard input"),
        ([], "Missing argument 'FILE...'"),
    ],
)
def test_wrong_usage_of_format(arguments: list[str], said: str) -> None:
    """What makes no sense together is told before anything is read."""
    result = bxml("format", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_cannot_be_read_or_replaced(tmp_path: Path) -> None:
    """Missing files and files that are none end with 2 and a clear line."""
    missing = bxml("format", tmp_path / "missing.xml")
    assert missing.exit_code == 2
    assert missing.stderr.endswith("expected a readable file, got: No such file or directory\n")
    read, written = os.pipe()
    os.write(written, UGLY.encode())
    os.close(written)
    pipe = bxml("format", "--write", f"/dev/fd/{read}")
    os.close(read)
    assert pipe.exit_code == 2
    assert pipe.stderr == f"bxml: /dev/fd/{read}: expected a regular file, got a pipe or a device\n"


def test_failed_writes_leave_the_file_as_it_was(
    ugly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the new file cannot take the place of the old one, nothing has changed."""

    def replace(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", self, target)

    monkeypatch.setattr(Path, "replace", replace)
    result = bxml("format", "--write", ugly)
    assert result.exit_code == 2
    assert (
        result.stderr
        == f"bxml: {ugly}: expected a file that can be written, got: Permission denied\n"
    )
    assert ugly.read_text() == UGLY
    assert list(ugly.parent.iterdir()) == [ugly]


def test_protected_files_stay(ugly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be written is not replaced either, though its folder would allow it."""

    def access(path: Path, mode: int) -> bool:  # instead of chmod, which binds no superuser
        return not (path == ugly and mode == os.W_OK)

    monkeypatch.setattr(os, "access", access)
    result = bxml("format", "--write", ugly)
    assert result.exit_code == 2
    assert (
        result.stderr
        == f"bxml: {ugly}: expected a file that can be written, got: Permission denied\n"
    )
    assert ugly.read_text() == UGLY


def test_an_interrupted_write_leaves_nothing_behind(
    ugly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle removes the half-written file."""

    def copymode(source: Path, target: Path) -> None:
        raise KeyboardInterrupt(source, target)

    monkeypatch.setattr("shutil.copymode", copymode)
    with pytest.raises(KeyboardInterrupt):
        rewrite(ugly, b"new")
    assert ugly.read_text() == UGLY
    assert list(ugly.parent.iterdir()) == [ugly]


def test_python_is_written(ugly: Path) -> None:
    """The code goes to standard output and rebuilds the document."""
    result = bxml("python", ugly, "--name", "menu")
    scope: dict[str, object] = {}
    exec(result.stdout, scope)  # noqa: S102 - running it is the point
    assert scope["menu"] == parse(UGLY)
    assert bxml("python", "-", stdin=UGLY).stdout == result.stdout.replace("menu =", "document =")


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "said"),
    [
        (["-"], WRONG, 1, "<stdin>:2:11: error: Response/Hangup: expected no text"),
        (["missing.xml"], "", 2, "bxml: missing.xml: expected a readable file"),
        (["-", "--name", "class"], UGLY, 2, "--name: expected a Python identifier, got 'class'"),
        ([], "", 2, "Missing argument 'FILE'"),
    ],
)
def test_python_is_refused(arguments: list[str], stdin: str, status: int, said: str) -> None:
    """Errors, missing files and bad names give no code, an exit code and a reason."""
    result = bxml("python", *arguments, stdin=stdin)
    assert (result.stdout, result.exit_code) == ("", status)
    assert said in result.stderr


def test_problems_are_raised_for_callers() -> None:
    """The formatter raises what parse raises."""
    with pytest.raises(ParseError):
        format_document(WRONG.encode())
