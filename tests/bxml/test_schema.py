"""The schema engine at run time: what it finds, where, and in many threads at once."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bxml.schema import schema_path, validate

GOOD = b"<Response><SpeakSentence>a</SpeakSentence><Hangup/></Response>"
LONG = b"<Hangup/>" * 500


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Make threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_the_schema_file_exists() -> None:
    """The file travels with the package or stands beside it."""
    assert schema_path().name == "bxml.xsd"
    assert b"<xs:schema" in schema_path().read_bytes()


def test_valid_documents_have_no_problems() -> None:
    """Nothing is found in a valid document."""
    assert validate(GOOD) == []


@pytest.mark.parametrize(
    ("body", "path", "line", "part"),
    [
        (b"<Respond/>", "/Respond", 1, "No matching global declaration"),
        (b"<Response>\n<Nope/></Response>", "/Response/Nope", 2, "'Nope': This element is not"),
        (
            b'<Response><Pause/><Pause\nduration="-1"/></Response>',
            "/Response/Pause[2]",
            2,
            "'-1'",
        ),
        (b"<Response>text</Response>", "/Response", 1, "content other than whitespace"),
    ],
)
def test_problems_say_where(body: bytes, path: str, line: int, part: str) -> None:
    """A finding has the path, the line and the engine's own words."""
    problem = validate(body)[0]
    assert (problem.rule, problem.severity, problem.line) == ("schema", "error", line)
    assert problem.path == path
    assert problem.message.startswith(f"{problem.path}: ")
    assert part in problem.message


@pytest.mark.usefixtures("eager_switching")
def test_threads_do_not_mix_up_their_findings() -> None:
    """Each thread gets the findings of its own document, and only those."""
    wrong = [b"<Response>%s<Nope%d/></Response>" % (LONG, index) for index in range(4)]
    right = b"<Response>%s</Response>" % LONG

    def look(index: int) -> bool:
        if index % 2:
            return validate(right) == []
        (problem,) = validate(wrong[index % 4])
        return f"Nope{index % 4}'" in problem.message

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(600)))
