"""Checks of the checkout: its tree, its version, its tags and its changelog."""

import re

from packaging.version import InvalidVersion, Version

from tests.release.running import CheckError, Release, run

__all__ = ["check_changelog", "check_tag", "check_tree", "check_version"]


def check_tree(release: Release) -> str:
    """Check that nothing is changed or left lying about that the commit does not have."""
    if changed := run("git", "status", "--porcelain", folder=release.root).splitlines():
        names = ", ".join(line[3:] for line in changed[:5])
        raise CheckError(f"expected a clean checkout, got {len(changed)} changes: {names}")
    return "no changes"


def check_version(release: Release) -> str:
    """Check that the version is a final one, or a release candidate, as PyPI spells it."""
    try:
        version = Version(release.version)
    except InvalidVersion:
        version = None
    if version is None or version.is_devrelease or version.local or str(version) != release.version:
        raise CheckError(
            f"pyproject.toml: version: expected one to publish such as 0.2.0, got "
            f"{release.version!r}"
        )
    return release.version


def check_tag(release: Release) -> str:
    """Check that the tag of the version is free or here, and that no other version is here."""
    tagged = run("git", "tag", "--list", release.tag, folder=release.root).split()
    here = run("git", "tag", "--points-at", "HEAD", "--list", "v*", folder=release.root).split()
    if others := [tag for tag in here if tag != release.tag]:
        raise CheckError(f"HEAD: expected no tag but {release.tag}, got {', '.join(others)}")
    if tagged and not here:
        raise CheckError(
            f"{release.tag}: another commit has this tag; raise the version in pyproject.toml"
        )
    return f"{release.tag} is {'on this commit' if here else 'not taken'}"


def check_changelog(release: Release) -> str:
    """Check that the newest section of the changelog is of this version, dated, with entries."""
    text = (release.root / "CHANGELOG.md").read_text(encoding="utf-8")
    _, _, newest = text.partition("\n## ")
    heading, _, body = newest.partition("\n## ")[0].partition("\n")
    if not re.fullmatch(re.escape(release.version) + r" \(\d{4}-\d\d-\d\d\)", heading):
        raise CheckError(
            f"CHANGELOG.md: expected the first heading '## {release.version} (YYYY-MM-DD)', got "
            + (f"'## {heading}'" if heading else "no heading")
        )
    entries = body.count("\n- ")
    if not entries:
        raise CheckError(f"CHANGELOG.md: expected entries below '## {heading}', got none")
    return f"{entries} entries below '{heading}'"
