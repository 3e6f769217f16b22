"""Which variables of a suspended function its further course depends on."""

from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from types import FrameType, coroutine

import pytest

from callcontrol.explorer.live_variables import live_variables

Function = Callable[[], Coroutine[None, None, None]]
States = Sequence[Mapping[str, object]]


@coroutine
def wait() -> Generator[None, None, None]:
    """Suspend the function."""
    yield


def use(*_: object) -> None:
    """Read variables."""


async def overwritten() -> None:
    """Read one variable later, and write another before."""
    kept, lost = 1, 2
    use(lost)
    await wait()
    lost = 3
    use(kept, lost)


async def looping() -> None:
    """Count rounds in the iterator alone."""
    for _ in range(2):
        await wait()


async def unpacking() -> None:
    """Give several variables in each round."""
    for number, (first, *_) in enumerate([(7,), (8,)]):
        await wait()
        use(first)
        use(number)


async def raising() -> None:
    """Read one variable in a handler, one in ``finally``."""
    cause, after, lost = 1, 2, 3
    use(lost)
    try:
        await wait()
    except ValueError:
        use(cause)
    finally:
        use(after)


async def branching(*, again: bool = False) -> None:
    """Read one variable on each of two ways."""
    left, right = 1, 2
    while True:
        await wait()
        if again:
            use(left)
        else:
            use(right)
            return


async def closing() -> None:
    """Have a variable that an inner function may read at any time."""
    inner = 1

    def read() -> int:
        return inner

    use(read())
    await wait()


CASES: Sequence[tuple[Function, States]] = (
    (overwritten, [{"kept": 1}]),
    (looping, [{"_": 0}, {"_": 1}]),
    (unpacking, [{"number": 0, "first": 7, "_": []}, {"number": 1, "first": 8, "_": []}]),
    (raising, [{"cause": 1, "after": 2}]),
    (branching, [{"again": False, "left": 1, "right": 2}]),
    (closing, [{"inner": 1}]),
)


@pytest.mark.parametrize(("function", "states"), CASES)
def test_only_live_variables_are_found(function: Function, states: States) -> None:
    """At each await."""
    running, found = function(), list[Mapping[str, object]]()
    while True:
        try:
            running.send(None)
        except StopIteration:
            break
        frame: object = getattr(running, "cr_frame")  # noqa: B009 - not declared for Coroutine
        assert isinstance(frame, FrameType)
        found.append(dict(live_variables(frame)))
    assert found == states
