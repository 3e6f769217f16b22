"""Webhooks in Flask, FastAPI and Django: events in, documents out, strangers refused.

One module for each framework, imported by its full name: ``callcontrol.integrations.flask``,
``callcontrol.integrations.fastapi`` and ``callcontrol.integrations.django``. The package of the
framework has to be installed. ``_webhook`` has what they share.
"""
