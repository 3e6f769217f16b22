"""The public face of callcontrol: what can be imported, and what importing costs."""

import subprocess
import sys
from importlib import import_module

import pytest

import callcontrol
from callcontrol import async_client, client, errors, events, models

PARTS = {
    "async_client": async_client.__all__,
    "client": client.__all__,
    "errors": [
        name
        for name in errors.__all__
        if name.endswith(("Error", "Warning")) or name == "RequestLine"
    ],
    "events": events.__all__,
    "models": models.__all__,
}


def test_names() -> None:
    """The package offers the public names of its parts, sorted as the linter wants them."""
    assert set(callcontrol.__all__) == {name for names in PARTS.values() for name in names}
    assert len(callcontrol.__all__) == len(set(callcontrol.__all__))
    assert dir(callcontrol) == sorted(callcontrol.__all__)


@pytest.mark.parametrize(("part", "name"), [(part, name) for part in PARTS for name in PARTS[part]])
def test_name_is_the_original(part: str, name: str) -> None:
    """Each name is the one of its module, and keeps being it."""
    if name in vars(callcontrol):
        delattr(callcontrol, name)
    found = getattr(callcontrol, name)
    assert found is getattr(import_module(f"callcontrol.{part}"), name)
    assert vars(callcontrol)[name] is found


def test_unknown_name() -> None:
    """A name that does not exist fails as for any module."""
    with pytest.raises(AttributeError, match="module 'callcontrol' has no attribute 'Clinet'"):
        getattr(callcontrol, "Clinet")  # noqa: B009 - checkers forbid the plain access


def test_import_is_light() -> None:
    """Importing the package imports neither requests nor bxml; errors do not need requests."""
    code = (
        "import sys, callcontrol; assert not {'requests', 'urllib3', 'bxml'} & set(sys.modules);"
        "callcontrol.RateLimitError; assert not {'requests', 'urllib3', 'lxml'} & set(sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
