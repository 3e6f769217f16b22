"""What a simulator is told at its start: whose account it plays, limits and open questions."""

from dataclasses import dataclass, field

from callcontrol.simulator.errors import SimulatorError, expect_number

__all__ = ["Account", "Assumptions", "Limits", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The one account there is, and who may use it. All values are made up."""

    account_id: str = "9900000"
    client_id: str = "simulator-client"
    client_secret: str = field(default="simulator-client-secret", repr=False)
    username: str = "simulator-user"
    """For Basic authentication, which the platform ends on 2026-12-02."""
    password: str = field(default="simulator-password", repr=False)
    application_ids: frozenset[str] | None = None
    """Voice applications that exist; None accepts any id."""

    def __post_init__(self) -> None:
        if not self.account_id.isalnum():
            raise SimulatorError("Account.account_id: expected letters and digits")
        for name, value in (("client_id", self.client_id), ("username", self.username)):
            if not value or ":" in value:
                raise SimulatorError(f"Account.{name}: expected a text without a colon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much the account may do. Defaults are the vendor's (voice/rateLimits)."""

    calls_per_second: float = 5
    """Outbound calls that leave the queue per second of virtual time."""
    active_calls: int | None = 100
    """Calls initiated or answered at once; None is no limit."""
    queue_seconds: float = 300
    """The queue holds what leaves it in this many seconds: 1500 calls at 5 per second."""

    def __post_init__(self) -> None:
        expect_number("Limits.calls_per_second", self.calls_per_second, 0.001)
        expect_number("Limits.queue_seconds", self.queue_seconds, 0)
        if self.active_calls is not None:
            expect_number("Limits.active_calls", self.active_calls, 0)

    @property
    def queue_capacity(self) -> int:
        """Calls that fit into the queue."""
        return int(self.calls_per_second * self.queue_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Behaviour the vendor does not document; every default is our reading."""

    conflict_seconds: float = 60
    """An update of an ended call is a 409 for this long after its end, then a 404."""
    ignore_unknown_names: bool = False
    """Accept JSON keys and query parameters nobody knows; refused by default, because they are
    misspelt more often than new."""

    def __post_init__(self) -> None:
        expect_number("Assumptions.conflict_seconds", self.conflict_seconds, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a simulator is told; see ``Simulator`` for what the parts mean."""

    account: Account
    limits: Limits
    assumptions: Assumptions
    auto_answer: bool
    token_lifetime: int
    seed: int

    def __post_init__(self) -> None:
        expect_number("Simulator.token_lifetime", self.token_lifetime, 1)
