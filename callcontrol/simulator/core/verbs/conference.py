"""Conferences: rooms with documents of their own (K1 to K11, P7)."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Literal, cast

from bxml._verb import Verb
from bxml.verbs.conference import Conference as ConferenceVerb
from bxml.verbs.recording import PauseRecording, ResumeRecording, StartRecording, StopRecording
from callcontrol.events import (
    ConferenceCompletedEvent,
    ConferenceCreatedEvent,
    ConferenceMemberExitEvent,
    ConferenceMemberJoinEvent,
    ConferenceRecordingAvailableEvent,
    ConferenceRedirectEvent,
    Event,
)
from callcontrol.simulator.core.events import NO_FIELDS, build, kind_of, notify, targets_of, warn
from callcontrol.simulator.core.interpreter import blocks
from callcontrol.simulator.core.leg import Leg, request_target
from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.core.observations import Conferenced, Rejected, Started
from callcontrol.simulator.core.recordings import FinishedRecording
from callcontrol.simulator.core.reply_findings import reply_name
from callcontrol.simulator.core.rooms import RoomMember
from callcontrol.simulator.core.scheduler import Actor
from callcontrol.simulator.core.script import FetchedDocument, read
from callcontrol.simulator.core.signals import CallEnded, Delivery, Routine, Signal, Wait
from callcontrol.simulator.core.verbs.media import prompt
from callcontrol.simulator.core.verbs.recording import RecordingInProgress
from callcontrol.simulator.core.webhooks import Target, Targets, Webhook


@dataclass(frozen=True, slots=True)
class ConferenceOver(Signal):
    """The conference was ended; its members continue (K6)."""


@dataclass(frozen=True, slots=True)
class ConferenceMember:
    """One call in a conference."""

    leg: Leg
    mute: bool
    hold: bool
    coaches: frozenset[str]
    """Call ids of those that hear this member when others do not."""


class Conference(Actor):
    """A room with its members, and the documents that all of them hear."""

    source: Literal["call", "conference"] = "conference"

    def __init__(self, creator: Leg, verb: ConferenceVerb) -> None:
        scheduler = creator.scheduler
        super().__init__(scheduler, f"conf-{scheduler.new_id('c')[2:]}")
        self.name = verb.name
        self.members: dict[str, ConferenceMember] = {}
        self.created = scheduler.now
        self.serial = 0
        self.completed: datetime | None = None
        self.recorder: RecordingInProgress | None = None
        self._rooms = scheduler.shared(Conferences).by_name
        self._creator_id = creator.id
        self._application_account = creator.call.account_id
        # K2: the creating call decides, later members change nothing.
        self.tag = creator.call.tag
        self._targets = targets_of(creator, verb, kind_of(ConferenceCreatedEvent))
        self.callback_timeout = (
            creator.callback_timeout
            if verb.callback_timeout is None
            else float(verb.callback_timeout)
        )
        self._scripts: deque[FetchedDocument] = deque()
        self._rooms[self.name] = self
        scheduler.platform.rooms.keep(self)
        longest = scheduler.assumptions.conference_seconds
        self._limit = scheduler.clock.call_later(longest, self.end)
        self._send(ConferenceCreatedEvent)

    def join(self, leg: Leg, verb: ConferenceVerb) -> None:
        """Add a call (K1, K3, K8)."""
        listed = (verb.call_ids_to_coach or "").replace(" ", "").split(",")
        coaches = self._coached_by(leg, filter(None, listed))
        member = ConferenceMember(leg, bool(verb.mute), bool(verb.hold), coaches)
        self.members[leg.id] = member
        self._observe(member, entered=True)
        self._send(ConferenceMemberJoinEvent, self._party_fields(leg))

    def _coached_by(self, leg: Leg, listed: Iterable[str]) -> frozenset[str]:
        coaches = frozenset(listed)
        others = (member for call_id, member in self.members.items() if call_id != leg.id)
        if coaches and any(member.coaches for member in others):
            leg.warn(f"Conference {self.name}: it has a coach already; this one is not a coach")
            return frozenset()
        return coaches

    def exit(self, leg: Leg) -> None:
        """Remove a call; the last one closes the room (K1, K3, K5)."""
        member = self.members.pop(leg.id)
        self._observe(member, entered=False)
        self._send(ConferenceMemberExitEvent, self._party_fields(leg))
        if not self.members:
            self._close()

    def end(self) -> None:
        """End the conference: every member continues with its next verb (K6, K7)."""
        for member in self.members.values():
            member.leg.post(ConferenceOver())

    # --- for REST (``rooms.Room``) ---------------------------------------------------------

    @property
    def event_target(self) -> Target | None:
        """Where its webhooks go."""
        return None if self._targets is None else self._targets.primary

    @property
    def room_members(self) -> tuple[RoomMember, ...]:
        """The calls in it, in the order of their arrival."""
        return tuple(
            RoomMember(call_id, member.mute, member.hold, tuple(sorted(member.coaches)))
            for call_id, member in self.members.items()
        )

    def redirect(self, fields: Fields) -> None:
        """Send conferenceRedirect and run the reply (K10)."""
        target = request_target(fields, "redirect")
        assert target is not None  # noqa: S101 - required by updateConference
        fallback = request_target(fields, "redirectFallback", "fallback")
        self._send(ConferenceRedirectEvent, targets=Targets(target, fallback))

    def push(self, document: str) -> None:
        """Run a document that was checked, after those that it has (K11)."""
        reading = read(document.encode(), "conference-update", self.scheduler.assumptions)
        for warning in reading.warnings:
            warn(self, self.id, f"pushed document: {warning}")
        if reading.document is not None:
            self._run_later(FetchedDocument(reading.document, None))

    def change(self, call_id: str, fields: Fields) -> None:
        """Change who hears whom; None leaves it as it is (K8)."""
        member = self.members[call_id]
        mute, hold, listed = fields["mute"], fields["hold"], fields["callIdsToCoach"]
        self.members[call_id] = replace(
            member,
            mute=member.mute if mute is None else bool(mute),
            hold=member.hold if hold is None else bool(hold),
            coaches=member.coaches
            if listed is None
            else self._coached_by(member.leg, cast("list[str]", listed)),
        )

    def hears(self, listener_id: str, speaker_id: str) -> bool:
        """Whether one member hears another (K8)."""
        listener, speaker = self.members[listener_id], self.members[speaker_id]
        if listener.hold or speaker.hold or speaker.mute or listener_id == speaker_id:
            return False
        return not speaker.coaches or listener_id in speaker.coaches

    @property
    def listeners(self) -> tuple[str, ...]:
        """Call ids of the members who hear what is said and played to the room (K8)."""
        return tuple(item for item, member in self.members.items() if not member.hold)

    def _close(self) -> None:
        if self._rooms.get(self.name) is self:
            del self._rooms[self.name]
        self.completed = self.scheduler.now
        self._limit.cancel()
        self.stop()
        self._scripts.clear()
        if self.recorder is not None:
            self.recorder.stop()
            self.recorder = None
        self._send(ConferenceCompletedEvent)

    def _party_fields(self, leg: Leg) -> Mapping[str, object]:
        call = leg.call
        return {"call_id": call.call_id, "from_": call.from_, "to": call.to}

    def _send(
        self,
        cls: type[Event],
        extra: Mapping[str, object] = NO_FIELDS,
        targets: Targets | None = None,
    ) -> None:
        targets = targets or self._targets
        if targets is None:
            return
        event = self._event(cls, extra)
        webhook = Webhook(
            event=event,
            target=targets.primary,
            fallback=targets.fallback,
            timeout=self.callback_timeout,
            can_reply=cls.can_reply_with_bxml,
            call_id=self._creator_id,
        )
        self.scheduler.send(webhook, partial(self._on_reply, webhook))

    def _event(self, cls: type[Event], extra: Mapping[str, object]) -> Event:
        base = {
            "event_time": self.scheduler.now,
            "conference_id": self.id,
            "name": self.name,
            "tag": self.tag,
            "account_id": self._application_account,
        }
        return build(cls, {**base, **extra})

    def _on_reply(self, webhook: Webhook, delivery: Delivery) -> None:
        """Queue the document of a reply; without a valid one do nothing (K4, K9)."""
        what = reply_name(webhook.event.event_type, delivery.url, delivery.handler)
        if delivery.problem is not None:
            self._reject(f"{webhook.event.event_type} webhook failed: {delivery.problem}", delivery)
            return
        if not (webhook.can_reply and delivery.body.strip() and self.members):
            return
        reading = read(delivery.body, "conference-webhook-reply", self.scheduler.assumptions)
        for warning in reading.warnings:
            warn(self, self.id, f"{what}: {warning}")
        if reading.document is None:
            self._reject(f"{what} is not valid BXML for a conference: {reading.error}", delivery)
            return
        self._run_later(FetchedDocument(reading.document, delivery.url))

    def _run_later(self, script: FetchedDocument) -> None:
        self._scripts.append(script)
        if not self.is_busy:
            self.start(self._run_documents())

    def _run_documents(self) -> Routine[None]:
        """Run the documents one after the other, in the order of their arrival (K4)."""
        while self._scripts:
            script = self._scripts.popleft()
            self.document_url = script.url
            for verb in script.document.verbs:
                scheduler = self.scheduler
                scheduler.observe(
                    Started(at=scheduler.now, call_id=self.id, verb=verb.element.name)
                )
                try:
                    yield from self._run_verb(verb)
                except CallEnded as failure:
                    warn(self, self.id, f"{verb.element.name} is skipped: {failure.message}")

    def _run_verb(self, verb: Verb) -> Routine[None]:
        if isinstance(verb, StartRecording):
            self._start_recording(verb)
        elif isinstance(verb, PauseRecording | ResumeRecording | StopRecording):
            self._change_recording(verb)
        else:
            yield from prompt(self, verb)

    def _start_recording(self, verb: StartRecording) -> None:
        """Record the room; tag, transcribe and multiChannel have no effect (R13, P7)."""
        if self.recorder is not None:
            return
        targets = targets_of(self, verb, "recordingAvailable")

        def finished(recording: FinishedRecording) -> None:
            if targets is not None:
                event = self._event(ConferenceRecordingAvailableEvent, recording.fields())
                notify(self, self._creator_id, event, targets)

        owner = (self.id, self.name)
        self.recorder = RecordingInProgress(self.scheduler, owner, verb, finished)

    def _change_recording(self, verb: PauseRecording | ResumeRecording | StopRecording) -> None:
        recorder = self.recorder
        if recorder is None:
            return
        if isinstance(verb, PauseRecording):
            recorder.pause()
        elif isinstance(verb, ResumeRecording):
            recorder.resume()
        else:
            recorder.stop()
            self.recorder = None

    def _reject(self, text: str, delivery: Delivery) -> None:
        self.scheduler.observe(
            Rejected(at=self.scheduler.now, call_id=self.id, text=text, url=delivery.url)
        )

    def _observe(self, member: ConferenceMember, *, entered: bool) -> None:
        self.scheduler.observe(
            Conferenced(
                at=self.scheduler.now,
                call_id=member.leg.id,
                conference_id=self.id,
                name=self.name,
                entered=entered,
                hears=not member.hold,
                is_heard=not (member.mute or member.hold),
                coaches=tuple(sorted(member.coaches)),
            )
        )


class Conferences:
    """The conferences of a platform that have not ended."""

    def __init__(self) -> None:
        self.by_name: dict[str, Conference] = {}


@blocks(ConferenceVerb)
def _conference(leg: Leg, verb: ConferenceVerb) -> Routine[FetchedDocument | None]:
    """Stay in a conference until it ends or the call leaves it."""
    room = leg.scheduler.shared(Conferences).by_name.get(verb.name)
    most = leg.scheduler.assumptions.conference_members
    if room is not None and len(room.members) >= most:  # K7
        message = f"Conference {verb.name}: the limit of {most} calls is reached"
        raise CallEnded("application-error", message)
    if room is None:
        room = Conference(leg, verb)
    room.join(leg, verb)
    try:
        yield Wait(wants=(ConferenceOver,))
    finally:
        room.exit(leg)
    return None
