"""Reads queries: parameters, times and pages.

:raises Refusal: 400 for an invalid query.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

from bxml._wording import did_you_mean
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest.refusal import Refusal

Parameters = Mapping[str, str]
DEFAULT_PAGE = 1000
_TOKEN = re.compile(r"after:([0-9]{1,12})")


def parameters(query: str, known: tuple[str, ...], *, ignore_unknown: bool) -> Parameters:
    """Return the parameters of a query by name."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        _refuse("There is something wrong with the request: too many query parameters")
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in known and not ignore_unknown:
            hint = did_you_mean(name, known)
            _refuse(f"Unknown parameter {quoted(name)}" + (f"; {hint}" if hint else ""))
        if name in values or not value:
            _refuse(f"Invalid {quoted(name)}: must have exactly one value")
        values[name] = value
    return values


def moment(name: str, values: Parameters) -> datetime | None:
    """Return a time in UTC, None if it is not given."""
    text = values.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"Invalid {name}: must be an ISO 8601 date and time")
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def page_size(values: Parameters, most: int) -> int:
    """Return the size of a page."""
    return number(values, "pageSize", DEFAULT_PAGE, most)


def number(values: Parameters, name: str, default: int, most: int) -> int:
    """Return a whole number from 1 to ``most``."""
    text = values.get(name, str(default))
    if re.fullmatch(r"-?[0-9]{1,10}", text) is None:
        _refuse(f"Invalid {name}: must be an integer")
    found = int(text)
    if not 1 <= found <= most:
        _refuse(f"{name} must be within the range [1, {most}], but was {found}")
    return found


def after(values: Parameters) -> int:
    """Return the serial of the last item of the page before, 0 for the first page."""
    return read_token(values, "pageToken")


def read_token(values: Parameters, name: str) -> int:
    """Return the serial in a parameter that ``token_for`` wrote, 0 without one."""
    token = values.get(name)
    if token is None:
        return 0
    try:
        found = _TOKEN.fullmatch(urlsafe_b64decode(token.encode("ascii")).decode("ascii"))
    except ValueError:
        found = None
    if found is None:
        _refuse(f"Invalid {name}")
    return int(found[1])


def without_token(values: Parameters) -> tuple[tuple[str, str], ...]:
    """Return the parameters that all pages have."""
    return tuple((name, value) for name, value in values.items() if name != "pageToken")


def next_query(query: tuple[tuple[str, str], ...], last: int) -> str:
    """Return the query of the page that starts after the item with the serial ``last``."""
    return token_for(dict(query), "pageToken", last)


def token_for(values: Parameters, name: str, last: int) -> str:
    """Return the query of the page after ``last``, which the parameter ``name`` holds."""
    token = urlsafe_b64encode(f"after:{last}".encode()).decode()
    return urlencode({**values, name: token})


def _refuse(description: str) -> NoReturn:
    raise Refusal(400, description)
