"""The source of constructors and writers: what it looks like, and that tools can show it.

``constructed/*.txt`` is what ``python -m bxml._construct NAME`` prints for a small and a large
element. After a change of the template write them anew and read the difference.
"""

import inspect
import io
import linecache
import pdb  # noqa: T100 - the subject of a test
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from bxml import Gather, Node, Pause, ValidationError
from bxml._construct import compile_function, functions, source
from bxml._construct.__main__ import main
from bxml._node import ELEMENTS

FOLDER = Path(__file__).parent / "constructed"
PINNED = sorted(path.stem for path in FOLDER.glob("*.txt"))
CHECK = "if max_digits is not None and not (type(max_digits) is int and 1 <= max_digits <= 50):"


def printed(*names: str) -> subprocess.CompletedProcess[str]:
    """Run the module as a program."""
    command = [sys.executable, "-m", "bxml._construct", *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_small_and_a_large_element_are_pinned() -> None:
    """Both files are there."""
    assert PINNED == ["Gather", "Pause"]


@pytest.mark.parametrize("name", PINNED)
def test_the_source_is_as_documented(name: str) -> None:
    """The source that is compiled is the one in the file, and the one that the module prints."""
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert source(ELEMENTS[name]) == expected
    done = printed(name)
    assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)


def test_several_names_and_a_wrong_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Sources are printed one after the other, up to a name that no element has."""
    assert main(["Pause", "gather", "Ring"]) == 2
    out, err = capsys.readouterr()
    assert out == source(Pause)
    assert err == "expected the name of an element such as Gather, got 'gather'\n"


@pytest.mark.parametrize("cls", ELEMENTS.values(), ids=ELEMENTS)
def test_tools_find_the_source_of_every_function(cls: type[Node]) -> None:
    """Each function has a file of its own, and every line of it can be looked up."""
    for function in functions(cls):
        made = compile_function(cls, function)
        name = f"<bxml {cls.element.name}.{function}>"
        lines = source(cls, function).splitlines(keepends=True)
        linecache.checkcache()
        assert [linecache.getline(name, number + 1) for number in range(len(lines))] == lines
        assert made.__code__.co_filename == name
        assert inspect.getsource(made) == "".join(lines)


def test_a_traceback_shows_the_line_of_the_constructor() -> None:
    """The last line before the error is that of the generated source."""
    with pytest.raises(ValidationError) as caught:
        Gather(max_digits=0)
    text = "".join(traceback.format_exception(caught.value))
    assert 'File "<bxml Gather.__init__>", line ' in text
    assert "in __init__\n    raise ValidationError(problems)\n" in text


def test_a_debugger_stops_in_the_constructor() -> None:
    """It steps into the source and shows the line of a check."""
    Gather(max_digits=1)
    number = source(Gather, "__init__").splitlines().index(f"    {CHECK}") + 1
    screen = io.StringIO()
    typed = io.StringIO("continue\np max_digits\nclear 1\ncontinue\n")
    debugger = pdb.Pdb(stdin=typed, stdout=screen, nosigint=True, readrc=False)
    debugger.set_break("<bxml Gather.__init__>", number)
    tracer = sys.gettrace()
    try:
        assert debugger.runcall(Gather, max_digits=7) == Gather(max_digits=7)
    finally:
        sys.settrace(tracer)
    shown = screen.getvalue()
    assert f"<bxml Gather.__init__>({number})__init__()" in shown
    assert f"-> {CHECK}" in shown
    assert "(Pdb) 7\n" in shown
