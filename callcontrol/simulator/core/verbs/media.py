"""Verbs that make sound or silence: SpeakSentence, PlayAudio, SendDtmf, Pause, Ring (V1 to V7)."""

from pathlib import PurePosixPath

from bxml.verbs.audio import PlayAudio, Ring, SendDtmf, SpeakSentence
from bxml.verbs.flow import Pause
from callcontrol._urls import parts_of, shown_url
from callcontrol.simulator.core.audio_length import audio_seconds
from callcontrol.simulator.core.events import resolve, warn
from callcontrol.simulator.core.interpreter import blocks
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.observations import Played, Spoke, Toned, Waited
from callcontrol.simulator.core.scheduler import Actor
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import CallEnded, Delivery, Routine, Signal, Wait
from callcontrol.simulator.core.speech import duration, speech_of
from callcontrol.simulator.core.webhooks import Target

StopSignals = tuple[type[Signal], ...]
"""Signals that interrupt a prompt."""

_WAV = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"})
_MP3 = frozenset({"audio/mpeg", "audio/mp3", "audio/x-mpeg", "audio/x-mp3"})
_PAUSES = {",": 0.5, "w": 0.5, "W": 1.0}


def prompt(actor: Actor, verb: object, wants: StopSignals = ()) -> Routine[Signal | None]:
    """Say or play a prompt; return the signal that interrupts it, None if it plays to its end."""
    if isinstance(verb, SpeakSentence):
        return (yield from speak(actor, verb, wants))
    if isinstance(verb, PlayAudio):
        return (yield from play(actor, verb, wants))
    return None


def speak(actor: Actor, verb: SpeakSentence, wants: StopSignals = ()) -> Routine[Signal | None]:
    """Say a text (V1)."""
    speech = speech_of(verb)
    assumed = actor.scheduler.assumptions
    seconds = duration(
        speech.text, speech.pauses, assumed.seconds_per_character, assumed.shortest_speech
    )
    actor.scheduler.observe(
        Spoke(
            at=actor.scheduler.now,
            call_id=actor.id,
            text=speech.text,
            ssml=speech.markup,
            voice=speech.voice,
            locale=speech.locale,
            gender=speech.gender,
            seconds=seconds,
            source=actor.source,
        )
    )
    return (yield from _wait_for_end(seconds, wants))


def _wait_for_end(seconds: float, wants: StopSignals) -> Routine[Signal | None]:
    signal = yield Wait(seconds, wants)
    return signal if isinstance(signal, wants) else None


def play(actor: Actor, verb: PlayAudio, wants: StopSignals = ()) -> Routine[Signal | None]:
    """Fetch an audio file and play it (V2, V3).

    :raises CallEnded: if it cannot be played.
    """
    url = resolve(actor, verb.audio_uri)
    target = Target(url=url, method="GET", username=verb.username, password=verb.password)
    delivery = yield from actor.download_and_wait(target)
    problem = _problem_of(delivery)
    if problem is not None:
        message = f"PlayAudio of {shown_url(url)}: {problem}"
        if actor.scheduler.assumptions.unplayable_audio == "skip":
            warn(actor, actor.id, message)
            return None
        raise CallEnded("application-error", message)
    seconds = audio_seconds(delivery.body)
    if seconds is None:
        seconds = actor.scheduler.assumptions.audio_seconds
    actor.scheduler.observe(
        Played(
            at=actor.scheduler.now, call_id=actor.id, url=url, seconds=seconds, source=actor.source
        )
    )
    return (yield from _wait_for_end(seconds, wants))


def _problem_of(delivery: Delivery) -> str | None:
    """Return why a file cannot be played: Content-Type decides, else the name, else it is wav."""
    if delivery.problem is not None and not delivery.foreign:
        return delivery.problem
    kind = delivery.content_type
    if kind in _WAV or kind in _MP3:
        return None
    if kind.startswith(("audio/", "video/", "image/", "text/")):
        return f"expected wav or mp3, got {kind}"
    suffix = PurePosixPath(parts_of(delivery.url).path).suffix.lower()
    if suffix in ("", ".wav", ".mp3"):
        return None
    return f"expected wav or mp3, got a file that ends in {suffix}"


@blocks(SpeakSentence)
def _speak_sentence(leg: Leg, verb: SpeakSentence) -> Routine[FetchedDocument | None]:
    yield from speak(leg, verb)
    return None


@blocks(PlayAudio)
def _play_audio(leg: Leg, verb: PlayAudio) -> Routine[FetchedDocument | None]:
    yield from play(leg, verb)
    return None


@blocks(SendDtmf)
def _send_dtmf(leg: Leg, verb: SendDtmf) -> Routine[FetchedDocument | None]:
    """Send tones (V6)."""
    seconds = tone_seconds(verb)
    scheduler = leg.scheduler
    scheduler.observe(Toned(at=scheduler.now, call_id=leg.id, digits=verb.digits, seconds=seconds))
    yield Wait(seconds)
    return None


def tone_seconds(verb: SendDtmf) -> float:
    """Return how long tones take; a pause replaces the interval before the next tone."""
    tone = (200 if verb.tone_duration is None else float(verb.tone_duration)) / 1000
    interval = (400 if verb.tone_interval is None else float(verb.tone_interval)) / 1000
    total = 0.0
    last = ""
    for key in verb.digits:
        if key in _PAUSES:
            total += _PAUSES[key] - (interval if last and last not in _PAUSES else 0)
        else:
            total += tone + interval
        last = key
    return total


@blocks(Pause)
def _pause(leg: Leg, verb: Pause) -> Routine[FetchedDocument | None]:
    """Stay silent (V4)."""
    seconds = 1.0 if verb.duration is None else float(verb.duration)
    leg.scheduler.observe(
        Waited(at=leg.scheduler.now, call_id=leg.id, sound="silence", seconds=seconds)
    )
    yield Wait(seconds)
    return None


@blocks(Ring)
def _ring(leg: Leg, verb: Ring) -> Routine[FetchedDocument | None]:
    """Play a ring tone (V5); whether it answers was decided before."""
    seconds = 5.0 if verb.duration is None else float(verb.duration)
    leg.scheduler.observe(
        Waited(at=leg.scheduler.now, call_id=leg.id, sound="ringing", seconds=seconds)
    )
    yield Wait(seconds)
    return None
