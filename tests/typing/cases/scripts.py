"""Scripts of calls: a forgotten await, wrong keywords, and the types of values."""

from typing import assert_type

from bxml import PhoneNumber, SpeakSentence
from callcontrol.events import GatherEvent, RecordCompleteEvent, RecordingAvailableEvent
from callcontrol.scripts import Call, Scripts, Signal, Talk, script, whisper

AGENT = Signal("agent", str)


@whisper
async def brief(call: Call) -> int:
    """Return a number."""
    await call.gather(max_digits=1)
    return 5


async def fetch(number: str) -> list[str]:
    """Return a list."""
    return [number]


@script("desk")
async def desk(call: Call) -> None:
    """Use every kind of verb."""
    call.speak_sentence("Hello.")
    await call.speak_sentence("Hello.", voice="kate")
    assert_type(await call.gather(SpeakSentence("Key?"), max_digits=1), GatherEvent)
    assert_type(await call.gather(secret=True, then=len), int)
    assert_type(await call.record(), RecordCompleteEvent)
    assert_type((await call.transfer(PhoneNumber("+19195550111"))).value, None)
    assert_type(await call.transfer(PhoneNumber("+19195550111"), answered=brief), Talk[int])
    assert_type(await call.wait_for(AGENT, hold=SpeakSentence("Wait.")), str)
    assert_type(await call.first(call.gather(), AGENT), GatherEvent | str)
    assert_type(await call.run(fetch, "1"), list[str])
    assert_type(await call.run(len, "1"), int)
    call.gather(SpeakSentence("Key?"))  # E: forgotten
    call.record()  # E: forgotten
    call.transfer(PhoneNumber("+19195550111"))  # E: forgotten
    call.wait_for(AGENT)  # E: forgotten
    call.run(len, "1")  # E: forgotten
    await call.gather(max_digit=1)  # E: no such keyword
    await call.gather(gather_url="/keys")  # E: set by the runtime
    await call.gather(max_digits="1")  # E: not a number
    await call.transfer(PhoneNumber("+19195550111"), answered=fetch)  # E: not a whisper
    call.hangup()
    assert_type(await call.event(RecordingAvailableEvent), RecordingAvailableEvent)
    await call.forward("+19195550111")


app = Scripts(desk)
app.signal("c-1", AGENT, "one")
app.signal("c-1", AGENT, 1)  # E: another type than that of the signal


@script("plain")  # E: not async
def plain(call: Call) -> None:
    """Do nothing."""
    call.hangup()
