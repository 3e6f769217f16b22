"""Values as findings quote them, and documents for examples."""

from bxml._wording import quoted

HTTPS = (
    "With credentials the vendor requires https. Relative URLs are not checked: they use the "
    "scheme of the URL that returned the document."
)
"""Why a URL with credentials must be https."""


def got(value: object) -> str:
    """Return a value for a finding: ``nothing`` for None, without a password inside a URL."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value)


def counted(number: int, noun: str) -> str:
    """Return ``1 verb`` or ``2 verbs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def response(*lines: str) -> str:
    """Return an example document with these lines."""
    inside = "".join(f"    {line}\n" for line in lines)
    return f"<Response>\n{inside}</Response>"
