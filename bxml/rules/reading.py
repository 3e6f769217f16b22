"""Rules that the reader applies: the document as a whole, known names, and values."""

from bxml.rules._rule import Rule
from bxml.rules._texts import response

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
        "A document type can define entities that grow without limit or read files. BXML has none.",
        "<!DOCTYPE Response>\n" + response("<Hangup/>"),
        response("<Hangup/>"),
    ),
    Rule(
        "nested-too-deep",
        "error",
        "safety",
        "More than 100 levels of elements are refused, so that hostile input cannot exhaust the "
        "program that reads it.",
        response(f"<SpeakSentence>{'<emphasis>' * 99}Hello.{'</emphasis>' * 99}</SpeakSentence>"),
        response("<SpeakSentence><emphasis>Hello.</emphasis></SpeakSentence>"),
    ),
    Rule(
        "encoding-not-utf-8",
        "warning",
        "inferred",
        "The vendor's documents and SDKs all use UTF-8. The behaviour of the platform with another "
        "encoding is not documented.",
        b'<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        + response("<SpeakSentence>Ol\u00e1.</SpeakSentence>").encode("iso-8859-1"),
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        + response("<SpeakSentence>Ol\u00e1.</SpeakSentence>").encode(),
    ),
    Rule(
        "document-too-large",
        "error",
        "documented",
        "The platform accepts 64 KB: 65,536 bytes of UTF-8, comments included. Split a longer "
        "document with Redirect.",
        response(f"<SpeakSentence>{'Please hold the line. ' * 3000}</SpeakSentence>"),
        response("<SpeakSentence>Please hold the line.</SpeakSentence>"),
    ),
    Rule(
        "root-not-allowed",
        "error",
        "documented",
        "The root is Response, or Bxml for a document that is pushed over REST, without a "
        "namespace.",
        "<response>\n    <Hangup/>\n</response>",
        response("<Hangup/>"),
    ),
    Rule(
        "unknown-element",
        "error",
        "documented",
        "BXML has no element of this name. Names are case-sensitive.",
        response("<Speaksentence>Hello.</Speaksentence>"),
        response("<SpeakSentence>Hello.</SpeakSentence>"),
    ),
    Rule(
        "unknown-attribute",
        "error",
        "inferred",
        "The element has no such attribute, so the setting is silently ignored. Names are "
        "case-sensitive.",
        response('<Gather gatherUrl="/menu" maxdigits="1"/>'),
        response('<Gather gatherUrl="/menu" maxDigits="1"/>'),
    ),
    Rule(
        "element-not-allowed-here",
        "error",
        "documented",
        "The element exists, but is not allowed in this parent.",
        response("<PhoneNumber>+19195551234</PhoneNumber>", "<Hangup/>"),
        response("<Transfer>", _NUMBER, "</Transfer>", "<Hangup/>"),
    ),
    Rule(
        "text-not-allowed",
        "error",
        "documented",
        "This element contains no text. Text to say belongs in SpeakSentence.",
        response("Hello.", "<Hangup/>"),
        response("<SpeakSentence>Hello.</SpeakSentence>", "<Hangup/>"),
    ),
)
"""Rules about the document as a whole and the names in it."""

VALUE_RULES = (
    Rule(
        "required-attribute-missing",
        "error",
        "documented",
        "The verb requires this attribute; an empty value counts as missing if the attribute has a "
        "format.",
        response("<Redirect/>"),
        response('<Redirect redirectUrl="/menu"/>'),
    ),
    Rule(
        "required-text-missing",
        "error",
        "documented",
        "The verb requires text between its tags.",
        response("<SendDtmf/>"),
        response("<SendDtmf>12#</SendDtmf>"),
    ),
    Rule(
        "value-not-in-enum",
        "error",
        "documented",
        "Only the listed words are accepted. They are case-sensitive.",
        response('<Redirect redirectUrl="/menu" redirectMethod="get"/>'),
        response('<Redirect redirectUrl="/menu" redirectMethod="GET"/>'),
    ),
    Rule(
        "value-out-of-range",
        "error",
        "documented",
        "The number is below the minimum or above the maximum that the platform accepts.",
        response('<Gather gatherUrl="/menu" maxDigits="100"/>'),
        response('<Gather gatherUrl="/menu" maxDigits="50"/>'),
    ),
    Rule(
        "value-too-long",
        "error",
        "documented",
        "The text has more characters than the platform accepts, such as 256 for a tag.",
        response(f"<Tag>{'customer ' * 30}</Tag>"),
        response("<Tag>customer</Tag>"),
    ),
    Rule(
        "pattern-mismatch",
        "error",
        "documented",
        "The value does not have the format of the attribute, such as E.164 for a phone number.",
        response('<Forward to="9195551234"/>'),
        response('<Forward to="+19195551234"/>'),
    ),
    Rule(
        "bad-boolean",
        "error",
        "documented",
        "Only true and false in lower case are accepted. According to a user, True, as Python "
        "writes it, ends the call.",
        response('<StartRecording multiChannel="True"/>'),
        response('<StartRecording multiChannel="true"/>'),
    ),
    Rule(
        "bad-number",
        "error",
        "documented",
        "Numbers are plain digits, with a decimal point if a fraction is allowed; no unit, sign or "
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
        "The verb requires at least one child, such as a destination to ring.",
        response("<Transfer/>"),
        response("<Transfer>", _NUMBER, "</Transfer>"),
    ),
    Rule(
        "too-many-children",
        "error",
        "documented",
        "The verb has more children than allowed, such as 8 destinations or 12 parameters; the "
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
"""Rules about values, texts and the number of children."""
