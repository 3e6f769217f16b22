"""The release, the failure of a check, and commands whose failure is one."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

__all__ = ["CheckError", "Release", "run"]


class CheckError(Exception):
    """A check failed; the text says where, and what to change."""


@dataclass(frozen=True)
class Release:
    """What is to be released."""

    version: str
    root: ClassVar[Path] = Path(__file__).parents[2]
    dist: ClassVar[Path] = root / "dist"
    sbom: ClassVar[Path] = root / "build" / "sbom.cdx.json"

    @property
    def tag(self) -> str:
        """The tag of the version."""
        return f"v{self.version}"

    @property
    def wheel(self) -> Path:
        """The wheel in dist/."""
        return self.dist / f"bxml_callcontrol-{self.version}-py3-none-any.whl"

    @property
    def sdist(self) -> Path:
        """The source distribution in dist/."""
        return self.dist / f"bxml_callcontrol-{self.version}.tar.gz"


def run(
    *command: str | Path, folder: Path = Release.root, env: dict[str, str] | None = None
) -> str:
    """Return what a command prints.

    ``env`` is added to the environment.

    :raises CheckError: with the end of its output, if it fails.
    """
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        output = "\n        ".join(done.stdout.splitlines()[-20:])
        shown = " ".join(map(str, command))
        raise CheckError(f"`{shown}` ended with {done.returncode}:\n        {output}")
    return done.stdout
