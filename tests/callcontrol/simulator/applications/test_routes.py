"""Paths without a route: the nearest one, or those that there are."""

from collections.abc import Callable, Mapping

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from fastapi import FastAPI
from flask import Flask

from callcontrol.phone import CALLER, HOME, NUMBER
from callcontrol.phone.call_log import CallLog
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.player import play
from callcontrol.simulator.applications import ApplicationTarget
from tests.callcontrol.integrations import sites

Make = Callable[..., ApplicationTarget]


def flask(*paths: str) -> ApplicationTarget:
    """Return an application with these routes, and one for GET."""
    app = Flask(__name__)
    for number, path in enumerate(paths):
        app.add_url_rule(path, str(number), lambda: "", methods=["POST"])
    app.add_url_rule("/wrong", "read", lambda: "", methods=["GET"])
    return app


def fastapi(*paths: str) -> ApplicationTarget:
    """Return an application with these routes, and one for GET."""
    app = FastAPI()
    for path in paths:
        app.add_api_route(path, lambda: "", methods=["POST"])
    app.add_api_route("/wrong", lambda: "", methods=["GET"])
    return app


MAKERS: Mapping[str, Make] = {"flask": flask, "fastapi": fastapi}


def finding(app: ApplicationTarget, url: str) -> str:
    """Return the finding about the first webhook to a URL."""
    request = CallRequest(url=f"{HOME}{url}", from_=CALLER, to=NUMBER)
    log = CallLog(CALLER, outbound=False)
    play(request, [], log, lambda _: None, app=app)
    return log.troubles[0].text


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_near_route(make: Make) -> None:
    """It is named, if it takes the method of the webhook."""
    assert finding(make("/voice", "/chosen"), "/choosen").endswith("; did you mean '/chosen'?")
    assert finding(make("/voice"), "/wrongs").endswith("; it has one route, /voice")


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_no_near_route(make: Make) -> None:
    """Up to five are listed."""
    paths = [f"/{letter * 9}" for letter in "abcdefg"]
    shown = ", ".join(paths[:5])
    assert finding(make(*paths[:5]), "/zz").endswith(f"; it has the routes {shown}")
    assert finding(make(*paths), "/zz").endswith(f"; it has the routes {shown} and 2 more")
    assert finding(make(), "/zz").endswith("correct the URL or the route")


def test_django() -> None:
    """Its patterns are searched, whatever methods their views take."""
    with override_settings(ROOT_URLCONF=sites.__name__):
        found = finding(get_wsgi_application(), "/gathers")
    assert found.endswith("; did you mean '/gather'?")


def test_other_applications() -> None:
    """Nothing is known about their routes."""

    def app(_: object, start: Callable[..., object]) -> list[bytes]:
        start("404 Not Found", [])
        return [b""]

    assert finding(app, "/zz").endswith("correct the URL or the route")
