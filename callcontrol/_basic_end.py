"""The end of Basic authentication for the vendor's API.

Vendor page: dev.bandwidth.com/docs/account/credentials.
"""

import warnings
from datetime import UTC, date, datetime
from threading import Lock

from callcontrol._callers import levels_inside
from callcontrol._settings import VARIABLES
from callcontrol._urls import host_of
from callcontrol.errors import BasicAuthWarning

END = date(2026, 12, 2)
"""The day on which Bandwidth ends Basic authentication for API users."""

_DOMAIN = "bandwidth.com"
_INSTEAD = (
    f"set {VARIABLES['client_id']} and {VARIABLES['client_secret']}, "
    "or give client_id and client_secret"
)

_lock = Lock()
_warned = False


def is_vendor(url: str) -> bool:
    """Return whether a URL leads to a host of Bandwidth."""
    host = host_of(url)
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}")


def announcement(now: float) -> str:
    """Return the text of the warning at ``now`` (seconds since 1970), with the remedy."""
    ends = "ends" if datetime.fromtimestamp(now, UTC).date() < END else "ended"
    return f"Bandwidth {ends} Basic authentication for its API on {END}: {_INSTEAD}"


def warn_once(now: float) -> None:
    """Warn once per process, at the line that creates the client."""
    global _warned
    with _lock:
        is_first, _warned = not _warned, True
    if is_first:
        warnings.warn(announcement(now), BasicAuthWarning, stacklevel=levels_inside())
