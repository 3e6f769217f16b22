"""Request values: records of typed fields that are checked on construction and encode to JSON.

A record uses the same annotated kinds as a BXML verb, and ``derive`` builds the same table from
them, so the limits of a field are declared once, in its annotation.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import chain, takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar, dataclass_transform
from urllib.parse import urlencode

from bxml._element import Attribute, Content, derive
from bxml._kinds import Kind, Text
from bxml._once import FIRST_IMPORT, FIRST_USE, ClassValue
from bxml._record import KW_ONLY, DataclassFields, forbid_change, slotted
from bxml._wording import InvalidValue, did_you_mean, meant, quoted
from bxml.errors import Problem
from callcontrol._frozen import frozen
from callcontrol._secret import Secret
from callcontrol.errors import RequestError

if TYPE_CHECKING:
    from inspect import Signature

R = TypeVar("R", bound="Record")

_OTHER_LIBRARIES = {
    "var_from": "from_",
    "from_number": "from_",
    "url": "answer_url",
    "method": "answer_method",
    "fallback_url": "answer_fallback_url",
    "status_callback": "disconnect_url",
    "timeout": "call_timeout",
    "caller_id": "from_",
    "page_token": "page_size",
}
"""Arguments of the vendor's SDK and of Twilio's library, with their names here."""


@frozen
class RequestProblem:
    """A finding of a rule about several fields, and the field that it is reported for."""

    field: str
    rule: str
    text: str
    hint: str | None = None


@frozen
class Rule:
    """A rule about several fields; skipped if one of them was already refused."""

    fields: tuple[str, ...]
    find: Callable[[Mapping[str, object]], Iterator[RequestProblem]]


def problem(where: str, refused: InvalidValue, value: object) -> Problem:
    """Return the problem for a refused value, without a password inside a URL."""
    text = refused.finding
    if isinstance(value, str) and "@" in value.partition("//")[2]:
        text = text.replace(quoted(value), "a URL with credentials in it")
    return Problem.at(where, refused.rule, text, hint=refused.hint)


def accepted(where: str, kind: Kind, value: object) -> object:
    """Return a value in its canonical form.

    :raises RequestError: if the kind refuses it.
    """
    try:
        return kind.accept(value)
    except InvalidValue as refused:
        raise RequestError([problem(where, refused, value)]) from None


@forbid_change
class Record:
    """Base of the request values: immutable, compared by content; ``repr`` hides passwords."""

    __slots__ = ()
    __dataclass_fields__ = DataclassFields()

    owner: ClassVar[str]
    """Name in errors: the client's method or the class itself."""
    table: ClassVar[tuple[Attribute, ...]]
    positional: ClassVar[tuple[str, ...]]
    readers: ClassVar[Mapping[str, Callable[[object], object]]] = MappingProxyType({})
    """Functions that accept fields whose Python type has no kind."""
    rules: ClassVar[tuple[Rule, ...]] = ()
    in_path: ClassVar[tuple[str, ...]] = ()
    """Fields that are sent in the URL instead of the body."""

    def __init__(self, /, *given: object, **named: object) -> None:
        offered = Secret((given, named))  # no local variable holds a password from here on
        del given, named
        problems: list[Problem] = []
        values = Secret(self._values(*offered.reveal(), problems))
        problems += self._broken_rules(values, problems)
        if problems:
            raise RequestError(problems)
        for name in values.reveal():
            object.__setattr__(self, name, values.reveal()[name])

    @classmethod
    def _broken_rules(
        cls, values: Secret[dict[str, object]], problems: list[Problem]
    ) -> list[Problem]:
        refused = {problem.path.rpartition(".")[2] for problem in problems}
        rules = [rule for rule in cls.rules if refused.isdisjoint(rule.fields)]
        findings = chain.from_iterable(rule.find(values.reveal()) for rule in rules)
        return [_broken(cls.owner, finding) for finding in findings]

    @classmethod
    def _values(
        cls, given: tuple[object, ...], named: Mapping[str, object], problems: list[Problem]
    ) -> dict[str, object]:
        known = {field.name for field in cls.table}
        problems += (cls._unknown(name) for name in named if name not in known)
        if len(given) > len(cls.positional):
            problems.append(cls._surplus(given[len(cls.positional)]))
        placed = dict(zip(cls.positional, given, strict=False))
        problems += (cls._given_twice(name) for name in placed if name in named)
        offered = {**named, **placed}
        return {
            field.name: cls._value(field, offered.get(field.name), problems) for field in cls.table
        }

    @classmethod
    def _value(cls, field: Attribute, value: object, problems: list[Problem]) -> object:
        where = f"{cls.owner}.{field.name}"
        if value is None:
            if field.required:
                finding = f"expected {field.kind.expected}, got nothing"
                problems.append(Problem.at(where, "required-field-missing", finding))
            return None
        try:
            return cls.readers.get(field.name, field.kind.accept)(value)
        except InvalidValue as refused:
            problems.append(problem(where, refused, value))
            return None

    @classmethod
    def _unknown(cls, name: str) -> Problem:
        wires = {field.wire: field.name for field in cls.table}
        names = tuple(wires.values())
        other = wires.get(name) or (name if name in names else _OTHER_LIBRARIES.get(name))
        hint = meant(other) if other in names else did_you_mean(name, names)
        finding = f"expected a known argument, got {name!r}"
        return Problem.at(f"{cls.owner}.{name}", "unknown-field", finding, hint=hint)

    @classmethod
    def _given_twice(cls, name: str) -> Problem:
        return Problem.at(f"{cls.owner}.{name}", "surplus-argument", "expected one value, got two")

    @classmethod
    def _surplus(cls, value: object) -> Problem:
        finding = f"expected keyword arguments, got {quoted(value)} by position"
        with FIRST_IMPORT:
            from callcontrol._porting import call_hint

        return Problem.at(cls.owner, "surplus-argument", finding, hint=call_hint(cls.owner))

    def body(self) -> dict[str, object]:
        """Return the JSON object to send: the given fields, under their wire names."""
        sent = [field for field in self.table if field.name not in self.in_path]
        given = {field.wire: getattr(self, field.name) for field in sent}
        return {name: _plain(value) for name, value in given.items() if value is not None}

    def query(self) -> str:
        """Return ``body`` as a query string, with ``+`` as ``%2B``: a plain one means a space."""
        return urlencode({name: str(value) for name, value in self.body().items()})

    def encoded(self) -> bytes:
        """Return ``body`` as JSON text."""
        return json.dumps(self.body(), separators=(",", ":")).encode()

    def secrets(self) -> tuple[str, ...]:
        """Return the passwords in this value."""
        inner = [value.secrets() for value in self._given().values() if isinstance(value, Record)]
        own = [getattr(self, field.name) for field in self.table if _is_secret(field.kind)]
        return (*filter(None, own), *chain.from_iterable(inner))

    def _given(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in self.table}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(self) is not type(other):
            return NotImplemented
        return self._given() == other._given()

    def __hash__(self) -> int:
        return hash((type(self), *self._given().values()))

    def __reduce__(self) -> tuple[object, tuple[type[Self], dict[str, object]]]:
        return _rebuilt, (type(self), self._given())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._arguments())})"

    def _arguments(self) -> Iterator[str]:
        for field in self.table:
            value = getattr(self, field.name, None)  # missing if construction failed
            if value is not None:
                yield f"{field.name}={'***' if _is_secret(field.kind) else _shown(value)}"


def _shown(value: object) -> str:
    """Return the ``repr`` of a value, without credentials inside a URL."""
    before, slashes, after = value.partition("//") if isinstance(value, str) else ("", "", "")
    _, at, rest = after.rpartition("@")
    return repr(f"{before}{slashes}***@{rest}" if at else value)


def _is_secret(kind: Kind) -> bool:
    return isinstance(kind, Text) and kind.secret


def _broken(owner: str, finding: RequestProblem) -> Problem:
    where = f"{owner}.{finding.field}"
    return Problem.at(where, finding.rule, finding.text, hint=finding.hint)


def _plain(value: object) -> object:
    if isinstance(value, Record):
        return value.body()
    return float(value) if isinstance(value, Decimal) else value


class _Signature:
    """The signature of a record class, for ``inspect.signature`` and ``help``."""

    def __get__(self, instance: Record | None, owner: type[Record]) -> "Signature":
        with FIRST_USE:
            from inspect import Parameter, Signature

        return Signature(
            [
                Parameter(
                    field.name,
                    Parameter.POSITIONAL_OR_KEYWORD
                    if field.name in owner.positional
                    else Parameter.KEYWORD_ONLY,
                    default=Parameter.empty if field.required else None,
                )
                for field in owner.table
            ]
        )


def _rebuilt(cls: type[R], given: dict[str, object]) -> R:
    return cls(**given)


def _positional(cls: type) -> tuple[str, ...]:
    annotations: Mapping[str, object] = cls.__annotations__
    return tuple(takewhile(lambda name: annotations[name] not in (KW_ONLY, "KW_ONLY"), annotations))


@dataclass_transform(frozen_default=True)
def record(owner: str | None = None) -> Callable[[type[R]], type[R]]:
    """Turn a class of annotated fields into a request value; errors name ``owner``."""

    def decorate(cls: type[R]) -> type[R]:
        positional = _positional(cls)
        made = slotted(cls)
        made.owner = owner or cls.__name__
        made.positional = positional
        table = ClassValue(made, "table", lambda: derive(made, Content("none"), {})[1])
        for name, value in (("table", table), ("__signature__", _Signature())):
            setattr(made, name, value)
        return made

    return decorate
