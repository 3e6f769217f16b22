"""Runs pytest in forks of a process that has imported what tests need, the project itself excepted.

That saves most of what a run of few tests costs. Each line of the input is a JSON list of a time
limit and pytest's arguments; the reply is a line with the exit status, or ``timeout``.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module

import pytest

IMPORTED_FIRST = (
    "anyio.pytest_plugin",
    "asyncio",
    "flask",
    "http.server",
    "lxml.etree",
    "pytest_cov.plugin",
    "pytest_timeout",
    "requests",
    "sybil",
    "xdist.plugin",
    "xmlschema",
)
"""Not hypothesis: it imports the plugins that the project has for it."""
TOO_LATE = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""pytest would say that it cannot rewrite the assertions of plugins that are loaded already."""
POLL = 0.02
"""Seconds between two looks at whether a run has ended."""


def run(seconds: float, arguments: list[str]) -> int | None:
    """Return the exit status of pytest in a fork; None when it takes too long."""
    pid = os.fork()
    if pid == 0:
        _child([*TOO_LATE, *arguments])
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            _end_group(pid)
            return os.waitstatus_to_exitcode(status)
        time.sleep(POLL)
    _end_group(pid)
    os.waitpid(pid, 0)
    return None


def _child(arguments: list[str]) -> None:
    """Run pytest without input and output, in a session of its own, and do not return."""
    status = 1
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        status = int(pytest.main(arguments))
    finally:
        os._exit(status)


def _end_group(pid: int) -> None:
    """End the run and what its tests have started."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Serve until the input ends."""
    for name in IMPORTED_FIRST:
        import_module(name)
    if not sys.modules.keys().isdisjoint(("bxml", "callcontrol")):
        sys.exit("the project must not be imported before a mutant is in place")
    for line in sys.stdin:
        seconds, arguments = json.loads(line)
        status = run(seconds, arguments)
        print("timeout" if status is None else status, flush=True)


if __name__ == "__main__":
    main()
