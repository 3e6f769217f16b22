"""The FILE of ``callcontrol push``: BXML, or Python that defines a document."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from callcontrol.cli.commands import cli

CALL = "c-1"
GOOD = "<Bxml><Hangup/></Bxml>"
DOCUMENTS = """
    from bxml import Bxml, Gather, Response, SpeakSentence

    menu = Bxml().hangup()
    closing = Bxml().speak_sentence("Goodbye.")
    prompt = SpeakSentence("Hello")
    text = "<Bxml/>"

    def made() -> Bxml:
        return menu

    def unannounced(voice="bridget", *, twice=False):
        return closing

    def needy(agent):
        return menu

    async def later() -> Bxml:
        return menu

    def nothing() -> Bxml:
        pass
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty current folder, in which no credentials are set."""
    monkeypatch.chdir(tmp_path)
    for name in ("BW_ACCOUNT_ID", "BW_CLIENT_ID", "BW_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def saved(name: str, text: str) -> str:
    """Write a file into the current folder and return its name."""
    Path(name).write_text(dedent(text), encoding="utf-8")
    return name


def tried(file: str, *more: str, stdin: bytes | None = None) -> Result:
    """Return what a dry run says about a file."""
    return CliRunner().invoke(cli, ["push", CALL, file, "--dry-run", *more], input=stdin)


def source_of(result: Result) -> str:
    """Return which document a dry run with JSON has taken."""
    assert result.exit_code == 0, result.stderr
    source: str = json.loads(result.stdout)["source"]
    return source


def test_a_bxml_file_is_taken_as_it_is() -> None:
    """A dry run names the file and its size, and needs no credentials."""
    result = tried(saved("menu.xml", GOOD))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "menu.xml: no errors (22 bytes); nothing was sent\n"


def test_a_dash_is_standard_input() -> None:
    """What comes down a pipe is checked like a file."""
    assert source_of(tried("-", "--json", stdin=GOOD.encode())) == "<stdin>"
    broken = tried("-", stdin=b"<Bxml>")
    assert broken.exit_code == 1
    assert broken.stderr.startswith("<stdin>:1:")


def test_errors_of_a_document_show_line_and_caret() -> None:
    """The report is the one of ``bxml check``; the last line says that nothing was sent."""
    result = tried(saved("menu.xml", '<Bxml>\n  <Gather maxDigit="1" gatherUrl="/m"/>\n</Bxml>\n'))
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    at = next(index for index, line in enumerate(lines) if "unknown-attribute" in line)
    assert lines[at].startswith("menu.xml:2:11: error: Bxml/Gather/@maxDigit: expected a known")
    assert lines[at + 1 : at + 3] == [
        '    <Gather maxDigit="1" gatherUrl="/m"/>',
        " " * 12 + "^",
    ]
    assert lines[-1].startswith("callcontrol: menu.xml: expected a document without errors, got ")
    assert lines[-1].endswith("; nothing was sent")


def test_warnings_are_shown_and_do_not_stop() -> None:
    """A verb that is never reached is remarked upon, for people and for programs."""
    result = tried(saved("menu.xml", "<Bxml><Hangup/><Pause/></Bxml>"), "--json")
    assert result.exit_code == 0
    assert "warning" in result.stderr
    assert [load["rule"] for load in json.loads(result.stdout)["problems"]] == ["unreachable-verb"]


def test_the_only_document_of_a_python_file_is_taken() -> None:
    """Imports, verbs and names with an underscore do not count."""
    text = """
        from bxml import Bxml, Hangup
        end = Hangup()
        _draft = Bxml()
        menu = Bxml(end)
    """
    assert source_of(tried(saved("menu.py", text), "--json")) == "menu.py:menu"


def test_two_names_of_one_document_are_no_choice() -> None:
    """The same value under two names is still one document."""
    text = "from bxml import Bxml\nmenu = start = Bxml().hangup()\n"
    assert source_of(tried(saved("menu.py", text), "--json")) == "menu.py:menu"


def test_a_function_counts_when_it_promises_a_document() -> None:
    """Without a document, the one function of the file that is annotated to return one is used."""
    text = """
        from bxml import Bxml
        from bxml import parse

        def menu() -> "Bxml":
            return Bxml().hangup()

        def helper(agent: str) -> Bxml:
            return Bxml()

        def main() -> None:
            raise SystemExit("must not run")

        def odd() -> "not an expression":
            raise SystemExit("must not run")
    """
    assert source_of(tried(saved("menu.py", text), "--json")) == "menu.py:menu"


@pytest.mark.parametrize("name", ["menu", "closing", "made", "unannounced"])
def test_a_name_chooses_among_several(name: str) -> None:
    """Documents and functions without required parameters can be named."""
    saved("flows.py", DOCUMENTS)
    assert source_of(tried(f"flows.py:{name}", "--json")) == f"flows.py:{name}"


REFUSED: Mapping[str, str] = {
    "flows.py": "expected one document, got 2; say which: flows.py:menu, flows.py:closing",
    "flows.py:men": ("expected a name that the file defines, got 'men'; did you mean 'menu'?"),
    "flows.py:": "expected a name that the file defines, got ''",
    "flows.py:prompt": (
        "expected a document (bxml.Bxml or bxml.Response), got a SpeakSentence; "
        "put verbs into a document: bxml.Bxml(...)"
    ),
    "flows.py:text": "expected a document (bxml.Bxml or bxml.Response), got a str",
    "flows.py:nothing": "expected a document (bxml.Bxml or bxml.Response), got a NoneType",
    "flows.py:Gather": "expected a document (bxml.Bxml or bxml.Response), got the class Gather",
    "flows.py:needy": (
        "expected a document or a function without required parameters, got another function"
    ),
    "flows.py:later": (
        "expected a document or a function without required parameters, got another function"
    ),
    "none.py": "expected a document, such as menu = bxml.Bxml(...), got a file without one",
    "missing.py": "expected a readable file, got: No such file or directory",
    "missing.xml": "expected a readable file, got: No such file or directory",
    "folder": "expected a file, got a directory",
    "folder.py": "expected a readable file, got: Is a directory",
    "a\0b": "expected a readable file, got: a name that no file can have",
}


@pytest.mark.parametrize("file", REFUSED)
def test_what_gives_no_document_is_refused_in_one_line(file: str, folder: Path) -> None:
    """The line names the file, what was expected and what there is; the exit code is 2."""
    saved("flows.py", DOCUMENTS)
    saved("none.py", "import bxml\n")
    (folder / "folder").mkdir()
    (folder / "folder.py").mkdir()
    result = tried(file)
    assert (result.exit_code, result.stdout) == (2, "")
    place = file.replace("\0", "\\x00")
    assert result.stderr == f"callcontrol: {place}: {REFUSED[file]}\n"


ENDED = (
    "expected a document or an application, got the end of the program: sys.exit('enough'); "
    "programs often end so if an environment variable is missing"
)
RAISING: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "x = 1\ny = x / 0\n": (
        2,
        ("it.py:2: ZeroDivisionError: division by zero", "  y = x / 0"),
    ),
    "\ndef (:\n": (2, ("it.py:2: SyntaxError: invalid syntax", "  def (:")),
    "import not_to_be_found\n": (
        2,
        (
            "it.py:1: ModuleNotFoundError: No module named 'not_to_be_found'",
            "  import not_to_be_found",
        ),
    ),
    "import sys\nsys.exit('enough')\n": (2, (f"it.py:2: {ENDED}", "  sys.exit('enough')")),
    "raise ValueError('two\\nlines \\x1b[31m')\n": (
        2,
        (
            "it.py:1: ValueError: two",
            "lines \\x1b[31m",
            "  raise ValueError('two\\nlines \\x1b[31m')",
        ),
    ),
    "from bxml import Bxml\n\ndef menu() -> Bxml:\n    return undefined\n": (
        2,
        ("it.py:4: NameError: name 'undefined' is not defined", "  return undefined"),
    ),
    "from bxml import Gather\nGather(max_digits=99, repeat_count='x')\n": (
        1,
        (
            "it.py:2: Gather.max_digits: expected an integer from 1 to 50, got 99",
            "it.py:2: Gather.repeat_count: expected an integer of 1 or more, got 'x'",
            "  Gather(max_digits=99, repeat_count='x')",
        ),
    ),
}


@pytest.mark.parametrize("text", RAISING)
def test_a_file_that_raises_shows_its_own_error(text: str) -> None:
    """File, line and source line of the user's own code, no traceback of ours."""
    code, lines = RAISING[text]
    result = tried(saved("it.py", text))
    assert result.stderr == "".join(f"callcontrol: {line}\n" for line in lines)
    assert (result.exit_code, result.stdout) == (code, "")


def test_an_error_below_points_at_the_file_that_was_given() -> None:
    """An error inside a module that the file imports is reported at the file's own line."""
    saved("helpers.py", "def broken():\n    raise KeyError('nothing')\n")
    result = tried(saved("flow.py", "import helpers\n\nhelpers.broken()\n"))
    assert result.exit_code == 2
    assert result.stderr.startswith("callcontrol: flow.py:3: KeyError: 'nothing'\n")


def test_a_mistake_in_an_imported_module_is_reported_there() -> None:
    """A syntax error has its own file and line."""
    saved("typo.py", "\n\nclass:\n")
    result = tried(saved("flow.py", "import typo\n"))
    assert result.exit_code == 2
    assert "typo.py:3: SyntaxError: " in result.stderr


def test_a_file_runs_as_it_would_with_python(folder: Path) -> None:
    """It can import its neighbours, sees its own name as argv, and its main part does not run."""
    (folder / "flows").mkdir()
    saved("flows/voices.py", "VOICE = 'bridget'\n")
    text = """
        import sys
        from bxml import Bxml
        from voices import VOICE

        assert sys.argv == [__file__] == ["flows/flow.py"]
        menu = Bxml().speak_sentence("Hello", voice=VOICE)
        if __name__ == "__main__":
            raise SystemExit("must not run")
    """
    path, arguments = sys.path[:], sys.argv[:]
    assert source_of(tried(saved("flows/flow.py", text), "--json")) == "flows/flow.py:menu"
    assert (sys.path, sys.argv) == (path, arguments)
    assert not list(folder.glob("flows/__pycache__/flow*"))


def test_what_a_file_prints_does_not_mix_with_the_result() -> None:
    """Standard output holds one JSON value whatever the file prints."""
    text = "from bxml import Bxml\nprint('loading')\nmenu = Bxml().hangup()\n"
    result = tried(saved("flow.py", text), "--json")
    assert source_of(result) == "flow.py:menu"
    assert result.stderr == "loading\n"


def test_a_python_document_is_checked_like_a_file() -> None:
    """What only the whole document can show is found, with the place in Python's terms."""
    text = "from bxml import Bxml\nmenu = Bxml().speak_sentence('x' * 70_000)\n"
    result = tried(saved("flow.py", text), "--json")
    assert result.exit_code == 1
    assert "flow.py:menu: error: " in result.stderr
    error = json.loads(result.stdout)["error"]
    assert (error["kind"], error["exitCode"]) == ("DocumentError", 1)
    assert error["problems"][0]["line"] is None


PUSH = """
import subprocess
import sys
from callcontrol.cli.commands import run
code = run(["push", "c-1", sys.argv[1], "--dry-run"])
heavy = tuple(f"callcontrol.{name}" for name in ("simulator", "explorer", "recorder", "phone"))
print(code, [name for name in sys.modules if name.startswith(heavy)])
"""


def test_a_push_loads_neither_simulator_nor_explorer() -> None:
    """Nor any other part that the commands around it need."""
    done = subprocess.run(
        [sys.executable, "-c", PUSH, saved("menu.xml", GOOD)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 []"
