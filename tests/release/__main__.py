"""Checks everything about a release that can be checked without publishing it: ``make release``.

Leaves the archives in dist/ and the list of components (SBOM) in build/sbom.cdx.json. Every check
runs, unless one that it builds on has failed, and the end says what to mend.
"""

import sys
import tomllib
from collections.abc import Callable

from tests.release.archives import build, check_contents, check_metadata, check_sdist
from tests.release.checkout import (
    check_changelog,
    check_tag,
    check_tree,
    check_version,
)
from tests.release.installed import (
    check_clone,
    check_docs,
    check_extras,
    check_wheel,
    check_workflows,
    write_sbom,
)
from tests.release.running import CheckError, Release

Check = Callable[[Release], str]
OF_THE_CHECKOUT: tuple[Check, ...] = (
    check_tree,
    check_version,
    check_tag,
    check_changelog,
    check_workflows,
    check_docs,
    check_clone,
)
OF_THE_ARCHIVES: tuple[Check, ...] = (
    check_metadata,
    check_contents,
    check_sdist,
    check_wheel,
    check_extras,
    write_sbom,
)


def passes(check: Check, release: Release) -> bool:
    """Run a check and print its outcome."""
    name = check.__name__.replace("_", " ")
    try:
        print(f"ok      {name}: {check(release)}", flush=True)
    except CheckError as error:
        print(f"FAILED  {name}: {error}", flush=True)
        return False
    return True


def main() -> int:
    """Run all checks and return the exit code."""
    project = tomllib.loads((Release.root / "pyproject.toml").read_text(encoding="utf-8"))
    release = Release(project["project"]["version"])
    outcomes = [passes(check, release) for check in OF_THE_CHECKOUT]
    built = passes(build, release)
    outcomes += [built, *(passes(check, release) for check in OF_THE_ARCHIVES if built)]
    failed = outcomes.count(False)
    if failed:
        print(f"{release.version} is not ready: {failed} of {len(outcomes)} checks failed")
        return 1
    print(
        f"{release.version} is ready: tag the commit {release.tag} and push the tag to publish it"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
