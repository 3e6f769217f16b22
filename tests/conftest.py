"""How hard property tests try: profile ``ci``, or ``thorough`` when HYPOTHESIS_PROFILE says so."""

import gc
import os
import signal

from hypothesis import HealthCheck, settings

# A shell that starts the tests in the background has these signals ignored, and so would have the
# commands that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,  # time on a shared machine says nothing; pytest-timeout stops a hang
    suppress_health_check=[HealthCheck.too_slow],  # same
    derandomize=True,  # the same commit passes or fails the same way everywhere
    print_blob=True,
)
settings.register_profile("thorough", max_examples=2_000, deadline=None, print_blob=True)
settings.register_profile(
    "mutation", max_examples=25, deadline=None, derandomize=True, database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_finish() -> None:
    """Leave the thousands of collected tests out of every later garbage collection."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than processors: a quarter of the time, tests wait for something."""
    return (os.cpu_count() or 1) + 1
