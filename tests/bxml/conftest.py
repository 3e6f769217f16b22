"""What several tests of bxml share: making any element, and comparing schema and element table.

The comparison is a function so that tests can feed it schemas and tables with mistakes in them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal

import pytest
import xmlschema
from lxml import etree
from xmlschema.validators import XsdComplexType, XsdElement, XsdGroup, XsdSimpleType

from bxml import Custom, Node, Noun, Response, SpeakSentence, Verb, ssml
from bxml._element import Element
from bxml._kinds import Boolean, Enumeration, Kind, Numeric
from bxml._node import ELEMENTS
from bxml._wording import InvalidValue
from bxml.schema import schema_path, validate

Elements = Mapping[str, Element]
Differences = Callable[[xmlschema.XMLSchema, Elements], list[str]]
Build = Callable[..., Node]
Parsed = Callable[[Node], etree._Element]
Verdicts = Callable[[str], set[bool]]

BEYOND_SCHEMAS: Mapping[str, str] = {
    "display-name-keyword-with-privacy": "one attribute decides what another may be",
    "doctype-not-allowed": "validators see the tree, not the document type",
    "document-too-large": "schemas do not count bytes",
    "gather-repeat-limit": "an attribute times the number of children",
    "nested-too-deep": "schemas do not limit recursion",
    "record-credentials-need-https": "one attribute decides what another may be",
    "speak-sentence-blank": "mixed content cannot be required",
    "ssml-date-needs-format": "one attribute decides whether another is required",
    "start-recording-credentials-need-https": "one attribute decides what another may be",
    "start-stream-credentials-need-https": "one attribute decides what another may be",
    "start-transcription-credentials-need-https": "one attribute decides what another may be",
    "transfer-display-name-keyword-with-privacy": "one attribute decides what another may be",
}
"""Errors that XSD 1.0 cannot express, and why."""

LETTERS = {code: "x" for code in range(0x80, 0x3001) if chr(code).isspace()}
"""White space that is none to XML. The engine written in Python takes it for white space when it
trims the text of an element, so it gets letters in its place."""

CONTENT: Mapping[str, tuple[object, ...]] = {
    "Bridge": ("c-1",),
    "Conference": ("room",),
    "Endpoint": ("e-1",),
    "PhoneNumber": ("+19195551234",),
    "PlayAudio": ("/a.wav",),
    "SendDtmf": ("1",),
    "SipUri": ("sip:desk@example.com",),
    "SpeakSentence": ("Hello",),
}
"""Least content of each element that needs some; Transfer and Refer get theirs when built."""
NEEDED: Mapping[str, Mapping[str, object]] = {
    "CustomParam": {"name": "n", "value": "v"},
    "Forward": {"to": "+19195551234"},
    "Redirect": {"redirect_url": "/next"},
    "StartGather": {"dtmf_url": "/keys"},
    "StartStream": {"destination": "wss://example.com"},
    "StopStream": {"name": "n"},
    "StreamParam": {"name": "n", "value": "v"},
    "lang": {"lang": "fr-FR"},
    "phoneme": {"ph": "a"},
    "say-as": {"interpret_as": "time"},
    "sub": {"alias": "a"},
}
"""Attributes that must be given."""

XS = "{http://www.w3.org/2001/XMLSchema}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
WHITE = " \t\r\n"
WITHOUT_ATTRIBUTES = (("Refer", "SipUri"),)
"""Parent and child where the child has fewer attributes than elsewhere: none."""
SPELT_DIFFERENTLY = ("PlatformId", "TagText")
"""Schema types that say in another way what the table says; compared by what they accept."""
KNOWN_FACETS = {
    *("enumeration", "pattern", "whiteSpace", "minLength", "maxLength"),
    *("minInclusive", "maxInclusive", "fractionDigits"),
}
NUMBERS = {"integer": "[0-9]+", "decimal": r"[0-9]+(\.[0-9]+)?"}

_LENGTHS = (0, 1, 2, 100, 254, 255, 256, 257, 300)
_RUNS = [character * length for length in _LENGTHS for character in ("x", "\U0001f600")]
_MIXED = ["a b", "a  b", "a\tb", "a\nb", "a\u00a0b", "a\u2028b", f"a{' ' * 255}b"]
_AROUND = (("", ""), (" ", ""), ("", "\n"), ("\t", "\r"), (" " * 300, " "))
SAMPLES = [left + inner + right for inner in _RUNS + _MIXED for left, right in _AROUND]
"""Texts that differ in length, in characters, and in white space around and inside."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What a simple type says, in one spelling for schema and table."""

    base: str = "string"
    enumeration: frozenset[str] = frozenset()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_length: int = 0
    max_length: int | None = None
    patterns: frozenset[str] = frozenset()
    white_space: str = "preserve"
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """What one element may hold, in one spelling for schema and table."""

    form: str
    children: frozenset[str]
    fewest: int
    most: int | None
    ordered: bool
    attributes: frozenset[str]
    required: frozenset[str]
    empty: bool
    """Whether text may be left out."""


def bare(pattern: str) -> str:
    """Return the pattern without a group around the whole of it."""
    depth = 0
    for index, character in enumerate(pattern):
        depth += (character == "(") - (character == ")")
        if not depth and index < len(pattern) - 1:
            return pattern
    return pattern[1:-1] if pattern.startswith("(") else pattern


def exact(number: object) -> Decimal | None:
    """Return a limit as a number that compares with the other side's."""
    return None if number is None else Decimal(str(number))


def facets_of_kind(kind: Kind, white_space: str) -> Facets:
    """Return what the table says about a value."""
    if isinstance(kind, Boolean):
        return Facets(enumeration=frozenset({"true", "false"}))
    if isinstance(kind, Enumeration):
        return Facets(enumeration=frozenset(kind.values))
    if isinstance(kind, Numeric):
        base = "integer" if kind.integer else "decimal"
        return Facets(
            base,
            minimum=exact(kind.minimum),
            maximum=exact(kind.maximum),
            patterns=frozenset({NUMBERS[base]}),
            white_space="collapse",
        )
    none = kind.regex is not None and kind.regex.fullmatch("") is None
    return Facets(
        min_length=max(kind.min_length, int(none)),
        max_length=kind.max_length,
        patterns=frozenset({bare(kind.pattern)} if kind.pattern else ()),
        white_space=white_space,
    )


def lineage(kind: XsdSimpleType) -> Iterator[XsdSimpleType]:
    """Yield the type and everything that it is derived from."""
    current: object = kind
    while isinstance(current, XsdSimpleType):
        yield current
        current = current.base_type


def facets_of_type(kind: XsdSimpleType) -> Facets:
    """Return what the schema says about a value."""
    names = {each.local_name for each in lineage(kind)}
    base = next(word for word in ("integer", "decimal", "string") if word in names)
    own = [each for each in lineage(kind) if each.target_namespace != XS.strip("{}")]
    given = {str(name).removeprefix(XS) for each in own for name in each.facets}
    patterns = [each.patterns for each in own if each.patterns is not None]
    free = base == "string" and not kind.enumeration
    return Facets(
        base,
        frozenset(map(str, kind.enumeration or ())),
        exact(kind.min_value),
        exact(kind.max_value),
        int(free and not kind.is_valid("")) if (kind.min_length or 0) < 2 else kind.min_length or 0,
        kind.max_length,
        frozenset(bare("|".join(pattern.regexps)) for pattern in patterns),
        str(kind.white_space),
        frozenset(given - KNOWN_FACETS),
    )


def accepts(kind: Kind, text: str, trim: str) -> bool:
    """Return whether the table accepts the text of an element."""
    text = text.strip(WHITE)
    try:
        kind.read(re.sub(f"[{WHITE}]+", " ", text) if trim == "collapse" else text)
    except InvalidValue:
        return False
    return True


def compare(where: str, kind: Kind, declared: XsdSimpleType, trim: str) -> Iterator[str]:
    """Yield what schema and table say differently about one value."""
    theirs, ours = facets_of_type(declared), facets_of_kind(kind, trim)
    if declared.local_name in SPELT_DIFFERENTLY:
        for text in SAMPLES:
            if accepts(kind, text, trim) != declared.is_valid(text):
                yield f"{where}: {text[:40]!r} ({len(text)} characters) is judged differently"
        return
    for field in fields(Facets):
        schema, table = getattr(theirs, field.name), getattr(ours, field.name)
        if schema != table:
            yield f"{where}: {field.name} is {schema!r} in the schema, {table!r} in the table"


def occurrences(particle: XsdElement | XsdGroup) -> tuple[int, int | None]:
    """Return the fewest and most elements that a content model takes."""
    low, high = 1, 1
    if isinstance(particle, XsdGroup):
        inner = [occurrences(each) for each in particle if isinstance(each, XsdElement | XsdGroup)]
        chosen = min if particle.model == "choice" else sum
        most = [each[1] for each in inner if each[1] is not None]
        low = chosen([each[0] for each in inner]) if inner else 0
        high = (max if particle.model == "choice" else sum)(most or [0])
        if len(most) < len(inner):
            return low * particle.min_occurs, None
    if particle.max_occurs is None:
        return low * particle.min_occurs, None if high else 0
    return low * particle.min_occurs, high * particle.max_occurs


def ordered(group: XsdGroup) -> bool:
    """Return whether a content model fixes the order of different elements."""
    inner = [each for each in group if isinstance(each, XsdElement | XsdGroup)]
    fixed = group.model == "sequence" and len(inner) > 1
    return fixed or any(ordered(each) for each in inner if isinstance(each, XsdGroup))


def shape_of_type(declared: XsdComplexType) -> Shape:
    """Return what the schema says about an element."""
    content = declared.content
    given = declared.attributes.items()
    names = {str(name).replace(XML_LANG, "xml:lang"): each for name, each in given}
    attributes = frozenset(names)
    required = frozenset(name for name, item in names.items() if item.use == "required")
    if isinstance(content, XsdSimpleType):
        empty = content.is_valid("")
        return Shape(
            "text",
            frozenset(),
            0,
            0,
            ordered=False,
            attributes=attributes,
            required=required,
            empty=empty,
        )
    children = frozenset(str(iter_element.local_name) for iter_element in content.iter_elements())
    form = "speech" if declared.mixed else "children" if children else "none"
    low, high = occurrences(content)
    return Shape(form, children, low, high, ordered(content), attributes, required, empty=True)


def shape_of_element(element: Element, elements: Elements) -> Shape:
    """Return what the table says about an element."""
    content = element.content
    names = frozenset(attribute.wire for attribute in element.attributes)
    required = frozenset(attribute.wire for attribute in element.attributes if attribute.required)
    form, most = content.form, content.maximum
    children = {each.name for each in elements.values() if element.name in each.parents}
    if content.form == "speech":
        children |= {element.name for element in elements.values() if element.kind == "ssml"}
        form = "speech" if content.words else "children"
    if content.form in ("none", "text"):
        most = 0
    empty = content.form != "text" or not content.required
    return Shape(
        form,
        frozenset(children),
        content.minimum,
        most,
        ordered=False,
        attributes=names,
        required=required,
        empty=empty,
    )


def compare_element(
    parent: str, element: Element, declared: XsdComplexType, elements: Elements
) -> Iterator[str]:
    """Yield what schema and table say differently about one element and its values."""
    where = f"{parent}/{element.name}".lstrip("/")
    if (parent, element.name) in WITHOUT_ATTRIBUTES:
        element = replace(element, attributes=())
    theirs, ours = shape_of_type(declared), shape_of_element(element, elements)
    for field in fields(Shape):
        schema, table = getattr(theirs, field.name), getattr(ours, field.name)
        if isinstance(schema, frozenset):
            for side, only in (("schema", schema - table), ("table", table - schema)):
                yield from (
                    f"{where}: {field.name}: {name} only in the {side}" for name in sorted(only)
                )
        elif schema != table:
            yield f"{where}: {field.name} is {schema!r} in the schema, {table!r} in the table"
    content = element.content
    if isinstance(declared.content, XsdSimpleType) and content.kind is not None:
        yield from compare(f"{where} text", content.kind, declared.content, content.trim)
    for attribute in element.attributes:
        name = XML_LANG if attribute.wire == "xml:lang" else attribute.wire
        if name in declared.attributes:
            found = declared.attributes[name]
            assert found.type is not None
            yield from compare(f"{where}/@{attribute.wire}", attribute.kind, found.type, "preserve")
            if found.default is not None or found.fixed is not None:
                yield f"{where}/@{attribute.wire}: the schema would write a value into documents"


def find_differences(schema: xmlschema.XMLSchema, elements: Elements) -> list[str]:
    """Return what schema and table say differently, one line each; nothing when they agree."""
    found: list[str] = []
    seen: set[tuple[str, object, bool]] = set()
    pending: list[tuple[str, XsdElement]] = [("", element) for element in schema.elements.values()]
    for parent, declared in pending:
        name, kind = str(declared.local_name), declared.type
        key = (name, kind, (parent, name) in WITHOUT_ATTRIBUTES)
        if key in seen:
            continue
        seen.add(key)
        assert isinstance(kind, XsdComplexType)
        if name not in elements:
            found.append(f"{parent}/{name}: element only in the schema")
            continue
        if not parent and elements[name].kind != "root":
            found.append(f"{name}: a root in the schema, a {elements[name].kind} in the table")
        found += compare_element(parent, elements[name], kind, elements)
        if isinstance(kind.content, XsdGroup):
            inner = list(kind.content.iter_elements())
            pending += [(name, each) for each in inner if isinstance(each, XsdElement)]
            if not all(isinstance(each, XsdElement) for each in inner):
                found.append(f"{parent}/{name}: any element may stand in the schema")
    missing = set(elements) - {name for name, *_ in seen}
    return found + [f"{name}: element only in the table" for name in sorted(missing)]


@pytest.fixture(scope="session")
def differences() -> Differences:
    """Return the comparison of a schema with a table of elements."""
    return find_differences


@pytest.fixture(scope="session")
def elements() -> Elements:
    """Return the table of every element by its BXML name."""
    return {name: item.element for name, item in ELEMENTS.items()}


@pytest.fixture(scope="session")
def pure_schema() -> xmlschema.XMLSchema:
    """Return bxml.xsd in the engine that is written in Python."""
    return xmlschema.XMLSchema(str(schema_path()), allow="local")


def maker(name: str) -> Build:
    """Return the class of an element as something that takes any arguments."""
    return ELEMENTS[name]


def build_element(name: str, /, **attributes: object) -> Node:
    """Return an element with the attributes and with the least of everything else it needs."""
    content = CONTENT.get(name, ())
    if name == "Transfer":
        content = (build_element("PhoneNumber"),)
    if name == "Refer":
        content = (build_element("SipUri"),)
    return maker(name)(*content, **{**NEEDED.get(name, {}), **attributes})


def document_of(node: Node) -> Response:
    """Return a document that holds the element somewhere it may stand."""
    if isinstance(node, Noun):
        holder = node.element.parents[0]
        node = maker(holder)(node, **NEEDED.get(holder, {}))
    if isinstance(node, ssml.SsmlNode):
        node = SpeakSentence("a", node)
    assert isinstance(node, Verb | Custom)
    return Response(node)


@pytest.fixture(scope="session")
def build() -> Build:
    """Return what makes an element by its BXML name, with the least it needs."""
    return build_element


@pytest.fixture(scope="session")
def parsed() -> Parsed:
    """Return what writes a document around an element and reads that element back with lxml."""

    def parse(node: Node) -> etree._Element:
        root = etree.fromstring(document_of(node).to_bytes())
        name = node.name if isinstance(node, Custom) else node.element.name
        found = root.find(f".//{name}")
        assert found is not None
        return found

    return parse


@pytest.fixture(scope="session")
def verdicts(pure_schema: xmlschema.XMLSchema) -> Verdicts:
    """Return what gives the set of verdicts of both XSD engines on a text: one when they agree."""

    def judge(xml: str) -> set[bool]:
        try:
            first = not validate(xml.encode())
        except etree.XMLSyntaxError:
            first = False
        try:
            second = pure_schema.is_valid(xml.translate(LETTERS).encode())
        except xmlschema.XMLSchemaException:
            second = False
        return {first, second}

    return judge


@pytest.fixture(scope="session")
def beyond_schemas() -> Mapping[str, str]:
    """Return the rules of severity error that XSD 1.0 cannot express, with the reason."""
    return BEYOND_SCHEMAS
