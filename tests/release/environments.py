"""Environments that hold what a check installs and nothing else."""

import sys
import venv
from pathlib import Path

from tests.release.running import run

__all__ = ["install", "new_environment"]


def new_environment(folder: Path, *, pip: bool = True) -> Path:
    """Return the interpreter of a new, empty environment."""
    venv.create(folder, with_pip=pip)
    return folder / "bin" / "python"


def install(python: Path, *requirements: str) -> None:
    """Install packages into an environment, which need not have pip itself."""
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", *requirements)
