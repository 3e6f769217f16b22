"""Events out of the journal are those that were put into it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxml import SpeakSentence, ValidationError
from callcontrol.events import EVENT_TYPES, parse_event
from callcontrol.scripts import Call, script
from callcontrol.scripts.stored_events import stored_event
from callcontrol.simulator import Simulator
from tests.callcontrol.events.test_properties import records
from tests.callcontrol.scripts.conftest import NUMBER, MakeSite


@pytest.mark.parametrize("kind", EVENT_TYPES)
@settings(max_examples=5, deadline=None)
@given(st.data())
def test_stored_events_are_read_as_others(kind: str, data: st.DataObject) -> None:
    """With every value that a field can have, and fields that no class has."""
    text = data.draw(records(EVENT_TYPES[kind])).to_json()
    read, parsed = stored_event(text), parse_event(text)
    assert (read, repr(read), hash(read)) == (parsed, repr(parsed), hash(parsed))
    assert read.to_json() == parsed.to_json()


@pytest.mark.parametrize("kind", EVENT_TYPES)
@settings(max_examples=5, deadline=None)
@given(st.data())
def test_values_of_another_type(kind: str, data: st.DataObject) -> None:
    """Are kept as they were read first."""
    fields = json.loads(data.draw(records(EVENT_TYPES[kind])).to_json())
    names = [name for name in fields if name.endswith("Time")]
    odd = st.sampled_from(["2026-01-01", "2026-01-01T00:00:00", "soon", 5, None, True])
    for name in names:
        fields[name] = data.draw(odd)
    text = parse_event(json.dumps(fields)).to_json()
    assert repr(stored_event(text)) == repr(parse_event(text))


def test_a_verb_that_the_script_could_not_make(site: MakeSite, simulator: Simulator) -> None:
    """Is refused in each replay too, so that the script goes the same way."""

    @script("desk")
    async def desk(call: Call) -> None:
        for number in (1, 0, 2):
            try:
                await call.gather(SpeakSentence("Key?"), max_digits=number)
            except ValidationError:
                call.speak_sentence("No keys.")

    caller = simulator.dial_in(site(desk), to=NUMBER)
    caller.press("1")
    assert caller.transcript == ("Key?", "No keys.", "Key?")
    caller.press("12")
    assert caller.cause == "hangup"
