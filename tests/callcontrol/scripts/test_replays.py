"""``Scripts.check_replays``: scripts that do something else when they are replayed are named."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import pytest

from bxml import PhoneNumber, SpeakSentence
from callcontrol.events import RecordingAvailableEvent
from callcontrol.scripts import (
    Call,
    CallEndedError,
    ReplayDifferenceError,
    Script,
    ScriptMistakeError,
    Scripts,
    Signal,
    script,
    whisper,
)
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from tests.callcontrol.scripts.conftest import NUMBER

GO = Signal("go", str)
KEY = SpeakSentence("Key?")
kept: list[str | None] = []


@whisper
async def brief(call: Call) -> str | None:
    """Ask the callee."""
    return (await call.gather(KEY, max_digits=1)).digits


@script("pure")
async def pure(call: Call) -> None:
    """Do nearly everything that a script can do."""
    try:
        call.speak_sentence(f"Number {call.random.randint(1, 9)} at {call.now()}.")
        for _ in range(2):
            await call.gather(KEY, max_digits=1)
        await call.run(kept.append, "run")
        await call.speak_sentence("Wait.")
        try:
            await call.wait_for(GO, hold=lambda: SpeakSentence(time.ctime()), timeout=1)
        except TimeoutError:
            call.speak_sentence("Too late.")
        talk = await call.transfer(PhoneNumber("+19195550111"), answered=brief)
        call.speak_sentence(f"{talk.outcome} {talk.value}")
        await call.record(max_duration=60)
        call.speak_sentence("Goodbye.")
    except CallEndedError:
        await call.run(kept.append, "ended")


@pure.after(RecordingAvailableEvent)
async def store(call: Call, event: RecordingAvailableEvent) -> None:
    """Keep an address."""
    await call.run(kept.append, event.media_url)


pure_app = Scripts(pure)


def whole_call(simulator: Simulator, app: Scripts) -> PhoneCall:
    """Let a caller go all the way."""
    caller = simulator.dial_in(app, to=NUMBER)
    caller.press("1")
    caller.press("2")
    caller.waits(seconds=20)
    callee = caller.legs[0]
    callee.answer()
    callee.press("7")
    callee.hang_up()
    assert caller.hears("talked 7")
    caller.leave_voicemail()
    caller.waits(seconds=30)
    return caller


def test_a_pure_script_is_replayed(simulator: Simulator) -> None:
    """With whispers, holds, results and what comes after the call; in two processes."""
    whole_call(simulator, pure_app)
    simulator.dial_in(pure_app, to=NUMBER).hang_up()
    simulator.dial_in(pure_app, to=NUMBER).press("1")
    before = [*kept]
    assert pure_app.check_replays(process=True) == 3
    assert kept == before


def other_text() -> str:
    """Return another text each time."""
    return f"{time.time_ns()}"


@script("other text")
async def text(call: Call) -> None:
    """Say it after a key."""
    await call.gather(KEY, max_digits=1)
    call.speak_sentence(other_text())
    await call.gather(KEY, max_digits=1)


@script("other way")
async def way(call: Call) -> None:
    """Pause after the key, but only in replays."""
    await call.gather(KEY, max_digits=1)
    if kept:
        await call.pause(duration=1)
    kept.append("gone")
    await call.gather(KEY, max_digits=1)


@script("other results")
async def results(call: Call) -> None:
    """Call functions after the key, but not in replays."""
    await call.gather(KEY, max_digits=1)
    for _ in kept:
        await call.run(other_text)
    kept.clear()
    await call.gather(KEY, max_digits=1)


def write_text(path: Path) -> None:
    """Write a file."""
    path.write_text("text", "utf-8")


def start_process() -> None:
    """Start a process."""
    subprocess.run([sys.executable, "-c", ""], check=True)


@script("writes")
async def writes(call: Call) -> None:
    """Write a file."""
    write_text(Path(os.devnull))
    await call.gather(KEY, max_digits=1)


@script("connects")
async def connects(call: Call) -> None:
    """Send a packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", ("127.0.0.1", 9))
    await call.gather(KEY, max_digits=1)


@script("starts")
async def starts(call: Call) -> None:
    """Start a process."""
    start_process()
    await call.gather(KEY, max_digits=1)


def line_of(function: Callable[..., object], offset: int) -> str:
    """Return a line of a function as errors name it, counted from its first one."""
    code: CodeType = getattr(function, "__code__")  # noqa: B009 - not declared for a Callable
    return f"test_replays.py:{code.co_firstlineno + offset}"


@pytest.mark.parametrize(
    ("made", "line", "part"),
    [
        (text, line_of(text.function, 5), "await 2: a replay says "),
        (way, line_of(way.function, 5), "await 2: a replay has Pause at "),
        (
            results,
            line_of(results.function, 7),
            "await 1: a replay calls `run` 0 times in place of 1, before ",
        ),
        (writes, line_of(write_text, 2), " writes a file outside `call.run`"),
        (connects, line_of(connects.function, 4), " sends a packet outside `call.run`"),
        (starts, line_of(start_process, 2), " starts a process outside `call.run`"),
    ],
    ids=lambda value: value.name if isinstance(value, Script) else "",
)
def test_a_difference_is_named_with_its_line(
    simulator: Simulator, made: Script, line: str, part: str
) -> None:
    """Though the call itself went well."""
    kept[:] = ["before"] if made is results else []
    app = Scripts(made)
    caller = simulator.dial_in(app, to=NUMBER)
    caller.press("1")
    with pytest.raises(ReplayDifferenceError) as caught:
        app.check_replays()
    shown = str(caught.value)
    assert shown.startswith(f"{made.name}@1")
    assert part in shown
    assert line in shown


@script("hash seed")
async def by_hash(call: Call) -> None:
    """Say texts in the order of a set."""
    call.speak_sentence(" ".join({f"word{number}" for number in range(9)}))
    await call.gather(KEY, max_digits=1)


@script("time zone")
async def by_zone(call: Call) -> None:
    """Say the local time of a fixed moment."""
    call.speak_sentence(time.strftime("%H:%M", time.localtime(0)))
    await call.gather(KEY, max_digits=1)


@script("folder")
async def by_folder(call: Call) -> None:
    """Say where the process runs."""
    call.speak_sentence(Path.cwd().name)
    await call.gather(KEY, max_digits=1)


@script("environment")
async def by_home(call: Call) -> None:
    """Say whose process it is."""
    call.speak_sentence(os.environ.get("HOME", "none"))
    await call.gather(KEY, max_digits=1)


differing_app = Scripts(by_hash, by_zone, by_folder, by_home)


def test_differences_of_processes_are_named(simulator: Simulator) -> None:
    """A replay in the same process does not show them."""
    for name in ("hash%20seed", "time%20zone", "folder", "environment"):
        simulator.dial_in(differing_app, to=NUMBER, url=f"/{name}", run=False)
    simulator.advance(1)
    assert differing_app.check_replays() == 4
    with pytest.raises(ReplayDifferenceError) as caught:
        differing_app.check_replays(process=True)
    lines = str(caught.value).splitlines()
    names = {line.partition("@")[0] for line in lines}
    assert names == {"hash seed", "time zone", "folder", "environment"}
    assert len(lines) == len(names)
    assert all("in another process" in line for line in lines)


def test_another_process_needs_a_name(simulator: Simulator) -> None:
    """Of the application, in a module."""
    app = Scripts(pure)
    simulator.dial_in(app, to=NUMBER)
    with pytest.raises(ScriptMistakeError, match="a module has by a name"):
        app.check_replays(process=True)


def test_code_that_is_not_replayed_is_not_watched(simulator: Simulator, tmp_path: Path) -> None:
    """`call.run` may write, and so may the test itself afterwards."""

    @script("writes in run")
    async def writer(call: Call) -> None:
        await call.run(write_text, tmp_path / "run")
        await call.gather(KEY, max_digits=1)

    app = Scripts(writer)
    simulator.dial_in(app, to=NUMBER)
    assert app.check_replays() == 1
    write_text(tmp_path / "afterwards")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["afterwards", "run"]
