"""Loads the documents that the command line names, one at a time."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bxml._wording import file_failure, visible_text
from bxml.cli.loaded import Loaded, Request, Source, Unread
from bxml.documents import MAX_BYTES

STDIN = "-"
SUFFIXES = (".bxml", ".xml")
_PYTHON = (
    "expected a BXML document, got a file of Python: print(document.to_bxml()) in it and run "
    "python FILE | bxml check -, or check the replies of an application with callcontrol explore "
    "FILE:app"
)
read_at_most = MAX_BYTES + 1
"""Most bytes read of a document: enough to see that it is too large."""


def is_url(name: str) -> bool:
    """Return whether a source is to be fetched."""
    return name.lower().startswith(("http://", "https://"))


def printable(text: str) -> str:
    """Return a text with escaped control characters; quotes for an empty one."""
    return visible_text(text) or "''"


def load(names: Iterable[str], request: Request | None = None) -> Iterator[Loaded | Unread]:
    """Yield the documents of files, directories and ``-``, in order.

    With a ``request``, URLs are fetched too.
    """
    for each in listed(names, urls=request is not None):
        yield each if isinstance(each, Unread) else load_one(each, request)


def listed(names: Iterable[str], *, urls: bool) -> Iterator[Source | Unread]:
    """Yield the sources that these names stand for, in order; those of a directory are sorted."""
    for name in names:
        if urls and is_url(name):
            yield Source(name, "url")
        elif name == STDIN:
            yield Source(name, "stdin")
        elif os.path.isdir(name):  # noqa: PTH112 - raises nothing for a name with a NUL
            yield from _below(name)
        elif name.lower().endswith(".py"):
            yield Unread(name, _PYTHON)
        else:
            yield Source(name, "file")


def load_one(source: Source, request: Request | None = None) -> Loaded | Unread:
    """Read one source; a URL needs a ``request``."""
    if source.kind == "url" and request is not None:
        from bxml.cli.fetching import fetch

        return fetch(source.name, request)
    return _stdin() if source.kind == "stdin" else _file(source.name)


def _stdin() -> Loaded | Unread:
    try:
        return Loaded("<stdin>", sys.stdin.buffer.read(read_at_most), "stdin")
    except AttributeError:  # the process was started without one
        return Unread("<stdin>", "standard input is closed")
    except OSError as error:
        return Unread("<stdin>", f"expected a readable input, got: {file_failure(error)}")


def _file(name: str) -> Loaded | Unread:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - "./a" stays "./a"
            return Loaded(name, file.read(read_at_most))
    except (OSError, ValueError) as error:
        return Unread(name, f"expected a readable file, got: {file_failure(error)}")


def _below(folder: str) -> Iterator[Source | Unread]:
    """Yield every XML file below a folder, sorted; links to folders are not followed."""
    closed: list[OSError] = []
    found = [
        os.path.normpath(os.path.join(parent, name))  # noqa: PTH118 - os.walk yields str
        for parent, _, names in os.walk(folder, onerror=closed.append)
        for name in names
        if name.lower().endswith(SUFFIXES)
    ]
    files = [name for name in found if not _is_special(name)]
    yield from (Source(name, "file") for name in sorted(files, key=lambda name: Path(name).parts))
    for error in closed:
        yield Unread(
            str(error.filename), f"expected a readable directory, got: {file_failure(error)}"
        )
    if not files and not closed:
        yield Unread(folder, f"expected files that end in {' or '.join(SUFFIXES)}, got none")


def _is_special(name: str) -> bool:
    """Return whether a name below a folder is a pipe or device, which could block reading."""
    return os.path.exists(name) and not os.path.isfile(name)  # noqa: PTH110, PTH113 - a text
