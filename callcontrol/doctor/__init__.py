"""Finds what a first-time user gets wrong: settings, network, account and webhook server.

Map of the package: ``findings`` (what can be found, and its exit code), ``platform`` (settings,
connection, clock, token and account), ``webhooks`` (the server that replies to webhooks),
``examination`` (runs all checks at once, within a time limit).
"""

from callcontrol.doctor.examination import Examination, examine
from callcontrol.doctor.findings import RULES, Diagnosis, exit_code
from callcontrol.doctor.webhooks import WebhookServer

__all__ = ["RULES", "Diagnosis", "Examination", "WebhookServer", "examine", "exit_code"]
