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
    """One line of the request log: no header, query or body."""

    method: str
    path: str
    status: int
    operation: Operation | None
    """None if the request was refused for its host, credentials or path."""
