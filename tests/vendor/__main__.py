"""Runs the vendor's own live tests of calls against ``callcontrol simulate``: see README.md."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers import served
from tests.vendor.answering_service import AnsweringService

HOSTS = ("voice.bandwidth.com", "api.bandwidth.com")
"""Names that the SDKs pin."""
APPLICATION = "00000000-0000-0000-0000-000000000000"
PYTHON_PARTS = ("calls", "statistics", "conferences", "recordings", "transcriptions", "endpoints")
NAMESPACE = ("--map-root-user", "--mount", "--net")
SIMULATE = (sys.executable, "-m", "callcontrol", "simulate", "--port", "443", "--tls", "--json")


@dataclass(frozen=True)
class Suite:
    """Tests of one SDK, prepared in a folder."""

    folder: Path
    command: Sequence[str]


def tool(name: str) -> str:
    """Return the path of a command; ends the program if it is not there."""
    return shutil.which(name) or sys.exit(f"expected the command {name}, got none")


def python_suite(checkout: Path, folder: Path) -> Suite:
    """Copy the tests alone, so that they import the pinned wheel."""
    shutil.copytree(checkout / "test", folder / "test")
    files = [f"test/smoke/test_{part}_api.py" for part in PYTHON_PARTS]
    pytest = (sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider")
    return Suite(folder, (*pytest, *files))


def node_suite(checkout: Path, folder: Path) -> Suite:
    """Copy the SDK, and install what its tests need."""
    ignored = shutil.ignore_patterns("node_modules", ".git", "dist")
    shutil.copytree(checkout, folder, ignore=ignored, dirs_exist_ok=True)
    subprocess.run(
        [tool("npm"), "install", "--ignore-scripts", "--no-audit"], cwd=folder, check=True
    )
    return Suite(folder, (tool("npx"), "jest", "--testPathPattern=tests/smoke/calls-api"))


def environment_of(ready: Mapping[str, Mapping[str, str]], callbacks: str) -> Mapping[str, str]:
    """Return the variables of the vendor's tests."""
    shown = {**ready["environment"], **ready["basic"], **ready["trust"]}
    numbers = ("BW_NUMBER", "USER_NUMBER", "MANTECA_ACTIVE_NUMBER", "MANTECA_IDLE_NUMBER")
    unused = ("VZW_NUMBER", "ATT_NUMBER", "T_MOBILE_NUMBER", "BW_MESSAGING_APPLICATION_ID")
    return {
        **os.environ,
        **shown,
        "BW_USERNAME_FORBIDDEN": "simulator-forbidden",
        "BW_PASSWORD_FORBIDDEN": shown["BW_PASSWORD"],
        **{name: f"+1919555010{number}" for number, name in enumerate(numbers)},
        **dict.fromkeys(unused, "unused"),
        **dict.fromkeys(("BW_VOICE_APPLICATION_ID", "MANTECA_APPLICATION_ID"), APPLICATION),
        "BASE_CALLBACK_URL": callbacks,
        "MANTECA_BASE_URL": f"{callbacks}/",
        **dict.fromkeys(("PYTHON_VERSION", "OPERATING_SYSTEM", "RUNNER_OS"), "any"),
    }


def run_inside(suites: Sequence[Suite]) -> int:
    """Run the suites in this network, which holds nothing else, and return how many failed."""
    with TemporaryDirectory() as folder:
        hosts = Path(folder, "hosts")
        hosts.write_text(f"127.0.0.1 localhost {' '.join(HOSTS)}\n")
        subprocess.run([tool("mount"), "--bind", hosts, "/etc/hosts"], check=True)
        subprocess.run([tool("ip"), "link", "set", "lo", "up"], check=True)
        allowed = [option for host in HOSTS for option in ("--allow-host", host)]
        with (
            served(AnsweringService()) as origin,
            subprocess.Popen([*SIMULATE, *allowed], stdout=subprocess.PIPE, text=True) as simulator,
        ):
            assert simulator.stdout is not None
            ready = json.loads(simulator.stdout.readline())
            environment = environment_of(ready, origin.replace("127.0.0.1", "localhost"))
            codes = [
                subprocess.run(suite.command, cwd=suite.folder, env=environment, check=False)
                for suite in suites
            ]
            simulator.terminate()
            simulator.communicate()
    return sum(done.returncode != 0 for done in codes)


def main() -> int:
    """Prepare the suites here, and run them in a network of their own."""
    parser = argparse.ArgumentParser(prog="python -m tests.vendor", description=__doc__)
    parser.add_argument("--python-sdk", type=Path, help="checkout of Bandwidth/python-sdk")
    parser.add_argument("--node-sdk", type=Path, help="checkout of Bandwidth/node-sdk")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return run_inside(
            [Suite(Path(folder), command) for folder, command in json.loads(given.inside)]
        )
    if not (given.python_sdk or given.node_sdk):
        parser.error("expected --python-sdk or --node-sdk, the path of a checkout")
    with TemporaryDirectory() as folder:
        suites: list[Suite] = []
        for name, checkout, prepare in (
            ("python", given.python_sdk, python_suite),
            ("node", given.node_sdk, node_suite),
        ):
            if checkout is not None:
                own = Path(folder, name)
                own.mkdir()
                suites.append(prepare(checkout, own))
        inside = json.dumps([(str(suite.folder), suite.command) for suite in suites])
        command = [
            tool("unshare"),
            *NAMESPACE,
            sys.executable,
            "-m",
            "tests.vendor",
            "--inside",
            inside,
        ]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
