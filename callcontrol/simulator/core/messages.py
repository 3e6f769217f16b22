"""The values that the core and its REST side share: headers, fields, operations, the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Fields = Mapping[str, object]
"""A validated request body; fields that are null or absent are None or their default."""

Operation = Literal[
    "createCall",
    "getCallState",
    "listCalls",
    "updateCall",
    "updateCallBxml",
    "getStatistics",
    "token",
]
"""The operations served: the five of the Calls API, the account's statistics, and the token."""
OPERATION_NAMES: tuple[str, ...] = get_args(Operation)

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """What the simulator remembers of a request: never a header, a query or a body."""

    method: str
    path: str
    status: int
    operation: Operation | None
    """None if the request got no further than host, credentials or address."""
