"""What the strategies can produce, what they never produce, and what they shrink to."""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TypeVar, cast

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from bxml import (
    Bxml,
    Custom,
    Document,
    Gather,
    Hangup,
    Node,
    PhoneNumber,
    Refer,
    Response,
    SpeakSentence,
    StartStream,
    Transfer,
    ValidationError,
    Verb,
    ssml,
    strategies,
)
from bxml._element import Element
from bxml._hypothesis_entry import register
from bxml._invariants import INVARIANTS
from bxml._kinds import Boolean, Enumeration, Kind, Numeric, Text
from bxml._node import ELEMENTS
from bxml._speech import MAX_SPEECH_DEPTH
from bxml.documents import MAX_BYTES
from bxml.strategies._elements import REPAIRS, elements
from bxml.strategies._values import AWKWARD, MARKUP, bounded, values

T = TypeVar("T")

NO_ROOT = "strategies.documents.root: expected the class Response or Bxml"
NO_STRATEGY = "strategies.documents.verbs: expected a strategy for verbs"

SHRINKING = settings(
    max_examples=5_000,
    phases=(Phase.generate, Phase.shrink),
    database=None,
    deadline=None,
    derandomize=True,
)
SEARCHING = settings(SHRINKING, phases=(Phase.generate,))

CLASSES = [element for element in ELEMENTS.values() if element.element.kind != "root"]
ATTRIBUTES = [(cls, attribute) for cls in CLASSES for attribute in cls.element.attributes]
CONTENTS = [(cls, cls.element.content) for cls in CLASSES]
KINDS: Mapping[Kind, str] = {
    **{attribute.kind: f"{cls.__name__}.{attribute.name}" for cls, attribute in ATTRIBUTES},
    **{content.kind: f"{cls.__name__} text" for cls, content in CONTENTS if content.kind},
}
"""Every kind of value, and one place that has it."""

each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=list(KINDS.values()))


def minimal(strategy: SearchStrategy[T], condition: Callable[[T], bool] = lambda _: True) -> T:
    """Return the simplest value that meets the condition."""
    return find(strategy, condition, settings=SHRINKING)


def assert_any(strategy: SearchStrategy[T], condition: Callable[[T], bool]) -> None:
    """Demand that a value turns up that meets the condition."""
    try:
        find(strategy, condition, settings=SEARCHING)
    except NoSuchExample:
        pytest.fail("no such value turned up", pytrace=False)


def sampled(strategy: SearchStrategy[T], count: int) -> list[T]:
    """Return many values, the same in every run."""
    seen: list[T] = []

    @settings(SEARCHING, max_examples=count)
    @given(strategy)
    def collect(value: T) -> None:
        seen.append(value)

    collect()
    return seen


@cache
def samples(name: str) -> list[Node]:
    """Return many values of the element with this name."""
    return sampled(elements(ELEMENTS[name]), 110)


def equals(wanted: object) -> Callable[[object], bool]:
    """Return the condition that a value is this one."""
    return lambda value: value == wanted


def has_length(length: int) -> Callable[[object], bool]:
    """Return the condition that a text is this long."""
    return lambda value: isinstance(value, str) and len(value) == length


def inside(node: Node) -> tuple[str | Node, ...]:
    """Return what stands in an element."""
    form = node.element.content.form
    if form == "none":
        return ()
    held: str | tuple[str | Node, ...] = getattr(node, node.element.content.name)
    return (held,) if isinstance(held, str) else held


def depth(node: Node) -> int:
    """Return the levels of elements, the node's own included."""
    return 1 + max((depth(each) for each in inside(node) if isinstance(each, Node)), default=0)


def named(name: str) -> SearchStrategy[object]:
    """Return the public strategy of this name."""
    made: SearchStrategy[object] = getattr(strategies, name)()
    return made


def strategy_of(element: Element) -> SearchStrategy[object]:
    """Return the public strategy for an element, by the rule for its name."""
    plural = "nouns" if element.kind == "noun" else "s"
    return named(
        f"{element.python_name}_{plural}" if plural == "nouns" else f"{element.python_name}s"
    )


@pytest.mark.parametrize(
    "cls", [cls for cls in CLASSES if cls.element.kind != "ssml"], ids=lambda cls: cls.__name__
)
def test_element_has_a_strategy_named_after_it(cls: type[Node]) -> None:
    """Each verb has one in the plural, each noun one that ends in ``_nouns``."""
    assert isinstance(minimal(strategy_of(cls.element)), cls)


def test_public_names_are_all_there_and_documented() -> None:
    """What is promised can be called without arguments and says what it gives."""
    for name in sorted(set(strategies.__all__) - {"InvalidDocument"}):
        assert isinstance(named(name), SearchStrategy), name
        assert re.match(r"Return a strategy for .", getattr(strategies, name).__doc__), name


@each_class
def test_attributes_come_and_stay_away(cls: type[Node]) -> None:
    """Each attribute is given in some values and, unless required, left out in others."""
    for attribute in cls.element.attributes:
        given = {getattr(node, attribute.name) is not None for node in samples(cls.element.name)}
        assert given == ({True} if attribute.required else {True, False}), attribute.name


@each_class
def test_element_comes_with_many_attributes_at_once(cls: type[Node]) -> None:
    """Values with all attributes, or with most of a long list, are among them."""
    names = [attribute.name for attribute in cls.element.attributes]
    most = max(
        sum(getattr(node, name) is not None for name in names) for node in samples(cls.element.name)
    )
    assert most >= len(names) - len(names) // 3


@each_class
def test_element_shrinks_to_the_least_it_can_be(cls: type[Node]) -> None:
    """Nothing optional is left of it, but for the format that a date needs."""
    optional = {attribute.name for attribute in cls.element.attributes if not attribute.required}
    found = minimal(elements(cls))
    left = {name for name in optional if getattr(found, name) is not None}
    assert left == ({"format"} if cls is ssml.SayAs else set())
    held = [each for each in inside(found) if each != ""]
    needed = cls.element.content.required or cls.element.content.minimum
    assert len(held) == (1 if needed else 0)


@each_kind
def test_values_are_accepted_and_stay_short(kind: Kind) -> None:
    """Each value is one that the kind takes, and limited in bytes."""

    @given(values(kind))
    def holds(value: object) -> None:
        accepted = kind.accept(value)
        limit = kind.max_length if isinstance(kind, Text) and kind.max_length else 0
        assert len(kind.write(accepted).encode()) <= limit + 400

    holds()


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if isinstance(kind, Numeric)],
    ids=[name for kind, name in KINDS.items() if isinstance(kind, Numeric)],
)
def test_numbers_reach_both_limits_and_fractions(kind: Numeric) -> None:
    """The least, the greatest, an ordinary one and, where allowed, one with a fraction."""
    limits = [each for each in (kind.minimum, kind.maximum) if each is not None]
    for limit in limits:
        assert_any(values(kind), equals(limit))
    assert_any(values(kind), lambda value: value not in limits)
    if not kind.integer:
        assert_any(values(kind), lambda value: not float(str(value)).is_integer())


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if isinstance(kind, Boolean | Enumeration)],
    ids=[name for kind, name in KINDS.items() if isinstance(kind, Boolean | Enumeration)],
)
def test_words_are_all_reached(kind: Boolean | Enumeration) -> None:
    """Every value of a closed list turns up."""
    known = (True, False) if isinstance(kind, Boolean) else kind.values
    for word in known:
        assert_any(values(kind), equals(word))


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if isinstance(kind, Text)],
    ids=[name for kind, name in KINDS.items() if isinstance(kind, Text)],
)
def test_texts_reach_their_limits(kind: Text) -> None:
    """The longest, one less, each word beside the pattern, and the empty text where allowed."""
    if kind.max_length is not None:
        for length in (kind.max_length, kind.max_length - 1):
            assert_any(values(kind), has_length(length))
    for word in kind.also:
        assert_any(values(kind), equals(word))
    if not kind.min_length and (kind.regex is None or kind.regex.fullmatch("")):
        assert_any(values(kind), equals(""))


def test_free_texts_hold_markup_and_edge_characters() -> None:
    """Each fragment of markup and each awkward character turns up in texts to be spoken."""
    everything = "|".join(sampled(strategies.speech_text(), 400))
    assert [piece for piece in (*MARKUP, *AWKWARD) if piece not in everything] == []


@given(strategies.speech_text())
def test_speech_text_can_be_spoken(text: str) -> None:
    """A SpeakSentence takes each text and writes it so that it is read back."""
    assert SpeakSentence(text).content == (text,)
    text.encode()


@given(strategies.phone_numbers())
def test_phone_numbers_are_e164(number: str) -> None:
    """Each is a plus sign and 2 to 15 digits, the first not zero."""
    assert re.fullmatch(r"\+[1-9][0-9]{1,14}", number)


def test_phone_numbers_reach_both_lengths() -> None:
    """The shortest and the longest number turn up."""
    for length in (3, 16):
        assert_any(strategies.phone_numbers(), has_length(length))


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (parent, child)
        for parent in CLASSES
        for child in CLASSES
        if parent.element.name in child.element.parents
        and parent.element.content.form == "children"
    ],
    ids=lambda cls: cls.__name__,
)
def test_container_holds_each_child(parent: type[Node], child: type[Node]) -> None:
    """Every element that may stand in a verb does so in some value, with others or alone."""
    held = [each for node in samples(parent.element.name) for each in inside(node)]
    assert any(isinstance(each, child) for each in held)


@pytest.mark.parametrize(
    ("cls", "most"),
    [(Gather, 20), (Transfer, 8), (StartStream, 12), (Refer, 1)],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_container_gets_full(cls: type[Node], most: int) -> None:
    """As many children as the platform takes, and one fewer, turn up; more never do."""
    content = cls.element.content
    assert content.maximum == most
    counts = {len(inside(node)) for node in samples(cls.element.name)}
    assert counts >= {content.minimum, most, max(content.minimum, most - 1)}
    assert max(counts) == most


def test_gather_reaches_its_repeat_limit() -> None:
    """Repetitions times prompts come to exactly 20 in some values."""
    assert_any(
        strategies.gathers(),
        lambda it: (it.repeat_count or 1) > 1 and (it.repeat_count or 1) * len(it.children) == 20,
    )


@pytest.mark.parametrize(
    "outer",
    [cls for cls in CLASSES if cls.element.content.form == "speech"],
    ids=lambda cls: cls.__name__,
)
def test_every_tag_stands_in_every_tag(outer: type[Node]) -> None:
    """Each SSML tag turns up in speech, and inside each other one."""
    tags = {cls for cls in CLASSES if cls.element.kind == "ssml"}
    held = {type(each) for node in samples(outer.element.name) for each in inside(node)}
    assert held >= tags


def test_speech_goes_as_deep_as_it_may() -> None:
    """Chains of SSML nodes reach the deepest nesting, and never go beyond."""
    # What turns up among few examples depends on the modules that are loaded, so it is looked for.
    assert_any(strategies.ssml_nodes(), lambda node: depth(node) == MAX_SPEECH_DEPTH)
    depths = [depth(node) for node in sampled(strategies.ssml_nodes(), 200)]
    assert max(depths) <= MAX_SPEECH_DEPTH


def test_speech_comes_without_words() -> None:
    """A SpeakSentence may hold nothing but SSML."""
    assert_any(
        strategies.speak_sentences(),
        lambda it: not any(isinstance(each, str) for each in it.content),
    )


def test_every_verb_turns_up() -> None:
    """Verbs of any kind, and documents, hold each of the 26 verbs."""
    kinds = {cls for cls in CLASSES if cls.element.kind == "verb"}
    assert {type(verb) for verb in sampled(strategies.verbs(), 500)} == kinds


def test_documents_have_both_roots_and_any_number_of_verbs() -> None:
    """Empty documents, single verbs and the most verbs turn up, and both roots."""
    seen = sampled(strategies.documents(), 200)
    assert {type(document) for document in seen} == {Response, Bxml}
    assert {len(document) for document in seen} == set(range(9))


@given(strategies.documents())
def test_documents_are_valid_and_small_enough(document: Document) -> None:
    """Nothing that is generated breaks a rule, pretty or not."""
    assert len(document.to_bytes()) <= MAX_BYTES
    assert document.to_bxml(pretty=True)


@given(strategies.documents(root=Bxml, verbs=strategies.gathers(), max_size=12))
def test_documents_take_a_root_verbs_and_a_size(document: Bxml) -> None:
    """All three arguments are kept to."""
    assert type(document) is Bxml
    assert len(document) <= 12
    assert all(isinstance(each, Gather) for each in document)
    assert len(document.to_bxml(pretty=True).encode()) <= MAX_BYTES


def test_documents_stop_where_the_platform_does() -> None:
    """Large verbs fill a document nearly to its limit, never beyond."""
    big = st.just(SpeakSentence("\U0001f600" * 3_000))

    seen = sampled(strategies.documents(verbs=big, max_size=50), 30)
    assert max(len(document) for document in seen) == 4
    assert all(len(observation.to_bxml(pretty=True).encode()) <= MAX_BYTES for observation in seen)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            {"root": "Response"},
            f"{NO_ROOT}, got 'Response'",
        ),
        (
            {"root": Gather},
            f"{NO_ROOT}, got the class Gather",
        ),
        (
            {"root": Document},
            f"{NO_ROOT}, got the class Document",
        ),
        (
            {"verbs": Hangup},
            f"{NO_STRATEGY}, got the class Hangup; such as gathers() | speak_sentences()",
        ),
        (
            {"verbs": [Hangup()]},
            f"{NO_STRATEGY}, got a list; such as gathers() | speak_sentences()",
        ),
        (
            {"max_size": -1},
            "strategies.documents.max_size: expected an integer of 0 or more, got -1",
        ),
        (
            {"max_size": 1.5},
            "strategies.documents.max_size: expected an integer of 0 or more, got 1.5",
        ),
        (
            {"max_size": True},
            "strategies.documents.max_size: expected an integer of 0 or more, got True",
        ),
        (
            {"max_size": None},
            "strategies.documents.max_size: expected an integer of 0 or more, got None",
        ),
    ],
)
def test_impossible_arguments_are_refused(arguments: dict[str, object], problem: str) -> None:
    """The error comes with the call, not with the first example, and says what would do."""
    build = cast("Callable[..., object]", strategies.documents)
    with pytest.raises(ValidationError) as caught:
        build(**arguments)
    assert str(caught.value) == problem


def test_documents_shrink_to_one_verb() -> None:
    """A document that matters for one verb shrinks to that verb without attributes."""

    def gathers(document: Document) -> bool:
        return any(isinstance(each, Gather) for each in document)

    assert minimal(strategies.documents()) == Response()
    assert minimal(strategies.documents(), lambda it: len(it) > 0) == Response(Hangup())
    assert minimal(strategies.documents(), gathers) == Response(Gather())


def test_verbs_shrink_to_what_matters() -> None:
    """One attribute, one prompt or one node is left when that is what the condition asks for."""
    gathers, speech = strategies.gathers(), strategies.speak_sentences()
    assert minimal(gathers, lambda it: (it.max_digits or 0) > 9) == Gather(max_digits=10)
    prompted = minimal(gathers, lambda it: any(isinstance(p, SpeakSentence) for p in it.children))
    assert prompted == Gather(SpeakSentence("0"))
    assert minimal(speech) == SpeakSentence("0")
    tagged = minimal(speech, lambda it: any(isinstance(p, ssml.Break) for p in it.content))
    assert tagged == SpeakSentence(ssml.break_())
    assert minimal(strategies.customs()) == Custom("New")


@given(strategies.customs())
def test_customs_are_no_elements_of_bxml(custom: Custom) -> None:
    """The names are free, and documents take the elements with their content."""
    assert custom.name not in ELEMENTS
    assert Response(custom).to_bxml()


def test_every_cross_field_rule_has_its_repair() -> None:
    """A rule that attributes drawn one by one could break is known to the strategies."""
    assert set(REPAIRS) == {rule.rule for rules in INVARIANTS.values() for rule in rules}


@pytest.mark.parametrize(
    ("pattern", "limited"),
    [
        ("[0-9]*", "[0-9]{0,12}"),
        ("[0-9]+", "[0-9]{1,12}"),
        (r"[^\s*+]+", r"[^ \t\n\r*+]{1,12}"),
        (r"\+[1-9][0-9]{1,14}", r"\+[1-9][0-9]{1,14}"),
        ("(a+(b*)?)*c", "(a{1,4}(b{0,4})?){0,3}c"),
        (r"[\]+]*\*", r"[\]+]{0,12}\*"),
    ],
)
def test_patterns_are_limited(pattern: str, limited: str) -> None:
    """Only what repeats without a limit gets one; classes and escapes stay as they are."""
    assert bounded(pattern) == limited


@pytest.mark.parametrize(
    "cls", [*ELEMENTS.values(), Custom, Document, ssml.SsmlNode, Verb], ids=lambda cls: cls.__name__
)
def test_from_type_knows_every_class(cls: type[Node]) -> None:
    """Once registered, ``st.from_type`` makes values of each class and of their bases."""
    register()
    assert isinstance(minimal(st.from_type(cls)), cls)


def test_from_type_finds_values_for_annotations() -> None:
    """A function that takes elements can be called with generated ones."""
    register()

    @given(...)
    def holds(menu: Gather, number: PhoneNumber) -> None:
        assert Response(menu, Transfer(number)).to_bxml()

    holds()


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (
            "hypothesis",
            "bxml.strategies needs Hypothesis: pip install 'bxml-callcontrol[testing]'",
        ),
        ("bxml.verbs.flow", "import of bxml.verbs.flow halted; None in sys.modules"),
    ],
)
def test_strategies_say_what_they_need(
    missing: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Hypothesis the import names the command that installs it; other gaps stay theirs."""
    for name in [module for module in sys.modules if module.startswith("bxml.strategies")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError) as caught:
        import_module("bxml.strategies")
    assert str(caught.value) == message
    assert caught.value.name == missing


def test_hypothesis_finds_the_registration() -> None:
    """Importing Hypothesis beside an installed bxml is enough, and imports no strategies."""
    program = (
        "import sys, hypothesis, hypothesis.strategies as st\n"
        "assert 'bxml.strategies' not in sys.modules, 'strategies were imported early'\n"
        "from bxml import Transfer\n"
        "one = hypothesis.settings(max_examples=1, phases=[hypothesis.Phase.generate])\n"
        "made = hypothesis.find(st.from_type(Transfer), lambda it: True, settings=one)\n"
        "print(len(made.children))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
