"""One resolution and one reply for each step, whoever asks and however often."""

import base64
import threading

import pytest

from bxml import PhoneNumber, SpeakSentence
from callcontrol.events import ConferenceEvent, GatherEvent, InitiateEvent, RedirectEvent
from callcontrol.scripts import Call, JournalError, Script, ScriptRequest, Scripts, Signal, script
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.model import Run
from callcontrol.simulator import Simulator
from tests.callcontrol.scripts.conftest import NUMBER, MakeSite
from tests.waiting import PATIENCE

GO = Signal("go", str)
INITIATE = InitiateEvent(call_id="c-1", from_="+19195550100", to=NUMBER, direction="inbound")


def gather(digits: str) -> GatherEvent:
    """Return the event of a key."""
    return GatherEvent(call_id="c-1", digits=digits)


@script("desk")
async def desk(call: Call) -> None:
    """Repeat keys."""
    while True:
        keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
        call.speak_sentence(f"Key {keys.digits}.")


def post(app: Scripts, event: InitiateEvent | GatherEvent | RedirectEvent, query: str = "") -> str:
    """Return the document for a webhook."""
    reply = app.handle(ScriptRequest(body=event.to_json().encode(), query=query))
    assert reply.status == 200
    return reply.body.decode()


def query_of(document: str) -> str:
    """Return the query of the first address in a document."""
    return document.partition('="?')[2].partition('"')[0].replace("&amp;", "&")


def test_a_step_has_one_reply() -> None:
    """A webhook that comes again gets it, whatever its body says; an older one the newest."""
    app = Scripts(desk)
    first = post(app, INITIATE)
    assert post(app, INITIATE) == first
    second = post(app, gather("1"), query_of(first))
    assert "Key 1." in second
    assert post(app, gather("2"), query_of(first)) == second
    third = post(app, gather("3"), query_of(second))
    assert "Key 3." in third
    assert post(app, gather("1"), query_of(first)) == third
    assert post(app, INITIATE) == third
    assert post(app, RedirectEvent(call_id="c-1")) == third


def test_webhooks_that_are_delivered_twice(site: MakeSite, simulator: Simulator) -> None:
    """Each function is called once, and the caller hears the same."""
    called: list[str] = []

    @script("desk")
    async def counting(call: Call) -> None:
        for _ in range(3):
            keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
            await call.run(called.append, keys.digits)
        await call.transfer(PhoneNumber("+19195550111"), call_timeout=5)
        call.speak_sentence("Over.")

    simulator.webhooks.duplicate(times=20)
    caller = simulator.dial_in(site(counting), to=NUMBER, status_url="")
    for key in "123":
        caller.press(key)
    caller.legs[0].busy()
    assert caller.transcript == ("Key?", "Key?", "Key?", "Over.")
    assert called == ["1", "2", "3"]


def test_a_lost_reply_comes_by_the_fallback(site: MakeSite, simulator: Simulator) -> None:
    """Every webhook has one, at our own address."""
    caller = simulator.dial_in(site(desk), to=NUMBER, fallback_url="")
    simulator.webhooks.fail(500, event_type="gather")
    caller.press("1")
    assert caller.hears("Key 1.")


@pytest.mark.parametrize("cached", [0, 16])
def test_two_threads_on_one_webhook(cached: int) -> None:
    """One runs it, both give the same reply; the function is called once a step."""
    called: list[str] = []

    def note(digits: str) -> None:
        called.append(digits)

    @script("desk")
    async def counting(call: Call) -> None:
        while True:
            keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
            await call.run(note, keys.digits)
            call.speak_sentence(f"Key {keys.digits}.")

    journal = MemoryJournal()
    sites = [Scripts(counting, journal=journal, cached=cached) for _ in range(2)]
    document = post(sites[0], INITIATE)
    for number in range(100):
        barrier, replies = threading.Barrier(2, timeout=PATIENCE), ["", ""]

        def ask(index: int, before: str = document, digit: int = number % 10) -> None:
            barrier.wait()  # noqa: B023 - the threads end in this round
            replies[index] = post(sites[index], gather(str(digit)), query_of(before))  # noqa: B023

        threads = [threading.Thread(target=ask, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert replies[0] == replies[1] != ""
        document = replies[0]
    assert len(called) == 100


def test_forged_addresses_are_refused() -> None:
    """Another run, step or leg, without the signature of this journal."""
    app = Scripts(desk)
    query = query_of(post(app, INITIATE))
    for forged in (
        query.replace("step=1", "step=2"),
        query.replace("run=c-1", "run=c-2"),
        f"{query}x",
        query.replace("step=1&", ""),
        query.replace("step=1", "step=one"),
        f"leg=1&{query}",
    ):
        request = ScriptRequest(body=gather("1").to_json().encode(), query=forged)
        reply = app.handle(request)
        assert (reply.status, "WWW-Authenticate" in reply.headers) == (401, True), forged
    other = Scripts(desk, journal=MemoryJournal())
    reply = other.handle(ScriptRequest(body=gather("1").to_json().encode(), query=query))
    assert reply.status == 401


def test_credentials(site: MakeSite, simulator: Simulator) -> None:
    """Every request needs one of them, every verb carries the first, the journal has none."""
    pairs = [("hook", "new <secret>"), ("hook", "old-secret")]

    @script("desk")
    async def every(call: Call) -> None:
        call.start_gather()
        keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
        await call.pause(duration=1)
        await call.transfer(PhoneNumber("+19195550111"), call_timeout=5)
        call.speak_sentence(f"Key {keys.digits}.")

    app = site(every, credentials=pairs)
    login = {"username": "hook", "password": "old-secret"}
    caller = simulator.dial_in(app, to=NUMBER, status_url="", **login)  # type: ignore[arg-type]
    caller.press("1")
    caller.legs[0].busy()
    assert caller.hears("Key 1.")
    assert "secret" not in str([*app.journal.runs(), app.journal.entries(caller.call_id)])
    wrong = base64.b64encode(b"hook:wrong").decode()
    for header in (None, f"Basic {wrong}"):
        request = ScriptRequest(body=INITIATE.to_json().encode(), authorization=header)
        assert app.scripts.handle(request).status == 401


def test_a_call_that_the_journal_has_lost() -> None:
    """Is told so, with status 200."""
    journal = MemoryJournal()
    app = Scripts(desk, journal=journal)
    query = query_of(post(app, INITIATE))
    journal.forget(NUMBER)
    app.put_away()
    assert "We are sorry" in post(app, gather("1"), query)


def test_events_of_unknown_calls_are_ignored() -> None:
    """With status 204; bodies that are no events get 400."""
    app = Scripts(desk)
    body = b'{"eventType": "disconnect", "callId": "c-9", "cause": "hangup"}'
    assert app.handle(ScriptRequest(body=body)).status == 204
    assert app.handle(ScriptRequest(body=b"hello")).status == 400


def test_a_script_that_raises(
    site: MakeSite, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller hears an apology, and the run is failed, with its traceback in the journal."""

    @script("desk")
    async def broken(call: Call) -> None:
        await call.gather(SpeakSentence("Key?"), max_digits=1)
        raise LookupError("no such department")

    app = site(broken)
    caller = simulator.dial_in(app, to=NUMBER)
    caller.press("1")
    assert caller.hears("We are sorry")
    run = app.journal.run(caller.call_id)
    assert run is not None
    assert (run.state, run.detail) == ("failed", "LookupError: no such department")
    notes = [entry.value for entry in app.journal.entries(caller.call_id) if entry.kind == "note"]
    assert "test_protocol.py" in notes[0]
    assert "no such department" in caplog.text


def test_several_scripts_are_found_by_path() -> None:
    """The last part of the path is the name."""

    @script("sales")
    async def sales(call: Call) -> None:
        call.speak_sentence("Sales.")

    app = Scripts(desk, sales)
    for path, text in (("/calls/sales", "Sales."), ("/desk/", "Key?")):
        event = InitiateEvent(call_id=f"c-{text}")
        reply = app.handle(ScriptRequest(path=path, body=event.to_json().encode()))
        assert text in reply.body.decode()
    reply = app.handle(ScriptRequest(path="/calls/sale", body=INITIATE.to_json().encode()))
    assert reply.status == 404
    assert reply.body.decode() == (
        "path: expected the name of a script at its end (desk, sales), got 'sale'; "
        "did you mean 'sales'?\n"
    )


def two_versions(first: str, second: str) -> tuple[Script, Script]:
    """Return two versions of a script."""

    def made(version: str, text: str) -> Script:
        @script("desk", version=version)
        async def desk(call: Call) -> None:
            await call.gather(SpeakSentence(text), max_digits=1)
            call.speak_sentence(f"Bye from {version}.")

        return desk

    return made("1", first), made("2", second)


def test_calls_keep_their_version(simulator: Simulator) -> None:
    """New calls get the first listed, or the active one; a process without it asks to wait."""
    old, new = two_versions("One?", "Two?")
    journal = MemoryJournal()
    both, only_new = Scripts(new, old, journal=journal), Scripts(new, journal=journal)
    both.activate("desk", "1")
    first = simulator.dial_in(both.wsgi, to=NUMBER)
    assert first.hears("One?")
    both.activate("desk", None)
    second = simulator.dial_in(both.wsgi, to=NUMBER)
    assert second.hears("Two?")
    first.press("1")
    assert first.hears("Bye from 1.")
    third = post(only_new, InitiateEvent(call_id="c-3"))
    assert "Two?" in third
    both.activate("desk", "1")
    query = query_of(post(both, InitiateEvent(call_id="c-4")))
    event = GatherEvent(call_id="c-4", digits="1")
    for _ in range(15):
        document = post(only_new, event, query)
        assert "Pause" in document
        query = query_of(document)
    assert "We are sorry" in post(only_new, event, query)
    assert "Bye from 1." in post(both, event, query)


def test_changed_code_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """A changed sequence of awaits up to the pending one; never texts, numbers or later code."""

    def version(kinds: str, text: str = "Key?") -> Script:
        @script("desk")
        async def desk(call: Call) -> None:
            for kind in kinds:
                if kind == "g":
                    await call.gather(SpeakSentence(text), max_digits=1)
                elif kind == "r":
                    await call.run(int)
                elif kind == "w":
                    await call.wait_for(GO)
                else:
                    await call.speak_sentence(text)

        return desk

    changed = {"ggs": ["gsg", "gg", "g", "wgs", "grgs", "gsgs"], "rggs": ["ggs", "rrggs", "grgs"]}
    for before, others in changed.items():
        for other in [*others, f"{before}g", f"{before}rw"]:
            journal = MemoryJournal()
            first = Scripts(version(before), journal=journal)
            query = query_of(post(first, INITIATE))
            second = post(first, gather("1"), query)
            new = Scripts(version(other, "Another text?"), journal=journal)
            caplog.clear()
            document = post(new, gather("2"), query_of(second))
            is_same_so_far = other.startswith(before[:-1])
            assert ("We are sorry" in document) is not is_same_so_far, (before, other)
            assert (
                "the code has changed under a running call" in caplog.text
            ) is not is_same_so_far
            if not is_same_so_far:
                assert "give the changed script a new version" in caplog.text
                run = journal.run("c-1")
                assert run is not None
                assert run.state == "failed"


class BrokenJournal(MemoryJournal):
    """A journal that fails from a moment on."""

    is_broken = False

    def _fail(self) -> None:
        if self.is_broken:
            raise JournalError("the disk is full")

    def run(self, run_id: str) -> Run | None:
        """Return the run, or fail."""
        self._fail()
        return super().run(run_id)

    def setting(self, name: str) -> str | None:
        """Return a setting, or fail."""
        self._fail()
        return super().setting(name)


def test_a_journal_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """Never costs a call: it is asked to come again, and hears an apology in the end."""
    journal = BrokenJournal()
    app = Scripts(desk, journal=journal)
    query = query_of(post(app, INITIATE))
    journal.is_broken = True
    assert "We are sorry" in post(app, InitiateEvent(call_id="c-2"))
    for _ in range(15):
        document = post(app, gather("1"), query)
        assert "<Pause" in document
        query = query_of(document)
    assert "We are sorry" in post(app, gather("1"), query)
    body = b'{"eventType": "disconnect", "callId": "c-1", "cause": "hangup"}'
    assert app.handle(ScriptRequest(body=body)).status == 503
    assert "the disk is full" in caplog.text
    journal.is_broken = False
    assert "Key 1." in post(app, gather("1"), query)


def test_a_room_whose_handler_raises(
    site: MakeSite, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Is left as it is."""

    @script("desk")
    async def meeting(call: Call) -> None:
        await call.conference("room")

    def broken(_: ConferenceEvent) -> None:
        raise LookupError("no such room")

    caller = simulator.dial_in(site(meeting, rooms={"room": broken}), to=NUMBER, run=False)
    caller.waits(seconds=5)
    assert not caller.ended
    assert "no such room" in caplog.text
