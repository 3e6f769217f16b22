"""Options made from a request record: names, types, limits and help come from its table."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import click

from bxml._element import Attribute
from bxml._kinds import Boolean, Enumeration, InvalidValue, Kind, Numeric, Text
from bxml.cli.explain import attribute_docs
from bxml.errors import Problem
from callcontrol._request_types import Record
from callcontrol._requests import CALL_ID
from callcontrol._secret import Secret
from callcontrol.errors import RequestError

__all__ = ["RecordOptions", "call_id"]

R_co = TypeVar("R_co", bound=Record, covariant=True)
Complete = Callable[[click.Context, click.Parameter, str], list[str]]

_KEPT = f"{__name__}."
_PYTHON_NAME = re.compile(r"\b\w+(?==)|\b\w*_\w*")
"""What in an error text can only be the name of an argument, not a word of English."""


@dataclass(frozen=True, slots=True)
class OptionField:
    """Where a field of a record stands on the command line."""

    field: Attribute
    key: str
    """Name among all parameters of the command."""
    shown: str
    """What people call it: ``--call-timeout``, or ``URL`` for an argument."""
    text: str = ""
    """What it means."""

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
        """Return what the record takes for what stands on the command line.

        :raises Refused: for a password whose environment variable is not set.
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
        fields = (each for each in record.table if each.name not in self._parts)
        slots = (_slot(record, field, drop, prefix) for field in fields)
        named = {slot.field.name: slot for slot in slots}
        # Texts speak of other arguments, so they can be put right only when all names are known.
        self._shown = {name: item.shown for name, item in named.items()}
        self._slots = {
            name: replace(item, text=self._told(_text(item, texts.get(name, ""))))
            for name, item in named.items()
        }

    def parameters(self) -> list[click.Parameter]:
        """Return the parameters of the command, required ones first."""
        slots = sorted(self._slots.values(), key=lambda each: not each.field.required)
        inner = [parameter for part in self._parts.values() for parameter in part.parameters()]
        return [*(slot.parameter() for slot in slots), *inner]

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
        for name, slot in self._slots.items():
            try:
                yield name, slot.value(_kept(context, slot))
            except InvalidValue as refused:
                problems.append(Problem.at(slot.shown, refused.rule, refused.finding))
        for name, part in self._parts.items():
            try:
                yield name, part.fill(context) if part.is_given(context) else None
            except RequestError as error:
                problems += error.problems

    def is_given(self, context: click.Context) -> bool:
        """Whether the command line says anything about this record."""
        return any(_kept(context, slot) is not None for slot in self._slots.values())

    def _renamed(self, problem: Problem) -> Problem:
        """Return the problem of an argument of Python as one of the option that it came from."""
        where, _, finding = problem.message.partition(": ")
        shown = self._shown.get(where.rpartition(".")[2], where)
        # A number that is none is refused with advice about quotes, which the shell knows not.
        hint = problem.hint if problem.hint and problem.rule != "bad-number" else None
        return Problem.at(
            shown, problem.rule, self._told(finding), hint=self._told(hint) if hint else None
        )

    def _told(self, text: str) -> str:
        """Return a text about arguments of Python as one about options."""
        return _PYTHON_NAME.sub(lambda name: self._shown.get(name[0], name[0]), text)


def _slot(record: type[Record], field: Attribute, drop: str, prefix: str) -> OptionField:
    short = field.name.removeprefix(drop).strip("_")
    if field.name in record.positional:
        return OptionField(field, f"{prefix}{field.name}", short.upper())
    kebab = f"{prefix}{short}".replace("_", "-")
    # A password on a command line could be read by every user of the machine.
    tail = "-env" if _is_secret(field.kind) else ""
    return OptionField(field, f"{prefix}{field.name}", f"--{kebab}{tail}")


def _text(slot: OptionField, text: str) -> str:
    kind = slot.field.kind
    if _is_secret(kind):
        return f"Environment variable that holds {kind.expected}."
    if text:
        return text.replace("``", "")
    if isinstance(kind, Enumeration):
        return ""  # the words stand beside the option
    return f"{kind.expected[:1].upper()}{kind.expected[1:]}."


def _number(kind: Numeric, text: str) -> object:
    """Return the number of a text, whatever the limits; the text if it is none."""
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


def _limits(slot: OptionField) -> str:
    """Return what the text of an option leaves unsaid, in brackets."""
    field, kind = slot.field, slot.field.kind
    said = ["required"] if field.required else []
    if isinstance(kind, Numeric) and kind.minimum is not None:
        low, high = kind.minimum, kind.maximum
        limits = f"{low} or more" if high is None else f"{low} to {high}"
        said += [limits] if limits not in slot.text.replace(",", "") else []
    if field.default is not None:
        said.append(f"default: {kind.write(field.default)}")
    return f"[{'; '.join(said)}]" if said else ""


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Put the value of an option where ``Form.fill`` finds it."""
    context.meta[f"{_KEPT}{parameter.name}"] = value


def _kept(context: click.Context, slot: OptionField) -> object:
    value: object = context.meta.get(f"{_KEPT}{slot.key}")
    return value


def _completing(kind: Kind) -> Complete | None:
    """Return what completes the words of an option in a shell, if it takes words."""
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
