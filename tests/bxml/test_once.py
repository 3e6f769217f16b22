"""What is made on first use is made once, and a fork waits for it."""

import ast
import os
import subprocess
import sys
import warnings
from _thread import RLock
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Event, Thread
from time import monotonic, sleep

import pytest

from bxml._once import FIRST_IMPORT, FIRST_USE, VALIDATING, ClassValue, once

ROOT = Path(__file__).parents[2]
PATIENCE = 60
THREADS = 16


def in_threads(action: Callable[[], object], count: int = THREADS) -> list[object]:
    """Return what a function gives in threads that begin together."""
    barrier, found = Barrier(count), list[object]()

    def run() -> None:
        barrier.wait()
        found.append(action())

    threads = [Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return found


def test_sixteen_threads_get_one_value_from_one_call() -> None:
    """The factory runs once, and every thread waits for what it makes."""
    calls: list[int] = []

    @once
    def made() -> object:
        calls.append(1)
        sleep(0.05)
        return object()

    found = in_threads(made)
    assert len(found) == THREADS
    assert len(set(map(id, found))) == len(calls) == 1


def test_each_argument_has_a_value_of_its_own() -> None:
    """Values are kept by positional and keyword arguments."""

    @once
    def made(number: int, *, word: str = "") -> list[object]:
        return [number, word]

    assert made(1) is made(1)
    assert made(1) == [1, ""]
    assert made(2) == [2, ""]
    assert made(1, word="a") is made(1, word="a")
    assert made(1, word="a") == [1, "a"]


def test_a_factory_that_failed_is_called_again() -> None:
    """An exception is not kept."""
    results = iter([0, 1])

    @once
    def made() -> float:
        return 1 / next(results)

    with pytest.raises(ZeroDivisionError):
        made()
    assert made() == made() == 1


def test_factories_that_need_each_other_in_two_orders_do_not_lock_each_other_out() -> None:
    """One lock serves all factories."""
    barrier = Barrier(2)

    @once
    def first(depth: int) -> str:
        sleep(0.05)
        return "first" + (second(0) if depth else "")

    @once
    def second(depth: int) -> str:
        sleep(0.05)
        return "second" + (first(0) if depth else "")

    def begin() -> str:
        return (first if barrier.wait() else second)(1)

    assert sorted(map(str, in_threads(begin, 2))) == ["firstsecond", "secondfirst"]


def test_an_attribute_of_a_class_is_made_once_and_found_by_its_subclasses() -> None:
    """The value takes the place of the descriptor in the class that declares it."""
    calls: list[int] = []

    def make() -> object:
        calls.append(1)
        sleep(0.05)
        return object()

    class Owner:
        value: object

    class Heir(Owner):
        pass

    setattr(Owner, "value", ClassValue(Owner, "value", make))  # noqa: B010 - as ``verb`` does it
    found = in_threads(lambda: Heir.value)
    assert len(found) == THREADS
    assert {id(item) for item in found} == {id(Owner.__dict__["value"])}
    assert len(calls) == 1


def forked_child(check: Callable[[], bool]) -> int:
    """Fork, and return the exit status of a child that runs ``check``; kill one that hangs."""
    with warnings.catch_warnings():
        # Python 3.12 and later warn of forks in a process with threads: this is such a fork.
        warnings.filterwarnings("ignore", ".*multi-threaded.*", DeprecationWarning)
        child = os.fork()
    if not child:
        status = 2
        try:
            status = 0 if check() else 1
        finally:
            os._exit(status)
    limit = monotonic() + PATIENCE
    while monotonic() < limit:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_waits_for_a_first_use_in_another_thread() -> None:
    """The child has the whole value, not a part of it."""
    begun = Event()
    parts: list[int] = []

    @once
    def made() -> tuple[int, ...]:
        for part in range(3):
            parts.append(part)
            begun.set()
            sleep(0.1)
        return tuple(parts)

    thread = Thread(target=made)
    thread.start()
    assert begun.wait(PATIENCE)
    assert forked_child(lambda: parts == [0, 1, 2] and made() == (0, 1, 2)) == 0
    thread.join()
    assert made() == (0, 1, 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("lock", [FIRST_USE, FIRST_IMPORT, VALIDATING])
def test_parent_and_child_find_the_locks_free_after_a_fork(lock: RLock) -> None:
    """What another thread held at the fork is held by no thread of the child."""
    begun, end = Event(), Event()

    def hold() -> None:
        with lock:
            begun.set()
            end.wait(0.2)

    def attempt() -> bool:
        if taken := lock.acquire(blocking=False):
            lock.release()
        return taken

    def free() -> bool:
        """Ask in another thread: the locks are re-entrant."""
        return in_threads(attempt, 1) == [True]

    thread = Thread(target=hold)
    thread.start()
    assert begun.wait(PATIENCE)
    assert forked_child(free) == 0
    thread.join()
    assert free()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_inside_a_first_use_leaves_it_to_both_processes() -> None:
    """The forking thread may hold the locks itself."""

    @once
    def made() -> int:
        return forked_child(lambda: True)

    assert made() == 0


def unguarded_imports() -> Iterator[str]:
    """Yield the functions of the packages with an import that no lock guards."""
    for path in sorted([*ROOT.glob("bxml/**/*.py"), *ROOT.glob("callcontrol/**/*.py")]):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(unguarded(function, locks(function))):
                yield f"{path.relative_to(ROOT)}:{function.name}"


def locks(node: ast.FunctionDef | ast.With) -> set[str]:
    """Return the names of the locks that are held in a function or a ``with`` statement."""
    if isinstance(node, ast.With):
        return {ast.unparse(item.context_expr) for item in node.items}
    return {"FIRST_USE"} if "once" in map(ast.unparse, node.decorator_list) else set()


def unguarded(node: ast.AST, held: set[str]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports below a node that are not made under the lock they need."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            module = str(getattr(child, "module", None) or child.names[0].name)
            ours = module.startswith(("bxml", "callcontrol"))
            if not held & ({"FIRST_IMPORT"} if ours else {"FIRST_IMPORT", "FIRST_USE"}):
                yield child
        elif not isinstance(child, ast.FunctionDef):
            more = locks(child) if isinstance(child, ast.With) else set[str]()
            yield from unguarded(child, held | more)


ALONE = ("bxml/cli/", "callcontrol/cli/", "bxml/__main__.py", "callcontrol/__main__.py")
"""Commands: processes of their own, whose one thread imports."""
UNGUARDED = {
    "callcontrol/__init__.py:__getattr__",  # imports bxml, where the lock is
    "callcontrol/simulator/__init__.py:__getattr__",  # names a module that is loaded already
    "bxml/_hypothesis_entry.py:register",  # runs while Hypothesis is imported
    "callcontrol/pytest_plugin.py:simulator",  # pytest runs one test at a time
    "callcontrol/pytest_plugin.py:_simulators",
    "callcontrol/pytest_plugin.py:_sections",
    "callcontrol/simulator/rest/endpoint.py:serve",  # ``_importing`` holds the lock
    "callcontrol/simulator/rest/endpoint.py:start",
}


def test_a_function_that_imports_holds_the_lock_that_forks_wait_for() -> None:
    """Python leaves a module that another thread was importing locked in the child."""
    places = {place for place in unguarded_imports() if not place.startswith(ALONE)}
    assert places == UNGUARDED


def test_nothing_of_ours_is_imported_and_no_other_lock_taken_inside_a_first_use() -> None:
    """Otherwise two threads could wait for each other."""
    order = ROOT / "tests" / "cold_starts" / "order.py"
    done = subprocess.run([sys.executable, order], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
