"""Every element by both surfaces, its content, its children and its place in a document."""

import inspect
from collections.abc import Callable, Mapping
from typing import cast

import pytest
from lxml import etree

import bxml
from bxml import (
    Bxml,
    Connect,
    Custom,
    Document,
    Gather,
    Hangup,
    Node,
    Noun,
    Pause,
    PhoneNumber,
    PlayAudio,
    Problem,
    Redirect,
    Refer,
    Response,
    SipUri,
    SpeakSentence,
    StartStream,
    StartTranscription,
    Tag,
    Transfer,
    ValidationError,
    Verb,
)
from bxml._element import Element

Build = Callable[..., Node]
Parsed = Callable[[Node], etree._Element]

VERBS = (
    *("Bridge", "Conference", "Connect", "Forward", "Gather", "Hangup", "Pause", "PauseRecording"),
    *("PlayAudio", "Record", "Redirect", "Refer", "ResumeRecording", "Ring", "SendDtmf"),
    *("SpeakSentence", "StartGather", "StartRecording", "StartStream", "StartTranscription"),
    *("StopGather", "StopRecording", "StopStream", "StopTranscription", "Tag", "Transfer"),
)
NOUNS = ("CustomParam", "Endpoint", "PhoneNumber", "SipUri", "StreamParam")
NESTED = (
    ("Connect", "Endpoint"),
    ("Gather", "PlayAudio"),
    ("Gather", "SpeakSentence"),
    ("Refer", "SipUri"),
    ("StartStream", "StreamParam"),
    ("StartTranscription", "CustomParam"),
    ("Transfer", "PhoneNumber"),
    ("Transfer", "SipUri"),
)
"""Every parent of a child that is not simply a verb in a document."""
EMPTY: Mapping[str, Callable[[], Node]] = {
    "Connect": Connect,
    "Gather": Gather,
    "Refer": Refer,
    "StartStream": lambda: StartStream(destination="wss://a.example"),
    "StartTranscription": StartTranscription,
    "Transfer": Transfer,
}
MOST: Mapping[str, int | None] = {
    "Connect": None,
    "Gather": 20,
    "Refer": 1,
    "StartStream": 12,
    "StartTranscription": 12,
    "Transfer": 8,
}
CONTENT = {
    "Bridge": ("target_call", "c-1"),
    "Conference": ("name", "room"),
    "Endpoint": ("endpoint_id", "e-1"),
    "PhoneNumber": ("number", "+19195551234"),
    "PlayAudio": ("audio_uri", "/a.wav"),
    "SendDtmf": ("digits", "1w2W#,*a"),
    "SipUri": ("uri", "sip:a@b.example"),
    "Tag": ("content", "a  tag"),
}
TEXTS: Mapping[str, tuple[tuple[str, ...], tuple[object, ...]]] = {
    "Bridge": (("c-1", "<&>", "a b"), ("", "  ", "a  b", "a\nb", "\x00", 5)),
    "Conference": (("a", "A-z_0.9", "x" * 100), ("", "a b", "x" * 101, "\u00e9", " a", 5)),
    "Endpoint": (("e-1", "\u00a0"), ("", "e ", "\x00", 5)),
    "PhoneNumber": (("+12", "+" + "1" * 15), ("", "12", "+0", "+" + "1" * 16, " +12", 12)),
    "PlayAudio": (("/a.wav", "https://a.example/?a=1&b=<"), ("", "a b", "ftp://a", " /a", 5)),
    "SendDtmf": (("0123456789*#abcdABCDwW,", "1" * 50), ("", "e", "1" * 51, "1 2", 1)),
    "SipUri": (("sip:a@b.example", "SIPS:a"), ("", "a@b.example", "sip:", "sip:a b", 5)),
    "Tag": (("", "x" * 256, "a  b"), ("x" * 257, "\x00", 5)),
}


def loosely(made: object) -> Build:
    """Return a class or method as something that takes any arguments."""
    return cast("Build", made)


def refused(make: Build, *arguments: object, **given: object) -> Problem:
    """Return the one problem that a call raises."""
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **given)
    (problem,) = caught.value.problems
    return problem


def children(node: Node) -> tuple[Node, ...]:
    """Return the children of a container."""
    held: tuple[Node, ...] = getattr(node, node.element.content.name)
    return held


def method(owner: object, name: str) -> Build:
    """Return a fluent method by the BXML name of what it appends."""
    python = "".join(f"_{each.lower()}" if each.isupper() else each for each in name).lstrip("_")
    found: Build = getattr(owner, python)
    return found


def call(node: Node) -> tuple[tuple[object, ...], dict[str, object]]:
    """Return the arguments that build the value again."""
    content = node.element.content
    held: object = getattr(node, content.name) if content.form != "none" else ()
    arguments = cast("tuple[object, ...]", held) if isinstance(held, tuple) else (held,)
    names = [attribute.name for attribute in node.element.attributes]
    given = {name: getattr(node, name) for name in names if getattr(node, name) is not None}
    return arguments, given


def test_every_element_is_exported(elements: Mapping[str, Element]) -> None:
    """The package offers every root, verb and noun by its BXML name."""
    assert {element.name for element in elements.values() if element.kind == "verb"} == set(VERBS)
    assert {element.name for element in elements.values() if element.kind == "noun"} == set(NOUNS)
    for name in ("Response", "Bxml", *VERBS, *NOUNS):
        assert name in bxml.__all__
        assert getattr(bxml, name).element is elements[name]
        assert issubclass(getattr(bxml, name), Noun if name in NOUNS else Node)


@pytest.mark.parametrize("root", [Response, Bxml])
@pytest.mark.parametrize("name", VERBS)
def test_both_surfaces_build_equal_values(
    root: type[Response | Bxml], name: str, build: Build
) -> None:
    """A fluent method appends what its class makes, for every verb and both roots."""
    verb = build(name)
    assert isinstance(verb, Verb)
    arguments, given = call(verb)
    fluent = method(root(Pause()), name)(*arguments, **given)
    assert isinstance(fluent, Document)
    assert fluent == root(Pause(), verb)
    assert fluent.to_bxml() == root(Pause(), verb).to_bxml()
    assert type(fluent) is root


@pytest.mark.parametrize(("parent", "child"), NESTED)
def test_both_surfaces_build_equal_containers(parent: str, child: str, build: Build) -> None:
    """A container has a method for each of its children; the value it is called on stays as is."""
    inner = build(child)
    arguments, given = call(inner)
    empty = EMPTY[parent]()
    fluent = method(empty, child)(*arguments, **given)
    assert fluent == method(fluent, "append")() == method(empty, "append")(inner)
    assert children(fluent) == (inner,)
    assert children(empty) == ()


def test_fluent_methods_keep_a_subclass() -> None:
    """Appending to a value of a subclass gives a value of that subclass."""

    class Menu(Response):
        """A document with a name of its own."""

    class Prompt(Gather):
        """A Gather with a name of its own."""

    assert type(Menu().hangup()) is Menu
    assert type(Menu().append(Hangup())) is Menu
    assert type(Prompt().speak_sentence("Hi")) is Prompt
    assert Menu(Prompt()).to_bxml() == Response(Gather()).to_bxml()


@pytest.mark.parametrize("name", [*VERBS, *NOUNS])
def test_signature_names_every_attribute(
    name: str, build: Build, elements: Mapping[str, Element]
) -> None:
    """Help and completion see every attribute; what is required has no default."""
    parameters = inspect.signature(type(build(name))).parameters
    element = elements[name]
    content = [] if element.content.form == "none" else [element.content.name]
    attributes = [attribute.name for attribute in element.attributes]
    assert sorted(parameters) == sorted([*content, *attributes, "extra_attributes"])
    for attribute in element.attributes:
        assert (parameters[attribute.name].default is inspect.Parameter.empty) == attribute.required
    if content and element.content.form != "text":
        assert parameters[content[0]].kind is inspect.Parameter.VAR_POSITIONAL


@pytest.mark.parametrize("name", CONTENT)
def test_text_is_the_first_argument_or_a_keyword(name: str, build: Build, parsed: Parsed) -> None:
    """The text of an element is given by position or by the name of its field."""
    field, value = CONTENT[name]
    make = loosely(type(build(name)))
    assert make(value) == make(**{field: value})
    assert getattr(make(value), field) == value
    assert parsed(make(value)).text == value


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_held_to_its_limits(name: str, build: Build, parsed: Parsed) -> None:
    """Text on both sides of each limit is accepted, or refused by the name of its field."""
    good, bad = TEXTS[name]
    make = loosely(type(build(name)))
    for value in good:
        assert (parsed(make(value)).text or "") == value
    for wrong in bad:
        assert refused(make, wrong).path == f"{name}.{CONTENT[name][0]}"


@pytest.mark.parametrize("name", sorted(set(CONTENT) - {"Tag"}))
def test_text_is_required(name: str, build: Build) -> None:
    """An element that needs text says so when there is none."""
    problem = refused(loosely(type(build(name))))
    assert problem.rule == "required-text-missing"
    assert problem.message.endswith("got nothing")


def test_tag_is_trimmed_and_may_be_empty() -> None:
    """White space at the ends of a Tag does not count; no text clears the tag."""
    assert Tag(" \t\r\na  b\n ") == Tag("a  b")
    assert Tag() == Tag("") == Tag("  ")
    assert Tag(" " * 300 + "x" * 256).content == "x" * 256
    assert refused(Tag, " \t a\x00").message.endswith("got U+0000 at index 4")


@pytest.mark.parametrize("parent", EMPTY)
def test_most_children(parent: str, build: Build) -> None:
    """The limit on children holds in the constructor and for the fluent methods."""
    child = build(dict(reversed(NESTED))[parent])
    make = loosely(type(EMPTY[parent]()))
    given = {"destination": "wss://a.example"} if parent == "StartStream" else {}
    most = MOST[parent]
    if most is None:
        assert len(children(make(*[child] * 100))) == 100
        return
    full = make(*[child] * most, **given)
    assert isinstance(full, Verb)
    assert Response(full, full).to_bxml().count(f"<{parent}") == 2
    for problem in (
        refused(make, *[child] * (most + 1), **given),
        refused(method(full, "append"), child),
    ):
        assert problem.rule == "too-many-children"
        assert problem.message.endswith(f", got {most + 1}")


@pytest.mark.parametrize("make", [Transfer, Refer])
def test_fewest_children(make: type[Transfer | Refer]) -> None:
    """A Transfer or Refer may begin empty, but not stand in a document like that."""
    for grow in (loosely(Response), loosely(Response().append)):
        assert refused(grow, make()).rule == "too-few-children"
    assert Response(make().sip_uri("sip:a@b.example"))


def strangers(elements: Mapping[str, Element]) -> list[tuple[str, str]]:
    """Return every parent with each child that it may not have."""
    return [
        (parent, child)
        for parent in ("Response", "Bxml", *EMPTY)
        for child, element in elements.items()
        if parent not in element.parents
    ]


def test_only_listed_children_are_accepted(elements: Mapping[str, Element], build: Build) -> None:
    """Every element that does not belong is refused, by the constructor and by append."""
    pairs = strangers(elements)
    assert len(pairs) == 2 * 16 + 6 * 42 - len(NESTED)
    for parent, child in pairs:
        stranger = build(child)
        make = loosely(type(EMPTY[parent]()) if parent in EMPTY else getattr(bxml, parent))
        given = {"destination": "wss://a.example"} if parent == "StartStream" else {}
        for problem in (
            refused(make, stranger, **given),
            refused(method(make(**given), "append"), stranger),
        ):
            assert problem.rule == "element-not-allowed-here"
            assert f"got {type(stranger).__name__}" in problem.message


@pytest.mark.parametrize("parent", ["Response", "Bxml", *EMPTY])
def test_custom_may_stand_anywhere(parent: str) -> None:
    """What the vendor adds tomorrow fits into every container."""
    empty = EMPTY[parent]() if parent in EMPTY else loosely(getattr(bxml, parent))()
    grown = method(empty, "append")(Custom("Novelty"))
    document = grown if isinstance(grown, Document) else Response().append(cast("Verb", grown))
    assert document.to_bxml().count("<Novelty/>") == 1


@pytest.mark.parametrize(
    "stranger", ["text", b"x", None, 5, Hangup, [Hangup()], (Hangup(),), object(), Response]
)
def test_children_are_elements(stranger: object) -> None:
    """Anything else than an element is refused with its position."""
    problem = refused(loosely(Response), Pause(), stranger)
    assert problem.path == "Response.verbs[1]"
    assert problem.rule == "element-not-allowed-here"
    assert refused(loosely(Response(Pause()).append), stranger) == problem


@pytest.mark.parametrize("name", sorted({*VERBS, *NOUNS} - {*EMPTY, "SpeakSentence"}))
def test_surplus_arguments_are_refused(name: str, build: Build) -> None:
    """A second text, or text where there is none, raises our error."""
    node = build(name)
    arguments, given = call(node)
    required = [
        given.pop(attribute.name) for attribute in node.element.attributes if attribute.required
    ]
    make = loosely(type(node))
    assert make(*arguments, *required, **given) == node
    problem = refused(make, *arguments, *required, "more", **given)
    assert problem.message == f"{name}: expected no more positional arguments, got 'more'"


ENDS = {
    "Bridge": ("if-attribute", "bridge_complete_url"),
    "Connect": ("unknown", None),
    "Forward": ("always", None),
    "Gather": ("if-attribute", "gather_url"),
    "Hangup": ("always", None),
    "Record": ("if-attribute", "record_complete_url"),
    "Redirect": ("always", None),
    "Refer": ("outcome", "refer_complete_url"),
    "Transfer": ("if-attribute", "transfer_complete_url"),
}
AT_ONCE = {
    *("PauseRecording", "ResumeRecording", "StopRecording", "StartGather", "StopGather"),
    *("StartRecording", "StartStream", "StartTranscription", "StopTranscription", "Tag"),
}


@pytest.mark.parametrize("name", VERBS)
def test_execution_facts(name: str, elements: Mapping[str, Element]) -> None:
    """Which verbs end the document, and which return at once."""
    element = elements[name]
    assert (element.ends.kind, element.ends.attribute) == ENDS.get(name, ("never", None))
    assert (element.blocking is False) == (name in AT_ONCE)
    assert element.beta == (name == "Connect")


CALLBACKS: Mapping[str, tuple[tuple[str, str, bool, bool], ...]] = {
    "Bridge": (
        ("bridgeComplete", "bridge_complete_url", True, True),
        ("bridgeTargetComplete", "bridge_target_complete_url", True, True),
    ),
    "Conference": (("conferenceCreated", "conference_event_url", True, True),),
    "Connect": (("connectStatus", "event_callback_url", False, False),),
    "Gather": (
        ("gather", "gather_url", True, True),
        ("partialGather", "partial_result_callback", False, False),
    ),
    "PhoneNumber": (
        ("transferAnswer", "transfer_answer_url", True, True),
        ("transferDisconnect", "transfer_disconnect_url", False, True),
    ),
    "Record": (
        ("recordComplete", "record_complete_url", True, True),
        ("recordingAvailable", "recording_available_url", False, True),
        ("transcriptionAvailable", "transcription_available_url", False, True),
    ),
    "Redirect": (("redirect", "redirect_url", True, True),),
    "Refer": (("referComplete", "refer_complete_url", True, False),),
    "SipUri": (
        ("transferAnswer", "transfer_answer_url", True, True),
        ("transferDisconnect", "transfer_disconnect_url", False, True),
    ),
    "StartGather": (("dtmf", "dtmf_url", False, True),),
    "StartRecording": (
        ("recordingAvailable", "recording_available_url", False, True),
        ("transcriptionAvailable", "transcription_available_url", False, True),
    ),
    "StartStream": (("mediaStreamStarted", "stream_event_url", False, True),),
    "StartTranscription": (
        ("realTimeTranscriptionStarted", "transcription_event_url", False, True),
    ),
    "Transfer": (("transferComplete", "transfer_complete_url", True, True),),
}


def test_callbacks(elements: Mapping[str, Element]) -> None:
    """Which URL gets which webhook, whether its reply may be BXML, and who has credentials."""
    found = {
        name: tuple(
            (callback.webhooks[0], callback.url, callback.replies, callback.username is not None)
            for callback in element.callbacks
        )
        for name, element in elements.items()
        if element.callbacks
    }
    assert found == CALLBACKS


def test_callbacks_name_attributes_of_their_element(elements: Mapping[str, Element]) -> None:
    """Everything that a webhook group names exists, and every URL but audio belongs to a group."""
    for element in elements.values():
        names = {attribute.name for attribute in element.attributes}
        grouped: set[str | None] = {None}
        for callback in element.callbacks:
            grouped |= {
                callback.url,
                callback.fallback_url,
                callback.method,
                callback.fallback_method,
            }
            grouped |= {callback.username, callback.password}
            grouped |= {callback.fallback_username, callback.fallback_password}
        assert grouped - {None} <= names
        urls = {name for name in names if name.endswith(("_url", "_method", "_callback"))}
        assert urls <= grouped


def test_the_same_prompt_can_stand_in_many_documents() -> None:
    """Values are shared, not copied, and stay the same."""
    prompt = SpeakSentence("Hi")
    first = Response(prompt).hangup()
    second = Response(Gather(prompt, PlayAudio("/a.wav")), Redirect("/next"))
    assert first.verbs[0] is prompt
    assert children(second.verbs[0])[0] is prompt
    assert Transfer(PhoneNumber("+12")).phone_number("+13").sip_uri("sip:a").children == (
        PhoneNumber("+12"),
        PhoneNumber("+13"),
        SipUri("sip:a"),
    )
