"""The classes that ``bxml`` exports, imported together: one element needs the table of all."""

from bxml._escape_hatch import Custom
from bxml._node import Node
from bxml._verb import Noun, Verb
from bxml.documents import MEDIA_TYPE, Bxml, Document, Response
from bxml.errors import BxmlError, ParseError, Problem, ValidationError
from bxml.verbs.audio import PlayAudio, Ring, SendDtmf, SpeakSentence
from bxml.verbs.conference import Conference, Connect, Endpoint
from bxml.verbs.flow import Bridge, Forward, Hangup, Pause, Redirect, Refer, SipUri, Tag
from bxml.verbs.gather import Gather, StartGather, StopGather
from bxml.verbs.recording import (
    PauseRecording,
    Record,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from bxml.verbs.streaming import (
    CustomParam,
    StartStream,
    StartTranscription,
    StopStream,
    StopTranscription,
    StreamParam,
)
from bxml.verbs.transfer import PhoneNumber, Transfer

__all__ = [
    "MEDIA_TYPE",
    "Bridge",
    "Bxml",
    "BxmlError",
    "Conference",
    "Connect",
    "Custom",
    "CustomParam",
    "Document",
    "Endpoint",
    "Forward",
    "Gather",
    "Hangup",
    "Node",
    "Noun",
    "ParseError",
    "Pause",
    "PauseRecording",
    "PhoneNumber",
    "PlayAudio",
    "Problem",
    "Record",
    "Redirect",
    "Refer",
    "Response",
    "ResumeRecording",
    "Ring",
    "SendDtmf",
    "SipUri",
    "SpeakSentence",
    "StartGather",
    "StartRecording",
    "StartStream",
    "StartTranscription",
    "StopGather",
    "StopRecording",
    "StopStream",
    "StopTranscription",
    "StreamParam",
    "Tag",
    "Transfer",
    "ValidationError",
    "Verb",
]
