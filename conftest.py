"""pytester for the plugin's tests, and Hypothesis profiles."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# No deadline: the first call of a JVM takes longer than any of Hypothesis' own limits (DESIGN section 9).
settings.register_profile("dev", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", deadline=None, max_examples=60, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="write tests/report/golden anew; then read the difference")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("heavy"):
        from tests.heavy import check

        check(mark)
