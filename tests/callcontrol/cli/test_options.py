"""Options of commands against the records that they fill."""

import os
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

import click
import pytest
from click.shell_completion import ShellComplete
from hypothesis import given
from hypothesis import strategies as st

from bxml._element import Attribute
from bxml._kinds import Boolean, Enumeration, Numeric, Text
from callcontrol._request_types import Record
from callcontrol._requests import CreateCall, ListCalls, MachineDetection, RedirectCall
from callcontrol.cli.commands import cli
from callcontrol.cli.request_options import RecordOptions
from callcontrol.errors import RequestError
from tests.callcontrol.cli.every_command import COMMANDS

CREATE = RecordOptions(CreateCall, parts={"machine_detection": MachineDetection})
FORMS: tuple[tuple[type[Record], RecordOptions[Record]], ...] = (
    (MachineDetection, RecordOptions(MachineDetection)),
    (ListCalls, RecordOptions(ListCalls)),
    (RedirectCall, RecordOptions(RedirectCall, drop="redirect_")),
)
NEEDED = {
    "--to": "+19195551234",
    "--from": "+19195550100",
    "--application-id": "app",
    "--answer-url": "https://ivr.example.com/answer",
}
SECRET = "hunter2-of-the-webhook"


def context_of(form: RecordOptions[Record], *arguments: str) -> click.Context:
    """Return the context of a command line for a command with nothing but this form."""
    command = click.Command("try", params=form.parameters(), callback=lambda: None)
    return command.make_context("try", list(arguments))


def filled(form: RecordOptions[Record], given: Mapping[str, str], *more: str) -> Record:
    """Return the record of a command line of options with values."""
    return form.fill(context_of(form, *(f"{name}={text}" for name, text in given.items()), *more))


def problems_of(form: RecordOptions[Record], given: Mapping[str, str]) -> list[str]:
    """Return the texts of what is wrong with a command line."""
    with pytest.raises(RequestError) as caught:
        filled(form, given)
    return [str(problem) for problem in caught.value.problems]


@contextmanager
def environment_holding(secrets: Mapping[str, str]) -> Generator[None, None, None]:
    """Put passwords into the environment."""
    with patch.dict(os.environ, secrets):
        yield


def outcome(make: Callable[[], Record]) -> Record | list[str]:
    """Return the record, or the rules that stand against it."""
    try:
        return make()
    except RequestError as error:
        return sorted(problem.rule for problem in error.problems)


PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=20)
URLS = st.sampled_from(["https://a.example/b", "http://a.example", "/relative"])
TEXTS: tuple[tuple[str, st.SearchStrategy[str]], ...] = (
    ("a time", st.sampled_from(["2026-03-02T10:15:30Z", "2026-03-02T11:15:30.5+01:00", "noon"])),
    ("URL", URLS),
    ("phone number", st.sampled_from(["+19195551234", "sip:a@b.example", "911"])),
)


def values_of(field: Attribute) -> st.SearchStrategy[object]:
    """Return values that a field may take, and some that it refuses."""
    kind = field.kind
    if isinstance(kind, Boolean):
        return st.booleans()
    if isinstance(kind, Enumeration):
        return st.sampled_from([*kind.values, "other"])
    if isinstance(kind, Numeric):
        return st.integers(0, 12_000) if kind.integer else st.integers(0, 400) | st.just(2.5)
    assert isinstance(kind, Text)
    return next((made for words, made in TEXTS if words in kind.expected), PLAIN)


def on_the_command_line(
    form: RecordOptions[Record], given: Mapping[str, object], secrets: dict[str, str]
) -> list[str]:
    """Return the arguments that say the same as Python's keyword arguments."""
    spelled: list[str] = []
    by_position: list[str] = []
    parameters = {str(parameter.name): parameter for parameter in form.parameters()}
    for name, parameter in parameters.items():
        if name not in given:
            continue
        value = given[name]
        flag = parameter.opts[0]
        if isinstance(parameter, click.Argument):
            by_position.append(str(value))
        elif isinstance(value, bool):
            spelled.append(flag if value else parameter.secondary_opts[0])
        elif flag.endswith("-env"):
            secrets[f"HELD_{name}"] = str(value)
            spelled.append(f"{flag}=HELD_{name}")
        else:
            spelled.append(f"{flag}={value}")
    return [*spelled, "--", *by_position]


@pytest.mark.parametrize(("record", "form"), FORMS, ids=lambda each: getattr(each, "__name__", ""))
@given(data=st.data())
def test_a_command_line_means_what_the_same_call_in_python_means(
    record: type[Record], form: RecordOptions[Record], data: st.DataObject
) -> None:
    """Whatever is given, the record is equal, or the same rules are broken."""
    optional = {each.name: values_of(each) for each in record.table if not each.required}
    required = {each.name: values_of(each) for each in record.table if each.required}
    given_values = data.draw(st.fixed_dictionaries(required, optional=optional))
    # An empty variable counts as unset, so an empty password cannot be given this way.
    given_values = {name: item for name, item in given_values.items() if item != ""}
    if any(name not in given_values for name in required):
        return
    secrets: dict[str, str] = {}
    arguments = on_the_command_line(form, given_values, secrets)
    with environment_holding(secrets):
        context = context_of(form, *arguments)
        said = outcome(lambda: form.fill(context))
    assert said == outcome(lambda: record(**given_values))


@pytest.mark.parametrize(
    ("record", "command", "prefix"),
    [
        (CreateCall, "create", ""),
        (MachineDetection, "create", "machine_detection_"),
        (RedirectCall, "redirect", ""),
        (ListCalls, "list", ""),
    ],
)
def test_every_field_of_a_record_is_a_parameter(
    record: type[Record], command: str, prefix: str
) -> None:
    """Nothing that the operation takes is out of reach, and no password is taken as it is."""
    parameters = {param.name: param for param in COMMANDS[command].params}
    for field in record.table:
        if field.name == "machine_detection":
            continue
        parameter = parameters[f"{prefix}{field.name}"]
        secret = isinstance(field.kind, Text) and field.kind.secret
        assert parameter.opts[0].endswith("-env") is secret


def test_help_tells_limits_defaults_and_words() -> None:
    """What the table knows stands in the help of the option."""
    lines = {
        param.opts[0]: (param.help, param.metavar)
        for param in COMMANDS["create"].params
        if isinstance(param, click.Option)
    }
    assert lines["--call-timeout"] == (
        "Seconds the phone may ring, 1 to 300.  [default: 30]",
        "SECONDS",
    )
    assert lines["--priority"] == (
        "1 leaves the queue first, 5 last.  [1 to 5; default: 5]",
        "INTEGER",
    )
    assert lines["--answer-method"] == ("[default: POST]", "[GET|POST]")
    text, metavar = lines["--answer-url"]
    assert text is not None
    assert text.endswith("[required]")
    assert metavar == "URL"
    end = "--machine-detection-speech-end-threshold"
    assert lines["--machine-detection-machine-speech-end-threshold"] == (
        f"The same after a machine was recognised; default: {end}.  [0 or more]",
        "SECONDS",
    )


def test_every_option_explains_itself() -> None:
    """No option of any command stands in the help without a text."""
    for command in COMMANDS.values():
        for param in command.params:
            if isinstance(param, click.Option):
                assert param.help, f"{command.name} {param.opts[0]}"


def test_all_problems_are_reported_at_once_and_named_by_option() -> None:
    """One run shows every mistake, the nested record's included."""
    given_values = {
        "--to": "911",
        "--call-timeout": "301",
        "--priority": "high",
        "--password-env": "UNSET_VARIABLE",
        "--machine-detection-mode": "later",
    }
    found = problems_of(CREATE, given_values)
    variable = "the name of an environment variable that is set"
    hint = "E.164 is a plus sign, the country code and the number: +19195551234"
    assert found == [
        f"--password-env: expected {variable}, got another text",
        "--machine-detection-mode: expected 'sync' or 'async', got 'later'",
        f"--to: expected an E.164 phone number or a SIP URI, got '911'; {hint}",
        "--from: expected an E.164 phone number, got nothing",
        "--application-id: expected an id, got nothing",
        "--answer-url: expected an absolute http or https URL, got nothing",
        "--call-timeout: expected a number from 1 to 300 (seconds), got 301",
        "--priority: expected an integer from 1 to 5, got 'high'",
    ]


def test_texts_about_other_arguments_name_options() -> None:
    """A rule between two fields speaks of options, in its finding and in its hint."""
    detection = {**NEEDED, "--machine-detection-mode": "async"}
    url = "an absolute http or https URL"
    assert problems_of(CREATE, detection) == [
        (
            f"--machine-detection-callback-url: expected {url} with mode 'async' (the default), "
            "got nothing; --machine-detection-mode='sync' needs none"
        )
    ]
    times = {
        "--min-start-time": "2026-03-03T00:00:00Z",
        "--max-start-time": "2026-03-02T00:00:00Z",
    }
    (found,) = problems_of(RecordOptions(ListCalls), times)
    assert found.startswith("--max-start-time: expected a time not before --min-start-time (2026")


def test_machine_detection_is_left_out_unless_an_option_asks_for_it() -> None:
    """Without one of its options there is no machine detection."""
    plain = filled(CREATE, NEEDED)
    assert isinstance(plain, CreateCall)
    assert plain.machine_detection is None
    detecting = filled(CREATE, {**NEEDED, "--machine-detection-mode": "sync"})
    assert isinstance(detecting, CreateCall)
    assert detecting.machine_detection == MachineDetection(mode="sync")


def test_passwords_come_from_the_variable_that_the_option_names() -> None:
    """The option holds a name; the record holds the password."""
    with environment_holding({"IVR_PASSWORD": SECRET}):
        made = filled(CREATE, {**NEEDED, "--username": "ivr", "--password-env": "IVR_PASSWORD"})
    assert isinstance(made, CreateCall)
    assert made.password == SECRET
    found = problems_of(CREATE, {**NEEDED, "--password-env": SECRET})
    assert SECRET not in str(found)


@pytest.mark.parametrize("wrong", ["-1", "1_0", "\u0661", "1e2", "0x10", "", " "])
def test_what_is_no_plain_number_is_refused(wrong: str) -> None:
    """Spellings that only Python would take for a number are none."""
    found = problems_of(CREATE, {**NEEDED, "--priority": wrong})
    assert found == [f"--priority: expected an integer from 1 to 5, got {wrong!r}"]


def test_a_shell_completes_words() -> None:
    """The words of an option are offered, and nothing for free text."""

    def offered(option: str) -> list[str]:
        shell = ShellComplete(cli, {}, "callcontrol", "_COMPLETE")
        return [
            get_completion.value for get_completion in shell.get_completions(["create", option], "")
        ]

    assert offered("--answer-method") == ["GET", "POST"]
    assert offered("--machine-detection-mode") == ["sync", "async"]
    assert offered("--application-id") == []


@pytest.mark.parametrize("name", ["client-id", "client-secret", "account-id", "api-key"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_credentials(command: str, name: str) -> None:
    """The account's credentials have no option anywhere; nor does any password."""
    flags = [flag for param in COMMANDS[command].params for flag in param.opts]
    assert f"--{name}" not in flags
    assert not [flag for flag in flags if re.search("password$|secret|token", flag)]
