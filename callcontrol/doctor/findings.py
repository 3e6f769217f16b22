"""The kinds of results of ``doctor``: severity, exit code and meaning of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class DiagnosisRule:
    """A kind of finding."""

    severity: Severity
    exit_code: int
    """Exit code of the command if this is the first problem; 0 for what is no problem."""
    meaning: str
    """Its meaning in one line, for the documentation."""


_PROBLEMS = (
    ("settings", "an environment variable is missing or invalid"),
    ("host-unknown", "the name of a host is not known"),
    ("connection-refused", "a host accepts no connection"),
    ("connection-timeout", "a host does not reply in time, as behind a firewall"),
    ("certificate-untrusted", "the certificate of a host is not trusted"),
    ("proxy-failed", "the proxy of the environment makes no connection"),
    ("reply-lost", "a connection ends before the reply is complete"),
    ("not-the-platform", "another server than the platform's replies"),
    ("credentials-refused", "the platform does not know the credentials"),
    ("account-forbidden", "the credentials are valid, but not for this account or for voice"),
    ("account-unpaid", "the account has no credit"),
    ("too-many-requests", "the account sends too many requests"),
    ("platform-unavailable", "the platform replies with a failure of its own"),
    ("clock-wrong", "the clock of this machine is wrong by more than a minute"),
    ("webhook-url", "the URL of a webhook cannot be reached by the platform"),
    ("webhook-unreachable", "the webhook server cannot be reached"),
    ("webhook-timeout", "the webhook server does not reply in time"),
    ("webhook-credentials", "the webhook server refuses the user name and password, or lack of it"),
    ("webhook-redirect", "the webhook server replies with a redirect"),
    ("webhook-status", "the webhook server replies with another status than 200 to 299"),
    ("webhook-not-bxml", "the reply is not BXML, or BXML with errors"),
)
"""Problems, the most basic first; the exit code counts from ``FIRST_CODE`` in this order."""

_WARNINGS = (
    ("basic-ends", "the account uses Basic authentication, which the platform ends"),
    ("proxy", "requests go through a proxy"),
    ("webhook-open", "the webhook server accepts events without its credentials"),
    ("webhook-slow", "the webhook server uses much of the time that the platform waits"),
    ("webhook-warning", "the BXML of the reply, or its content type, causes a warning"),
    ("webhook-unencrypted", "webhooks travel unencrypted"),
    ("no-webhook", "no URL of a webhook was given, and the platform's API does not show them"),
)
_FINE = (
    ("settings-complete", "the environment variables are complete"),
    ("connected", "the platform can be reached"),
    ("clock", "the clock of this machine is right"),
    ("account", "the platform accepts the credentials for the account"),
    ("webhook", "the webhook server replies as the platform expects"),
)

NO_CONNECTION = frozenset(
    (
        "host-unknown",
        "connection-refused",
        "connection-timeout",
        "certificate-untrusted",
        "proxy-failed",
    )
)
"""Problems after which no reply can be expected from the platform."""

FIRST_CODE = 10
"""Exit code of the first problem; lower ones mean the same as in all commands."""

RULES: Mapping[str, DiagnosisRule] = MappingProxyType(
    {
        **{
            name: DiagnosisRule("problem", code, meaning)
            for code, (name, meaning) in enumerate(_PROBLEMS, FIRST_CODE)
        },
        **{name: DiagnosisRule("warning", 0, meaning) for name, meaning in _WARNINGS},
        **{name: DiagnosisRule("ok", 0, meaning) for name, meaning in _FINE},
    }
)
"""Every kind of finding, by its name."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One result of an examination; it never contains a secret."""

    rule: str
    """Key of ``RULES``."""
    subject: str
    """The variable, host, account or URL that was examined."""
    text: str
    """The finding, in one sentence."""
    hint: str = ""
    """Advice on the change to make; empty if none is needed."""

    @property
    def severity(self) -> Severity:
        """``ok``, ``warning`` or ``problem``."""
        return RULES[self.rule].severity


def exit_code(findings: Iterable[Diagnosis]) -> int:
    """Return the exit code of the most basic problem, 0 if there is none."""
    codes = [RULES[finding.rule].exit_code for finding in findings]
    return min(filter(None, codes), default=0)
