"""Exit codes of the commands, apart from their verdicts; importable without click."""

FAILED = 2
"""Wrong usage, or nothing to read or no room to write."""

INTERRUPTED = 130
"""Ended by Ctrl-C."""
