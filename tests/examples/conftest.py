"""Runs examples as their users do: as scripts, with an environment that leads to a platform."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from callcontrol._settings import VARIABLES
from callcontrol.simulator import Simulator
from tests.waiting import PATIENCE

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a platform on loopback that answers every call at once."""
    with Simulator(auto_answer=True) as running:
        yield running


@pytest.fixture
def call_id(simulator: Simulator) -> str:
    """Return the id of an answered call."""
    call = simulator.receive_call(from_="+19195551234", to="+19195550100")
    return simulator.answer(call.call_id).call_id


@pytest.fixture
def run_example(simulator: Simulator) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs an example by name with arguments."""
    kept = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()}
    account = {
        variable: str(getattr(simulator, name))
        for name, variable in VARIABLES.items()
        if name not in ("username", "password", "allow_http")
    }
    own = {"BW_APPLICATION_ID": "reminders", "BW_FROM": "+19195550100"}

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(EXAMPLES / name), *arguments],
            env={**kept, **account, **own},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.fixture
def load_example() -> Callable[[str], Mapping[str, object]]:
    """Return what gives the names of an example without running its main part."""

    def load(name: str) -> Mapping[str, object]:
        return runpy.run_path(str(EXAMPLES / name))

    return load
