"""pytest plugin: records how long each test takes and which lines of the packages it executes.

Loaded with ``-p tests.mutation.recording``; writes JSON to the file that ``MUTATION_RECORD`` names.
"""

import json
import os
import pkgutil
from collections.abc import Generator, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from coverage import Coverage

PACKAGES = ("bxml", "callcontrol")
PROGRAMS = ("__main__",)
"""Modules that run a command when they are imported."""

IMPORT = -1
"""Stands for no test: the line was executed at import."""


class Recorder:
    """Measures coverage with the id of the running test as the context."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self.coverage = Coverage(data_file=None, config_file=False, source=list(PACKAGES))
        self.coverage.start()

    def pytest_sessionstart(self) -> None:
        """Import every module, so that no test is credited with an import that it was first at."""
        for package in PACKAGES:
            for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
                if module.name.rpartition(".")[2] not in PROGRAMS:
                    import_module(module.name)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Attribute what is executed to this test."""
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up the phases of the test."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed or report.skipped:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the record."""
        self.coverage.stop()
        passed = [second for second in self.seconds if second not in self.failed]
        numbers = {test: number for number, test in enumerate(passed)}
        record = {
            "tests": [(test, self.seconds[test]) for test in passed],
            "failed": sorted(self.failed),
            "lines": dict(self._lines(numbers)),
        }
        self.target.write_text(json.dumps(record))

    def _lines(self, numbers: dict[str, int]) -> Iterator[tuple[str, dict[int, list[int]]]]:
        data = self.coverage.get_data()
        for file in map(Path, data.measured_files()):
            if not file.is_relative_to(Path.cwd()):  # an application of a test, measured by explore
                continue
            lines = data.contexts_by_lineno(str(file))
            yield (
                file.relative_to(Path.cwd()).as_posix(),
                {
                    line: [
                        numbers.get(test, IMPORT) for test in tests if not test or test in numbers
                    ]
                    for line, tests in lines.items()
                },
            )


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before a conftest imports the packages."""
    early_config.pluginmanager.register(Recorder(Path(os.environ["MUTATION_RECORD"])))
