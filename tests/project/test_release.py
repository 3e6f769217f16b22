"""What ``make release`` says of a checkout that is not ready; a release runs the rest of it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.release.archives import compare
from tests.release.checkout import check_changelog, check_tag, check_tree, check_version
from tests.release.running import CheckError, Release, run


def git(root: Path, *words: str) -> None:
    """Run git in a repository."""
    run("git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words, folder=root)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a commit that is ready to be released as 0.2.0."""
    monkeypatch.setattr(Release, "root", tmp_path)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # a hook of git has some, which point to this repository
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.2.0 (2026-12-01)\n\n- New.\n")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def commit(root: Path) -> None:
    """Commit what is there."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "more")


READY = Release("0.2.0")


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("check", [check_tree, check_version, check_tag, check_changelog])
def test_a_checkout_that_is_ready(check: Callable[[Release], str]) -> None:
    """Each check says what it has looked at."""
    assert check(READY)


def test_a_change_that_is_not_committed(root: Path) -> None:
    """A file that git does not know yet counts."""
    (root / "new.py").touch()
    with pytest.raises(CheckError, match=r"^expected a clean checkout, got 1 changes: new\.py$"):
        check_tree(READY)


@pytest.mark.parametrize("version", ["0.2.0.dev0", "0.2.0+local", "0.2.0-rc1", "next"])
def test_a_version_that_is_not_published(version: str) -> None:
    """The error says which one the project has."""
    with pytest.raises(CheckError, match=r"^pyproject\.toml: version: .*0\.2\.0, got '"):
        check_version(Release(version))


def test_a_release_candidate_is_a_version() -> None:
    """It may be published, too."""
    assert check_version(Release("0.2.0rc1")) == "0.2.0rc1"


def test_tags(root: Path) -> None:
    """The tag may be on the commit that is released, alone, and on no other."""
    git(root, "tag", "v0.2.0")
    assert check_tag(READY) == "v0.2.0 is on this commit"
    with pytest.raises(CheckError, match=r"^HEAD: expected no tag but v0\.3\.0, got v0\.2\.0$"):
        check_tag(Release("0.3.0"))
    commit(root)
    with pytest.raises(CheckError, match=r"^v0\.2\.0: another commit has this tag; raise the vers"):
        check_tag(READY)
    assert check_tag(Release("0.3.0")) == "v0.3.0 is not taken"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got no heading"),
        ("## Unreleased\n\n- New.\n", "got '## Unreleased'"),
        ("## 0.2.0\n\n- New.\n", "got '## 0.2.0'"),
        ("## 0.2.0 (2026-12-01)\n", "expected entries below '## 0.2.0 (2026-12-01)', got none"),
    ],
)
def test_a_changelog_that_is_not_ready(root: Path, text: str, message: str) -> None:
    """The error says what the newest section is called, or that it is empty."""
    (root / "CHANGELOG.md").write_text(f"# Changelog\n\n{text}")
    with pytest.raises(CheckError) as caught:
        check_changelog(READY)
    assert str(caught.value).startswith("CHANGELOG.md: expected ")
    assert str(caught.value).endswith(message)


def test_files_that_differ() -> None:
    """Both what is missing and what is too much are named."""
    compare("the wheel", {"a"}, {"a"})
    with pytest.raises(CheckError, match=r"^the wheel: missing: a, b; not expected: x$"):
        compare("the wheel", {"a", "b", "c"}, {"c", "x"})


def test_a_command_that_fails() -> None:
    """The error has the command and the end of what it printed."""
    with pytest.raises(CheckError, match=r"^`.*` ended with 3:\n        no luck$"):
        run(sys.executable, "-c", "print('no luck'); raise SystemExit(3)")
