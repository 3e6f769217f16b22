"""Downloads a file of the platform."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bxml._once import FIRST_IMPORT
from bxml._wording import quoted
from bxml.errors import Problem
from callcontrol._http.exchange import REPEATABLE, ApiRequest
from callcontrol._http.steps import Routine
from callcontrol._operations.account import ApiAccount
from callcontrol.errors import RequestError

if TYPE_CHECKING:
    from callcontrol._http.saving import Progress
    from callcontrol._results.recordings import DownloadedFile

_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


def downloaded(
    account: ApiAccount, url: str, path: "tuple[str, object]", progress: "Progress | None"
) -> "Routine[DownloadedFile]":
    """Save what is at a URL in a file.

    ``path`` is the name of the argument in errors, and its value.
    """
    with FIRST_IMPORT:
        from callcontrol._http.saving import FileTarget
    with FIRST_IMPORT:
        from callcontrol._results.recordings import DownloadedFile

    with FileTarget(_path(*path), progress) as target:
        request = ApiRequest("GET", url, REPEATABLE, _HEADERS, save_to=target)
        reply = yield from account.call(request)
        target.finish()
    kind = reply.headers.get("Content-Type")
    return DownloadedFile(path=target.path, size=target.size, content_type=kind)


def _path(where: str, value: object) -> str:
    given = cast("str | os.PathLike[str]", value)
    path = os.fspath(given) if hasattr(value, "__fspath__") or isinstance(value, str) else None
    if not isinstance(path, str) or Path(path).name in ("", ".."):
        finding = f"expected the path of a file, got {quoted(value)}"
        raise RequestError([Problem.at(where, "bad-path", finding)])
    return path
