"""Puts a file in the place of another, whole or not at all."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

__all__ = ["rewrite"]


def rewrite(path: Path, body: bytes) -> None:
    """Give the file this content and keep its permissions; a link stays a link.

    Raises OSError, and then the file is as it was.
    """
    real = path.resolve(strict=True)
    if not os.access(real, os.W_OK):
        # Renaming over it would work: that takes the permission of the folder alone.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(real))
    handle, name = tempfile.mkstemp(prefix=".bxml-", dir=real.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        shutil.copymode(real, beside)
        beside.replace(real)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
