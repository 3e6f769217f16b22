"""Replays in another process: with another hash seed, time zone, locale and folder."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from importlib import import_module
from typing import Any, Protocol

from callcontrol.scripts.errors import ScriptMistakeError
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.model import Entry, Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.replaying import RecordedRun, ReplayDifferenceError


class Replaying(Protocol):
    """An application of scripts, as the other process imports it."""

    def replayed(self, journal: Journal, recorded: Iterable[RecordedRun]) -> Iterator[str]:
        """Yield what replays of these calls do in another way."""
        ...


_MAIN = "from callcontrol.scripts.replay_process import main; main()"
_SECONDS = 120.0
_SEEDS = ("4242", "2424")


def findings_elsewhere(
    app: object, settings: Mapping[str, str], recorded: Iterable[RecordedRun]
) -> Sequence[str]:
    """Return what replays in another process do in another way.

    :raises ScriptMistakeError: for an application that no module has by a name.
    :raises ReplayDifferenceError: if the other process cannot import it.
    """
    module, name = _name_of(app)
    given = {
        "module": module,
        "name": name,
        "settings": dict(settings),
        "runs": [asdict(each) for each in recorded],
    }
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", _MAIN],
            input=json.dumps(given),
            env=_other_environment(folder),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise ReplayDifferenceError(f"another process cannot import {module}: {last}")
    found: list[str] = json.loads(done.stdout)
    return [f"{text} (in another process)" for text in found]


def main() -> None:
    """Replay the runs on standard input, and write what was found."""
    given: Mapping[str, Any] = json.load(sys.stdin)
    with redirect_stdout(sys.stderr):
        app: Replaying = getattr(import_module(given["module"]), given["name"])
        journal = MemoryJournal()
        for name, value in given["settings"].items():
            journal.set_setting(name, value)
        found = [*app.replayed(journal, map(_recorded, given["runs"]))]
    json.dump(found, sys.stdout)


def _recorded(given: Mapping[str, Any]) -> RecordedRun:
    fields = dict(given["run"])
    for name in ("numbers", "waiting_for"):
        fields[name] = tuple(fields[name])
    return RecordedRun(Run(**fields), tuple(Entry(**each) for each in given["entries"]))


def _other_environment(folder: str) -> Mapping[str, str]:
    seed = _SEEDS[os.environ.get("PYTHONHASHSEED") == _SEEDS[0]]
    return {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "Pacific/Chatham",  # 45 minutes off the hour
        "LC_ALL": "C.UTF-8",
        "HOME": folder,
        "USER": "another",
    }


def _name_of(app: object) -> tuple[str, str]:
    for module, found in [*sys.modules.items()]:
        if module == "__main__":
            continue
        for name, value in [*getattr(found, "__dict__", {}).items()]:
            if value is app:
                return module, name
    text = "expected an application that a module has by a name, got one that is made in a function"
    raise ScriptMistakeError(f"check_replays: {text}; another process could not import it")
