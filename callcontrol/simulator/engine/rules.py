"""Which rule of the platform is implemented where, how sure it is, and how to change it.

The documentation of the simulator is made from this table. Ids are stable; ``tests`` name the rule
they prove, such as ``test_g3_...`` for G3.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["NOT_SIMULATED", "RULES", "RuleNote", "Status"]

Status = str
"""Letters joined by a slash: D documented by the vendor, O observed in the vendor's own tests and
tools, I the only reading that fits, A our assumption."""

_PAGES = {
    "C": "voice/webhooks/initiate, answer",
    "F": "voice/webhooks",
    "X": "voice/bxml",
    "V": "voice/bxml: speakSentence, playAudio, pause, ring, sendDtmf, hangup, redirect, tag",
    "G": "voice/bxml: gather, startGather, stopGather",
    "R": "voice/bxml: record, startRecording, pauseRecording, resumeRecording, stopRecording",
    "T": "voice/bxml: transfer",
    "B": "voice/bxml: bridge",
    "K": "voice/bxml: conference; voice/guides: conference",
    "W": "voice/bxml: forward",
    "S": "voice/bxml: startStream, stopStream, startTranscription, connect",
    "P": "voice/bxml: tag",
    "U": "voice/guides: modifyInProgressCall",
    "M": "voice/guides: machineDetection",
    "Q": "voice/guides: callQueueing; voice/rateLimits",
    "H": "voice/webhooks/disconnect",
}


@dataclass(frozen=True, slots=True)
class RuleNote:
    """One rule of the platform as the simulator plays it."""

    id: str
    status: Status
    text: str
    where: str
    """Module below ``callcontrol.simulator``."""
    options: tuple[str, ...] = ()
    """Fields of ``Assumptions`` that change it."""

    @property
    def page(self) -> str:
        """The vendor's page about the subject."""
        return _PAGES[self.id[0]]

    @property
    def is_documented(self) -> bool:
        """Whether the vendor documents it, at least in part."""
        return "D" in self.status

    @property
    def is_assumed(self) -> bool:
        """Whether a part of it is our assumption."""
        return "A" in self.status


_TABLE = """
C1 D registry | Outbound calls pass queued, initiated, answered and disconnected; any may jump to
  the end.
C2 D/I engine.legs | Inbound calls start initiated with an initiate event; there is no answer
  event.
C3 D engine.legs | The reply to answer is the first document of an outbound call.
C4 D engine.legs | The reply to initiate is the first document of an inbound call and runs
  unanswered.
C5 D engine.running | Ring answers an inbound call unless answerCall is false. answering_verbs
C6 A engine.running | Every other verb that needs sound answers too. answering_verbs
C7 D/A registry | A call that does not ring within 30 s is given up, cause timeout. ring_delay
C8 D registry | A call not answered within callTimeout, counted from ringing, ends with cause
  timeout. ring_delay
C9 D engine.engine | A busy callee gives cause busy and code 486, one that declines rejected and
  603.
C10 D engine.engine | A caller who gives up before the answer gives cause cancel.
C11 D engine.legs | Every end of a call sends one disconnect event if there is a URL for it.
C12 D/I engine.legs | Legs of a Transfer are calls with a parent; their end is a
  transferDisconnect.
F1 D/A engine.posting | A webhook waits at most the callback timeout for its reply; meanwhile there
  is silence.
F2 D engine.running | The document of a reply replaces what was left of the old one.
F3 D/I engine.courier | A webhook that fails goes to the fallback URL once, with its own method
  and credentials. repeat_lost_connections basic
F4 D/A engine.posting | Without a working fallback the leg ends with callback-error.
F5 D/I engine.posting | Relative URLs resolve against the URL that served the document.
F6 A engine.posting | A relative URL in a pushed document ends the call with a clear message.
  relative_urls_in_updates
F7 A engine.scripts | A reply without a body is an empty document, with a warning. empty_reply
F8 A engine.courier | Replies with status 3xx are not followed and count as failures.
  follow_redirects
X1 D/O engine.scripts | The roots Response and Bxml are interchangeable.
X2 D engine.running | An empty document hangs up.
X3 D engine.running | Verbs run top to bottom, one at a time; Start verbs go on in the background.
X4 D engine.running | Running off the end hangs up.
X5 D engine.running | Running off the end of the reply to transferAnswer joins the legs.
X6 D engine.running | Verbs after one that fetches a document are never reached.
X7 D engine.scripts | A document of more than 64 KB is invalid.
X8 D/A engine.scripts | A document that breaks the language ends the leg with invalid-bxml before
  its first verb runs.
X9 A engine.scripts | Unknown attributes are ignored with a warning. unknown_attributes
X10 I/A engine.scripts | Names are case sensitive, booleans are true and false, numbers may have
  decimals.
X11 D engine.speech | SSML tags are content of SpeakSentence, not verbs.
X12 O/I engine.transfer | What is wrong in the state of the call shows when the verb runs, not
  before.
V1 D/A engine.media | SpeakSentence lasts as long as its text; voice beats gender and locale.
  seconds_per_character shortest_speech
V2 D/A engine.media | PlayAudio lasts as long as its wav or mp3 file. audio_seconds
V3 D/A engine.media | A file that cannot be fetched or played ends the call with
  application-error, except in a conference. unplayable_audio
V4 D engine.media | Pause is silence of 1 s or its duration.
V5 D/O engine.media | Ring is a ring tone of 5 s or its duration.
V6 D/A engine.media | SendDtmf takes tone and interval per key, and its pauses instead of
  intervals.
V7 I engine.media | Hanging up stops any of these; nothing else fires.
V8 D/A engine.flow | Hangup ends the leg, and rejects an unanswered inbound call. reject_cause
V9 D engine.flow | Redirect sends redirect and runs the reply, answered or not.
V10 D engine.flow | Tag sets the tag without event or time; an empty one clears it.
G1 D engine.gather | Prompts play in order while keys are listened for from the first moment.
G2 D engine.gather | The first key stops the prompts for good.
G3 D engine.gather | A terminating key, the last of maxDigits, a pause or a silence ends the
  Gather.
G4 D engine.gather | Without attributes: no terminating keys, 50 digits, 5 s between and before
  keys, played once.
G5 D engine.gather | repeatCount plays the prompts again after each silence; at most 20 plays in
  all.
G6 I engine.gather | Without prompts the wait for the first key starts with the verb.
G7 D/I engine.gather | Digits never include the terminating key.
G8 A engine.gather | A key that terminates and completes maxDigits counts as terminating.
G9 D engine.gather | With gatherUrl the gather event goes out whatever was pressed; without it the
  next verb runs.
G10 A engine.leg | Keys pressed while nobody waits for them are lost. early_keys
G11 A engine.gather | Hang-up or interruption sends no gather event.
G12 D engine.leg | While a Gather runs StartGather reports nothing.
G13 D/I engine.leg | StartGather reports each key across verbs and documents until StopGather or
  the end.
G14 A engine.gather | A second StartGather replaces the first. restart_gather
G15 A engine.gather | StopGather without StartGather does nothing.
G16 A engine.recording | A key during Record is reported and may end the recording.
R1 D engine.recording | A terminating key, the longest duration, silence or hang-up ends Record.
R2 I engine.recording | There is no beep of the platform's own.
R3 D engine.recording | With recordCompleteUrl the reply to recordComplete runs; without it the
  next verb.
R4 D/I engine.recording | A Record that a hang-up ends sends no recordComplete, but
  recordingAvailable.
R5 D/A engine.recording | recordingAvailable follows when the file is ready, also after the call.
  recording_delay
R6 D/A engine.recording | transcriptionAvailable follows; too short and too long recordings fail.
  transcription_delay
R7 D/A engine.recording | Files are wav or mp3, with one channel.
R8 A engine.recording | An interrupted Record sends no recordComplete, but recordingAvailable.
R9 D/I engine.recording | StartRecording goes on across documents until StopRecording or the end.
R10 D engine.recording | A second StartRecording is ignored.
R11 D engine.recording | Paused time does not count; the other verbs do nothing without a
  recording.
R12 D engine.recording | recordingAvailable comes after the end; in a conference it has its own
  kind.
R13 D engine.recording | multiChannel gives two channels; a conference ignores it.
R14 A engine.recording | Record during a StartRecording gives a second recording.
R15 I engine.engine | Pausing and resuming over REST acts like the verbs.
T1 D/I engine.transfer | Up to eight legs are dialled at once; the first to answer wins, the
  others are cancelled.
T2 D registry | Each leg has 30 s to ring, then callTimeout. ring_delay
T3 D/I engine.transfer | Caller id is transferCallerId, else the number of the far end.
T4 A engine.transfer | The caller hears ringing meanwhile.
T5 D engine.transfer | The reply to transferAnswer runs on the answering leg alone, then both are
  joined.
T6 D/A engine.scripts | Bridge, Conference, Forward and Transfer in that reply end the leg with
  invalid-bxml.
T7 I engine.flow | Hangup in that reply ends the Transfer with cause hangup.
T8 A engine.transfer | The race is decided at the answer.
T9 D engine.legs | Every end of such a leg sends its transferDisconnect.
T10 D engine.transfer | When it is over the reply to transferComplete runs, or the next verb.
T11 D/A engine.transfer | The cause is that of the winner, or of the last leg to fail.
T12 D/I engine.transfer | A caller who hangs up takes the legs along; there is no
  transferComplete.
T13 A engine.transfer | A caller who is redirected drops the legs.
T14 A engine.transfer | A leg that is redirected leaves; for the caller the Transfer is over.
T15 D/I engine.transfer | Over the rate limit nothing is dialled; the cause is account-limit.
T16 D engine.transfer | Diversion attributes have no effect on the call.
B1 D engine.bridge | The target drops what it runs, and both hear each other.
B2 D engine.bridge | When the target leaves first, the runner gets bridgeComplete or its next
  verb.
B3 D engine.bridge | When the runner leaves first, the target gets bridgeTargetComplete or hangs
  up.
B4 D engine.bridge | A bridge sends exactly one of the two.
B5 D/A engine.bridge | A bridge that cannot be made sends bridgeComplete with cause and message at
  once.
B6 A engine.bridge | A target in another bridge is busy. bridge_steals
B7 A/D engine.bridge | The causes are busy, rejected and unknown.
B8 A engine.bridge | The verb that the target drops sends no event; its background work goes on.
B9 A engine.bridge | A call cannot be bridged with itself.
K1 D engine.conference | The first member creates the conference, the last exit ends it; a new one
  has a new id.
K2 D engine.conference | The creating call decides where events go, and the tag.
K3 I engine.conference | Events come in the order created, join, exit, completed.
K4 D engine.conference | Documents for the room run one after the other; a failing verb is
  skipped, a forbidden one voids its document.
K5 D engine.conference | Members leave by hang-up, update or the end of the conference.
K6 D engine.conference | When the conference is ended its members go on with their next verb.
K7 D/A engine.conference | 20 calls and 24 hours at most. conference_members conference_seconds
K8 D engine.conference | mute, hold and coaching decide who hears whom.
K9 A engine.conference | A failed webhook does not end the conference.
W1 D engine.transfer | Forward dials for an unanswered inbound call, by default with the called
  number.
W2 D/I engine.transfer | After it the application has no control and gets only disconnect.
W3 A engine.transfer | A target that is busy or silent ends the call with that cause.
W4 A engine.transfer | On any other call it is an application-error.
W5 D engine.transfer | It counts for the rate limit but is not stopped by it.
S1 D engine.background | StartStream runs in the background; as the last verb it is closed by the
  hang-up.
S2 D/I engine.background | Over four tracks, or with a name in use, a stream is rejected and the
  call goes on.
S3 D engine.background | StopStream stops by name; with wait it waits for the far end.
S4 D engine.background | The end of the call closes every stream.
S5 D engine.background | Transcriptions are like streams; Available follows their end.
S6 D/I engine.endpoints | Connect blocks until the endpoint goes away.
S7 A engine.background | No websocket is opened: a stream is reported started and stopped.
P1 D engine.leg | createCall, updateCall, Tag and the tag attribute set the one tag of a call.
P2 D engine.leg | A tag holds from its verb on until changed; an empty one clears it.
P3 I engine.leg | A verb without the attribute leaves the tag as it is.
P4 D/A engine.transfer | PhoneNumber and SipUri set the tag of their leg; else it has the
  caller's. legs_inherit_tag
P5 I engine.transfer | The tag of Transfer is for the calling leg.
P6 D engine.bridge | The tag of Bridge is for the runner; the target keeps its own.
P7 D engine.conference | Conference events carry the creator's tag as it was then.
P8 A engine.recording | Late events carry the tag that holds when they are made.
P9 D/A engine.scripts | Tags have 4096 characters at most over REST, 256 in a document.
U1 D/I engine.legs | updateCall stops the verb, sends redirect and runs the reply.
U2 A engine.legs | The verb stops when the request is accepted.
U3 D engine.legs | updateCallBxml does the same without a webhook.
U4 D/I operations | Completed hangs up, cancels or rejects, by the state of the call.
U5 D operations | A call that is not up is a 409, an unknown one a 404.
U6 A operations | An ended call is a 409 for a while, then a 404. conflict_seconds
U7 A operations | An unanswered inbound call cannot be updated. update_unanswered
U8 A/D engine.leg | The interrupted verb sends no event of its own; partners and conferences are
  told.
U9 I engine.leg | Background work and tag survive.
U10 O/I operations | Invalid BXML is a 400 and the call goes on.
U11 I engine.posting | If the redirect fails the call ends with callback-error.
M1 D engine.detection | No speech at all gives silence.
M2 D engine.detection | A recognised machine is reported at once, unless delayResult.
M3 D engine.detection | Otherwise the length of the speech decides when it ends.
M4 D engine.detection | delayResult waits for the end of the greeting.
M5 D engine.detection | A tone gives tone-detected if the account has it. tones_detected
M6 D engine.detection | Without a result in time it is timeout.
M7 I engine.detection | duration counts from the answer.
M8 D/A engine.detection | Asynchronous detection sends machineDetectionComplete while the document
  runs.
M9 D/A engine.legs | Synchronous detection holds the answer event back.
M10 A bodies | Asynchronous detection without callbackUrl is a 400.
Q1 D queueing | Calls leave the queue by priority, then in order, at the dequeue rate.
Q2 D operations | A full queue is a 429.
Q3 D operations | So are too many calls; inbound ones are dropped.
Q4 D queueing | GET .../statistics tells the size of the queue and its limit.
Q5 D/A registry | Cancelling a queued call ends it with cause cancel.
H1 I engine.leg | First the running verb stops.
H2 D engine.leg | Then legs, bridge partner and conference are told.
H3 D engine.leg | Then streams and transcriptions stop.
H4 D/A engine.legs | Then disconnect goes out.
H5 D engine.recording | Recordings and transcriptions follow later.
"""


def _note(line: str) -> RuleNote:
    head, _, tail = line.partition(" | ")
    rule, status, where = head.split()
    text, _, options = tail.rpartition(".")
    return RuleNote(rule, status, f"{text}.", where, tuple(options.split()))


RULES: Mapping[str, RuleNote] = {
    note.id: note for note in map(_note, filter(None, _TABLE.replace("\n  ", " ").splitlines()))
}
"""Every rule by id, in the order of subjects."""

NOT_SIMULATED: Mapping[str, str] = {
    "Gather with speech": "input other than dtmf; the event's field for the words is undocumented",
    "Connect with eventCallbackUrl": "events of endpoints are another product's",
    "partialgather events": "they belong to speech",
    "conferenceRedirect events": "conferences are not updated over REST here",
    "websockets of streams and live transcriptions": "started and stopped are reported, no sound",
    "DTMF from SendDtmf into other calls": "tones are observed, nobody hears them as keys",
    "further REST operations": "404, but for statistics and the mediaUrl of a recording",
    "length of mp3 files": "they last audio_seconds; wav files are measured",
}
"""What is not played, and what happens instead. The first two raise ``NotSimulatedError``."""
