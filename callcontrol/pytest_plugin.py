"""The pytest plugin: the ``simulator`` fixture, and timelines in the report of a failed test.

    def test_menu(simulator):
        call = simulator.dial_in(app, to="+19195551234")
        assert call.hears("Press 1 for sales")

Installed with the package; pytest finds it by its entry point.
"""

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from callcontrol.simulator import Simulator

__all__ = ["simulator"]


@pytest.fixture
def simulator() -> "Generator[Simulator]":
    """Return a fresh simulator of the platform, which runs until the end of the test.

    The environment leads clients to it: ``Client.from_env()`` in a handler works.

    A test that passes although the application raised an exception fails with it, unless
    ``simulator.webhooks.forgive()`` was called.
    """
    from callcontrol.simulator.environment import FixtureSimulator, environment_of

    with FixtureSimulator() as simulator, environment_of(simulator):
        yield simulator


def _simulators(item: pytest.Item) -> "list[Simulator]":
    """Return every simulator among the fixtures of a test."""
    if "callcontrol.simulator" not in sys.modules:
        return []  # do not import it for tests without a simulator
    from callcontrol.simulator import Simulator

    fixtures: dict[str, object] = getattr(item, "funcargs", {})
    return [fixture for fixture in fixtures.values() if isinstance(fixture, Simulator)]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a test if its application raised an exception."""
    result = yield
    for simulator in _simulators(pyfuncitem):
        errors = simulator.webhooks.errors
        if errors:
            for later in errors[1:]:
                errors[0].add_note(f"Later {later}")
            raise errors[0]
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the history of every phone to the report of a failed test."""
    report = yield
    if report.when == "call" and report.failed:
        for simulator in _simulators(item):
            report.sections += _sections(simulator, item.config)
    return report


def _sections(simulator: "Simulator", config: pytest.Config) -> list[tuple[str, str]]:
    """Return the history of every phone, and every exception of the application."""
    from bxml._wording import visible_lines
    from callcontrol.simulator.applications.exceptions import traceback_of
    from callcontrol.simulator.testing.timeline import wrapped

    width = config.get_terminal_writer().fullwidth
    found = [(repr(call), wrapped(call.history, width)) for call in simulator.phone_calls]
    causes = [error.__cause__ or error for error in simulator.webhooks.errors]
    errors = [("application", visible_lines(traceback_of(cause))) for cause in causes]
    return found + errors
