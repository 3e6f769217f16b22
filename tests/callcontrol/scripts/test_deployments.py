"""Two versions of a script at once; ``make script-deployments`` does it with 500 calls."""

from pathlib import Path

from bxml import SpeakSentence
from callcontrol.events import GatherEvent, InitiateEvent, RedirectEvent
from callcontrol.scripts import Call, Scripts, script
from callcontrol.scripts.journals import MemoryJournal
from tests.callcontrol.scripts.test_protocol import post, query_of
from tests.script_deployments.drill import drill


def test_no_call_is_lost_in_a_rolling_deployment(tmp_path: Path) -> None:
    """Nor is a question asked twice, though keys come to processes of the other version."""
    result = drill(tmp_path, calls=40, seed=1)
    assert result.faults == ()
    assert min(result.by_version.values()) > 5
    assert result.elsewhere > 5


@script("desk", version="2")
async def desk(call: Call) -> None:
    """Ask for a key."""
    keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
    call.speak_sentence(f"From {call.from_}: {keys.digits}.")


@script("desk", version="1")
async def old(call: Call) -> None:
    """Ask for nothing."""
    call.speak_sentence("Hello.")


@script("desk", version="2")
async def safe(call: Call) -> None:
    """Ask for a secret."""
    length = await call.gather(SpeakSentence("PIN?"), max_digits=4, secret=True, then=len)
    call.speak_sentence(f"{length} keys.")


def again(app: Scripts, document: str) -> str:
    """Follow the Redirect of a document."""
    return post(app, RedirectEvent(call_id="c-1"), query_of(document))


def test_a_first_webhook_of_an_unknown_version() -> None:
    """Is the first event of the call all the same."""
    journal = MemoryJournal()
    Scripts(desk, journal=journal).activate("desk", "2")
    first = post(Scripts(old, journal=journal), InitiateEvent(call_id="c-1", from_="+19195550100"))
    assert "Pause" in first
    asked = again(Scripts(desk, journal=journal), first)
    assert "Key?" in asked
    waits = post(
        Scripts(old, journal=journal), GatherEvent(call_id="c-1", digits="7"), query_of(asked)
    )
    assert "From +19195550100: 7." in again(Scripts(desk, journal=journal), waits)
    assert journal.inbox("c-1") == ()


def test_a_secret_is_asked_for_again() -> None:
    """A process that cannot give it to its function does not keep it."""
    journal = MemoryJournal()
    asked = post(Scripts(safe, journal=journal), InitiateEvent(call_id="c-1"))
    waits = post(
        Scripts(old, journal=journal), GatherEvent(call_id="c-1", digits="9741"), query_of(asked)
    )
    assert journal.inbox("c-1") == ()
    asked_again = again(Scripts(safe, journal=journal), waits)
    assert "PIN?" in asked_again
    said = post(
        Scripts(safe, journal=journal),
        GatherEvent(call_id="c-1", digits="9741"),
        query_of(asked_again),
    )
    assert "4 keys." in said
    assert not any("9741" in entry.value for entry in journal.entries("c-1"))
