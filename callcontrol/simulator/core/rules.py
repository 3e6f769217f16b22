"""Which rule of the platform is implemented where, how sure it is, and how to change it.

The documentation of the simulator is made from this table. Ids are stable; ``tests`` name the rule
they prove, such as ``test_g3_...`` for G3.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
C1 D core.registry | Outbound calls pass queued, initiated, answered and disconnected; any may jump
  to the end.
C2 D/I core.legs | Inbound calls start initiated with an initiate event; there is no answer
  event.
C3 D core.legs | The reply to answer is the first document of an outbound call.
C4 D core.legs | The reply to initiate is the first document of an inbound call and runs
  unanswered.
C5 D core.interpreter | Ring answers an inbound call unless answerCall is false. answering_verbs
C6 A core.interpreter | Every other verb that needs sound answers too. answering_verbs
C7 D/A core.registry | A call that does not ring within 30 s is given up, cause timeout. ring_delay
C8 D core.registry | A call not answered within callTimeout, counted from ringing, ends with cause
  timeout. ring_delay
C9 D core.engine | A busy callee gives cause busy and code 486, one that declines rejected and
  603.
C10 D core.engine | A caller who gives up before the answer gives cause cancel.
C11 D core.legs | Every end of a call sends one disconnect event if there is a URL for it.
C12 D/I core.legs | Legs of a Transfer are calls with a parent; their end is a
  transferDisconnect.
F1 D/A core.events | A webhook waits at most the callback timeout for its reply; meanwhile there
  is silence.
F2 D core.interpreter | The document of a reply replaces what was left of the old one.
F3 D/I core.delivery | A webhook that fails goes to the fallback URL once, with its own method
  and credentials. repeat_lost_connections basic
F4 D/A core.events | Without a working fallback the leg ends with callback-error.
F5 D/I core.events | Relative URLs resolve against the URL that served the document.
F6 A core.events | A relative URL in a pushed document ends the call with a clear message.
  relative_urls_in_updates
F7 A core.script | A reply without a body is an empty document, with a warning. empty_reply
F8 A core.delivery | Replies with status 3xx are not followed and count as failures.
  follow_redirects
X1 D/O core.script | The roots Response and Bxml are interchangeable.
X2 D core.interpreter | An empty document hangs up.
X3 D core.interpreter | Verbs run top to bottom, one at a time; Start verbs go on in the background.
X4 D core.interpreter | Running off the end hangs up.
X5 D core.interpreter | Running off the end of the reply to transferAnswer joins the legs.
X6 D core.interpreter | Verbs after one that fetches a document are never reached.
X7 D core.script | A document of more than 64 KB is invalid.
X8 D/A core.script | A document that breaks the language ends the leg with invalid-bxml before
  its first verb runs.
X9 A core.script | Unknown attributes are ignored with a warning. unknown_attributes
X10 I/A core.script | Names are case sensitive, booleans are true and false, numbers may have
  decimals.
X11 D core.speech | SSML tags are content of SpeakSentence, not verbs.
X12 O/I core.verbs.transfer | What is wrong in the state of the call shows when the verb runs, not
  before.
V1 D/A core.verbs.media | SpeakSentence lasts as long as its text; voice beats gender and locale.
  seconds_per_character shortest_speech
V2 D/A core.verbs.media | PlayAudio lasts as long as its wav or mp3 file. audio_seconds
V3 D/A core.verbs.media | A file that cannot be fetched or played ends the call with
  application-error, except in a conference. unplayable_audio
V4 D core.verbs.media | Pause is silence of 1 s or its duration.
V5 D/O core.verbs.media | Ring is a ring tone of 5 s or its duration.
V6 D/A core.verbs.media | SendDtmf takes tone and interval per key, and its pauses instead of
  intervals.
V7 I core.verbs.media | Hanging up stops any of these; nothing else fires.
V8 D/A core.verbs.flow | Hangup ends the leg, and rejects an unanswered inbound call. reject_cause
V9 D core.verbs.flow | Redirect sends redirect and runs the reply, answered or not.
V10 D core.verbs.flow | Tag sets the tag without event or time; an empty one clears it.
G1 D core.verbs.gather | Prompts play in order while keys are listened for from the first moment.
G2 D core.verbs.gather | The first key stops the prompts for good.
G3 D core.verbs.gather | A terminating key, the last of maxDigits, a pause or a silence ends the
  Gather.
G4 D core.verbs.gather | Without attributes: no terminating keys, 50 digits, 5 s between and before
  keys, played once.
G5 D core.verbs.gather | repeatCount plays the prompts again after each silence; at most 20 plays in
  all.
G6 I core.verbs.gather | Without prompts the wait for the first key starts with the verb.
G7 D/I core.verbs.gather | Digits never include the terminating key.
G8 A core.verbs.gather | A key that terminates and completes maxDigits counts as terminating.
G9 D core.verbs.gather | With gatherUrl the gather event goes out whatever was pressed; without it
  the next verb runs.
G10 A core.leg | Keys pressed while nobody waits for them are lost. early_keys
G11 A core.verbs.gather | Hang-up or interruption sends no gather event.
G12 D core.leg | While a Gather runs StartGather reports nothing.
G13 D/I core.leg | StartGather reports each key across verbs and documents until StopGather or
  the end.
G14 A core.verbs.gather | A second StartGather replaces the first. restart_gather
G15 A core.verbs.gather | StopGather without StartGather does nothing.
G16 A core.verbs.recording | A key during Record is reported and may end the recording.
R1 D core.verbs.recording | A terminating key, the longest duration, silence or hang-up ends Record.
R2 I core.verbs.recording | There is no beep of the platform's own.
R3 D core.verbs.recording | With recordCompleteUrl the reply to recordComplete runs; without it the
  next verb.
R4 D/I core.verbs.recording | A Record that a hang-up ends sends no recordComplete, but
  recordingAvailable.
R5 D/A core.verbs.recording | recordingAvailable follows when the file is ready, also after the
  call. recording_delay
R6 D/A core.verbs.recording | transcriptionAvailable follows; too short and too long recordings
  fail. transcription_delay
R7 D/A core.verbs.recording | Files are wav or mp3, with one channel.
R8 A core.verbs.recording | An interrupted Record sends no recordComplete, but recordingAvailable.
R9 D/I core.verbs.recording | StartRecording goes on across documents until StopRecording or the
  end.
R10 D core.verbs.recording | A second StartRecording is ignored.
R11 D core.verbs.recording | Paused time does not count; the other verbs do nothing without a
  recording.
R12 D core.verbs.recording | recordingAvailable comes after the end; in a conference it has its own
  kind.
R13 D core.verbs.recording | multiChannel gives two channels; a conference ignores it.
R14 A core.verbs.recording | Record during a StartRecording gives a second recording.
R15 I core.engine | Pausing and resuming over REST acts like the verbs.
T1 D/I core.verbs.transfer | Up to eight legs are dialled at once; the first to answer wins, the
  others are cancelled.
T2 D core.registry | Each leg has 30 s to ring, then callTimeout. ring_delay
T3 D/I core.verbs.transfer | Caller id is transferCallerId, else the number of the far end.
T4 A core.verbs.transfer | The caller hears ringing meanwhile.
T5 D core.verbs.transfer | The reply to transferAnswer runs on the answering leg alone, then both
  are joined.
T6 D/A core.script | Bridge, Conference, Forward and Transfer in that reply end the leg with
  invalid-bxml.
T7 I core.verbs.flow | Hangup in that reply ends the Transfer with cause hangup.
T8 A core.verbs.transfer | The race is decided at the answer.
T9 D core.legs | Every end of such a leg sends its transferDisconnect.
T10 D core.verbs.transfer | When it is over the reply to transferComplete runs, or the next verb.
T11 D/A core.verbs.transfer | The cause is that of the winner, or of the last leg to fail.
T12 D/I core.verbs.transfer | A caller who hangs up takes the legs along; there is no
  transferComplete.
T13 A core.verbs.transfer | A caller who is redirected drops the legs.
T14 A core.verbs.transfer | A leg that is redirected leaves; for the caller the Transfer is over.
T15 D/I core.verbs.transfer | Over the rate limit nothing is dialled; the cause is account-limit.
T16 D core.verbs.transfer | Diversion attributes have no effect on the call.
B1 D core.verbs.bridge | The target drops what it runs, and both hear each other.
B2 D core.verbs.bridge | When the target leaves first, the runner gets bridgeComplete or its next
  verb.
B3 D core.verbs.bridge | When the runner leaves first, the target gets bridgeTargetComplete or hangs
  up.
B4 D core.verbs.bridge | A bridge sends exactly one of the two.
B5 D/A core.verbs.bridge | A bridge that cannot be made sends bridgeComplete with cause and message
  at once.
B6 A core.verbs.bridge | A target in another bridge is busy. bridge_steals
B7 A/D core.verbs.bridge | The causes are busy, rejected and unknown.
B8 A core.verbs.bridge | The verb that the target drops sends no event; its background work goes on.
B9 A core.verbs.bridge | A call cannot be bridged with itself.
K1 D core.verbs.conference | The first member creates the conference, the last exit ends it; a new
  one has a new id.
K2 D core.verbs.conference | The creating call decides where events go, and the tag.
K3 I core.verbs.conference | Events come in the order created, join, exit, completed.
K4 D core.verbs.conference | Documents for the room run one after the other; a failing verb is
  skipped, a forbidden one voids its document.
K5 D core.verbs.conference | Members leave by hang-up, update or the end of the conference.
K6 D core.verbs.conference | When the conference is ended its members go on with their next verb.
K7 D/A core.verbs.conference | 20 calls and 24 hours at most. conference_members conference_seconds
K8 D core.verbs.conference | mute, hold and coaching decide who hears whom.
K9 A core.verbs.conference | A failed webhook does not end the conference.
W1 D core.verbs.transfer | Forward dials for an unanswered inbound call, by default with the called
  number.
W2 D/I core.verbs.transfer | After it the application has no control and gets only disconnect.
W3 A core.verbs.transfer | A target that is busy or silent ends the call with that cause.
W4 A core.verbs.transfer | On any other call it is an application-error.
W5 D core.verbs.transfer | It counts for the rate limit but is not stopped by it.
S1 D core.verbs.streaming | StartStream runs in the background; as the last verb it is closed by the
  hang-up.
S2 D/I core.verbs.streaming | Over four tracks, or with a name in use, a stream is rejected and the
  call goes on.
S3 D core.verbs.streaming | StopStream stops by name; with wait it waits for the far end.
S4 D core.verbs.streaming | The end of the call closes every stream.
S5 D core.verbs.streaming | Transcriptions are like streams; Available follows their end.
S6 D/I core.verbs.endpoints | Connect blocks until the endpoint goes away.
S7 A core.verbs.streaming | No websocket is opened: a stream is reported started and stopped.
P1 D core.leg | createCall, updateCall, Tag and the tag attribute set the one tag of a call.
P2 D core.leg | A tag holds from its verb on until changed; an empty one clears it.
P3 I core.leg | A verb without the attribute leaves the tag as it is.
P4 D/A core.verbs.transfer | PhoneNumber and SipUri set the tag of their leg; else it has the
  caller's. legs_inherit_tag
P5 I core.verbs.transfer | The tag of Transfer is for the calling leg.
P6 D core.verbs.bridge | The tag of Bridge is for the runner; the target keeps its own.
P7 D core.verbs.conference | Conference events carry the creator's tag as it was then.
P8 A core.verbs.recording | Late events carry the tag that holds when they are made.
P9 D/A core.script | Tags have 4096 characters at most over REST, 256 in a document.
U1 D/I core.legs | updateCall stops the verb, sends redirect and runs the reply.
U2 A core.legs | The verb stops when the request is accepted.
U3 D core.legs | updateCallBxml does the same without a webhook.
U4 D/I rest.operations | Completed hangs up, cancels or rejects, by the state of the call.
U5 D rest.operations | A call that is not up is a 409, an unknown one a 404.
U6 A rest.operations | An ended call is a 409 for a while, then a 404. conflict_seconds
U7 A rest.operations | An unanswered inbound call cannot be updated. update_unanswered
U8 A/D core.leg | The interrupted verb sends no event of its own; partners and conferences are
  told.
U9 I core.leg | Background work and tag survive.
U10 O/I rest.operations | Invalid BXML is a 400 and the call goes on.
U11 I core.events | If the redirect fails the call ends with callback-error.
M1 D core.verbs.machine_detection | No speech at all gives silence.
M2 D core.verbs.machine_detection | A recognised machine is reported at once, unless delayResult.
M3 D core.verbs.machine_detection | Otherwise the length of the speech decides when it ends.
M4 D core.verbs.machine_detection | delayResult waits for the end of the greeting.
M5 D core.verbs.machine_detection | A tone gives tone-detected if the account has it. tones_detected
M6 D core.verbs.machine_detection | Without a result in time it is timeout.
M7 I core.verbs.machine_detection | duration counts from the answer.
M8 D/A core.verbs.machine_detection | Asynchronous detection sends machineDetectionComplete while
  the document runs.
M9 D/A core.legs | Synchronous detection holds the answer event back.
M10 A rest.bodies | Asynchronous detection without callbackUrl is a 400.
Q1 D core.call_queue | Calls leave the queue by priority, then in order, at the dequeue rate.
Q2 D rest.operations | A full queue is a 429.
Q3 D rest.operations | So are too many calls; inbound ones are dropped.
Q4 D core.call_queue | GET .../statistics tells the size of the queue and its limit.
Q5 D/A core.registry | Cancelling a queued call ends it with cause cancel.
H1 I core.leg | First the running verb stops.
H2 D core.leg | Then legs, bridge partner and conference are told.
H3 D core.leg | Then streams and transcriptions stop.
H4 D/A core.legs | Then disconnect goes out.
H5 D core.verbs.recording | Recordings and transcriptions follow later.
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
