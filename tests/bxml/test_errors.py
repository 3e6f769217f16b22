"""Problems and the errors that carry them: text, position, pickling, the tree of classes."""

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass, replace
from typing import cast

import pytest

from bxml import BxmlError, Gather, ParseError, Problem, ValidationError

HERE = Problem("bad-url", "error", "Gather", 3, 7, "Gather: expected a URL, got ''", "give one")


def test_the_text_of_a_problem() -> None:
    """Where, the position if there is one, the finding, and the hint if there is one."""
    assert str(HERE) == "Gather (line 3, column 7): expected a URL, got ''; give one"
    assert str(replace(HERE, hint=None)) == "Gather (line 3, column 7): expected a URL, got ''"
    assert str(replace(HERE, line=None, column=None)) == "Gather: expected a URL, got ''; give one"
    assert str(replace(HERE, message="no colon")) == "Gather (line 3, column 7): no colon; give one"


def test_problems_of_python_values_have_no_position() -> None:
    """``Problem.at`` is an error at a path, without line and column."""
    made = Problem.at("Gather.tag", "value-too-long", "expected less, got more", hint="shorten it")
    assert made == Problem(
        *("value-too-long", "error", "Gather.tag", None, None),
        "Gather.tag: expected less, got more",
        "shorten it",
    )
    assert Problem.at("a", "b", "c").hint is None


def test_problems_are_values() -> None:
    """They compare, hash, pickle and copy, never change, and look like dataclasses."""
    same = Problem(**{field.name: getattr(HERE, field.name) for field in fields(HERE)})
    assert same == HERE
    assert hash(same) == hash(HERE)
    assert replace(HERE, line=4) != HERE
    assert HERE.__eq__("other") is NotImplemented
    assert pickle.loads(pickle.dumps(HERE)) == HERE  # noqa: S301 - made here
    assert copy.deepcopy(HERE) == HERE
    assert is_dataclass(HERE)
    assert asdict(HERE)["rule"] == "bad-url"
    assert eval(repr(HERE), {"Problem": Problem}) == HERE  # noqa: S307 - source made by repr
    with pytest.raises(FrozenInstanceError):
        setattr(HERE, "line", 4)  # noqa: B010 - checkers forbid the plain assignment
    with pytest.raises(FrozenInstanceError):
        delattr(HERE, "line")


def test_problems_need_their_fields() -> None:
    """Too few, too many or unknown fields are a TypeError, as with any class."""
    make = cast("type[object]", Problem)
    for given in ({"rule": "a"}, {**asdict(HERE), "novelty": 1}):
        with pytest.raises(TypeError, match="Problem: expected rule, severity"):
            make(**given)
    with pytest.raises(TypeError, match="Problem: expected 7 arguments, got 8"):
        make(*range(8))


@pytest.mark.parametrize("error", [ParseError, ValidationError])
def test_errors_carry_all_problems(error: type[ParseError | ValidationError]) -> None:
    """One problem is the text; several are counted and listed; all of them are kept."""
    one, two = error([HERE]), error(iter([HERE, replace(HERE, line=4)]))
    assert str(one) == str(HERE)
    assert str(two).split("\n") == ["2 problems", f"  {HERE}", f"  {two.problems[1]}"]
    assert two.problems == (HERE, replace(HERE, line=4))
    assert isinstance(one, BxmlError)
    assert isinstance(one, ValueError)
    thawed = pickle.loads(pickle.dumps(two))  # noqa: S301 - made here
    assert type(thawed) is error
    assert thawed.problems == two.problems
    assert str(thawed) == str(two)


def test_parse_and_validation_errors_are_told_apart() -> None:
    """Neither is the other."""
    assert not issubclass(ParseError, ValidationError)
    assert not issubclass(ValidationError, ParseError)


def test_constructor_errors_end_in_the_callers_line() -> None:
    """The traceback is short: the caller's line, then the constructor of that verb."""
    with pytest.raises(ValidationError) as caught:
        Gather(max_digits=0)
    Gather(max_digits=1)
    with pytest.raises(ValidationError) as caught:
        Gather(max_digits=0)
    assert [Entry.of(each.path) for each in caught.traceback] == [
        Entry.here,
        "<bxml Gather.__init__>",
    ]


class Entry:
    """Names of files in a traceback."""

    here = __file__

    @staticmethod
    def of(path: object) -> str:
        """Return the name of a file as Python compiled it."""
        return str(path)
