"""examples/menu.py: printed as a script, and taken by a live call."""

import subprocess
from collections.abc import Callable, Mapping

import pytest

from bxml import Bxml, Gather, PlayAudio, SpeakSentence, check, parse
from callcontrol import Client
from callcontrol.simulator import Simulator

Run = Callable[..., subprocess.CompletedProcess[str]]
Load = Callable[[str], Mapping[str, object]]


@pytest.fixture
def menu(load_example: Load) -> Bxml:
    """Return the document of the example."""
    document = load_example("menu.py")["menu"]
    assert isinstance(document, Bxml)
    return document


def test_the_script_prints_the_document(run_example: Run, menu: Bxml) -> None:
    """What it prints reads back as the document that it defines."""
    result = run_example("menu.py")
    assert (result.returncode, result.stderr) == (0, "")
    assert parse(result.stdout) == menu


def test_the_document_asks_for_one_key_twice(menu: Bxml) -> None:
    """A chime and a sentence inside one Gather, and nothing that a push would mind."""
    (gather,) = menu
    assert isinstance(gather, Gather)
    assert [type(child) for child in gather.children] == [PlayAudio, SpeakSentence]
    assert (gather.max_digits, gather.repeat_count) == (1, 2)
    assert check(menu, context="call-update") == []


def test_a_live_call_takes_the_document(simulator: Simulator, call_id: str, menu: Bxml) -> None:
    """The platform holds what the example defines."""
    with Client(
        simulator.account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
    ) as client:
        client.update_call_bxml(call_id, menu)
    held = simulator.document(call_id)
    assert held is not None
    assert parse(held) == menu
