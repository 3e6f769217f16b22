"""The methods of a call are those that the table of elements gives."""

from pathlib import Path

from callcontrol.scripts import Call
from callcontrol.scripts.verbs import QUEUED, REPORTING, method_name
from tests.constructors import script_methods


def test_methods_are_what_the_chore_writes() -> None:
    """After a change of fields, ``make constructors`` writes them anew."""
    text = Path(script_methods.PATH).read_text(encoding="utf-8")
    assert text == script_methods.source()


def test_every_verb_has_its_method() -> None:
    """At run time as well."""
    for cls in (*QUEUED, *REPORTING):
        assert callable(getattr(Call, method_name(cls)))
    assert all(hasattr(Call, name) for name in ("transfer", "conference", "forward"))


def test_no_method_takes_what_the_runtime_sets() -> None:
    """URLs of webhooks, their methods, fallbacks and credentials."""
    text = Path(script_methods.PATH).read_text(encoding="utf-8")
    names = [line.strip().partition(":")[0] for line in text.splitlines()]
    set_by_us = ("_url", "_method", "username", "password")
    found = {name for name in names if name.endswith(set_by_us)}
    assert found == {"destination_username", "destination_password"}  # those of a media stream
