"""``callcontrol doctor``: examines the settings, the platform and the webhook server."""

from textwrap import fill

import click

from bxml.cli.running import Seconds
from callcontrol.cli.call_options import HeldSecret, held_secret, public_url
from callcontrol.cli.errors import OperationCommand
from callcontrol.cli.output import emit, say

FORM = 1
"""Version of the JSON form."""
WIDTH = 79
INDENT = " " * 9

_EPILOG = """\b
Exit codes: 0 without a problem, else that of the most basic problem; the page
'doctor' of the documentation lists them.
"""


def _public_urls(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the URLs of applications, without credentials in them; a callback."""
    return tuple(str(public_url(context, parameter, value)) for value in values)


@click.command("doctor", cls=OperationCommand, epilog=_EPILOG)
@click.option(
    "--answer-url",
    "answer_urls",
    metavar="URL",
    multiple=True,
    callback=_public_urls,
    help="URL of the application that gets the first webhook; may be given several times.",
)
@click.option(
    "--answer-fallback-url",
    "fallback_url",
    metavar="URL",
    callback=public_url,
    help="URL that gets it if the first one fails.",
)
@click.option(
    "--status-url",
    metavar="URL",
    callback=public_url,
    help="URL of the application that gets disconnect.",
)
@click.option(
    "--callback-timeout",
    type=Seconds(1, 25),
    metavar="SECONDS",
    default=15.0,
    show_default=True,
    help="How long the platform waits for each reply.",
)
@click.option("--username", metavar="TEXT", help="User name for these URLs.")
@click.option(
    "--password-env",
    "password",
    metavar="VARIABLE",
    callback=held_secret,
    help="Environment variable that holds the password for --username.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line.")
@click.pass_context
def doctor(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    /,
    *,
    answer_urls: tuple[str, ...],
    fallback_url: str | None,
    status_url: str | None,
    callback_timeout: float,
    username: str | None,
    password: HeldSecret | None,
    as_json: bool,
) -> None:
    """Examine the settings, the platform and the webhook server.

    It takes less than five seconds. Settings and credentials come from the environment. Each URL
    gets one event about a call that does not exist. Nothing is changed, and no secret is printed.
    """
    from callcontrol.doctor import Examination, WebhookServer, examine, exit_code

    named = [
        *((url, False) for url in answer_urls),
        *((url, False) for url in (fallback_url,) if url),
        *((url, True) for url in (status_url,) if url),
    ]
    servers = [
        WebhookServer(
            url,
            reports_end,
            username,
            None if password is None else password.value,
            callback_timeout,
        )
        for url, reports_end in named
    ]
    findings = examine(Examination(webhooks=servers))
    for finding in findings:
        if as_json:
            emit(
                {
                    "version": FORM,
                    "severity": finding.severity,
                    "rule": finding.rule,
                    "subject": finding.subject,
                    "text": finding.text,
                    "hint": finding.hint or None,
                }
            )
        else:
            _show(finding.severity, finding.subject, finding.text, finding.hint)
    ctx.exit(exit_code(findings))


def _show(severity: str, subject: str, text: str, hint: str) -> None:
    lines = [f"{severity:<8} {subject}: {text}", f"{INDENT}{hint}"]
    for line in lines if hint else lines[:1]:
        say(fill(line, WIDTH, subsequent_indent=INDENT, break_long_words=False))
