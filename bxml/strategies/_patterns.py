"""Patterns of the table with every repetition bounded."""

__all__ = ["bounded"]

GROUPS = 3
"""Most repetitions of a group that a pattern repeats without a limit."""
INSIDE = 4
"""Most repetitions of a character inside a group."""
OUTSIDE = 12
"""Most repetitions of a character outside of groups."""


def bounded(pattern: str) -> str:
    r"""Return a pattern of the table for ``re``, with ``*`` and ``+`` limited to a few times.

    Patterns stand in the dialect that XSD 1.0 and ``re`` share, where ``\s`` is the four XML white
    space characters inside a class.
    """
    made: list[str] = []
    depth, inside, last = 0, False, ""
    characters = iter(pattern.replace(r"\s", r" \t\n\r"))
    for character in characters:
        piece = character
        if character == "\\":
            piece += next(characters)
        elif not inside and character in "*+":
            most = GROUPS if last == ")" else INSIDE if depth else OUTSIDE
            piece = f"{{{int(character == '+')},{most}}}"
        elif not inside:
            depth += (character == "(") - (character == ")")
            inside = character == "["
        else:
            inside = character != "]"
        made.append(piece)
        last = character
    return "".join(made)
