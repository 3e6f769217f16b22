"""Counterparts of TwiML's verbs and attributes, for messages and for the porting page.

Each line of a table is the beginning of a row in docs/porting-from-twiml.md: TwiML, and here.
"""

import re
import sys

from bxml._element import wire_name
from bxml._once import FIRST_IMPORT

Row = tuple[str, ...]


def rows(table: str) -> tuple[Row, ...]:
    """Return the rows of a table, a line each, with bars between the cells."""
    lines = table.strip().splitlines()
    return tuple(tuple(cell.strip() for cell in line.split(" | ")) for line in lines)


VERBS = rows("""
    `Say` | `SpeakSentence`
    `Play` | `PlayAudio`
    `Play digits="..."` | `SendDtmf`
    `Pause length="2"` | `Pause(duration=2)`
    `Gather` | `Gather`
    `Record` | `Record`
    `Start`, `Recording` | `StartRecording`
    `Dial`, a number, `Number` | `Transfer(PhoneNumber(...))`
    `Dial`, `Sip` | `Transfer(SipUri(...))`
    `Dial`, `Client` | no equivalent
    `Dial`, `Conference` | `Conference`
    `Dial`, `Queue`; `Enqueue`; `Leave` | no equivalent
    `Dial`, `Application`, `Sim`, `WhatsApp` | no equivalent
    `Redirect` | `Redirect`
    `Reject` | `Hangup` as the first verb
    `Hangup` | `Hangup`
    `Refer`, `Sip` | `Refer(SipUri(...))`
    `Connect`, `Stream` | `StartStream(mode="bidirectional")`, then `StopStream(wait=True)`
    `Start`, `Stream`; `Stop`, `Stream` | `StartStream`; `StopStream`
    `Start`, `Transcription`; `Stop`, `Transcription` | `StartTranscription`; `StopTranscription`
    `Start`, `Siprec`; `Stop`, `Siprec` | no equivalent
    `Connect`, `ConversationRelay`, `VirtualAgent`, `AiSession` | no equivalent
    `Connect`, `Room`, `Conversation`, `Autopilot` | no equivalent
    `Pay`, `Prompt` | no equivalent
    `Sms`, `Message` | not a verb
    `Echo` | no equivalent
    nothing | `Forward`, `Bridge`, `StartGather`, `Ring`, `Tag`
""")
"""Verbs, from the table below Verb by verb."""

ATTRIBUTES = {
    "Gather": rows("""
        `action`, `method` | `gather_url`, `gather_method`; nothing is assumed for the URL
        `timeout` (5), for the first key and between keys | `first_digit_timeout` (5) and `inter_digit_timeout` (5)
        `numDigits` (no limit) | `max_digits` (50)
        `finishOnKey` (`#`), one key | `terminating_digits` (none), any of several
        `input="dtmf speech"` | `input_="dtmf_speech"`
        `speechTimeout`, a number or `auto` | `speech_timeout`, a number
        `hints`, `language`, `profanityFilter`, `speechModel` | `hints`, `language`, `profanity_filter`, `speech_model`
        `partialResultCallback` | `partial_result_callback`
        `bargeIn="false"` | no equivalent: the first key stops the prompts; say what must be heard before the Gather
        `actionOnEmptyResult="true"` | always so
        `enhanced`, `debug`, `maxSpeechTime` | no equivalent
        a Gather in a Redirect loop, to repeat the prompt | `repeat_count=3`
        keys pressed before the Gather | lost, as far as we know: the vendor does not say
    """),
    "Record": rows("""
        `action`, `method` | `record_complete_url`, `record_complete_method`; without the URL the next verb runs
        `maxLength` (3600) | `max_duration` (60, at most 10800)
        `finishOnKey` (any key) | `terminating_digits` (`#`)
        `timeout` (5 seconds of silence) | `silence_timeout` (0: never)
        `playBeep` (true) | `PlayAudio` of a beep of your own
        `recordingStatusCallback` | `recording_available_url`
        `transcribe`, `transcribeCallback` | `transcribe`, `transcription_available_url`
        `trim`, `recordingStatusCallbackEvent`, `recordingConfigurationId` | no equivalent
        an empty recording goes on with the next verb | `recordComplete` comes in any case
    """),
    "Transfer": rows("""
        `action`, `method` | `transfer_complete_url`, `transfer_complete_method`; without the URL the next verb runs, as in TwiML
        `timeout` (30) | `call_timeout` (30)
        `callerId` (the caller's) | `transfer_caller_id` (the caller's)
        several nouns (10), dialled at once | 8 at most, the first to answer wins
        `sequential="true"` | one `Transfer` after the other, without `transfer_complete_url`
        `url` of a noun (the whisper) | `transfer_answer_url`; an empty reply hangs up instead of joining; Bridge, Conference, Forward and Transfer are not allowed in it
        `statusCallback` of a noun | `transfer_answer_url` and `transfer_disconnect_url`; ringing is not reported
        `sendDigits` of a Number | `SendDtmf` in the reply to `transfer_answer_url`
        `machineDetection` of a noun | only for `create_call`; the whisper can ask for a key instead
        `record` | `StartRecording` before the Transfer
        `answerOnBridge="true"` | a `Forward`, if the application has nothing more to do with the call
        `hangupOnStar` | `StartGather`, and an update of the call when the key comes
        `timeLimit` | `hang_up` from your side
        `ringTone`, `referUrl`, `events`, `passports` | no equivalent
    """),
    "Conference": rows("""
        the name | 1 to 100 letters, digits, hyphens, underscores and full stops
        `muted` | `mute`; `hold` neither hears nor is heard
        `coach`, one call | `call_ids_to_coach`, several, separated by commas; one coach per room
        `statusCallback`, `eventCallbackUrl` | `conference_event_url` of the call that creates the room; others are ignored
        `beep` | a sound in the reply to `conferenceMemberJoin` and `conferenceMemberExit`
        `waitUrl`, `startConferenceOnEnter="false"` | let callers wait in a loop of music, and push the Conference to them when it begins
        `endConferenceOnExit` | the handler of `conferenceMemberExit` moves or ends the calls that are left
        `maxParticipants` (250) | 20
        `record` | `StartRecording` in the reply to `conferenceCreated`
        `region`, `jitterBufferSize`, `participantLabel`, `trim` | no equivalent
    """),
    "SpeakSentence": rows("""
        `voice="Polly.Ruth-Neural"`, `man`, `woman` | `voice="ruth"`: a name of `ssml.VOICES`; or `gender`
        `language="en-US"` | `locale="en_US"`, with an underscore; inside speech `ssml.lang("...", lang="fr-FR")` with a hyphen
        `loop="3"` | the verb three times
        `loop="0"` (without end) | a `Redirect` to the URL of the document itself
        SSML tags in the text | `ssml` nodes; text from people is escaped
    """),
}
"""Attributes by BXML element, from the table in each section of the page."""

METHODS = {
    "add_verb": "append(verb), which returns a new value",
    "add_recipient": "append(...), which returns a new value",
    "to_xml": "to_bxml()",
    "to_string": "to_bxml()",
    "say": "speak_sentence(...)",
    "play": "play_audio(...)",
    "dial": "transfer(...)",
    "reject": "hangup() as the first verb",
    "enqueue": "a waiting room of your own: play_audio(...) and redirect(...)",
    "stop": "stop_stream(...), stop_recording() or stop_transcription()",
    "connect_stream": "start_stream(...)",
}
"""Methods of TwiML's and of the vendor's documents, and their counterparts."""

CLASSES = {
    "Client": "callcontrol.Client is the client for live calls",
    "MessagingResponse": "BXML is for voice calls only",
    "VoiceResponse": "here it is Response",
}
"""Names of Twilio's Python library that are no elements."""

_NAME = re.compile(r"`([A-Za-z]+)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")


def element_hint(name: str) -> str | None:
    """Return what to write instead of an element of TwiML; None for any other name."""
    found = [row for row in VERBS if name in _NAME.findall(row[0])]
    if not found:
        return None
    named = [row for row in found if _NAME.findall(row[0])[0] == name]
    here = next((row[1] for row in (*named, *found) if row[1] != "no equivalent"), "no equivalent")
    return f"TwiML's {name} {_said(here)}"


def attribute_hint(element: str, name: str, *, wire: bool) -> str | None:
    """Return what to write instead of an attribute of TwiML, under BXML or Python names."""
    for row in ATTRIBUTES.get(element, ()):
        names = _NAME.findall(row[0])
        if name not in names:
            continue
        here = row[1].partition(";")[0]
        ours = re.findall(r"`([a-z]+(?:_[a-z]+)*_?)[`=]", here)
        if len(ours) == len(names):
            here = f"`{ours[names.index(name)]}`"
        return f"TwiML's {name} {_said(_on_the_wire(here) if wire else here)}"
    return None


def method_hint(name: str) -> str | None:
    """Return what to call instead of a method of another library."""
    return f"here it is {METHODS[name]}" if name in METHODS else None


def class_hint(name: str) -> str | None:
    """Return what to import instead of a name of Twilio's library; None for any other name."""
    return CLASSES.get(name) or element_hint(name)


def missing_name(module: str, name: str, hint: str | None) -> Exception:
    """Return the error for a name that a module does not have; its ``__getattr__`` calls this.

    The statement ``from bxml import Say`` replaces an ``AttributeError`` by an ``ImportError``
    without its text. It gets one with the hint from here, as far as the interpreter shows that
    it is such a statement.
    """
    with FIRST_IMPORT:
        from opcode import opname

    frame = sys._getframe(2)  # noqa: SLF001 - of the code that asks the module
    if hint and opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM":
        return ImportError(f"cannot import name {name!r} from {module!r}; {hint}", name=module)
    text = f"module {module!r} has no attribute {name!r}"
    return AttributeError(f"{text}; {hint}" if hint else text, name=name)


def _said(here: str) -> str:
    text = _LINK.sub(r"\1", here).replace("`", "")
    return "has no equivalent here" if text.startswith("no equivalent") else f"is {text} here"


def _on_the_wire(here: str) -> str:
    return re.sub(r"`([a-z]+(?:_[a-z]+)*_?)(?=[`=])", lambda found: f"`{wire_name(found[1])}", here)
