"""A rolling deployment under random callers: calls of the old and of the new version at once."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from bxml import SpeakSentence
from callcontrol.scripts import Call, Script, Scripts, script
from callcontrol.scripts.journals import Journal, SQLiteJournal
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall

NUMBER = "+19195551234"
BASE = "http://survey.test/"
TOGETHER = 20
"""Callers of one deployment."""
_EACH = 3
"""Seconds between two callers."""
_LONGEST = 180
"""Seconds after which the last call counts as lost."""
_STARTS = (15, 45)
"""Seconds at which a process of the new version takes the place of an old one."""


@dataclass(frozen=True)
class Result:
    """What came of the calls."""

    calls: int
    by_version: dict[str, int]
    webhooks: int
    elsewhere: int
    """Webhooks that came to a process without the version of their call."""
    faults: tuple[str, ...]


async def _ask(call: Call, number: int) -> str:
    keys = await call.gather(
        SpeakSentence(f"Question {number}?"), max_digits=1, first_digit_timeout=60
    )
    return keys.digits or "nothing"


@script("survey")
async def survey1(call: Call) -> None:
    """Ask, and say at the end what was answered."""
    answers = [await _ask(call, number) for number in range(3)]
    call.speak_sentence(f"Version 1: {await call.run(' '.join, answers)}.")


@script("survey", version="2")
async def survey2(call: Call) -> None:
    """Do the same by other awaits."""
    await call.pause(duration=1)
    answers: list[str] = []
    for number in range(3):
        answers.append(await call.run(str.strip, await _ask(call, number)))
        await call.speak_sentence("Thank you.")
    call.speak_sentence(f"Version 2: {' '.join(answers)}.")


@dataclass
class Fleet:
    """Processes behind a round-robin, which are replaced one after the other."""

    journal: Journal
    processes: list[Scripts] = field(default_factory=list[Scripts])
    webhooks: int = 0
    elsewhere: int = 0

    def start(self, *scripts: Script) -> None:
        """Start a process; of three the first one ends."""
        self.processes.append(Scripts(*scripts, journal=self.journal))
        if len(self.processes) > 2:
            self.processes.pop(0).put_away()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a webhook by the next process."""
        self.webhooks += 1
        self.elsewhere += "rounds=" in environ["QUERY_STRING"]
        return self.processes[self.webhooks % len(self.processes)].wsgi(environ, start_response)


@dataclass
class _Person:
    """A caller, and the keys that were pressed."""

    phone: PhoneCall
    keys: list[str] = field(default_factory=list[str])

    def act(self, chance: random.Random) -> None:
        """Answer a question that was asked."""
        asked = sum(text.startswith("Question") for text in self.phone.transcript)
        if asked > len(self.keys) and not self.phone.ended and chance.random() < 0.5:
            self.keys.append(str(chance.randrange(10)))
            self.phone.press(self.keys[-1], run=False)

    def faults(self) -> Sequence[str]:
        """Return what is wrong with what was heard."""
        heard = [text for text in self.phone.transcript if text != "Thank you."]
        expected = [f"Question {number}?" for number in range(3)]
        said = " ".join(self.keys)
        if heard[:-1] == expected and heard[-1] in (f"Version 1: {said}.", f"Version 2: {said}."):
            return ()
        return (f"{self.phone.call_id}: pressed {said}, heard {heard}",)


def drill(folder: Path, calls: int, seed: int) -> Result:
    """Deploy again and again, while so many callers call."""
    chance = random.Random(seed)
    totals = {"1": 0, "2": 0}
    faults: list[str] = []
    webhooks = elsewhere = 0
    for number in range(0, calls, TOGETHER):
        journal = SQLiteJournal(folder / f"{number}.sqlite")
        fleet = Fleet(journal)
        people = _deployed(fleet, min(TOGETHER, calls - number), chance, seed + number)
        faults += [fault for person in people for fault in person.faults()]
        for run in journal.runs():
            totals[run.version] += 1
            faults += [f"{run.run_id} is {run.state}: {run.detail}"] * (run.state != "ended")
        webhooks, elsewhere = webhooks + fleet.webhooks, elsewhere + fleet.elsewhere
        journal.close()
    return Result(calls, totals, webhooks, elsewhere, tuple(faults))


def _deployed(fleet: Fleet, callers: int, chance: random.Random, seed: int) -> Sequence[_Person]:
    """Let people call while the second version replaces the first."""
    people: list[_Person] = []
    fleet.start(survey1)
    fleet.start(survey1)
    with Simulator(seed=seed) as simulator:
        for second in range(_LONGEST + _EACH * callers):
            if second in _STARTS:
                fleet.start(survey2, survey1)
            if second % _EACH == 0 and len(people) < callers:
                people.append(_called(fleet, simulator))
            for person in people:
                person.act(chance)
            if len(people) == callers and all(person.phone.ended for person in people):
                break
            simulator.advance(1)
    return people


def _called(fleet: Fleet, simulator: Simulator) -> _Person:
    phone = simulator.dial_in(
        fleet, to=NUMBER, base_url=BASE, url="survey", status_url="survey", run=False
    )
    return _Person(phone)
