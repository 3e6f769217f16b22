"""What ``callcontrol dial`` and the explorer say about replies that a framework has spoilt."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bxml._reading.other_formats import HOW_TO_RETURN, ROUTE_CLASS
from callcontrol.cli.commands import cli

FASTAPI = """\
from bxml import Response, SpeakSentence
from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from callcontrol import EventError, parse_event

app = FastAPI()
document = Response().speak_sentence("Hi")


@app.post("/raises")
def raises():
    raise RuntimeError("no menu")


@app.post("/groups")
async def groups():
    raise ExceptionGroup("two", [KeyError("a"), KeyError("b")])


@app.post("/ends")
def ends():
    raise SystemExit(3)


@app.post("/needs")
def needs(clinic: int):
    return ""


@app.post("/refuses")
def refuses():
    try:
        parse_event("{}")
    except EventError as error:
        raise HTTPException(400, str(error))


@app.post("/page")
def page():
    head = "<head><title>Oops</title><style>b {}</style></head>"
    return HTMLResponse(f"<html>{head}<b>The database</b> is away</html>", status_code=503)


@app.post("/long")
def long():
    return PlainTextResponse("x" * 10_000, status_code=500)


@app.post("/lines")
def lines():
    return PlainTextResponse("first\\nsecond\\nthird\\nfourth", status_code=400)


@app.get("/reads")
def reads():
    return ""


@app.post("/slash/")
def slash():
    return ""


@app.post("/login")
def login():
    return RedirectResponse("/accounts/login?next=/login&token=secret", status_code=302)


@app.post("/moved")
def moved():
    return RedirectResponse("/slash/", status_code=301)


@app.post("/secure")
def secure():
    return RedirectResponse("https://application.test/secure", status_code=308)


@app.post("/text")
def text():
    return document.to_bxml()


@app.post("/document")
def returned():
    return document


@app.post("/object")
def object_():
    return {"error": "none"}


@app.post("/list")
def list_():
    return [1]


@app.post("/repr")
def repr_():
    return HTMLResponse(repr(document))


@app.post("/bytes")
def bytes_():
    return HTMLResponse(str(document.to_bytes()))


@app.post("/site")
def site():
    return HTMLResponse("<html><p>Welcome<br></html>")


@app.post("/plain")
def plain():
    return PlainTextResponse(document.to_bxml())


@app.post("/labelled")
def labelled():
    return HTMLResponse(document.to_bxml())
"""

FLASK = """\
from flask import Flask, abort

app = Flask(__name__)


@app.post("/raises")
def raises():
    return {}["menu"]


@app.post("/aborts")
def aborts():
    abort(403, "The CSRF token is missing.")


@app.post("/forbidden")
def forbidden():
    abort(403)


@app.post("/text")
def text():
    return "<Response><Hangup/></Response>"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder with two applications, which nothing has imported."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name, code in (("fast", FASTAPI), ("flasked", FLASK)):
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("fast", None)
    sys.modules.pop("flasked", None)


Tell = Callable[..., Result]


@pytest.fixture
def tell(folder: Path) -> Tell:
    """Return what dials or explores a path of an application in this process."""
    assert folder.is_dir()

    def run(command: str, path: str, *more: str, file: str = "fast") -> Result:
        script = ["--script", ""] if command == "dial" else []
        arguments = [command, f"{file}:app", "--path", path, *script, *more]
        return CliRunner().invoke(cli, arguments, catch_exceptions=False)

    return run


def line_of(code: str, text: str) -> int:
    """Return the number of the line of an application that holds a text."""
    return next(number for number, line in enumerate(code.splitlines(), 1) if text in line)


COMMANDS = pytest.mark.parametrize("command", ["dial", "explore"])
RAISED = [
    pytest.param("fast", "raises", "RuntimeError: no menu at fast.py:12)", id="C1"),
    pytest.param(
        "fast", "groups", "ExceptionGroup: two (2 sub-exceptions) at fast.py:17)", id="C1-group"
    ),
    pytest.param("flasked", "raises", "KeyError: 'menu' at flasked.py:8)", id="C1-flask"),
    pytest.param("fast", "ends", "SystemExit: 3 at fast.py:22)", id="C1-exit"),
]


@COMMANDS
@pytest.mark.parametrize(("file", "path", "raised"), RAISED)
def test_exceptions_are_named_with_file_and_line(
    tell: Tell, command: str, file: str, path: str, raised: str
) -> None:
    """Beside the status that stands for them."""
    assert f"got 500 ({raised}" in tell(command, f"/{path}", file=file).output


def test_fault_c1_verbose_shows_the_traceback(tell: Tell, folder: Path) -> None:
    """Of the application's own code, not of the framework around it."""
    quiet = tell("dial", "/raises")
    assert quiet.stderr.endswith("callcontrol: --verbose shows the traceback\n")
    lines = tell("dial", "/raises", "--verbose").stderr.splitlines()
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[2].startswith(f'  File "{folder / "fast.py"}", line ')
    assert lines[-1] == "RuntimeError: no menu"


SAID = [
    ("fast", "needs", "got 422: query.clinic: Field required"),
    ("fast", "refuses", "got 400: event.eventType: expected text, got nothing"),
    ("fast", "page", "got 503: Oops; The database; is away"),
    ("fast", "long", f"got 500: {'x' * 300}..."),
    ("fast", "lines", "got 400: first; second; third"),
    ("fast", "reads", "got 405: the application has this path, but not for that method"),
    ("flasked", "aborts", "got 403: The CSRF token is missing."),
    ("flasked", "forbidden", "got 403: You don't have the permission to access"),
]


@COMMANDS
@pytest.mark.parametrize(
    ("file", "path", "said"), [pytest.param(*each, id=f"C2-{each[1]}") for each in SAID]
)
def test_the_beginning_of_an_error_reply_is_shown(
    tell: Tell, command: str, file: str, path: str, said: str
) -> None:
    """What the application itself says is wrong, without the markup around it."""
    found = tell(command, f"/{path}", file=file).output
    assert said in found
    assert "fourth" not in found


MOVED = [
    ("slash", "a redirect to http://application.test/slash/,", "with a slash at the end: /slash/"),
    ("moved", "a redirect to http://application.test/slash/,", "give that address instead"),
    ("login", "a redirect to http://application.test/accounts/login,", "exempt this path"),
    ("secure", "a redirect to https://application.test/secure,", "or give its https address"),
]


@COMMANDS
@pytest.mark.parametrize(
    ("path", "where", "change"), [pytest.param(*each, id=f"C3-{each[0]}") for each in MOVED]
)
def test_a_redirect_names_its_target_and_the_change(
    tell: Tell, command: str, path: str, where: str, change: str
) -> None:
    """The target without its query, which may hold secrets."""
    found = tell(command, f"/{path}").output
    assert where in found
    assert change in found
    assert "secret" not in found


JSON = "expected a BXML document, got JSON text: "
REPR = "got the repr of a Python object; call to_bxml() and send its text"
SPOILT = [
    ("text", f"{JSON}a document in quotes; {HOW_TO_RETURN}"),
    ("document", f"{JSON}the fields of a document; {ROUTE_CLASS}{HOW_TO_RETURN}"),
    ("object", f"{JSON}an object; {HOW_TO_RETURN}"),
    ("list", f"{JSON}a list; {HOW_TO_RETURN}"),
    ("repr", REPR),
    ("bytes", REPR),
    ("site", "expected a BXML document, got a web page; the URL may be that of a page for people"),
]


@COMMANDS
@pytest.mark.parametrize(
    ("path", "said"), [pytest.param(*each, id=f"C4-{each[0]}") for each in SPOILT]
)
def test_what_is_not_a_document_is_recognised(
    tell: Tell, command: str, path: str, said: str
) -> None:
    """It is named, with what to return in each framework."""
    assert said in tell(command, f"/{path}").output


LABELLED = [
    pytest.param("fast", "labelled", "text/html", id="B6"),
    pytest.param("fast", "text", "application/json", id="B6-json"),
    pytest.param("fast", "plain", "text/plain", id="B6-plain"),
    pytest.param("flasked", "text", "text/html", id="B6-flask"),
]


@COMMANDS
@pytest.mark.parametrize(("file", "path", "media"), LABELLED)
def test_the_media_type_of_something_else_is_noted(
    tell: Tell, command: str, file: str, path: str, media: str
) -> None:
    """As a warning: the platform does not mind."""
    found = tell(command, f"/{path}", file=file).output
    assert f"expected Content-Type application/xml, got '{media}'" in found


def test_fault_c17_the_path_is_asked_about_when_there_is_nothing_at_it(tell: Tell) -> None:
    """If none was given."""
    hint = "is this the path of the first webhook? try --path /voice\n"
    assert hint in tell("dial", "").stderr
    assert hint not in tell("dial", "/nowhere").stderr
