"""Speech in a Gather: what it listens for, its words and partial results (G17 to G22)."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bxml.verbs.gather import Gather
from callcontrol.events import PartialGatherEvent
from callcontrol.simulator.core.events import call_event, notify, targets_of
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.signals import Key, Routine, Signal, SpeechHeard, Wait
from callcontrol.simulator.core.webhooks import Targets

Inputs = tuple[type[Signal], ...]

_TIMEOUT = 5.0
_INPUTS: Mapping[str, Inputs] = {
    "dtmf": (Key,),
    "speech": (SpeechHeard,),
    "dtmf_speech": (Key, SpeechHeard),
}


def inputs_of(verb: Gather) -> Inputs:
    """Return the signals that a Gather takes as input."""
    return _INPUTS[verb.input_ or "dtmf"]


def takes_keys(verb: Gather) -> bool:
    """Return whether a Gather collects keys."""
    return Key in inputs_of(verb)


def takes_speech(verb: Gather) -> bool:
    """Return whether a Gather recognizes speech."""
    return SpeechHeard in inputs_of(verb)


def interrupting(leg: Leg, verb: Gather) -> Inputs:
    """Return the signals that stop the prompts of a Gather (G2, G18)."""
    if leg.scheduler.assumptions.speech_interrupts_prompts:
        return inputs_of(verb)
    return (Key,) if takes_keys(verb) else ()


def seconds_to_begin(leg: Leg, verb: Gather) -> float:
    """Return how long a Gather waits for its first input (G3, G20)."""
    given = [verb.first_digit_timeout]
    if takes_speech(verb) and leg.scheduler.assumptions.speech_timeout == "before":
        given.append(verb.speech_timeout)
    return max((float(seconds) for seconds in given if seconds is not None), default=_TIMEOUT)


def _seconds_to_end(leg: Leg, verb: Gather) -> float:
    """Return the silence that ends speech (G19)."""
    assumptions = leg.scheduler.assumptions
    if assumptions.speech_timeout == "before":
        return assumptions.speech_end_seconds
    return _TIMEOUT if verb.speech_timeout is None else float(verb.speech_timeout)


def recognize(leg: Leg, verb: Gather, first: SpeechHeard) -> Routine[str]:
    """Listen until the caller is silent for a while, and return the words (G19, G21)."""
    partial_results = targets_of(leg, verb, "partialGather")
    silence = _seconds_to_end(leg, verb)
    said = deque([first])
    words: list[str] = []
    while said:
        yield from _hear(leg, said, words, partial_results)
        if not said:
            signal = yield Wait(silence, (SpeechHeard,))
            said.extend([signal] if isinstance(signal, SpeechHeard) else [])
    return " ".join(words)


def _hear(
    leg: Leg, said: deque[SpeechHeard], words: list[str], partial_results: Targets | None
) -> Routine[None]:
    """Take the words of the next speech while it lasts, and report them piece by piece."""
    speech = said.popleft()
    spoken = speech.text.split()
    size = leg.scheduler.assumptions.words_per_partial_result if partial_results else 0
    for piece in _pieces(spoken, size):
        share = len(piece) / len(spoken) if spoken else 1
        yield from _let_speak(leg, speech.seconds * share, said)
        words += piece
        if partial_results is not None and size and piece:
            event = call_event(leg, PartialGatherEvent, {"text": " ".join(words)})
            notify(leg, leg.id, event, partial_results)


def _pieces(words: Sequence[str], size: int) -> Sequence[Sequence[str]]:
    step = size or max(1, len(words))
    return [words[start : start + step] for start in range(0, len(words), step)] or [words]


def _let_speak(leg: Leg, seconds: float, said: deque[SpeechHeard]) -> Routine[None]:
    """Let time pass; speech that begins meanwhile follows."""
    end = leg.scheduler.now + timedelta(seconds=seconds)
    while leg.scheduler.now < end:
        left = (end - leg.scheduler.now).total_seconds()
        signal = yield Wait(left, (SpeechHeard,))
        if isinstance(signal, SpeechHeard):
            said.append(signal)
