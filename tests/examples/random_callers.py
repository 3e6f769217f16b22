"""Random callers of an example, and all that they hear: the same from each form of the example.

One seed is one story: the same persons do the same things at the same times. Profile ``thorough``
(HYPOTHESIS_PROFILE) tells all of them, the suite the first ones.
"""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall

__all__ = ["AGENT", "NUMBER", "Form", "Story", "assert_the_same_is_heard", "story"]

NUMBER, AGENT = "+19195551234", "+19195550100"
CALLERS = 300
MOST_ACTIONS = 8
LEAST_TEXTS = 4
"""Different texts that all callers together hear at least."""


@dataclass(frozen=True)
class Form:
    """One form of an example, in a simulator of its own."""

    dial: Callable[[str], PhoneCall]
    """Rings it from a number."""
    agent_is_free: Callable[[], object] = lambda: None
    check: Callable[[], object] = lambda: None
    """Looks at it at the end."""


Begin = Callable[[Simulator], Form]
Heard = Sequence[tuple[str | None, str | None, tuple[str, ...], str | None]]


@dataclass
class Story:
    """What happens to one form: a few callers, and what they, departments and agents do."""

    form: Form
    chance: random.Random
    most_callers: int
    callers: list[PhoneCall] = field(default_factory=list[PhoneCall])
    _numbers: Iterator[int] = field(default_factory=lambda: count(19195550200))

    def tell(self) -> Heard:
        """Return what each caller and each callee heard, and how their calls ended."""
        self.dial()
        for _ in range(self.chance.randint(1, MOST_ACTIONS)):
            self.next_action()
        for caller in self.callers:
            caller.waits(seconds=3)
        legs = [leg for caller in self.callers for leg in (caller, *caller.legs)]
        return [(leg.record.to, leg.record.from_, leg.transcript, leg.cause) for leg in legs]

    def dial(self) -> None:
        """Let one more person call, at another second than those before."""
        caller = self.form.dial(f"+{next(self._numbers)}")
        self.callers.append(caller)
        caller.waits(seconds=1)

    def next_action(self) -> None:
        """Let one of those who are on the phone do something."""
        # Drawn in any case, so that a difference does not change all that follows.
        whom, what, how = (self.chance.random() for _ in range(3))
        if what < 0.2 and len(self.callers) < self.most_callers:
            self.dial()
            return
        active = [caller for caller in self.callers if not caller.ended]
        if not active:
            return
        caller = active[int(whom * len(active))]
        ringing = [leg for each in active for leg in each.legs if not leg.ended]
        if ringing:
            chosen(RINGING, what)(ringing[0], active, how)
        elif any(not each.complete for each in caller.recordings):
            leave_message(caller, how)
        else:
            chosen(self.choices, what)(self, caller, how)

    def press(self, caller: PhoneCall, how: float) -> None:
        """Press a key that may mean something."""
        caller.press("1112233779#"[int(how * 11)])

    def wait(self, caller: PhoneCall, how: float) -> None:
        """Do nothing for a while."""
        caller.waits(seconds=1 + int(how * 4) * 7)

    def leave(self, caller: PhoneCall, _: float) -> None:
        """Hang up."""
        caller.hang_up()

    def free(self, _: PhoneCall, __: float) -> None:
        """Let an agent ring the next caller."""
        self.form.agent_is_free()

    @property
    def choices(self) -> Sequence[Callable[..., None]]:
        """What a caller does who is not asked for a message: one of these."""
        cls = type(self)
        return (cls.press, cls.press, cls.press, cls.press, cls.wait, cls.wait, cls.free, cls.leave)


def chosen(choices: Sequence[Callable[..., None]], share: float) -> Callable[..., None]:
    """Return one of several, by a number from 0 to 1."""
    return choices[int(share * len(choices))]


def talk(leg: PhoneCall, callers: Sequence[PhoneCall], how: float) -> None:
    """Answer, talk and hang up."""
    leg.answer()
    callers[0].waits(seconds=1 + int(how * 60))
    leg.hang_up()


def be_busy(leg: PhoneCall, _: Sequence[PhoneCall], how: float) -> None:
    """Do not answer, in one way or the other."""
    (leg.busy, leg.decline, leg.no_answer)[int(how * 3)]()


def give_up(leg: PhoneCall, callers: Sequence[PhoneCall], _: float) -> None:
    """Let the caller hang up while the other phone rings."""
    next(caller for caller in callers if leg in caller.legs).hang_up()


RINGING = (talk, be_busy, be_busy, give_up)


def leave_message(caller: PhoneCall, how: float) -> None:
    """Speak for a while, and end it in one of three ways."""
    if how < 0.7:
        caller.leave_voicemail(seconds=1 + int(how * 20), then="#")
    else:
        caller.leave_voicemail(seconds=5, then="silence" if how < 0.85 else "hang up")


def story(begin: Begin, seed: int, most_callers: int) -> Heard:
    """Return what all of a story heard."""
    chance = random.Random(seed)  # noqa: S311 - the same story each time
    with Simulator() as simulator:
        form = begin(simulator)
        heard = Story(form, chance, most_callers).tell()
        form.check()
        return heard


def assert_the_same_is_heard(
    first: Begin, second: Begin, *, few: int, most_callers: int = 1
) -> None:
    """Tell the same stories to both forms, ``few`` of them in the suite."""
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    callers = CALLERS if thorough else few
    known = set[str]()
    for seed in range(callers):
        heard = story(first, seed, most_callers)
        assert heard == story(second, seed, most_callers), f"story {seed}"
        texts = {text for *_, transcript, _ in heard for text in transcript}
        assert texts, f"story {seed}"
        known |= texts
    assert len(known) >= LEAST_TEXTS
