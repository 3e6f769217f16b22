"""What the vendor adds after this release can be written, visibly and locally."""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

import pytest

from bxml import (
    Bxml,
    Connect,
    Custom,
    Gather,
    Hangup,
    Node,
    Pause,
    PhoneNumber,
    Refer,
    Response,
    SpeakSentence,
    Transfer,
    ValidationError,
    ssml,
)
from bxml._escape_hatch import stripped, uses_escape_hatch
from bxml._node import ELEMENTS

Build = Callable[..., Node]


def refusal(make: object, *arguments: object, **given: object) -> str:
    """Return the text of the error that a call raises."""
    with pytest.raises(ValidationError) as caught:
        cast("Build", make)(*arguments, **given)
    return str(caught.value)


def test_custom_is_written_as_given() -> None:
    """Name, attributes, text and elements stand in the document in the given order."""
    novelty = Custom(
        "NewVerb",
        "a & b",
        SpeakSentence("Hi"),
        Custom("inner.part-2_", attributes={"x": "1"}),
        ssml.break_(time="1s"),
        " c",
        attributes={"url": "/a?b=1&c", "_z": ""},
    )
    assert (
        Response(novelty)
        .to_bxml()
        .endswith(
            '<Response><NewVerb url="/a?b=1&amp;c" _z="">a &amp; b<SpeakSentence>Hi</SpeakSentence>'
            '<inner.part-2_ x="1"/><break time="1s"/> c</NewVerb></Response>'
        )
    )
    assert (novelty.name, len(novelty.content)) == ("NewVerb", 5)
    assert novelty.extra_attributes == {"url": "/a?b=1&c", "_z": ""}


def test_custom_by_both_surfaces() -> None:
    """The fluent method appends what the class makes; texts are joined as in speech."""
    assert Response().custom("A", "b", attributes={"c": "d"}) == Response(
        Custom("A", "", "b", attributes={"c": "d"})
    )
    assert Custom("A", "b", "c") == Custom("A", "bc") == Custom("A", ssml.fragment("b", "c"))
    assert Custom("A", attributes={}) == Custom("A") != Custom("B")


def test_extra_attributes_are_written_after_the_known_ones(build: Build) -> None:
    """Every element takes extra attributes, and keeps the check of all the rest."""
    for name in ELEMENTS:
        node = build(name, extra_attributes={"novelty": "<1>"})
        assert ' novelty="&lt;1&gt;"' in node._xml()
        assert node != build(name)
        assert build(name, extra_attributes={}) == build(name)
        with pytest.raises(ValidationError):
            build(name, novelty="1")


@pytest.mark.parametrize(
    "name",
    ["", "a b", "1a", "-a", ".a", "a:b", "\u00e9", "a\n", "<a", "x" * 257, 5, None, b"A", "a\x00"],
)
def test_names_are_plain_xml_names(name: object) -> None:
    """Anything that is not a plain name is refused, for elements and for attributes."""
    assert "Custom.name: expected an XML name without a prefix, got" in refusal(Custom, name)
    for make in (Hangup, Response):
        text = refusal(make, extra_attributes={name: "1"})
        assert ".extra_attributes: expected an XML name without a prefix, got" in text
    assert "Custom.attributes: expected an XML" in refusal(Custom, "A", attributes={name: "1"})


@pytest.mark.parametrize("name", ["xmlns", "xml", "XMLfoo", "Xml-lang"])
def test_names_of_xml_itself_are_refused(name: str) -> None:
    """An attribute xmlns would move the element and all inside into another namespace."""
    tail = f"got {name!r}; names that begin with xml belong to XML itself"
    assert refusal(Custom, name).endswith(tail)
    assert refusal(Hangup, extra_attributes={name: "urn:x"}).endswith(tail)
    assert refusal(Custom, "A", attributes={name: "urn:x"}).endswith(tail)


class Sly(str):
    """A name that says it is another."""

    __slots__ = ()

    def lower(self) -> str:
        """Hide the beginning."""
        return "harmless"

    def __len__(self) -> int:
        return 1


def test_names_cannot_lie() -> None:
    """The characters of a name count, not the methods of a subclass."""
    assert "belong to XML itself" in refusal(Custom, Sly("xmlns"))
    assert "expected an XML name" in refusal(Custom, Sly("x" * 300))
    assert type(Custom(Sly("A")).name) is str


@pytest.mark.parametrize("name", sorted(ELEMENTS))
def test_known_elements_are_not_custom(name: str) -> None:
    """A name that bxml knows is answered with its class."""
    expected = f"Custom.name: expected a name that bxml does not know, got {name!r}; use its class"
    assert refusal(Custom, name) == expected


def test_known_attributes_are_not_extra() -> None:
    """An attribute that the element has is answered with its Python name."""
    assert refusal(Gather, extra_attributes={"maxDigits": "1"}) == (
        "Gather.extra_attributes: expected names that Gather does not have, got 'maxDigits'; "
        "write max_digits=... instead"
    )
    assert refusal(ssml.say_as, "1", interpret_as="time", extra_attributes={"format": "d"}) == (
        "ssml.say_as.extra_attributes: expected names that ssml.say_as does not have, "
        "got 'format'; write format=... instead"
    )
    assert Pause(extra_attributes={"maxDigits": "1"}).extra_attributes == {"maxDigits": "1"}


@pytest.mark.parametrize("given", ["a", 5, [("a", "b")], {"a"}, object()])
def test_extra_attributes_are_a_mapping(given: object) -> None:
    """Anything but a mapping is refused."""
    text = refusal(Hangup, extra_attributes=given)
    assert "Hangup.extra_attributes: expected a mapping of wire names to texts, got" in text


@pytest.mark.parametrize("value", [5, None, True, b"x", ["a"]])
def test_values_are_texts(value: object) -> None:
    """Values of attributes are texts, also where they look like numbers."""
    text = refusal(Hangup, extra_attributes={"a": "b", "c": value})
    assert "Hangup.extra_attributes['c']: expected text, got" in text
    assert "Custom.attributes['c']: expected text" in refusal(Custom, "A", attributes={"c": value})


@pytest.mark.parametrize("piece", [5, None, b"x", Response(), Bxml(), ["a"], Hangup])
def test_content_is_text_and_elements(piece: object) -> None:
    """Anything else than text and elements is refused with its position; a root is no content."""
    text = refusal(Custom, "A", "b", piece)
    assert text.startswith("Custom.content[1]: expected text or elements, got ")


def test_everything_wrong_at_once() -> None:
    """All problems of one call come together, in order."""
    text = refusal(Custom, "Gather", 5, "\x00", attributes={"a b": 1})
    assert text.splitlines()[1:] == [
        "  Custom.name: expected a name that bxml does not know, got 'Gather'; use its class",
        "  Custom.content[0]: expected text or elements, got 5",
        (
            "  Custom.content[1]: expected characters that XML can carry, got U+0000 at index 0; "
            "remove or replace that character"
        ),
        "  Custom.attributes: expected an XML name without a prefix, got 'a b'",
        "  Custom.attributes['a b']: expected text, got 1",
    ]


def test_nesting_has_an_end() -> None:
    """Custom elements nest as deep as a document may be, no deeper."""
    inner = Custom("A")
    for _ in range(96):
        inner = Custom("A", inner)
    assert Response(Gather(inner)).to_bxml().count("<A") == 97
    text = "Custom.content: expected at most 97 levels of elements, got more"
    assert refusal(Custom, "A", inner) == text
    assert "got more" in refusal(Custom, "A", Gather(inner))


def test_the_schema_is_off_for_that_element_only() -> None:
    """The rest of the document is still checked by the schema."""
    hatch = Custom("Novelty", attributes={"a": "b"})
    wrong = SpeakSentence._make(((Hangup(),), None, None, None, None))
    assert Response(hatch, Pause(duration=1)).to_bxml()
    with pytest.raises(ValidationError, match="Element 'Hangup': This element is not expected"):
        Response(hatch, wrong).to_bxml()
    with pytest.raises(ValidationError, match="Element 'Hangup': This element is not expected"):
        Response(wrong, Hangup(extra_attributes={"a": "b"})).to_bxml()


def test_custom_counts_as_a_child() -> None:
    """A container that needs children may have a custom one, and is then left out of the check."""
    for document in (
        Response(Transfer(Custom("WebRtc", "x"))),
        Response(Refer(Custom("WebRtc", "x"))),
        Response(Connect(Custom("WebRtc", "x")), Gather(Custom("Video"))),
        Response(Transfer(PhoneNumber("+12"), Custom("WebRtc"))),
    ):
        assert "WebRtc" in document.to_bxml()


def levels(hatch: Node) -> Iterator[tuple[Node, Node | None]]:
    """Yield values that hold a way out at some level, and what the schema sees of each."""
    yield hatch, None
    yield Response(cast("Custom", hatch)), Response()
    yield Gather(cast("Custom", hatch)), Gather()
    yield SpeakSentence("a", cast("Custom", hatch), "b"), SpeakSentence("a", "b")
    yield ssml.p(cast("Custom", hatch)), ssml.p()
    yield Transfer(cast("Custom", hatch)), None


def test_what_the_schema_sees() -> None:
    """Custom elements and extra attributes are taken out wherever they are."""
    for value, rest in levels(Custom("Novelty", Gather())):
        assert uses_escape_hatch(value)
        left = stripped(value)
        assert (None if left is None else left._xml()) == (None if rest is None else rest._xml())
    extra: Mapping[str, str] = {"a": "b"}
    deep = Response(
        Gather(SpeakSentence("a", ssml.s("b", extra_attributes=extra)), extra_attributes=extra),
        extra_attributes=extra,
    )
    assert uses_escape_hatch(deep)
    assert stripped(deep) == Response(Gather(SpeakSentence("a", ssml.s("b"))))
    plain = Response(Gather(SpeakSentence("a", ssml.s("b"))), Hangup())
    assert not uses_escape_hatch(plain)
    assert stripped(plain) == plain
