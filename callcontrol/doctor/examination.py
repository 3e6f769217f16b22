"""Runs all checks at once, each in a thread of its own, and ends in time whatever they do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, Queue
from threading import Thread
from time import monotonic, time

from callcontrol.doctor.findings import NO_CONNECTION, RULES, Diagnosis
from callcontrol.doctor.platform import PlatformChecks
from callcontrol.doctor.webhooks import WebhookServer

LONGEST = 4.5
"""Seconds after which the examination ends."""

Check = Callable[[], Iterator[Diagnosis]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """The URLs to examine, and for how long."""

    webhooks: Sequence[WebhookServer] = ()
    """URLs of the user's application."""
    seconds: float = LONGEST
    """Longest duration, in seconds."""
    now: Callable[[], float] = field(default=time, repr=False)
    """The clock of this machine, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class _Running:
    """A check in its thread."""

    subject: str
    late: str
    """Rule of the finding if the check does not end in time."""
    found: "Queue[Diagnosis | Exception | None]" = field(
        default_factory=Queue[Diagnosis | Exception | None]
    )
    """Its results so far; None at its end, an exception if it failed."""

    def start(self, check: Check) -> None:
        def run() -> None:
            try:
                for finding in check():
                    self.found.put(finding)
            except Exception as error:  # noqa: BLE001 - raised in the thread that waits
                self.found.put(error)
            self.found.put(None)

        Thread(target=run, name="callcontrol doctor", daemon=True).start()

    def results(self, deadline: float) -> Iterator[Diagnosis]:
        while True:
            try:
                finding = self.found.get(timeout=max(0.0, deadline - monotonic()))
            except Empty:
                text = "expected a reply in time, got none before the end of the examination"
                yield Diagnosis(self.late, self.subject, text, "look for a firewall in between")
                return
            if finding is None:
                return
            if isinstance(finding, Exception):
                raise finding
            yield finding


def examine(examination: Examination) -> Sequence[Diagnosis]:
    """Return the results, problems first, the most basic one at the beginning.

    Settings and credentials come from the environment, as for ``Client.from_env()``. The
    application receives one initiate event at each URL, or a disconnect event at a status URL;
    nothing else is changed anywhere.
    """
    deadline = monotonic() + examination.seconds
    platform = PlatformChecks(examination.now)
    is_remote = platform.is_remote
    findings = list(platform.settings())
    checks: list[tuple[_Running, Check]] = [
        *((_Running(subject, "connection-timeout"), check) for subject, check in platform.remote()),
        *(
            (_Running(server.shown, "webhook-timeout"), partial(server.check, public=is_remote))
            for server in examination.webhooks
        ),
    ]
    for running, check in checks:
        running.start(check)
    for running, _ in checks:
        findings += running.results(deadline)
    if not examination.webhooks:
        findings.append(_no_webhook())
    return _in_order(findings)


def _no_webhook() -> Diagnosis:
    text = "the API does not show which URLs the voice application has"
    hint = "name them: --answer-url, --answer-fallback-url, --status-url"
    return Diagnosis("no-webhook", "webhooks", text, hint)


def _in_order(findings: Sequence[Diagnosis]) -> Sequence[Diagnosis]:
    """Return each finding once, in the order of the rules.

    A reply that is missing says nothing new where no connection was made.
    """
    connected = all(finding.rule not in NO_CONNECTION for finding in findings)
    unique = [item for item in dict.fromkeys(findings) if connected or item.rule != "reply-lost"]
    order = {rule: number for number, rule in enumerate(RULES)}
    return sorted(unique, key=lambda finding: order[finding.rule])
