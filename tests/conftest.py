"""How hard property tests try: profile ``ci``, or ``thorough`` when HYPOTHESIS_PROFILE says so."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,  # time on a shared machine says nothing; pytest-timeout stops a hang
    suppress_health_check=[HealthCheck.too_slow],  # same
    derandomize=True,  # the same commit passes or fails the same way everywhere
    print_blob=True,
)
settings.register_profile("thorough", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
