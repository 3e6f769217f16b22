"""Checks in environments of their own: the wheel alone, each extra, a clone, the SBOM, the site."""

import json
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.release.environments import install, new_environment
from tests.release.running import CheckError, Release, run

__all__ = [
    "check_clone",
    "check_docs",
    "check_extras",
    "check_wheel",
    "check_workflows",
    "write_sbom",
]

NEEDED = {"lxml", "requests", "urllib3"}
INSTALL = re.compile(r"## Install\n.*?```sh\n(.*?)```", re.DOTALL)
"""The commands of README's install section."""


def check_workflows(release: Release) -> str:
    """Check the workflows with actionlint."""
    files = sorted((release.root / ".github/workflows").glob("*.yml"))
    run(Path(sys.executable).with_name("actionlint"), *files)
    return f"actionlint finds nothing in {', '.join(path.name for path in files)}"


def check_docs(release: Release) -> str:
    """Check that the site is built without warnings and passes its tests."""
    return _tests(release, "tests/project/test_docs.py")


def check_wheel(release: Release) -> str:
    """Check that the wheel alone builds, checks and pushes, and says what it lacks for more."""
    return _tests(release, "tests/project/test_wheel.py")


def check_extras(release: Release) -> str:
    """Check that each extra alone does what its name says."""
    return _tests(release, "tests/release/extras.py")


def _tests(release: Release, path: str) -> str:
    """Run a file of tests on the wheel in dist/."""
    output = run(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path),
        folder=release.root,
        env={"RELEASE_WHEEL": str(release.wheel)},
    )
    return f"{path}: {output.splitlines()[-1]}"


def check_clone(release: Release) -> str:
    """Check that the install section of README works for whoever has only a clone."""
    found = INSTALL.search((release.root / "README.md").read_text(encoding="utf-8"))
    if found is None:
        raise CheckError("README.md: expected a block of commands below '## Install', got none")
    commands = found[1].strip().splitlines()
    with TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        run("git", "clone", "--quiet", "--no-hardlinks", release.root, clone)
        bin_folder = new_environment(Path(folder) / "environment").parent
        path = os.pathsep.join([str(bin_folder), os.environ["PATH"]])
        for command in commands:
            run("sh", "-c", command, folder=clone, env={"PATH": path})
    return f"{len(commands)} commands of README.md"


def write_sbom(release: Release) -> str:
    """Write down the components that are installed with the wheel, in CycloneDX's format."""
    release.sbom.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        python = new_environment(Path(folder), pip=False)
        install(python, str(release.wheel))
        options = ("--pyproject", "pyproject.toml", "--mc-type", "library", "--output-reproducible")
        command = (
            sys.executable,
            "-m",
            "cyclonedx_py",
            "environment",
            *options,
            "-o",
            release.sbom,
        )
        run(*command, python, folder=release.root)
    bom = json.loads(release.sbom.read_text(encoding="utf-8"))
    root, names = bom["metadata"]["component"], {each["name"] for each in bom["components"]}
    if root["version"] != release.version or not names >= NEEDED:
        raise CheckError(
            f"{release.sbom}: expected {release.version} and {sorted(NEEDED)}, got "
            f"{root['version']} and {sorted(names)}"
        )
    return f"{release.sbom.relative_to(release.root)} with {len(names)} components"
