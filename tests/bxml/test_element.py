"""The table of an element: how it is derived, and what is compiled from it on first use."""

import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import cast

import pytest

import bxml
from bxml import Hangup, Node, Response, SpeakSentence, Tag
from bxml._arguments import MISSING
from bxml._element import Callback, Element, _kind, wire_name
from bxml._node import ELEMENTS
from bxml._verb import _compile_on_use

Build = Callable[..., object]


@pytest.mark.parametrize(
    ("python", "wire"),
    [
        ("tag", "tag"),
        ("max_digits", "maxDigits"),
        ("bridge_target_complete_fallback_url", "bridgeTargetCompleteFallbackUrl"),
        ("call_ids_to_coach", "callIdsToCoach"),
        ("from_", "from"),
        ("input_", "input"),
    ],
)
def test_names(python: str, wire: str) -> None:
    """A BXML name is the Python name in camel case; keywords lose their underscore."""
    assert wire_name(python) == wire


def test_python_names(elements: Mapping[str, Element]) -> None:
    """Fluent methods and SSML functions are named after the element."""
    names = {name: element.python_name for name, element in elements.items()}
    assert names["SpeakSentence"] == "speak_sentence"
    assert names["SendDtmf"] == "send_dtmf"
    assert names["say-as"] == "say_as"
    assert names["break"] == "break_"
    assert names["p"] == "p"
    assert len(set(names.values())) == len(names)


def test_wire_names_are_unlike(elements: Mapping[str, Element]) -> None:
    """No element has two attributes of one name, on either side."""
    for element in elements.values():
        for names in ([a.wire for a in element.attributes], [a.name for a in element.attributes]):
            assert len(set(names)) == len(names)
        for attribute in element.attributes:
            assert element.attribute(attribute.name) is attribute
        assert element.attribute("novelty") is None


def test_webhook_groups_are_named_after_their_prefix() -> None:
    """A group knows its fallback and its credentials by the usual names."""
    full = Callback.of("a", prefix="b", fallback=True, replies=True)
    assert (full.url, full.method, full.fallback_url) == ("b_url", "b_method", "b_fallback_url")
    assert (full.username, full.fallback_password) == ("username", "fallback_password")
    bare = Callback.of("a", prefix="b", fallback=True, credentials=False)
    assert (bare.fallback_method, bare.username, bare.fallback_username) == (
        "b_fallback_method",
        None,
        None,
    )
    assert Callback.of("a", prefix="b").fallback_url is None


def test_attribute_types_are_few() -> None:
    """A field of a type that no attribute has is a mistake of ours, and says so."""
    with pytest.raises(TypeError, match="expected an attribute type, got <class 'bytes'>"):
        _kind(bytes, [])


def test_the_package_has_no_other_names() -> None:
    """A name that the package lacks is an AttributeError; what it has is listed."""
    with pytest.raises(AttributeError, match="module 'bxml' has no attribute 'novelty'"):
        _ = bxml.novelty  # type: ignore[attr-defined]
    assert dir(bxml) == sorted(bxml.__all__)
    for name in bxml.__all__:
        assert getattr(bxml, name) is not None


def test_missing_arguments_are_readable() -> None:
    """Tools that show defaults show something sensible."""
    assert repr(MISSING) == "<required>"


@pytest.mark.parametrize(
    ("made", "arguments"), [(Hangup, ()), (Tag, ("a",)), (SpeakSentence, ("a", "b"))]
)
def test_constructors_and_writers_are_compiled_on_first_use(
    made: type[Node], arguments: tuple[str, ...]
) -> None:
    """The first call compiles the real function and gives the same result as any later one."""
    value = object.__new__(made)
    _compile_on_use(made, "__init__")(value, *arguments)
    assert value == cast("Build", made)(*arguments)
    for name in ("_attributes", "_xml"):
        assert _compile_on_use(made, name)(value) == getattr(value, name)()


def test_values_made_elsewhere_can_be_written() -> None:
    """A value that comes out of a pickle writes itself, though no constructor ever ran."""
    value = Response(Tag("a"), SpeakSentence("b"))
    source = f"import pickle; print(pickle.loads({pickle.dumps(value)!r}).to_bxml())"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip("\n") == value.to_bxml()


def test_every_class_is_in_the_table() -> None:
    """The table knows each class by the name it writes."""
    for name, made in ELEMENTS.items():
        assert made.element.name == name
        assert made.element.kind in ("root", "verb", "noun", "ssml")
