"""What all tests share: one thread for every number library, and reproducible hypothesis runs."""

import os

from hypothesis import HealthCheck, settings

# Two BLAS threads on two busy cores are many times slower than one; set before anything imports numpy.
os.environ["OMP_NUM_THREADS"] = "1"

# The same examples everywhere, and no time limit per example: the machine that runs the tests may be busy.
settings.register_profile(
    "genloop",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("genloop")
