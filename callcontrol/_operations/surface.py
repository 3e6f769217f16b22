"""Makes the methods of both clients, and those with raw replies, from one definition each.

An operation is written as a generator method of a class such as ``CallOperations`` and decorated
with ``operation``, ``taking`` or ``listing``. A client inherits from that class and from a kind:
``Blocking`` or ``Awaiting``, or ``RawBlocking`` or ``RawAwaiting``. When the class of a client is
made, its kind turns each definition into a plain method.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    NamedTuple,
    ParamSpec,
    TypeAlias,
    TypeVar,
    overload,
)

from bxml._once import FIRST_IMPORT, FIRST_USE
from callcontrol._http.exchange import ApiReply
from callcontrol._http.steps import Listing, Routine
from callcontrol._request_types import Record
from callcontrol._secret import Secret

if TYPE_CHECKING:
    from inspect import Signature

    from callcontrol.models import RawReply

C = TypeVar("C")
P = ParamSpec("P")
R = TypeVar("R", bound=Record)
T = TypeVar("T")

Method: TypeAlias = Callable[..., Any]
Arguments: TypeAlias = Secret[tuple[tuple[Any, ...], Mapping[str, Any]]]
"""Positional and keyword arguments, which a traceback must not show."""


class _Definition(Generic[P]):
    """A generator method and, if it takes a record, the class of that record."""

    lists = False
    """Whether its results are iterated over."""

    def __init__(
        self, function: Callable[..., Any], record: Callable[P, Record] | None = None
    ) -> None:
        self.function = function
        self.record = record
        self.__doc__ = function.__doc__

    def begun(self, owner: object, arguments: Arguments) -> Any:  # noqa: ANN401 - see the subclasses
        """Return the generator of one use of the operation.

        :raises RequestError: for arguments that the record refuses.
        """
        if self.record is None:
            return self.function(owner, *arguments.reveal()[0], **arguments.reveal()[1])
        return self.function(owner, self.record(*arguments.reveal()[0], **arguments.reveal()[1]))

    def as_method(self, method: Callable[..., Any], owner: type) -> Callable[..., Any]:
        """Return a method under the name of the definition, with its documentation."""
        method.__doc__ = self.function.__doc__
        method.__module__ = owner.__module__
        method.__name__ = self.function.__name__
        method.__qualname__ = f"{owner.__qualname__}.{method.__name__}"
        setattr(method, "__signature__", self._signature())  # noqa: B010 - functions declare none
        return method

    def _signature(self) -> "Signature":
        with FIRST_USE:
            from inspect import Parameter, Signature, signature

        receiver = Parameter("self", Parameter.POSITIONAL_ONLY)
        if self.record is None:
            return Signature([receiver, *list(signature(self.function).parameters.values())[1:]])
        return Signature([receiver, *signature(self.record).parameters.values()])


class Operation(_Definition[P], Generic[P, T]):
    """An operation with one result."""

    @overload
    def __get__(self, client: "Blocking", owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "Awaiting", owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, client: "RawBlocking", owner: type) -> "Callable[P, RawReply[T]]": ...
    @overload
    def __get__(
        self, client: "RawAwaiting", owner: type
    ) -> "Callable[P, Coroutine[Any, Any, RawReply[T]]]": ...
    @overload
    def __get__(
        self, client: None, owner: "type[Blocking]"
    ) -> Callable[Concatenate[Any, P], T]: ...
    @overload
    def __get__(
        self, client: None, owner: "type[Awaiting]"
    ) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]: ...
    def __get__(self, client: object, owner: type) -> object:
        return self


class ListOperation(_Definition[P], Generic[P, T]):
    """An operation whose results are iterated over."""

    lists = True

    @overload
    def __get__(self, client: "Blocking", owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: "Awaiting", owner: type) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(
        self, client: "RawBlocking", owner: type
    ) -> "Callable[P, Iterator[RawReply[tuple[T, ...]]]]": ...
    @overload
    def __get__(
        self, client: "RawAwaiting", owner: type
    ) -> "Callable[P, AsyncIterator[RawReply[tuple[T, ...]]]]": ...
    @overload
    def __get__(
        self, client: None, owner: "type[Blocking]"
    ) -> Callable[Concatenate[Any, P], Iterator[T]]: ...
    @overload
    def __get__(
        self, client: None, owner: "type[Awaiting]"
    ) -> Callable[Concatenate[Any, P], AsyncIterator[T]]: ...
    def __get__(self, client: object, owner: type) -> object:
        return self


class Methods(NamedTuple):
    """Functions that turn definitions into methods."""

    single: "Callable[[_Definition[...]], Method]"
    many: "Callable[[_Definition[...]], Method]"


class Surface:
    """Base of the kinds: turns definitions into methods when a class is made."""

    _methods: ClassVar[Methods]
    """How this kind makes methods."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        defined = {name: value for base in cls.__mro__[::-1] for name, value in vars(base).items()}
        for name, value in defined.items():
            if isinstance(value, _Definition):
                setattr(cls, name, _Unmade(value, cls))

    @classmethod
    def _made(cls, defined: _Definition[...]) -> Method:
        make = cls._methods.many if defined.lists else cls._methods.single
        return defined.as_method(make(defined), cls)


class _Unmade:
    """A method that is made, and takes this place in its class, on first use.

    Making all of them takes longer than importing the modules that define them.
    """

    def __init__(self, defined: _Definition[...], owner: type[Surface]) -> None:
        self._defined = defined
        self._owner = owner

    def __get__(self, client: object, owner: type) -> Method:
        method = self._owner._made(self._defined)  # noqa: SLF001 - one machine in two classes
        setattr(self._owner, self._defined.function.__name__, method)
        found: Method = method if client is None else method.__get__(client, owner)
        return found


def _returning(defined: _Definition[...]) -> Method:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the record checks
        given = Secret((args, kwargs))  # a traceback of this frame shows no password
        del args, kwargs
        return self._driver.run(defined.begun(self, given))[0]

    return call


def _returning_raw(defined: _Definition[...]) -> Method:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> "RawReply[Any]":  # noqa: ANN401
        given = Secret((args, kwargs))
        del args, kwargs
        return _raw(*self._driver.run(defined.begun(self, given)))

    return call


def _awaited(defined: _Definition[...]) -> Method:
    async def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        given = Secret((args, kwargs))
        del args, kwargs
        return (await self._driver.run(defined.begun(self, given)))[0]

    return call


def _awaited_raw(defined: _Definition[...]) -> Method:
    async def call(self: Any, /, *args: Any, **kwargs: Any) -> "RawReply[Any]":  # noqa: ANN401
        given = Secret((args, kwargs))
        del args, kwargs
        return _raw(*(await self._driver.run(defined.begun(self, given))))

    return call


def _iterating(defined: _Definition[...]) -> Method:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401
        given = Secret((args, kwargs))
        del args, kwargs
        pages = self._driver.iterate(defined.begun(self, given))
        return (item for items, _ in pages for item in items)

    return call


def _iterating_raw(defined: _Definition[...]) -> Method:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> "Iterator[RawReply[Any]]":  # noqa: ANN401
        given = Secret((args, kwargs))
        del args, kwargs
        pages = self._driver.iterate(defined.begun(self, given))
        return (_raw(tuple(items), reply) for items, reply in pages)

    return call


def _async_iterating(defined: _Definition[...]) -> Method:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:  # noqa: ANN401
        given = Secret((args, kwargs))
        del args, kwargs
        pages = self._driver.iterate(defined.begun(self, given))
        return (item async for items, _ in pages for item in items)

    return call


def _async_iterating_raw(defined: _Definition[...]) -> Method:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> "AsyncIterator[RawReply[Any]]":  # noqa: ANN401
        given = Secret((args, kwargs))
        del args, kwargs
        pages = self._driver.iterate(defined.begun(self, given))
        return (_raw(tuple(items), reply) async for items, reply in pages)

    return call


def _raw(value: T, reply: ApiReply | None) -> "RawReply[T]":
    with FIRST_IMPORT:
        from callcontrol.models import RawReply

    assert reply is not None  # noqa: S101 - every operation sends a request
    return RawReply(value=value, status=reply.status, headers=reply.headers)


class Blocking(Surface):
    """The kind of ``Client``: methods return results."""

    _methods = Methods(_returning, _iterating)


class Awaiting(Surface):
    """The kind of ``AsyncClient``: methods are coroutines."""

    _methods = Methods(_awaited, _async_iterating)


class RawBlocking(Surface):
    """The kind of ``Client.with_raw_reply``: methods return a ``RawReply``."""

    _methods = Methods(_returning_raw, _iterating_raw)


class RawAwaiting(Surface):
    """The kind of ``AsyncClient.with_raw_reply``: coroutines that return a ``RawReply``."""

    _methods = Methods(_awaited_raw, _async_iterating_raw)


def operation(function: Callable[Concatenate[Any, P], Routine[T]]) -> Operation[P, T]:
    """Define an operation by a generator method that takes its arguments one by one."""
    return Operation(function)


def taking(
    record: Callable[P, R],
) -> Callable[[Callable[[Any, R], Routine[T]]], Operation[P, T]]:
    """Define an operation by a generator method that takes a record.

    The fields, their types and their limits are declared once, in the record, and callers and
    editors see them as the method's own parameters.
    """
    return lambda function: Operation(function, record)


def listing(
    record: Callable[P, R],
) -> Callable[[Callable[[Any, R], Listing[T]]], ListOperation[P, T]]:
    """Define an operation that lists, by a generator method that takes a record."""
    return lambda function: ListOperation(function, record)
