"""Values never change, compare and hash by content, pickle and copy, and repr rebuilds them."""

import copy
import pickle
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest

import bxml
from bxml import (
    Bxml,
    Custom,
    Document,
    Forward,
    Hangup,
    Node,
    Noun,
    Pause,
    PhoneNumber,
    PlayAudio,
    Record,
    Redirect,
    Response,
    SpeakSentence,
    Tag,
    Transfer,
    ValidationError,
    Verb,
    ssml,
)
from bxml._element import Element
from bxml._node import ELEMENTS

Build = Callable[..., Node]


class Menu(Response):
    """A document of a class of its own."""


VALUES: tuple[Node, ...] = (
    Response(),
    Bxml(Hangup()),
    Response(Tag("a"), extra_attributes={"version": "2"}),
    Menu(Pause(duration=0.5)),
    Response().gather(
        SpeakSentence("Press ", ssml.say_as("1", interpret_as="characters"), ' or "2"'),
        PlayAudio("/a.wav", username="u", password="p"),
        gather_url="/menu",
        max_digits=1,
        input_="dtmf_speech",
        first_digit_timeout=7.5,
        terminating_digits="",
    ),
    Transfer(PhoneNumber("+12", tag="\n\t'\""), transfer_caller_id="").sip_uri("sip:a"),
    Forward("+12", from_="Private", privacy=True),
    Record(silence_timeout=Decimal("1.0000000000000000001"), transcribe=True),
    SpeakSentence("a", ssml.break_(time="1s"), ssml.lang("b", ssml.s("c"), lang="fr-FR")),
    Custom("Novelty", "a", SpeakSentence("b"), Custom("Inner"), attributes={"b": "c", "d": ""}),
    Redirect("/next", extra_attributes={"newAttribute": "<&>"}),
    SpeakSentence("\u00e9\U0001f600 \r\n\t\u2028"),
)


@pytest.fixture(params=sorted(ELEMENTS))
def least(request: pytest.FixtureRequest, build: Build) -> Node:
    """Return the least value of each element."""
    return build(request.param)


def rebuilt(source: str) -> object:
    """Return what Python makes of a repr."""
    scope: dict[str, object] = {name: getattr(bxml, name) for name in ELEMENTS if name[0].isupper()}
    scope |= {"ssml": ssml, "Custom": Custom, "Decimal": Decimal, "Menu": Menu}
    result: object = eval(source, scope)  # noqa: S307 - source made by repr
    return result


def assert_faithful(value: Node) -> None:
    """Assert all that holds for every value."""
    same = rebuilt(repr(value))
    assert same == value
    assert hash(same) == hash(value)
    assert repr(same) == repr(value)
    assert type(same) is type(value)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        thawed = pickle.loads(pickle.dumps(value, protocol))  # noqa: S301 - made here
        assert thawed == value
        assert type(thawed) is type(value)
        assert thawed._xml() == value._xml()
    assert copy.copy(value) is value
    assert copy.deepcopy(value) is value
    assert {value: 1}[value] == 1


@pytest.mark.parametrize("value", VALUES, ids=lambda each: repr(each)[:40])
def test_values_rebuild(value: Node) -> None:
    """Repr, pickle and copy give an equal value with an equal hash."""
    assert_faithful(value)


def test_every_element_rebuilds(least: Node) -> None:
    """The same for the least value of each element."""
    assert_faithful(least)


def test_every_attribute_counts(build: Build, elements: Mapping[str, Element]) -> None:
    """A value with one attribute more is another value, and says so in its repr."""
    for name, element in elements.items():
        for attribute in element.attributes:
            if attribute.default is None or attribute.required:
                continue
            value = build(name, **{attribute.name: attribute.default})
            assert value != build(name)
            assert f"{attribute.name}={attribute.default!r}" in repr(value)
            assert_faithful(value)


def test_no_two_values_of_the_list_are_equal() -> None:
    """Equality looks at class, fields and extra attributes."""
    assert len(set(VALUES)) == len(VALUES)
    for index, first in enumerate(VALUES):
        assert all(first != second for second in VALUES[index + 1 :])
    assert Response() != Bxml()
    assert Menu() != Response()
    assert Pause() != "Pause()"
    assert Pause().__eq__(object()) is NotImplemented


def test_numbers_have_one_spelling() -> None:
    """Numbers that write the same text are the same value."""
    one = [Pause(duration=1), Pause(duration=1.0), Pause(duration=Decimal("1.00"))]
    assert len(set(one)) == 1
    assert {repr(each) for each in one} == {"Pause(duration=1)"}
    assert Pause(duration=Decimal("0.10")) == Pause(duration=0.1)


def test_values_never_change(least: Node) -> None:
    """No field, new name or table of a value can be set or deleted."""
    before = repr(least)
    for name in (*least._names, "element", "novelty", "__class__"):
        with pytest.raises(FrozenInstanceError, match=rf"\.{name}: expected no assignment"):
            setattr(least, name, None)
        with pytest.raises(FrozenInstanceError, match=rf"\.{name}: expected no deletion"):
            delattr(least, name)
    assert not hasattr(least, "__dict__")
    assert repr(least) == before


def test_subclasses_never_change_either() -> None:
    """A subclass that a user wrote is as frozen as its base."""
    with pytest.raises(FrozenInstanceError, match=r"Menu\.verbs: expected no assignment"):
        setattr(Menu(), "verbs", ())  # noqa: B010 - checkers forbid the plain assignment
    with pytest.raises(FrozenInstanceError, match=r"Menu\.verbs: expected no deletion"):
        delattr(Menu(), "verbs")


def test_extra_attributes_never_change() -> None:
    """The mapping is a copy that can be hashed and not changed; it compares with any mapping."""
    given = {"a": "1", "b": "2"}
    value = Hangup(extra_attributes=given)
    given["a"] = "changed"
    held = value.extra_attributes
    assert held == {"b": "2", "a": "1"}
    assert held is not None
    assert (dict(held), len(held), list(held)) == ({"a": "1", "b": "2"}, 2, ["a", "b"])
    assert hash(held) == hash(Hangup(extra_attributes={"b": "2", "a": "1"}).extra_attributes)
    assert not hasattr(held, "__setitem__")
    assert pickle.loads(pickle.dumps(held)) == held  # noqa: S301 - made here
    assert repr(held) == "{'a': '1', 'b': '2'}"


@pytest.mark.parametrize("base", [Node, Verb, Noun, Document, ssml.SsmlNode])
def test_base_classes_make_no_values(base: type[Node]) -> None:
    """A class that stands for many elements, or a subclass without a table, says so."""
    for made in (base, type("Mine", (base,), {})):
        with pytest.raises(ValidationError, match="expected the class of one element, got"):
            made()
