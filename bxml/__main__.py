"""Entry of the command ``bxml`` and of ``python -m bxml``."""

import sys

from bxml.cli.exit_codes import FAILED, INTERRUPTED, leave

NEEDED = ("click", "rich")


def main() -> int:
    """Run the command line of this process and return the exit code."""
    try:
        from bxml.cli.commands import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDED:
            raise
        sys.stderr.write("bxml: the command needs more: pip install 'bxml-callcontrol[cli]'\n")
        return FAILED


if __name__ == "__main__":
    leave(main())
