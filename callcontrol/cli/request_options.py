"""Options made from a request record: names, types, limits and help come from its table."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import click

from bxml._element import Attribute
from bxml._kinds import Boolean, Enumeration, Kind, Numeric, Text
from bxml._wording import InvalidValue
from bxml.cli.explain import attribute_docs
from bxml.errors import Problem
from callcontrol._request_types import Record
from callcontrol._requests import CALL_ID
from callcontrol._secret import Secret
from callcontrol.errors import RequestError

R_co = TypeVar("R_co", bound=Record, covariant=True)
Complete = Callable[[click.Context, click.Parameter, str], list[str]]

_KEPT = f"{__name__}."
_PYTHON_NAME = re.compile(r"\b\w+(?==)|\b\w*_\w*")
"""Words of an error text that can only be names of arguments, not English."""


@dataclass(frozen=True, slots=True)
class OptionField:
    """The option or argument of a field of a record."""

    field: Attribute
    key: str
    """Name among all parameters of the command."""
    shown: str
    """Its name in help and errors: ``--call-timeout``, or ``URL`` for an argument."""
    text: str = ""
    """Its help text."""

    @property
    def is_argument(self) -> bool:
        """Whether it goes by position."""
        return not self.shown.startswith("--")

    def parameter(self) -> click.Parameter:
        """Return the parameter that fills it."""
        if self.is_argument:
            return click.Argument(
                [self.key], metavar=self.shown, callback=_keep, expose_value=False
            )
        flag = self.shown
        if isinstance(self.field.kind, Boolean):
            flag = f"{flag}/{flag.replace('--', '--no-', 1)}"
        return click.Option(
            [flag, self.key],
            metavar=_metavar(self.field.kind),
            default=None,
            help=f"{self.text}  {_limits(self)}".strip(),
            callback=_keep,
            expose_value=False,
            shell_complete=_completing(self.field.kind),
        )

    def value(self, given: object) -> object:
        """Return the value of the field for a value of the command line.

        :raises InvalidValue: for a password whose environment variable is not set.
        """
        if not isinstance(given, str):
            return given
        if isinstance(self.field.kind, Numeric):
            return _number(self.field.kind, given)
        return _held(given) if _is_secret(self.field.kind) else given


class RecordOptions(Generic[R_co]):
    """The parameters of a command that make up one request record.

    ``drop`` is a beginning that the names of options go without. ``parts`` are the records inside
    this one, by field; their options begin with the name of the field.
    """

    def __init__(
        self,
        record: type[R_co],
        *,
        drop: str = "",
        prefix: str = "",
        parts: Mapping[str, type[Record]] | None = None,
    ) -> None:
        self._record = record
        self._parts = {
            name: RecordOptions(part, prefix=f"{prefix}{name}_")
            for name, part in (parts or {}).items()
        }
        texts = attribute_docs(record)
        fields = (field for field in record.table if field.name not in self._parts)
        options = (_option(record, field, drop, prefix) for field in fields)
        named = {option.field.name: option for option in options}
        # Texts mention other arguments, so they are translated when all names are set.
        self._shown = {name: item.shown for name, item in named.items()}
        self._options = {
            name: replace(item, text=self._translated(_text(item, texts.get(name, ""))))
            for name, item in named.items()
        }

    def parameters(self) -> list[click.Parameter]:
        """Return the parameters of the command, required ones first."""
        options = sorted(self._options.values(), key=lambda option: not option.field.required)
        inner = [parameter for part in self._parts.values() for parameter in part.parameters()]
        return [*(option.parameter() for option in options), *inner]

    def fill(self, context: click.Context) -> R_co:
        """Return the record that the command line describes.

        :raises RequestError: with every problem, named by option.
        """
        problems: list[Problem] = []
        values = Secret(dict(self._values(context, problems)))
        try:
            made = self._record(**values.reveal())
        except RequestError as error:
            seen = {problem.path for problem in problems}
            found = map(self._renamed, error.problems)
            raise RequestError(
                [*problems, *(item for item in found if item.path not in seen)]
            ) from None
        if problems:
            raise RequestError(problems)
        return made

    def _values(
        self, context: click.Context, problems: list[Problem]
    ) -> Iterator[tuple[str, object]]:
        for name, option in self._options.items():
            try:
                yield name, option.value(_kept(context, option))
            except InvalidValue as refused:
                problems.append(Problem.at(option.shown, refused.rule, refused.finding))
        for name, part in self._parts.items():
            try:
                yield name, part.fill(context) if part.is_given(context) else None
            except RequestError as error:
                problems += error.problems

    def is_given(self, context: click.Context) -> bool:
        """Whether the command line says anything about this record."""
        return any(_kept(context, option) is not None for option in self._options.values())

    def _renamed(self, problem: Problem) -> Problem:
        """Return the problem of an argument of Python as one of the option that it came from."""
        where, _, finding = problem.message.partition(": ")
        shown = self._shown.get(where.rpartition(".")[2], where)
        # The hint about an invalid number is about quotes in Python; the shell removes them.
        hint = problem.hint if problem.hint and problem.rule != "bad-number" else None
        return Problem.at(
            shown,
            problem.rule,
            self._translated(finding),
            hint=self._translated(hint) if hint else None,
        )

    def _translated(self, text: str) -> str:
        """Return a text about arguments of Python as one about options."""
        return _PYTHON_NAME.sub(lambda name: self._shown.get(name[0], name[0]), text)


def _option(record: type[Record], field: Attribute, drop: str, prefix: str) -> OptionField:
    short = field.name.removeprefix(drop).strip("_")
    if field.name in record.positional:
        return OptionField(field, f"{prefix}{field.name}", short.upper())
    kebab = f"{prefix}{short}".replace("_", "-")
    # A password on a command line could be read by every user of the machine.
    tail = "-env" if _is_secret(field.kind) else ""
    return OptionField(field, f"{prefix}{field.name}", f"--{kebab}{tail}")


def _text(option: OptionField, text: str) -> str:
    kind = option.field.kind
    if _is_secret(kind):
        return f"Environment variable that holds {kind.expected}."
    if text:
        return text.replace("``", "")
    if isinstance(kind, Enumeration):
        return ""  # the metavar lists the words
    return f"{kind.expected[:1].upper()}{kind.expected[1:]}."


def _number(kind: Numeric, text: str) -> object:
    """Return the number of a text, without checking limits; the text if it is not a number."""
    try:
        return Numeric(kind.integer).read(text)
    except InvalidValue:
        return text


def _held(variable: str) -> str:
    held = os.environ.get(variable)
    if not held:
        # Not quoted: it may be the password itself.
        text = "expected the name of an environment variable that is set, got another text"
        raise InvalidValue("required-field-missing", text)
    return held


def _is_secret(kind: Kind) -> bool:
    return isinstance(kind, Text) and kind.secret


def _metavar(kind: Kind) -> str | None:
    if isinstance(kind, Enumeration):
        return f"[{'|'.join(kind.values)}]"
    if isinstance(kind, Numeric):
        return (kind.unit or ("integer" if kind.integer else "number")).upper()
    if isinstance(kind, Text):
        return "VARIABLE" if kind.secret else "URL" if kind.rule == "bad-url" else "TEXT"
    return None


def _limits(option: OptionField) -> str:
    """Return the limits and the default that the text of an option does not mention."""
    field, kind = option.field, option.field.kind
    notes = ["required"] if field.required else []
    if isinstance(kind, Numeric) and kind.minimum is not None:
        low, high = kind.minimum, kind.maximum
        limits = f"{low} or more" if high is None else f"{low} to {high}"
        notes += [limits] if limits not in option.text.replace(",", "") else []
    if field.default is not None:
        notes.append(f"default: {kind.write(field.default)}")
    return f"[{'; '.join(notes)}]" if notes else ""


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Store the value of an option for ``RecordOptions.fill``; a callback."""
    context.meta[f"{_KEPT}{parameter.name}"] = value


def _kept(context: click.Context, option: OptionField) -> object:
    value: object = context.meta.get(f"{_KEPT}{option.key}")
    return value


def _completing(kind: Kind) -> Complete | None:
    """Return the shell completion of an option that takes one of several words."""
    if not isinstance(kind, Enumeration):
        return None
    words = kind.values
    return lambda _context, _option, begun: [name for name in words if name.startswith(begun)]


def call_id(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return a call id that a command takes by itself; the callback of its argument."""
    try:
        return CALL_ID.accept(value)
    except InvalidValue as refused:
        raise click.BadParameter(refused.finding, context, parameter) from None
