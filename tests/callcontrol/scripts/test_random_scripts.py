"""Random scripts and callers: however the functions are kept, the caller hears the same."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from wsgiref.types import StartResponse, WSGIEnvironment

from hypothesis import given, settings
from hypothesis import strategies as st

from callcontrol.scripts.door import ScriptRequest
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.model import Changes
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.journals.sqlite import SQLiteJournal
from callcontrol.simulator import Simulator
from tests.callcontrol.scripts.conftest import NUMBER, Mode, Site
from tests.callcontrol.scripts.programs import GO, Act, Op, act, callers, programs, script_of


@dataclass
class Heard:
    """A whole call, as caller and application saw it."""

    transcript: tuple[str, ...] = ()
    legs: tuple[tuple[str, ...], ...] = ()
    cause: str | None = None
    runs: list[str] = field(default_factory=list[str])


def heard(
    site: Site, simulator: Simulator, actions: Sequence[Act], runs: list[str], url: str = ""
) -> Heard:
    """Let a caller do all actions, and wait for the end."""
    caller = simulator.dial_in(site, to=NUMBER, url=url, status_url="", run=False)
    caller.waits(seconds=1)

    def signal(value: int) -> None:
        site.scripts.signal(caller.call_id, GO, value)

    for action in actions:
        act(caller, action, signal)
    if not caller.ended:
        caller.waits(seconds=200)
    if not caller.ended:
        caller.hang_up()
    legs = tuple(leg.transcript for leg in caller.legs)
    return Heard(caller.transcript, legs, caller.cause, runs)


def call(program: Sequence[Op], actions: Sequence[Act], mode: Mode, journal: Journal) -> Heard:
    """Return a whole call."""
    runs: list[str] = []

    def run(text: str) -> str:
        runs.append(text)
        return f"Ran {text}."

    site = Site(mode, (script_of(program, run),), {"journal": journal})
    with Simulator() as simulator:
        return heard(site, simulator, actions, runs)


@contextmanager
def sqlite() -> Generator[Journal]:
    """Yield a journal in a file."""
    with TemporaryDirectory() as folder:
        journal = SQLiteJournal(Path(folder) / "runs.db")
        try:
            yield journal
        finally:
            journal.close()


@settings(max_examples=25, deadline=None)
@given(programs, callers)
def test_every_mode_gives_the_same_call(program: list[Op], actions: list[Act]) -> None:
    """Cached, replayed for each webhook, and with new objects; in memory and in a file."""
    expected = call(program, actions, "cached", MemoryJournal())
    assert expected.cause is not None
    assert call(program, actions, "replayed", MemoryJournal()) == expected
    with sqlite() as journal:
        assert call(program, actions, "new objects", journal) == expected


class Crash(BaseException):
    """The process dies."""


class CrashingJournal(MemoryJournal):
    """A journal whose process dies before or after some commits."""

    def __init__(self, crashes: frozenset[int]) -> None:
        super().__init__()
        self._crashes = crashes
        self.commits = 0
        self.crashed = 0

    def commit(self, run_id: str, changes: Changes) -> None:
        """Commit, unless it dies: at an even number before, at an odd one after the commit."""
        self.commits += 1
        dies = self.commits in self._crashes
        self.crashed += dies
        if dies and self.commits % 2 == 0:
            raise Crash
        super().commit(run_id, changes)
        if dies:
            raise Crash


class Restarting(Site):
    """An application whose process is started again, and that gets the webhook again."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one webhook, twice after a crash."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        request = ScriptRequest(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            environ["wsgi.input"].read(length),
        )
        while True:
            try:
                reply = self.scripts.handle(request)
            except Crash:
                self.scripts = self._make()
            else:
                start_response(f"{reply.status} Status", reply.header_items)
                return [reply.body]


@settings(max_examples=40, deadline=None)
@given(programs, callers, st.frozensets(st.integers(1, 25), min_size=1, max_size=3))
def test_crashes_change_nothing(
    program: list[Op], actions: list[Act], crashes: frozenset[int]
) -> None:
    """The call is the same, and each crash repeats one function at most."""
    actions = [action for action in actions if action.kind != "signal"]
    expected = call(program, actions, "cached", MemoryJournal())
    journal = CrashingJournal(crashes)
    runs: list[str] = []

    def run(text: str) -> str:
        runs.append(text)
        return f"Ran {text}."

    site = Restarting("cached", (script_of(program, run),), {"journal": journal})
    with Simulator() as simulator:
        found = heard(site, simulator, actions, runs)
    assert (found.transcript, found.legs, found.cause) == (
        expected.transcript,
        expected.legs,
        expected.cause,
    )
    assert len(runs) <= len(expected.runs) + journal.crashed
    assert set(runs) == set(expected.runs)
