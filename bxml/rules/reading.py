"""Rules that reading finds: what is refused, what is unknown, and what values may be."""

from bxml.rules._rule import Rule
from bxml.rules._texts import response

__all__ = ["READING_RULES", "VALUE_RULES"]

_NUMBER = "    <PhoneNumber>+19195551234</PhoneNumber>"

READING_RULES = (
    Rule(
        "malformed-xml",
        "error",
        "documented",
        "The platform ends the call with the cause invalid-bxml when a document is not well-formed "
        "XML, or when its bytes do not fit its encoding.",
        response("<SpeakSentence>Research & sales</SpeakSentence>"),
        response("<SpeakSentence>Research &amp; sales</SpeakSentence>"),
    ),
    Rule(
        "doctype-not-allowed",
        "error",
        "safety",
        "A document type can define entities that grow without end or read files. BXML has none.",
        "<!DOCTYPE Response>\n" + response("<Hangup/>"),
        response("<Hangup/>"),
    ),
    Rule(
        "nested-too-deep",
        "error",
        "safety",
        "More than 100 levels of elements are refused, so that hostile text cannot exhaust the "
        "program that reads it.",
        response(f"<SpeakSentence>{'<emphasis>' * 99}Hello.{'</emphasis>' * 99}</SpeakSentence>"),
        response("<SpeakSentence><emphasis>Hello.</emphasis></SpeakSentence>"),
    ),
    Rule(
        "encoding-not-utf-8",
        "warning",
        "inferred",
        "The vendor's documents and SDKs are all UTF-8. What the platform does with another "
        "encoding is not said.",
        b'<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        + response("<SpeakSentence>Ol\u00e1.</SpeakSentence>").encode("iso-8859-1"),
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        + response("<SpeakSentence>Ol\u00e1.</SpeakSentence>").encode(),
    ),
    Rule(
        "document-too-large",
        "error",
        "documented",
        "The platform takes 64 KB: 65,536 bytes of UTF-8, comments included. Split a longer "
        "document with Redirect.",
        response(f"<SpeakSentence>{'Please hold the line. ' * 3000}</SpeakSentence>"),
        response("<SpeakSentence>Please hold the line.</SpeakSentence>"),
    ),
    Rule(
        "root-not-allowed",
        "error",
        "documented",
        "A document is a Response, or a Bxml where it is pushed over REST; nothing else, and "
        "without a namespace.",
        "<response>\n    <Hangup/>\n</response>",
        response("<Hangup/>"),
    ),
    Rule(
        "unknown-element",
        "error",
        "documented",
        "BXML has no element of this name. Upper and lower case count.",
        response("<Speaksentence>Hello.</Speaksentence>"),
        response("<SpeakSentence>Hello.</SpeakSentence>"),
    ),
    Rule(
        "unknown-attribute",
        "error",
        "inferred",
        "The element has no such attribute, so a setting is lost without a word. Upper and lower "
        "case count.",
        response('<Gather gatherUrl="/menu" maxdigits="1"/>'),
        response('<Gather gatherUrl="/menu" maxDigits="1"/>'),
    ),
    Rule(
        "element-not-allowed-here",
        "error",
        "documented",
        "The element exists, but belongs in another one.",
        response("<PhoneNumber>+19195551234</PhoneNumber>", "<Hangup/>"),
        response("<Transfer>", _NUMBER, "</Transfer>", "<Hangup/>"),
    ),
    Rule(
        "text-not-allowed",
        "error",
        "documented",
        "Text stands only in elements that are about text. Text to say belongs in SpeakSentence.",
        response("Hello.", "<Hangup/>"),
        response("<SpeakSentence>Hello.</SpeakSentence>", "<Hangup/>"),
    ),
)
"""About the document as a whole and the names in it."""

VALUE_RULES = (
    Rule(
        "required-attribute-missing",
        "error",
        "documented",
        "The verb cannot work without this attribute; empty counts as missing where the value must "
        "have a form.",
        response("<Redirect/>"),
        response('<Redirect redirectUrl="/menu"/>'),
    ),
    Rule(
        "required-text-missing",
        "error",
        "documented",
        "The verb cannot work without the text between its tags.",
        response("<SendDtmf/>"),
        response("<SendDtmf>12#</SendDtmf>"),
    ),
    Rule(
        "value-not-in-enum",
        "error",
        "documented",
        "Only the listed words are known. Upper and lower case count.",
        response('<Redirect redirectUrl="/menu" redirectMethod="get"/>'),
        response('<Redirect redirectUrl="/menu" redirectMethod="GET"/>'),
    ),
    Rule(
        "value-out-of-range",
        "error",
        "documented",
        "The number is under the least or over the greatest one that the platform takes.",
        response('<Gather gatherUrl="/menu" maxDigits="100"/>'),
        response('<Gather gatherUrl="/menu" maxDigits="50"/>'),
    ),
    Rule(
        "value-too-long",
        "error",
        "documented",
        "The text has more characters than the platform takes, such as the 256 of a tag.",
        response(f"<Tag>{'customer ' * 30}</Tag>"),
        response("<Tag>customer</Tag>"),
    ),
    Rule(
        "pattern-mismatch",
        "error",
        "documented",
        "The value does not have the form that the attribute needs, such as E.164 for a phone "
        "number.",
        response('<Forward to="9195551234"/>'),
        response('<Forward to="+19195551234"/>'),
    ),
    Rule(
        "bad-boolean",
        "error",
        "documented",
        "Only true and false in lower case are known. A user reports that True, as Python writes "
        "it, ends the call.",
        response('<StartRecording multiChannel="True"/>'),
        response('<StartRecording multiChannel="true"/>'),
    ),
    Rule(
        "bad-number",
        "error",
        "documented",
        "Numbers are plain digits, with a full stop where a fraction is allowed; no unit, sign or "
        "exponent.",
        response('<Pause duration="2s"/>'),
        response('<Pause duration="2"/>'),
    ),
    Rule(
        "bad-url",
        "error",
        "documented",
        "A URL is http, https or relative, not empty and without white space.",
        response('<Redirect redirectUrl="/main menu"/>'),
        response('<Redirect redirectUrl="/main%20menu"/>'),
    ),
    Rule(
        "too-few-children",
        "error",
        "documented",
        "The verb needs at least one element inside, such as somebody to ring.",
        response("<Transfer/>"),
        response("<Transfer>", _NUMBER, "</Transfer>"),
    ),
    Rule(
        "too-many-children",
        "error",
        "documented",
        "The verb holds fewer elements than these, such as 8 destinations or 12 parameters; the "
        "platform refuses the whole document.",
        response(
            "<Refer>",
            "    <SipUri>sip:desk@pbx.example.com</SipUri>",
            "    <SipUri>sip:bell@pbx.example.com</SipUri>",
            "</Refer>",
        ),
        response("<Refer>", "    <SipUri>sip:desk@pbx.example.com</SipUri>", "</Refer>"),
    ),
)
"""About values, texts and the number of elements inside."""
