"""The schema and the element table say the same, and the comparison would notice if they did not.

Each deliberate mistake below changes one thing on one side and must be reported by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import xmlschema

from bxml._element import Attribute, Content, Element
from bxml._kinds import Enumeration, Numeric, Text
from bxml.schema import schema_path

Elements = Mapping[str, Element]
Differences = Callable[[xmlschema.XMLSchema, Elements], list[str]]


def test_schema_and_table_agree(
    differences: Differences, pure_schema: xmlschema.XMLSchema, elements: Elements
) -> None:
    """Every element, attribute, type, limit, list, child and count is the same on both sides."""
    assert differences(pure_schema, elements) == []


def test_both_sides_have_every_element(
    pure_schema: xmlschema.XMLSchema, elements: Elements
) -> None:
    """The agreement is about the whole language: two roots, 26 verbs, 5 nouns, 9 SSML tags."""
    kinds = [element.kind for element in elements.values()]
    assert [kinds.count(name) for name in ("root", "verb", "noun", "ssml")] == [2, 26, 5, 9]
    assert len(pure_schema.elements) == 2


SCHEMA_MISTAKES: list[tuple[str, str, str]] = [
    ('name="maxDigits"', 'name="maxDigit"', "attributes: maxDigit only in the schema"),
    ('name="Ring" type', 'name="Rang" type', "Response/Rang: element only in the sch"),
    ('<xs:element name="Ring" type="Ring"/>', "", "Ring: element only in the table"),
    ('<xs:element name="Bxml" type="Document"/>', "", "Bxml: element only in the tab"),
    ('name="Bxml" type="Document"', 'name="Tag" type="Tag"', "Tag: a root in the sch"),
    ('<xs:maxInclusive value="50"/>', "", "Gather/@maxDigits: maximum is None in the"),
    ('maxInclusive value="50"', 'maxInclusive value="51"', "Gather/@maxDigits: maximum is Decimal"),
    ('minInclusive value="0.1"', 'minExclusive value="0.1"', "@duration: others is"),
    ('minInclusive value="0.1"', 'minInclusive value="0.2"', "@duration: minimum is"),
    ('value="2048"', 'value="2047"', "StreamParam/@value: max_length is 2047"),
    ("[1-9][0-9]{1,14}", "[1-9][0-9]{1,15}", "Transfer/@transferCallerId: patterns"),
    ("[^,;=\\s]+", "[^,;=]+", "Transfer/PhoneNumber/@uui: patterns is"),
    ('<xs:enumeration value="wav"/>', "", "Record/@fileFormat: enumeration is"),
    ('n value="POST"/>', 'n value="PUT"/>', "Gather/@gatherMethod: enumeration is"),
    ('type="Url" use="required"', 'type="Url"', "StartGather: required: dtmfUrl only"),
    ('"privacy" type="Bool"', '"privacy" type="xs:string"', "Transfer/@privacy: enum"),
    ('minOccurs="1" maxOccurs="8"', 'maxOccurs="7"', "Response/Transfer: most is 7"),
    ('minOccurs="1" maxOccurs="8"', 'minOccurs="0" maxOccurs="8"', "fewest is 0 in the"),
    ('maxOccurs="12"', 'maxOccurs="unbounded"', "StartTranscription: most is None"),
    ('"PlayAudio" type="PlayAudio"', '"Pause" type="Pause"', "children: Pause only in"),
    ("</xs:sequence>", '<xs:element name="Tag" type="Tag"/></xs:sequence>', "ordered is True"),
    ('type="RecordingDuration"', 'type="SilenceTimeout"', "maxDuration: base is 'decim"),
    ('type="ReferSipUri"', 'type="TransferSipUri"', "Refer/SipUri: attributes: tag onl"),
    ('"SpeakSentence" mixed="true"', '"SpeakSentence"', "SpeakSentence: form is 'child"),
    ('type="SsmlSub"', 'type="SsmlSpan"', "SpeakSentence/sub: required: alias only in"),
    ("{0,254}", "{0,255}", "Response/Tag text: 'xxxxxxxx"),
    ('base="PlatformId"/', 'base="xs:token"/', "Connect/Endpoint: empty is True in the"),
    ('base="xs:token">\n      <xs:minL', 'base="xs:string">\n      <xs:minL', "SendDtmf text: whi"),
    ('r" type="Bool"', 'r" type="Bool" default="true"', "the schema would write a value"),
    ('<xs:minLength value="1"/>', "", "min_length is 0 in the schema, 1 in the table"),
    ('<xs:element name="sub" type="SsmlSub"/>', '<xs:any namespace="##other"/>', "any element may"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "report"), SCHEMA_MISTAKES)
def test_a_mistake_in_the_schema_is_reported(
    old: str, new: str, report: str, differences: Differences, elements: Elements
) -> None:
    """A schema changed at the last place that holds ``old`` disagrees; the report names it."""
    path = schema_path()
    head, found, tail = path.read_text(encoding="utf-8").rpartition(old)
    assert found
    schema = xmlschema.XMLSchema(head + new + tail, base_url=path.parent.as_uri())
    assert [line for line in differences(schema, elements) if report in line]


Change = Callable[[Element], Element]


def attribute(name: str, change: Callable[[Attribute], Attribute]) -> Change:
    """Return the change of one attribute of an element."""

    def apply(element: Element) -> Element:
        changed = [change(each) if each.name == name else each for each in element.attributes]
        assert changed != list(element.attributes)
        return replace(element, attributes=tuple(changed))

    return apply


def content(change: Callable[[Content], Content]) -> Change:
    """Return the change of what stands between the tags."""
    return lambda element: replace(element, content=change(element.content))


WIDER = Numeric(integer=True, minimum=1, maximum=51)
OPEN = Numeric(integer=False, minimum=0.1)
SHORT = Text(max_length=255)
EXTRA = Attribute("colour", "colour", Text())

TABLE_MISTAKES: list[tuple[str, Change, str]] = [
    ("Gather", attribute("max_digits", lambda a: replace(a, wire="maxDigit")), "maxDigit only in"),
    ("Gather", attribute("max_digits", lambda a: replace(a, kind=WIDER)), "@maxDigits: maximum"),
    ("Gather", attribute("max_digits", lambda a: replace(a, kind=OPEN)), "@maxDigits: base is"),
    ("Gather", lambda e: replace(e, attributes=e.attributes[1:]), "gatherUrl only in the schema"),
    ("Hangup", lambda e: replace(e, attributes=(EXTRA,)), "Hangup: attributes: colour only in the"),
    ("Redirect", attribute("redirect_url", lambda a: replace(a, required=False)), "redirectUrl on"),
    ("Redirect", attribute("tag", lambda a: replace(a, required=True)), "required: tag only in th"),
    ("Redirect", attribute("tag", lambda a: replace(a, kind=SHORT)), "Redirect/@tag: max_length i"),
    ("Pause", attribute("duration", lambda a: replace(a, kind=OPEN)), "Pause/@duration: maximum i"),
    ("Record", attribute("file_format", lambda a: replace(a, kind=Enumeration(("wav",)))), "enume"),
    ("Record", attribute("file_format", lambda a: replace(a, kind=Text())), "fileFormat: enumerat"),
    ("Ring", attribute("answer_call", lambda a: replace(a, kind=Text())), "answerCall: enumeratio"),
    ("StopStream", attribute("name", lambda a: replace(a, kind=Text())), "@name: min_length is 1 "),
    ("StartStream", attribute("destination", lambda a: replace(a, kind=Text())), "@destination: p"),
    ("lang", attribute("lang", lambda a: replace(a, wire="lang")), "lang: attributes: xml:lang on"),
    ("PlayAudio", lambda e: replace(e, parents=e.parents[:2]), "children: PlayAudio only in the s"),
    ("Hangup", lambda e: replace(e, parents=("Response",)), "Bxml: children: Hangup only in the s"),
    ("PhoneNumber", lambda e: replace(e, parents=("Transfer", "Refer")), "Refer: children: PhoneN"),
    ("Hangup", lambda e: replace(e, name="HangUp"), "Response: children: HangUp only in the table"),
    ("sub", lambda e: replace(e, kind="noun"), "SpeakSentence/sub: children: sub only in the sche"),
    ("Bxml", lambda e: replace(e, kind="verb"), "Bxml: a root in the schema, a verb in the table"),
    ("Transfer", content(lambda c: replace(c, minimum=0)), "Transfer: fewest is 1 in the schema, "),
    ("Transfer", content(lambda c: replace(c, maximum=9)), "Transfer: most is 8 in the schema, 9 "),
    ("Connect", content(lambda c: replace(c, maximum=1)), "Connect: most is None in the schema, 1"),
    ("Bridge", content(lambda c: replace(c, required=False)), "Bridge: empty is False in the sche"),
    ("Bridge", content(lambda c: replace(c, kind=SHORT)), "Bridge text: 'xxx"),
    ("Tag", content(lambda c: replace(c, kind=SHORT)), "Tag text: 'xxx"),
    ("Tag", content(lambda c: replace(c, trim="collapse")), "Tag text: 'a "),
    ("PhoneNumber", content(lambda c: replace(c, trim="trim")), "PhoneNumber text: white_space"),
    ("Pause", content(lambda c: replace(c, form="text")), "Pause: form is 'none' in the schema"),
    ("break", content(lambda c: replace(c, words=True)), "break: form is 'children' in the schema"),
]  # fmt: skip


@pytest.mark.parametrize("mistake", TABLE_MISTAKES, ids=lambda each: f"{each[0]} {each[2]}")
def test_a_mistake_in_the_table_is_reported(
    mistake: tuple[str, Change, str],
    differences: Differences,
    elements: Elements,
    pure_schema: xmlschema.XMLSchema,
) -> None:
    """A changed table no longer agrees, and the report names what changed."""
    name, change, report = mistake
    found = differences(pure_schema, {**elements, name: change(elements[name])})
    assert [line for line in found if report in line]


@pytest.mark.parametrize("name", ["Response", "Hangup", "SipUri", "break"])
def test_an_element_missing_from_the_table_is_reported(
    name: str, differences: Differences, elements: Elements, pure_schema: xmlschema.XMLSchema
) -> None:
    """Each element of the schema must be in the table."""
    rest = {element: elements[element] for element in elements if element != name}
    found = differences(pure_schema, rest)
    assert [line for line in found if line.endswith(f"/{name}: element only in the schema")], found
