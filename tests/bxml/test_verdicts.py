"""Constructors prove what the XSD would: the verdicts agree, and any disagreement is noticed.

``make verdicts`` compares a hundred thousand documents.
"""

import linecache
from collections.abc import Callable
from dataclasses import replace
from inspect import unwrap
from random import Random

import pytest
from lxml import etree

from bxml import (
    Gather,
    Node,
    PlayAudio,
    Record,
    Redirect,
    SpeakSentence,
    StopStream,
    Transfer,
    _construct,
    _generated,
)
from bxml._element import Attribute, Content, Element
from bxml._kinds import Enumeration, Numeric, Text
from bxml._record import Declared
from bxml.schema import schema_path, validate
from tests.verdicts.comparison import Judge, differences
from tests.verdicts.drafts import Drafter

DOCUMENTS = 500


def by_xsd(body: bytes) -> bool:
    """Return whether the XSD takes the document."""
    return not validate(body)


def differ(judge: Judge, *verbs: str) -> bool:
    """Return whether any of many documents is judged differently, looking no further than it."""
    drafter = Drafter(Random(1), verbs)
    return any(differences([drafter.document()], judge)[0] for _ in range(10 * DOCUMENTS))


@pytest.mark.parametrize("seed", range(2))
def test_constructors_and_xsd_judge_alike(seed: int) -> None:
    """Of many documents both take the same, and both take and refuse many."""
    drafter = Drafter(Random(seed))
    drafts = [drafter.document() for _ in range(DOCUMENTS)]
    found, verdicts = differences(drafts, by_xsd)
    assert found == []
    assert min(verdicts["valid"], verdicts["refused"]) > DOCUMENTS / 5


SCHEMA_MISTAKES: list[tuple[str, str, str]] = [
    ("Gather", '<xs:maxInclusive value="50"/>', ""),
    ("Record", '<xs:enumeration value="wav"/>', ""),
    ("Redirect", 'name="redirectUrl" type="Url" use="required"', 'name="redirectUrl" type="Url"'),
    ("Transfer", 'minOccurs="1" maxOccurs="8"', 'minOccurs="1" maxOccurs="9"'),
]


@pytest.mark.parametrize(("verb", "old", "new"), SCHEMA_MISTAKES)
def test_a_mistake_in_the_xsd_is_noticed(verb: str, old: str, new: str) -> None:
    """A changed XSD judges some document differently."""
    path = schema_path()
    text = path.read_text(encoding="utf-8")
    assert old in text
    wrong = etree.fromstring(text.replace(old, new).encode(), base_url=path.as_uri())
    schema = etree.XMLSchema(wrong)
    assert differ(lambda body: schema.validate(etree.fromstring(body)), verb)


@pytest.fixture
def remake(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Node], Element], object]:
    """Return what gives a class the constructor of another table, until the test is over."""
    monkeypatch.setattr(_construct, "_scope", unwrap(_construct._scope))
    monkeypatch.setattr(_generated, "_sources", {})
    monkeypatch.setattr(linecache, "cache", dict(linecache.cache))

    def changed(cls: type[Node], element: Element) -> object:
        monkeypatch.setattr(cls, "element", element)
        monkeypatch.setattr(cls, "_minimum", element.content.minimum)
        monkeypatch.setattr(cls, "__init__", cls.__init__)
        return unwrap(_construct.compile_function)(cls, "__init__")

    return changed


def attribute(name: str, change: Callable[[Attribute], Attribute]) -> Callable[[Element], Element]:
    """Return the change of one attribute."""
    return lambda element: replace(
        element,
        attributes=tuple(change(e) if e.name == name else e for e in element.attributes),
    )


def content(change: Callable[[Content], Content]) -> Callable[[Element], Element]:
    """Return the change of what an element may hold."""
    return lambda element: replace(element, content=change(element.content))


WIDER = Numeric(integer=True, minimum=1, maximum=51)
TABLE_MISTAKES: list[tuple[type[Node], Callable[[Element], Element]]] = [
    (Gather, attribute("max_digits", lambda a: replace(a, kind=WIDER))),
    (Record, attribute("file_format", lambda a: replace(a, kind=Enumeration(("wav", "WAV"))))),
    (StopStream, attribute("name", lambda a: replace(a, kind=Text()))),
    (PlayAudio, content(lambda c: replace(c, kind=Text()))),
    (Redirect, attribute("redirect_url", lambda a: replace(a, required=False))),
    (Transfer, content(lambda c: replace(c, minimum=0))),
    (Transfer, content(lambda c: replace(c, maximum=9))),
]


@pytest.mark.parametrize(("cls", "change"), TABLE_MISTAKES)
def test_a_mistake_in_the_table_is_noticed(
    cls: type[Node],
    change: Callable[[Element], Element],
    remake: Callable[[type[Node], Element], object],
) -> None:
    """Constructors made from a changed table judge some document differently."""
    remake(cls, change(cls.element))
    assert differ(by_xsd, cls.element.name)


def test_a_mistake_about_children_is_noticed(
    monkeypatch: pytest.MonkeyPatch, remake: Callable[[type[Node], Element], object]
) -> None:
    """Children come from the annotation of the field; the XSD takes more than a narrowed one."""
    fields = {"children": Declared("children", tuple[SpeakSentence, ...], None, "", required=True)}
    monkeypatch.setattr(Gather, "_declared", {**Gather.__dict__["_declared"], **fields})
    remake(Gather, Gather.element)
    assert differ(by_xsd, "Gather")
