"""Entry point of the command ``callcontrol`` and of ``python -m callcontrol``."""

import sys

from bxml.__main__ import NEEDED
from bxml.cli.exit_codes import INTERRUPTED, leave


def main() -> int:
    """Run the command line of this process and return the exit code."""
    try:
        from callcontrol.cli.commands import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDED:
            raise
        needs = "the command needs more: pip install 'bxml-callcontrol[cli]'"
        sys.stderr.write(f"callcontrol: {needs}\n")
        return 2


if __name__ == "__main__":
    leave(main())
