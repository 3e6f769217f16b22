"""What the extra ``[cli]`` is for: the commands check a document and push one to a live call."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path


def output_of(*command: str, text: str = "") -> str:
    """Return what a command of this environment prints."""
    program = str(Path(sys.executable).with_name(command[0]))
    done = subprocess.run(
        [program, *command[1:]], input=text, capture_output=True, text=True, check=True
    )
    return done.stdout


for name in ("bxml", "callcontrol"):
    told = output_of(name, "--version")
    assert told == f"{name}, version {version('bxml-callcontrol')}\n", told
output_of("bxml", "check", "-", text="<Response><Hangup/></Response>")
formatted = output_of("bxml", "format", "-", text="<Response><Hangup/></Response>")
assert "  <Hangup/>\n" in formatted, formatted
output_of("callcontrol", "demo")
print("done")
