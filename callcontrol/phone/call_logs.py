"""The logs of several calls on one platform, and their phones, numbered as they appear."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from callcontrol.phone.call_log import CallLog, Phone, Trouble
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.observations import Observation, Sent
from callcontrol.simulator.testing.timeline import number_of

KEPT = 2000
"""Legs whose log is kept; those of calls that have ended are dropped first."""


class CallLogs:
    """Adds every observation to the log of its call, to which the legs of its Transfers belong.

    ``own`` is the log of the call that a command places. It takes what belongs to no call, and
    everything if there is no ``find``, which returns a call of the platform by its id.
    """

    def __init__(self, own: CallLog, find: Callable[[str], Call | None] | None = None) -> None:
        self.own = own
        self._began: datetime | None = None
        self._find = find
        self._logs: OrderedDict[str, CallLog] = OrderedDict()
        self._numbers: dict[str, int] = {}
        self._count = 0
        self._has_failed = False
        """Whether a call has failed whose log was dropped."""

    def add(self, call_id: str, log: CallLog) -> None:
        """Use a log for a call from now on."""
        self._logs[call_id] = log
        self._count += 1
        self._numbers[call_id] = self._count
        self._drop_oldest()

    def observe(self, seen: Observation) -> None:
        """Record an observation."""
        self._began = self._began or seen.at
        self.of(seen.call_id).observe(seen)

    def of(self, call_id: str) -> CallLog:
        """Return the log of a call; a call that something else has placed gets one."""
        log = self._logs.get(call_id)
        call = None if log is not None or self._find is None else self._find(call_id)
        if call is None:
            return log or self.own
        parent = self._logs.get(call.parent_call_id or "")
        log = parent or CallLog(number_of(call), outbound=call.direction == "outbound")
        self.add(call_id, log)
        return log

    @property
    def began(self) -> datetime | None:
        """When the first call began; None before it has."""
        return self._began or self.own.began

    def _drop_oldest(self) -> None:
        """Drop the oldest log of an ended call; two attempts make room for one call."""
        for _ in range(2):
            if len(self._logs) <= KEPT:
                return
            call_id, log = self._logs.popitem(last=False)
            if log is self.own or not log.ended:
                self._logs[call_id] = log
            else:
                self._numbers.pop(call_id)
                self._has_failed = self._has_failed or log.failed

    # --- phones ---------------------------------------------------------------------------

    def number(self, call_id: str) -> int | None:
        """Return the number of a leg, from 1 in order of appearance; None for other ids."""
        return self._numbers.get(call_id)

    def phone(self, call_id: str) -> Phone | None:
        """Return the phone of a leg."""
        return self._logs.get(call_id, self.own).phones.get(call_id)

    @property
    def up(self) -> list[Phone]:
        """The phones whose call has not ended, by number."""
        phones = map(self.phone, self._numbers)
        return [phone for phone in phones if phone is not None and phone.is_up]

    @property
    def ringing(self) -> Phone | None:
        """The phone that rings first."""
        return next((phone for phone in self.up if phone.rings), None)

    # --- all calls ------------------------------------------------------------------------

    def __iter__(self) -> Iterator[CallLog]:
        """Yield every log once, that of the own call first."""
        return iter(dict.fromkeys((self.own, *self._logs.values())))

    @property
    def ended(self) -> bool:
        """Whether every call is over."""
        return all(log.ended for log in self._logs.values())

    @property
    def is_reporting(self) -> bool:
        """Whether webhooks are under way, or a recording may be reported."""
        return any(log.waiting or log.recorded for log in self)

    @property
    def waiting(self) -> Iterator[tuple[Sent, float]]:
        """Webhooks without a result so far, each with the real seconds since it was sent."""
        return ((sent, log.age(sent)) for log in self for sent in log.waiting)

    @property
    def failed(self) -> bool:
        """Whether a call failed."""
        return self._has_failed or any(log.failed for log in self)

    @property
    def troubles(self) -> list[Trouble]:
        """The troubles of all calls."""
        return [trouble for log in self for trouble in log.troubles]

    @property
    def heard(self) -> list[str]:
        """The spoken texts, call by call and leg by leg."""
        return [text for log in self for text in log.heard]

    def has_heard(self, text: str) -> bool:
        """Whether a leg heard a text, or a file whose URL holds it."""
        return any(log.has_heard(text) for log in self)

    def facts(self) -> Mapping[str, object]:
        """Return the result as JSON values: how the own call ended, and what all calls met."""
        return {
            "cause": self.own.cause,
            "errorMessage": self.own.error_message,
            "heard": self.heard,
            "troubles": [trouble.text for trouble in self.troubles],
        }
