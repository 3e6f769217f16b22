"""Speech in a Gather: the rules G17 to G22."""

from typing import TYPE_CHECKING

import pytest

from callcontrol.simulator.core.observations import Pressed, Said
from callcontrol.simulator.settings import Assumptions

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

PROMPT = "<SpeakSentence>What can we do for you?</SpeakSentence>"
GATHER = '<Gather input="speech" gatherUrl="/said" {}>{}</Gather>'
SALES = "I would like to talk to sales please"


def listening(world: "World", attributes: str = "", prompt: str = "") -> str:
    """Return a call whose Gather listens; what follows is a long pause."""
    world.serve("/said", '<Pause duration="600"/>')
    return world.dial_in(GATHER.format(attributes, prompt))


def gathered(world: "World") -> dict[str, object]:
    """Return the parts of the last gather event that are about the input."""
    fields = world.fields("gather")
    return {name: fields.get(name) for name in ("text", "digits", "terminatingDigit")}


def seconds_to_gather(world: "World") -> float:
    """Let time pass up to the gather event and return how long that takes."""
    began = world.engine.now
    world.engine.run_until(lambda: "gather" in world.kinds, 100)
    assert "gather" in world.kinds
    return (world.engine.now - began).total_seconds()


def test_g17_the_words_arrive_in_text(world: "World") -> None:
    """Digits and terminating digit are empty beside it."""
    call = listening(world)
    world.engine.say(call, "  Sales,\n please ", seconds=2)
    assert seconds_to_gather(world) == 3
    assert gathered(world) == {"text": "Sales, please", "digits": "", "terminatingDigit": ""}


def test_g17_without_a_url_the_words_are_dropped(world: "World") -> None:
    """The next verb runs, as with keys."""
    call = world.dial_in(f'<Gather input="speech"/>{PROMPT}')
    world.engine.say(call, "Sales", seconds=1)
    world.engine.advance(10)
    assert world.heard(call) == ["What can we do for you?"]
    assert "gather" not in world.kinds


def test_g17_keys_have_no_effect_on_a_speech_gather(
    world: "World", make_world: "type[World]"
) -> None:
    """Neither pressed meanwhile nor kept from before."""
    call = listening(world)
    world.engine.press(call, "1")
    assert [seen.taken for seen in world.seen if isinstance(seen, Pressed)] == [False]
    assert seconds_to_gather(world) == 5
    other = make_world(Assumptions(early_keys="kept"))
    other.serve("/said", "<Pause/>")
    early = other.dial_in("<Pause/>" + GATHER.format("", ""))
    other.engine.press(early, "1")
    other.engine.advance(1)
    assert seconds_to_gather(other) == 5
    assert gathered(other)["digits"] == ""


def test_g17_speech_without_a_listener_is_lost(world: "World") -> None:
    """A Gather for keys takes none, and says so."""
    call = world.dial_in('<Gather gatherUrl="/said"/>')
    world.engine.say(call, SALES)
    assert [seen.taken for seen in world.seen if isinstance(seen, Said)] == [False]
    world.serve("/said", "<Pause/>")
    assert seconds_to_gather(world) == 5
    assert gathered(world) == {"text": None, "digits": "", "terminatingDigit": ""}


def test_g18_speech_stops_the_prompts(world: "World") -> None:
    """For good, as a key does."""
    call = listening(world, 'repeatCount="3"', PROMPT)
    world.engine.advance(0.2)
    world.engine.say(call, "Sales", seconds=1)
    assert seconds_to_gather(world) == 2
    assert world.heard(call) == ["What can we do for you?"]


def test_g18_option_prompts_play_to_their_end(make_world: "type[World]") -> None:
    """Speech during a prompt is lost then; a key still stops one."""
    world = make_world(Assumptions(speech_interrupts_prompts=False))
    call = listening(world, "", PROMPT)
    world.engine.advance(0.2)
    world.engine.say(call, "Sales", seconds=1)
    assert seconds_to_gather(world) > 5
    assert gathered(world)["text"] is None
    keys = make_world(Assumptions(speech_interrupts_prompts=False))
    keys.serve("/said", "<Pause/>")
    document = GATHER.replace("speech", "dtmf_speech").format('maxDigits="1"', PROMPT)
    keys.engine.press(keys.dial_in(document), "1")
    assert gathered(keys)["digits"] == "1"


def test_g19_words_after_a_short_silence_belong_to_the_rest(world: "World") -> None:
    """A second of silence ends speech, and nothing else does."""
    call = listening(world)
    world.engine.say(call, "I would like", seconds=1)
    world.engine.advance(1.9)
    world.engine.say(call, "two tickets", seconds=1)
    world.engine.say(call, "please", seconds=0.5)
    assert seconds_to_gather(world) == 2.5
    assert gathered(world)["text"] == "I would like two tickets please"


def test_g19_the_silence_is_an_option(make_world: "type[World]") -> None:
    """None at all ends it with the last word."""
    world = make_world(Assumptions(speech_end_seconds=0))
    call = listening(world)
    world.engine.say(call, "Sales", seconds=2)
    assert seconds_to_gather(world) == 2


def test_g20_silence_ends_the_gather(world: "World") -> None:
    """After speechTimeout; the event has no text."""
    listening(world, 'speechTimeout="3"')
    assert seconds_to_gather(world) == 3
    assert gathered(world) == {"text": None, "digits": "", "terminatingDigit": ""}


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [
        ("", 5),
        ('firstDigitTimeout="2"', 2),
        ('speechTimeout="8"', 8),
        ('firstDigitTimeout="9" speechTimeout="2"', 9),
        ('firstDigitTimeout="2" speechTimeout="8"', 8),
        ('speechTimeout="0"', 0),
        ('speechTimeout="2" repeatCount="3"', 6),
    ],
)
def test_g20_the_longer_wait_counts(world: "World", attributes: str, seconds: float) -> None:
    """Only what is given counts; 5 s if neither is."""
    listening(world, attributes)
    if seconds:
        world.engine.advance(seconds - 0.01)
        assert "gather" not in world.kinds
        world.engine.advance(0.01)
    assert "gather" in world.kinds


def test_g20_option_an_empty_text(make_world: "type[World]") -> None:
    """The field may be there without words; a Gather for keys has none in any case."""
    world = make_world(Assumptions(text_without_speech="empty"))
    call = listening(world)
    world.engine.say(call, " ", seconds=1)
    assert seconds_to_gather(world) == 2
    assert gathered(world)["text"] == ""
    keys = make_world(Assumptions(text_without_speech="empty"))
    keys.serve("/said", "<Pause/>")
    keys.dial_in('<Gather gatherUrl="/said"/>')
    seconds_to_gather(keys)
    assert "text" not in keys.fields("gather")


def test_g20_option_speech_timeout_ends_speech(make_world: "type[World]") -> None:
    """With the other reading it is the silence after the words, 5 s by default."""
    for attributes, seconds in (('speechTimeout="2"', 3), ("", 6)):
        world = make_world(Assumptions(speech_timeout="after"))
        call = listening(world, attributes)
        world.engine.say(call, "Sales", seconds=1)
        assert seconds_to_gather(world) == seconds
    silent = make_world(Assumptions(speech_timeout="after"))
    listening(silent, 'speechTimeout="60" firstDigitTimeout="2"')
    assert seconds_to_gather(silent) == 2


def test_g21_partial_results(world: "World") -> None:
    """Several while the caller speaks, each with the text so far; the replies are ignored."""
    world.serve("/partial", "<Hangup/>")
    call = listening(world, 'partialResultCallback="/partial"')
    world.engine.say(call, SALES, seconds=4)
    world.engine.advance(1.6)
    assert world.fields("partialgather")["text"] == "I would like"
    assert seconds_to_gather(world) == pytest.approx(3.4)
    texts = [
        world.fields("partialgather", index)["text"]
        for index in range(world.kinds.count("partialgather"))
    ]
    assert texts == ["I would like", "I would like to talk to", SALES]
    assert gathered(world)["text"] == SALES


def test_g21_options_and_methods_of_partial_results(make_world: "type[World]") -> None:
    """Word by word, or none; GET carries the event in the query."""
    words = make_world(Assumptions(words_per_partial_result=1))
    words.serve("/partial", "")
    attributes = 'partialResultCallback="/partial" partialResultCallbackMethod="GET"'
    words.engine.say(listening(words, attributes), "one two", seconds=1)
    words.engine.advance(3)
    assert words.kinds.count("partialgather") == 2
    assert {request.method for request in words.requests if "/partial" in request.url} == {"GET"}
    none = make_world(Assumptions(words_per_partial_result=0))
    none.engine.say(listening(none, attributes), "one two", seconds=1)
    none.engine.advance(3)
    assert "partialgather" not in none.kinds
    assert gathered(none)["text"] == "one two"


def test_g21_speech_without_words_has_no_partial_results(world: "World") -> None:
    """A cough is no text."""
    call = listening(world, 'partialResultCallback="/partial"')
    world.engine.say(call, "", seconds=1)
    assert seconds_to_gather(world) == 2
    assert gathered(world)["text"] is None
    assert "partialgather" not in world.kinds


@pytest.mark.parametrize("first", ["key", "speech"])
def test_g22_the_first_input_decides(world: "World", first: str) -> None:
    """After a key, words have no effect, and keys have none after a word."""
    world.serve("/said", '<Pause duration="600"/>')
    call = world.dial_in(GATHER.replace("speech", "dtmf_speech").format('maxDigits="3"', PROMPT))
    actions = {
        "key": lambda: world.engine.press(call, "1"),
        "speech": lambda: world.engine.say(call, "Sales", seconds=1),
    }
    actions[first]()
    world.engine.advance(0.5)
    actions["speech" if first == "key" else "key"]()
    seconds_to_gather(world)
    wanted = {"key": (None, "1"), "speech": ("Sales", "")}[first]
    assert (gathered(world)["text"], gathered(world)["digits"]) == wanted


def test_g11_hanging_up_while_speaking_reports_nothing(world: "World") -> None:
    """The words are lost with the call."""
    call = listening(world)
    world.engine.say(call, SALES, seconds=4)
    world.engine.advance(2)
    world.engine.hang_up(call)
    world.engine.advance(20)
    assert "gather" not in world.kinds
