"""What the extra ``[testing]`` is for: generated documents, and the fixture ``simulator``."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

TESTS = """
from bxml import Gather, Response, check
from bxml.strategies import documents
from hypothesis import given, strategies


@given(documents())
def test_documents(document):
    assert [each for each in check(document.to_bxml()) if each.severity == "error"] == []


@given(strategies.from_type(Gather))
def test_types(gather):
    assert isinstance(gather, Gather)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [Response().speak_sentence("Goodbye.").hangup().to_bxml().encode()]


def test_simulator(simulator):
    assert simulator.dial_in(app, to="+19195551234").hears("Goodbye")
"""

with TemporaryDirectory() as folder:
    path = Path(folder) / "test_calls.py"
    path.write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
assert "3 passed" in done.stdout, done.stdout + done.stderr
print("done")
