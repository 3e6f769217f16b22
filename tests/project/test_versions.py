"""The page about versions says what holds: deprecated names work, files of its table are read."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

from callcontrol.recorder import read_recording
from callcontrol.recorder.jsonl import READ_VERSIONS, VERSION

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/versions.md").read_text(encoding="utf-8")
RELEASE = Version(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
)
MINORS = 2
"""Minor versions for which a deprecated name works."""
DEPRECATED = re.findall(
    r"^\| `([\w.]+)\.(\w+)` \| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE
)


@pytest.mark.parametrize(("module", "old", "new", "since", "until"), DEPRECATED)
def test_a_deprecated_name_works_with_a_warning(
    module: str, old: str, new: str, since: str, until: str
) -> None:
    """The old name is the new object, for two minor versions, and the warning says what to do."""
    package = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match=old) as caught:
        found = getattr(package, old)
    assert found is getattr(package, new)
    [warning] = caught
    assert str(warning.message) == (
        f"{module}.{old} is now called {new}; the old name is removed in {until}"
    )
    assert warning.filename == __file__
    assert old not in package.__all__
    assert Version(until).release == (0, Version(since).minor + MINORS, 0)
    assert Version(since).release <= RELEASE.release < Version(until).release


def test_every_deprecated_name_is_on_the_page() -> None:
    """The table has the names that the package still knows, and there are some."""
    from callcontrol import simulator

    assert {old: new for _, old, new, _, _ in DEPRECATED} == vars(simulator)["_RENAMED"]


def test_other_names_are_still_unknown() -> None:
    """A name that never existed is an AttributeError, as in any module."""
    package, name = importlib.import_module("callcontrol.simulator"), "Nothing"
    with pytest.raises(AttributeError, match=r"^module 'callcontrol\.simulator' has no attribute"):
        getattr(package, name)


def test_recordings_of_this_version_and_the_one_before_are_read() -> None:
    """A file of each is kept; the page names the versions."""
    assert list(READ_VERSIONS) == [each for each in (VERSION - 1, VERSION) if each > 0]
    for version in READ_VERSIONS:
        path = ROOT / f"tests/callcontrol/recordings/version-{version}.jsonl"
        recording = read_recording(path)
        assert f'"version":{version},' in path.read_text(encoding="utf-8")
        assert [len(session.exchanges) for session in recording.sessions] == [2, 1]
    read = " and ".join(map(str, READ_VERSIONS))
    assert f"| recording | `callcontrol record` | {VERSION} | {read} |" in PAGE
