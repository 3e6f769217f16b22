"""The pytest plugin: a fixture, a failing test when the application fails, and timelines."""

import pytest

pytest_plugins = ["pytester"]

APP = """
    from bxml import Response, SpeakSentence
    from callcontrol.events import GatherEvent, parse_event

    def app(environ, start_response):
        event = parse_event(environ["wsgi.input"].read())
        if isinstance(event, GatherEvent):
            menu = {"1": "Sales"}
            script = Response().speak_sentence(menu[event.digits]).pause().hangup()
        else:
            script = Response().gather(SpeakSentence("Press 1 for sales"), gather_url="/")
        start_response("200 OK", [("Content-Type", "application/xml")])
        return [script.to_bytes()]
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return an empty project with an application in it."""
    pytester.makepyfile(menu=APP)
    return pytester


def test_the_fixture_rings_an_application(project: pytest.Pytester) -> None:
    """A test needs nothing but the name of the fixture."""
    project.makepyfile("""
        from menu import app

        def test_menu(simulator):
            call = simulator.dial_in(app, to="+19195551234")
            assert call.hears("press 1 for sales")
            call.press("1")
            assert call.heard == ("Sales",)
            assert call.ended

        def test_next(simulator):
            assert simulator.phone_calls == ()
    """)
    project.runpytest().assert_outcomes(passed=2)


def test_a_failure_shows_the_timeline(project: pytest.Pytester) -> None:
    """What was heard, pressed, sent and fetched stands below the failed assertion."""
    project.makepyfile("""
        from menu import app

        def test_menu(simulator):
            call = simulator.dial_in(app, to="+19195551234")
            assert call.hears("Press 2 for support")
    """)
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '*assert <did not hear "Press 2 for support" but "Press 1 for sales">*',
            "*<call c-* +19195550100 to +19195551234, answered>*",
            "* 0.0 s  sent       initiate to http://application.test/",
            "* 0.0 s  fetched    200, * bytes (POST http://application.test/)",
            '* 0.0 s  heard      "Press 1 for sales"',
        ]
    )


def test_an_exception_of_the_application_fails_the_test(project: pytest.Pytester) -> None:
    """The test fails with the application's own exception, though its assertions hold."""
    project.makepyfile("""
        from menu import app

        def test_menu(simulator):
            call = simulator.dial_in(app, to="+19195551234")
            call.press("9")
            assert call.ended
    """)
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*KeyError: '9'",
            "*The above exception was the direct cause of the following exception:*",
            "*ApplicationError: the application raised KeyError: '9'",
            "*callback-error*",
        ]
    )


def test_fault_c23_clients_find_the_simulator_in_the_environment(pytester: pytest.Pytester) -> None:
    """A handler, or another process, needs no settings; the simulator may still be started."""
    pytester.makepyfile("""
        import os
        import pytest
        from callcontrol import Client
        from callcontrol.simulator import SimulatorError

        def test_it(simulator):
            with Client.from_env() as client:
                assert list(client.list_calls()) == []
            assert os.environ["BW_VOICE_URL"] == simulator.base_url

        def test_with(simulator):
            with simulator:
                assert os.environ["BW_VOICE_URL"] == simulator.base_url

        def test_start(simulator):
            simulator.start(allow_hosts=["voice.example"])
            assert os.environ["BW_VOICE_URL"] == simulator.base_url
            with pytest.raises(SimulatorError, match="running already"):
                simulator.start()

        def test_afterwards():
            assert "BW_VOICE_URL" not in os.environ
    """)
    pytester.runpytest().assert_outcomes(passed=4)


def test_fault_c1_a_failed_assertion_does_not_hide_the_exception(project: pytest.Pytester) -> None:
    """The report has the traceback of the application as well."""
    project.makepyfile("""
        from menu import app

        def test_menu(simulator):
            call = simulator.dial_in(app, to="+19195551234")
            call.press("9")
            assert call.hears("Sales")
    """)
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*assert <did not hear*",
            "*- application -*",
            "Traceback (most recent call last):",
            '  File "*menu.py", line 8, in app',
            "KeyError: '9'",
        ]
    )


STATUSES = {
    "C2": ("'400 Bad Request'", "b'no digits'", "got 400: no digits"),
    "C2-json": ("'422 X'", """ b'{"message": "bad clinic"}'""", "got 422: bad clinic"),
    "C3": ("'307 Moved'", "b''", "got 307, a redirect to"),
    "B6": ("'200 OK'", "b'<Response/>'", "expected Content-Type application/xml, got 'text/html'"),
    "C4": ("'200 OK'", """b'"<Response/>"'""", "got JSON text: a document in quotes"),
}


@pytest.mark.parametrize(
    ("status", "body", "said"), STATUSES.values(), ids=[f"{name}-plugin" for name in STATUSES]
)
def test_what_a_reply_says_is_in_the_report(
    pytester: pytest.Pytester, status: str, body: str, said: str
) -> None:
    """C16: in lines that a terminal of 80 columns need not break inside a word."""
    pytester.makepyfile(f"""
        def app(environ, start_response):
            start_response({status}, [("Content-Type", "text/html"), ("Location", "/menu/")])
            return [{body.strip()}]

        def test_menu(simulator):
            assert simulator.dial_in(app, to="+19195551234").hears("Sales")
    """)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert said in " ".join(shown.split())
    history = [line for line in result.outlines if " 0.0 s  " in line]
    assert history
    assert all(len(line) <= 80 for line in history)


def test_an_expected_exception_can_be_forgiven(project: pytest.Pytester) -> None:
    """A test about failure says so, and passes."""
    project.makepyfile("""
        from menu import app

        def test_menu(simulator):
            call = simulator.dial_in(app, to="+19195551234")
            call.press("9")
            [error] = simulator.webhooks.forgive()
            assert isinstance(error.__cause__, KeyError)
    """)
    project.runpytest().assert_outcomes(passed=1)


def test_several_exceptions_are_told(project: pytest.Pytester) -> None:
    """The first one fails the test, the others are noted."""
    project.makepyfile("""
        from menu import app

        def test_menu(simulator):
            for digits in "89":
                call = simulator.dial_in(app, to="+19195551234")
                call.press(digits)
    """)
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ApplicationError: the application raised KeyError: '8'",
            "*Later the application raised KeyError: '9'",
        ]
    )


def test_simulators_of_other_fixtures_count(project: pytest.Pytester) -> None:
    """A project may set the simulator up in a fixture of its own."""
    project.makepyfile("""
        import pytest
        from callcontrol.simulator import Simulator
        from menu import app

        @pytest.fixture
        def platform():
            with Simulator(patience=0) as simulator:
                yield simulator

        def test_menu(platform):
            call = platform.dial_in(app, to="+19195551234")
            assert call.hears("nothing of the kind")
    """)
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['* heard      "Press 1 for sales"'])


def test_other_tests_are_left_alone(project: pytest.Pytester) -> None:
    """A failing test without a simulator has no section of ours, and nothing of it is imported."""
    project.makepyfile("""
        import sys

        def test_other():
            assert "callcontrol.simulator" in sys.modules
    """)
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 'callcontrol.simulator' in *"])
    result.stdout.no_fnmatch_line("*application*")
