"""The function that replies is named, whatever the framework and the decorators are."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial, wraps
from pathlib import Path
from wsgiref.types import StartResponse

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest as DjangoRequest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from fastapi import APIRouter, FastAPI
from flask import Flask
from flask.views import MethodView
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from callcontrol._handlers import named
from callcontrol.simulator.applications import ApplicationTarget, Remote, Router, transport_for
from callcontrol.simulator.core.webhooks import HttpRequest
from tests.servers import served

HERE = Path(__file__).name


def logged(view: Callable[[], str]) -> Callable[[], str]:
    """Return a function that replies in place of the view."""

    @wraps(view)
    def reply() -> str:
        return view()

    return reply


def place_of(function: Callable[..., object]) -> str:
    """Return the name as messages have it."""
    return f"{function.__name__} ({HERE}:{inspect.getsourcelines(function)[1]})"


def at(application: ApplicationTarget, url: str, method: str = "POST") -> str | None:
    """Return the handler that replies at a path."""
    router = Router()
    router.mount("http://application.test", transport_for(application, router.loop))
    request = HttpRequest(method=method, url=f"http://application.test{url}")
    try:
        return router.deliver(request).wait().handler
    finally:
        router.close()


def voice() -> str:
    """Reply."""
    return ""


async def answer(_: Request) -> Response:
    """Reply in Starlette."""
    return Response()


def page(_: DjangoRequest, name: str) -> HttpResponse:
    """Reply in Django."""
    return HttpResponse(name)


class Menu(MethodView):
    """A view of Flask that is a class."""

    def post(self) -> str:
        """Reply."""
        return ""


urlpatterns = [path("voice/<name>", page)]


def test_views_of_flask() -> None:
    """The view behind the decorator, or the class; nothing for a path or method without one."""
    app = Flask("voice")
    app.post("/voice/<int:number>")(logged(voice))
    app.add_url_rule("/menu", view_func=Menu.as_view("menu"))
    assert at(app, "/voice/7?tag=a") == place_of(voice)
    assert str(at(app, "/menu")).startswith(f"Menu ({HERE}:")
    assert at(app, "/voice/seven") == at(app, "/voice/7", "GET") == ""


def test_endpoints_of_fastapi() -> None:
    """Those of a router as well."""
    app, router = FastAPI(), APIRouter(prefix="/calls")
    router.post("/voice")(logged(voice))
    app.include_router(router)
    app.get("/voice")(voice)
    assert at(app, "/calls/voice") == at(app, "/voice", "GET") == place_of(voice)
    assert at(app, "/voice") == place_of(voice)  # which refuses the method
    assert at(app, "/nothing") == ""


def test_endpoints_below_a_mount() -> None:
    """The application that is mounted has the route."""
    inner = Starlette(routes=[Route("/voice", answer, methods=["POST"])])
    app = Starlette(routes=[Mount("/calls", inner)])
    assert at(app, "/calls/voice") == place_of(answer)
    assert at(app, "/voice") == ""


def test_views_of_django() -> None:
    """As the URL configuration resolves the path."""
    if not settings.configured:
        settings.configure()
    with override_settings(ROOT_URLCONF=__name__):
        application = get_wsgi_application()
        assert at(application, "/voice/menu") == place_of(page)
        assert at(application, "/nothing") == ""


def test_other_applications_have_no_handlers_that_are_known() -> None:
    """Those of a running server are None."""

    def wsgi(_: object, start: StartResponse) -> list[bytes]:
        start("204 No Content", [])
        return []

    assert at(wsgi, "/voice") == ""
    with served(wsgi) as origin:
        assert Remote().deliver(HttpRequest(method="POST", url=origin)).handler is None


def test_a_handler_for_aws_lambda() -> None:
    """It replies to every request."""

    def lambda_handler(event: Mapping[str, object], context: object) -> dict[str, object]:
        del event, context
        return {"statusCode": 204}

    assert at(lambda_handler, "/voice") == place_of(lambda_handler)


async def crash(_: Request) -> Response:
    """Raise an exception that no line of the application has raised."""
    return JSONResponse(object())


def test_failures_name_the_handler() -> None:
    """A handler that raises, and one whose framework raises for it."""
    router = Router()
    app = Starlette(routes=[Route("/voice", crash, methods=["POST"])])
    router.mount("http://application.test", transport_for(app, router.loop))
    request = HttpRequest(method="POST", url="http://application.test/voice")
    reply = router.deliver(request).wait()
    router.close()
    assert (reply.status, reply.handler) == (500, place_of(crash))


@pytest.mark.parametrize(
    ("handler", "name"),
    [
        (partial(voice), place_of(voice)),
        (partial(partial(logged(voice))), place_of(voice)),
        (Menu(), "Menu ("),
        (len, "len"),
    ],
    ids=["partial", "two", "object", "builtin"],
)
def test_names(handler: object, name: str) -> None:
    """Name, file and line as far as there are any."""
    assert named(handler).startswith(name)
