"""Each mistake of the table, made for real: its message appears, and fits a terminal."""

import gc
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from bxml import Response
from callcontrol import parse_event
from callcontrol._settings import VARIABLES
from callcontrol.cli.commands import cli
from callcontrol.client import Client
from callcontrol.simulator import Simulator
from docs._site.mistakes_page import Mistake, groups_in, page
from tests.mistakes.servers import CLOSED, serving

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECORDING = ROOT / "tests" / "callcontrol" / "recordings" / "version-1.jsonl"
PAGE = ROOT / "docs" / "when-something-goes-wrong.md"
GROUPS = groups_in(HERE)
MISTAKES = [mistake for group in GROUPS for mistake in group.mistakes]
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

Fill = Callable[..., str]


def the(kind: str) -> pytest.MarkDecorator:
    """Return the mistakes that are made in one way."""
    found = [mistake for mistake in MISTAKES if getattr(mistake, kind)]
    return pytest.mark.parametrize("mistake", found, ids=[mistake.id for mistake in found])


@pytest.fixture(scope="module")
def fill() -> Iterator[Fill]:
    """Yield what fills in the addresses of the servers."""
    with serving() as filled:
        yield filled


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Yield a platform that the environment names."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Simulator() as simulator:
        for name, variable in VARIABLES.items():
            value = "" if name in ("username", "password") else getattr(simulator, name, "")
            monkeypatch.setenv(variable, value)
        yield simulator


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield an empty working folder for an application ``voice``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("voice", None)


def prepare(
    mistake: Mistake, fill: Fill, platform: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Fill:
    """Write the files of a mistake and set its environment; return the names of addresses."""
    origin = platform.base_url.removesuffix("/api/v2")
    filled = partial(fill, platform=origin, recording=str(RECORDING))
    for name, content in {"voice.py": mistake.code, **mistake.files}.items():
        if content or name in mistake.files:
            Path(name).write_text(content, encoding="utf-8")
    for name, value in mistake.environment.items():
        monkeypatch.setenv(name, filled(value))
    if mistake.fails:
        values = {name: value for name, value in mistake.fails.items() if name != "status"}
        platform.fail_next(mistake.fails["status"], **values)
    return filled


def assert_said(mistake: Mistake, output: str, filled: Fill) -> None:
    """Compare the message of a mistake, whatever its line breaks are."""
    parts = (re.escape(" ".join(part.split())) for part in filled(mistake.text).split("..."))
    found = " ".join(output.split())
    assert re.search(".*".join(parts), found), output


@the("run")
@pytest.mark.usefixtures("folder")
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_commands(
    mistake: Mistake, fill: Fill, platform: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command writes the message, and ends with the exit code."""
    filled = prepare(mistake, fill, platform, monkeypatch)
    words = shlex.split(filled(mistake.run))[1:]
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    gc.collect()  # here, so that coroutines that were never awaited are lost in this test
    assert_said(mistake, result.output, filled)
    assert (result.exit_code != 0) if mistake.exit is None else result.exit_code == mistake.exit


@the("python")
@pytest.mark.usefixtures("folder")
def test_calls(
    mistake: Mistake, fill: Fill, platform: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exception or the warning has the message."""
    filled = prepare(mistake, fill, platform, monkeypatch)
    names = {
        "Response": Response,
        "call_id": _answered(platform) if "call_id" in mistake.python else "",
        "client": Client.from_env,
        "parse_event": parse_event,
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(filled(mistake.python), names)  # noqa: S102 - the code of the table
        except Exception as error:  # noqa: BLE001 - compared below
            output = str(error)
        else:
            output = "\n".join(str(item.message) for item in caught)
    assert_said(mistake, output, filled)


def _answered(platform: Simulator) -> str:
    """Return the id of a call that is up."""
    with platform.client() as client:
        call = client.create_call(
            to="+19195551234", from_="+19195550100", application_id="a", answer_url=CLOSED
        )
    platform.answer(call.call_id)
    return call.call_id


@the("test")
def test_tests(mistake: Mistake, fill: Fill, pytester: pytest.Pytester) -> None:
    """The report of the failed test has the message."""
    pytester.makepyfile(test_voice=mistake.test)
    result = pytester.runpytest_inprocess()
    assert result.parseoutcomes().get("failed") == 1
    assert_said(mistake, str(result.stdout), fill)


def test_the_table_is_large_and_unambiguous() -> None:
    """At least sixty mistakes, each with an id of its own and made in one way."""
    assert len(MISTAKES) >= 60
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES)
    for mistake in MISTAKES:
        ways = [mistake.run, mistake.python, mistake.test]
        assert sum(map(bool, ways)) == 1, mistake.id


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    """After a change: python docs/_site/mistakes_page.py tests/mistakes > PAGE."""
    assert PAGE.read_text(encoding="utf-8") == page(GROUPS)
