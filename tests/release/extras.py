"""Each extra, installed alone with the wheel, does what its name says: ``make release`` runs it."""

import os
import tomllib
from pathlib import Path

import pytest

from tests.release.environments import install, new_environment
from tests.release.running import Release, run

JOBS = Path(__file__).with_name("jobs")
EXTRAS: list[str] = sorted(
    tomllib.loads((Release.root / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_alone_does_what_its_name_says(extra: str, tmp_path: Path) -> None:
    """The job of the extra runs, and no requirement is broken."""
    python = new_environment(tmp_path / "environment")
    install(python, f"{os.environ['RELEASE_WHEEL']}[{extra}]")
    assert run(python, "-I", "-W", "error", JOBS / f"{extra}.py", folder=tmp_path) == "done\n"
    assert "No broken requirements" in run(python, "-m", "pip", "check", folder=tmp_path)
