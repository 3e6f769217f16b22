"""Load the document that a command line names: a BXML file, or Python that defines one."""

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType

from bxml._wording import did_you_mean, file_failure, type_of
from bxml.cli.loaded import Loaded, Unread
from bxml.cli.reports import Tally, TextReport, screen
from bxml.cli.sources import load
from bxml.documents import Document
from bxml.errors import BxmlError, ParseError, Problem, ValidationError
from callcontrol import _bxml_body
from callcontrol._settings import VARIABLES
from callcontrol.cli.errors import REFUSED, USAGE, CommandFailure
from callcontrol.errors import RequestError

SUFFIX = ".py"
MODULE = "callcontrol_script"
"""Name under which a Python file runs, so that its ``__main__`` part does not."""
_WITHOUT_DEFAULT = inspect.Parameter.empty
_SURPLUS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document, and where it came from."""

    name: str
    """The file, and for Python the name in it: ``menu.py:menu``."""
    source: Document | bytes = field(repr=False)

    @property
    def loaded(self) -> Loaded:
        """The same for reports; a document made in Python has no lines to show."""
        return Loaded(self.name, self.source if isinstance(self.source, bytes) else b"")


def load_script(given: str) -> DocumentFile:
    """Return the document that a file, ``-``, ``FILE.py`` or ``FILE.py:NAME`` names.

    :raises CommandFailure: if it cannot be loaded.
    """
    path, colon, name = given.rpartition(":")
    if colon and path.lower().endswith(SUFFIX):
        return _from_python(path, name)
    if given.lower().endswith(SUFFIX):
        return _from_python(given, None)
    loaded = _read(given)
    return DocumentFile(loaded.name, loaded.body)


def _read(given: str) -> Loaded:
    if os.path.isdir(given):  # noqa: PTH112 - a name with a NUL is no error here
        raise CommandFailure(f"{given}: expected a file, got a directory", USAGE)
    loaded = next(iter(load([given])))
    if isinstance(loaded, Unread):
        raise CommandFailure(f"{loaded.name}: {loaded.reason}", USAGE)
    return loaded


def load_content(given: str) -> "_bxml_body.CheckedBody | Callable[..., Document]":
    """Return a checked document, or a function of a call and of columns that returns documents.

    :raises CommandFailure: for a document that has errors or cannot be loaded.
    """
    path, colon, name = given.rpartition(":")
    if colon and path.lower().endswith(SUFFIX):
        with _executed(path) as names:
            value = names.get(name)
        if inspect.isfunction(value) and needs_arguments(value):
            return value
    return checked(given).body


def _from_python(path: str, name: str | None) -> DocumentFile:
    with _executed(path) as names:
        chosen = name if name is not None else _only(path, names)
        return DocumentFile(f"{path}:{chosen}", _made(path, chosen, names))


@contextmanager
def _executed(path: str) -> Generator[Mapping[str, object], None, None]:
    """Run a Python file and yield its names."""
    try:
        source = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        text = f"{path}: expected a readable file, got: {file_failure(error)}"
        raise CommandFailure(text, USAGE) from None
    module = ModuleType(MODULE)
    with _running(path, module):
        exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - the user's own file
        yield vars(module)


@contextmanager
def _running(path: str, module: ModuleType) -> Generator[None, None, None]:
    """Give a file what ``python FILE`` gives it, and turn what it raises into a message.

    Its output goes to the error stream: standard output is for the result.
    """
    before = sys.argv, sys.path[:]
    module.__file__ = path
    sys.modules[MODULE] = module
    sys.argv, sys.path[:0] = [path], [str(Path(path).resolve().parent)]
    try:
        with redirect_stdout(sys.stderr):
            yield
    except CommandFailure:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the file may raise anything
        raise failure_of(path, error) from None
    finally:
        del sys.modules[MODULE]
        sys.argv, sys.path[:] = before


def failure_of(path: str, error: Exception | SystemExit) -> CommandFailure:
    """Return an error of a Python file with the last line of the file in its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(path, frame.lineno, frame.line) for frame in frames if _is_at(frame.filename, path)]
    where, number, line = lines[-1] if lines else (path, None, None)
    if isinstance(error, SyntaxError) and error.filename:
        where, number, line = error.filename, error.lineno, error.text
    place = f"{where}:{number}" if number else where
    excerpt = f"\n  {line.strip()}" if line and line.strip() else ""
    # A verb with invalid values is an error of the document, as in a BXML file.
    if isinstance(error, ParseError | ValidationError | RequestError):
        found = "\n".join(f"{place}: {problem}" for problem in error.problems)
        code = USAGE if isinstance(error, RequestError) else REFUSED
        return CommandFailure(f"{found}{excerpt}", code, error.problems)
    return CommandFailure(
        f"{place}: {_finding(error)}{excerpt}", REFUSED if isinstance(error, BxmlError) else USAGE
    )


def _is_at(file: str, path: str) -> bool:
    """Return whether a file is the one that was named, by its path or as a module."""
    return file == path or Path(file).name == f"{path.rpartition('.')[2]}{SUFFIX}"


def _finding(error: Exception | SystemExit) -> str:
    if isinstance(error, SystemExit):
        ended = f"got the end of the program: sys.exit({error.code!r})"
        return f"expected a document or an application, {ended}{_HINT if error.code else ''}"
    from callcontrol.simulator.applications.error_advice import advice_about, missing_variable

    variable = missing_variable(error)
    if variable is not None:
        return f"the environment variable {variable} is not set{_STANDS_IN.get(variable, '')}"
    if isinstance(error, ModuleNotFoundError):
        return (
            f"{type(error).__name__}: {error}; this command runs in {sys.prefix}: install it there"
        )
    lines = traceback.format_exception_only(error)
    text = (lines[-1] if isinstance(error, SyntaxError) else lines[0]).strip()
    told = [line.strip() for line in text.splitlines() if line.strip()]
    advice = advice_about(error, text)
    return f"{told[0]}; {advice}" if advice else "\n".join(told)


_HINT = "; programs often end so if an environment variable is missing"
_STANDS_IN = {
    VARIABLES[
        name
    ]: "; set it to any text: the credentials of the simulated platform stand in for it"
    for name in ("username", "password", "client_id", "client_secret")
}


def _only(path: str, names: Mapping[str, object]) -> str:
    """Return the name of the one document of a file, or of the one function that makes one."""
    public = {name: value for name, value in names.items() if not name.startswith("_")}
    found = [name for name, value in public.items() if isinstance(value, Document)]
    found = found or [name for name, value in public.items() if _promises_document(value)]
    if len({id(names[item]) for item in found}) == 1:
        return found[0]
    if not found:
        text = "expected a document, such as menu = bxml.Bxml(...), got a file without one"
        raise CommandFailure(f"{path}: {text}", USAGE)
    listed = ", ".join(f"{path}:{item}" for item in found)
    text = f"expected one document, got {len(found)}; say which: {listed}"
    raise CommandFailure(f"{path}: {text}", USAGE)


def _promises_document(value: object) -> bool:
    """Return whether a function of the file says that it returns a document and needs nothing."""
    if not inspect.isfunction(value) or value.__module__ != MODULE or needs_arguments(value):
        return False
    try:
        promised = inspect.signature(value, eval_str=True).return_annotation
    except Exception:  # noqa: BLE001 - an annotation may be any expression
        return False
    return isinstance(promised, type) and issubclass(promised, Document)


def needs_arguments(function: Callable[..., object]) -> bool:
    """Return whether a function has required parameters."""
    parameters = inspect.signature(function).parameters.values()
    return any(
        parameter.default is _WITHOUT_DEFAULT and parameter.kind not in _SURPLUS
        for parameter in parameters
    )


def _made(path: str, name: str, names: Mapping[str, object]) -> Document:
    """Return the document with this name, or the one that the function with this name makes."""
    place = f"{path}:{name}"
    if name not in names:
        known = tuple(name for name in names if not name.startswith("_"))
        hint = did_you_mean(name, known)
        text = f"{place}: expected a name that the file defines, got {name!r}"
        raise CommandFailure(f"{text}; {hint}" if hint else text, USAGE)
    value = names[name]
    if callable(value) and not isinstance(value, type):
        if inspect.iscoroutinefunction(value) or needs_arguments(value):
            text = "expected a document or a function without required parameters, got another"
            raise CommandFailure(f"{place}: {text} function", USAGE)
        value = value()
    if not isinstance(value, Document):
        hint = "; put verbs into a document: bxml.Bxml(...)" if _is_verb(value) else ""
        text = f"{place}: expected a document (bxml.Bxml or bxml.Response), got {type_of(value)}"
        raise CommandFailure(f"{text}{hint}", USAGE)
    return value


def _is_verb(value: object) -> bool:
    from bxml import Verb

    return isinstance(value, Verb)


@dataclass(frozen=True, slots=True)
class Checked:
    """A document without errors."""

    name: str
    body: _bxml_body.CheckedBody = field(repr=False)
    """The bytes that are sent."""
    warnings: tuple[Problem, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return the check as JSON values."""
        problems = [asdict(warning) for warning in self.warnings]
        return {"source": self.name, "bytes": len(self.body), "problems": problems}


def checked(given: str) -> Checked:
    """Return the document that ``given`` names; its problems go to the error stream.

    :raises CommandFailure: for a document that has errors or cannot be loaded.
    """
    script = load_script(given)
    body, problems = _bxml_body.checked(script.source)
    if problems:
        TextReport(screen(stderr=True)).add(script.loaded, problems)
    if body is None:
        tally = Tally()
        tally.add(problems)
        count = f"{tally.errors} error{'' if tally.errors == 1 else 's'}"
        text = f"{script.name}: expected a document without errors, got {count}; nothing was sent"
        raise CommandFailure(text, REFUSED, problems)
    return Checked(script.name, body, tuple(problems))
