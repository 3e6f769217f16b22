"""Checks of the wheel and the source distribution as files."""

import shutil
import sys
import tarfile
import zipfile
from collections.abc import Set as AbstractSet
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.release.running import CheckError, Release, run

__all__ = ["build", "check_contents", "check_metadata", "check_sdist", "compare"]

SCHEMAS = frozenset({"bxml/schemas/bxml.xsd", "bxml/schemas/xml.xsd"})
"""Files of the wheel that stand elsewhere in the checkout."""


def build(release: Release) -> str:
    """Make dist/ anew, from the checkout."""
    shutil.rmtree(release.dist, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel", folder=release.root)
    got = {path.name for path in release.dist.iterdir()}
    wanted = {release.wheel.name, release.sdist.name}
    if got - {".gitignore"} != wanted:
        raise CheckError(f"dist/: expected {sorted(wanted)}, got {sorted(got)}")
    return ", ".join(sorted(wanted))


def check_metadata(release: Release) -> str:
    """Check that the metadata is complete and that PyPI can show the description."""
    run(sys.executable, "-m", "twine", "check", "--strict", release.wheel, release.sdist)
    return "twine finds nothing"


def check_contents(release: Release) -> str:
    """Check that the wheel holds the files of both packages, the schemas, and no others."""
    wanted = SCHEMAS | _tracked(release, "bxml", "callcontrol")
    with zipfile.ZipFile(release.wheel) as archive:
        got = {name for name in archive.namelist() if ".dist-info/" not in name}
    compare("the wheel", wanted, got)
    return f"{len(got)} files"


def check_sdist(release: Release) -> str:
    """Check that the sdist holds the files that git lists, and that it builds the same wheel."""
    with TemporaryDirectory() as folder, tarfile.open(release.sdist) as archive:
        files = {member.name.partition("/")[2] for member in archive if not member.isdir()}
        compare("the sdist", _tracked(release) | {"PKG-INFO"}, files)
        archive.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        run(sys.executable, "-m", "build", "--no-isolation", "--wheel", folder=source)
        (wheel,) = (source / "dist").glob("*.whl")
        digests = [sha256(path.read_bytes()).hexdigest() for path in (release.wheel, wheel)]
    if digests[0] != digests[1]:
        raise CheckError(f"expected the wheel of the checkout, {digests[0]}, got {digests[1]}")
    return f"{len(files)} files, and a wheel with the same digest"


def _tracked(release: Release, *folders: str) -> frozenset[str]:
    listed = run("git", "ls-files", "-z", "--", *folders, folder=release.root)
    return frozenset(listed.split("\0")) - {""}


def compare(archive: str, wanted: AbstractSet[str], got: AbstractSet[str]) -> None:
    """Compare the files of an archive with those that it should hold.

    :raises CheckError: with some that are missing and some that are too many.
    """
    differences = {"missing": wanted - got, "not expected": got - wanted}
    if texts := [
        f"{what}: {', '.join(sorted(names)[:5])}" for what, names in differences.items() if names
    ]:
        raise CheckError(f"{archive}: {'; '.join(texts)}")
