"""Collecting keys and words: Gather, StartGather, StopGather (G1 to G22)."""

from collections.abc import Mapping

from bxml.verbs.gather import Gather, StartGather, StopGather
from callcontrol.events import DtmfEvent, GatherEvent
from callcontrol.simulator.core.events import (
    call_event,
    kind_of,
    notify,
    request_document,
    targets_of,
)
from callcontrol.simulator.core.interpreter import at_once, blocks
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import Key, Routine, Signal, SpeechHeard, Wait
from callcontrol.simulator.core.verbs.listening import (
    inputs_of,
    interrupting,
    recognize,
    seconds_to_begin,
    takes_keys,
    takes_speech,
)
from callcontrol.simulator.core.verbs.media import prompt
from callcontrol.simulator.core.webhooks import Targets

_BETWEEN_DIGITS = 5.0
_MOST_DIGITS = 50


@blocks(Gather)
def _gather(leg: Leg, verb: Gather) -> Routine[FetchedDocument | None]:
    """Prompt, collect keys or words, and report them (G1 to G12, G17 to G22)."""
    leg.gathering = True
    try:
        first = _pop_early_key(leg, verb) or (yield from _play_prompts(leg, verb))
        leg.collecting = first is not None
        found = yield from _collect(leg, verb, first)
    finally:
        leg.gathering = leg.collecting = False
    return (yield from request_document(leg, verb, GatherEvent, found))


def _collect(leg: Leg, verb: Gather, first: Signal | None) -> Routine[Mapping[str, object]]:
    """Collect the rest of the input; return the fields of the event (G17, G20, G22)."""
    if isinstance(first, SpeechHeard):
        text = yield from recognize(leg, verb, first)
        return {"text": text or _no_text(leg, verb)}
    digits, terminating = yield from _collect_digits(leg, verb, first)
    found = {"digits": digits, "terminating_digit": terminating}
    return {**found, "text": _no_text(leg, verb)}


def _no_text(leg: Leg, verb: Gather) -> str | None:
    is_empty = leg.scheduler.assumptions.text_without_speech == "empty"
    return "" if is_empty and takes_speech(verb) else None


def _play_prompts(leg: Leg, verb: Gather) -> Routine[Signal | None]:
    """Play the prompts up to the first input (G1, G2, G5, G6, G18); return it, None for none."""
    interrupts = interrupting(leg, verb)
    inputs = inputs_of(verb)
    for _ in range(verb.repeat_count or 1):
        for child in verb.children:
            signal = yield from prompt(leg, child, interrupts)
            if signal is not None:
                return signal
        signal = yield Wait(seconds_to_begin(leg, verb), inputs)
        if isinstance(signal, inputs):
            return signal
    return None


def _pop_early_key(leg: Leg, verb: Gather) -> Key | None:
    """Return the next key that was pressed before the Gather and kept (G10)."""
    return Key(leg.early.popleft()) if leg.early and takes_keys(verb) else None


def _collect_digits(leg: Leg, verb: Gather, first: Signal | None) -> Routine[tuple[str, str]]:
    """Collect keys from the first one on; return digits and terminating digit (G3, G4, G7, G8)."""
    terminating = verb.terminating_digits or ""
    most = verb.max_digits or _MOST_DIGITS
    pause = _BETWEEN_DIGITS if verb.inter_digit_timeout is None else verb.inter_digit_timeout
    digits = ""
    signal = first
    while isinstance(signal, Key):
        if signal.digit in terminating:
            return digits, signal.digit
        digits += signal.digit
        if len(digits) >= most:
            break
        signal = _pop_early_key(leg, verb) or (yield Wait(float(pause), (Key,)))
    return digits, ""


class KeyReport:
    """A running StartGather (G13)."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def report(self, leg: Leg, digit: str) -> None:
        """Send a dtmf event."""
        notify(leg, leg.id, call_event(leg, DtmfEvent, {"digit": digit}), self._targets)


@at_once(StartGather)
def _start_gather(leg: Leg, verb: StartGather) -> None:
    """Report keys from now on; a second one replaces the first (G14)."""
    targets = targets_of(leg, verb, kind_of(DtmfEvent))
    replaces = leg.scheduler.assumptions.restart_gather == "replace"
    if targets is not None and (leg.keys is None or replaces):
        leg.keys = KeyReport(targets)


@at_once(StopGather)
def _stop_gather(leg: Leg, _: StopGather) -> None:
    """Stop reporting keys; no effect without StartGather (G15)."""
    leg.keys = None
