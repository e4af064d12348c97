"""What weighs hundreds of megabytes comes to who needs it alone: native code and jars by `make java-heavy` or `parity jars
fetch`, the libraries that write models by requirements/nightly.txt. A test that needs some of it is marked, and says what:

    @pytest.mark.heavy("torch", jars="pytorch")       # a Python package, and the jars of a runtime

It is skipped where that is not here, and fails under `make test-heavy`, which installs all of it (PARITY_TEST_HEAVY=1).
Heavy jars are what a module's own pom says are; the jars of all others are part of the build, and their absence is a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from parity.errors import JarsError
from parity.jvm.jars import class_path
from parity.jvm.lock import read_lock

_JAVA = Path(__file__).parents[1] / "java-harness"


def check(mark: pytest.Mark) -> None:
    """Skip the test where something is absent that its mark names; fail where all of it was to be installed."""
    told = _absent(*mark.args, **mark.kwargs)
    if told and os.environ.get("PARITY_TEST_HEAVY"):
        pytest.fail(told, pytrace=False)
    if told:
        pytest.skip(told)


def _absent(*packages: str, jars: str = "") -> str:
    told = next((f"{name} is NOT INSTALLED: NOT TESTED" for name in packages if find_spec(name) is None), "")
    return told or (not_there(jars) if jars else "")


def by_jars(runtimes: Iterable[str]) -> list[Any]:
    """Runtimes as the parameters of a test: those are marked whose jars are heavy."""
    return [pytest.param(name, marks=pytest.mark.heavy(jars=name)) if is_heavy(name) else name for name in runtimes]


def is_heavy(runtime: str) -> bool:
    pom = _JAVA / runtime / "pom.xml"
    return pom.exists() and "<id>heavy</id>" in pom.read_text()


@cache
def not_there(runtime: str) -> str:
    """Why a heavy runtime cannot be tested here, "" where it can."""
    if not is_heavy(runtime):
        return ""
    try:
        class_path(runtime)
    except JarsError as error:
        return f"{runtime} is NOT TESTED: {error}"
    return ""


def absent_heavy() -> list[str]:
    """The heavy runtimes that are not here, by name, sorted."""
    return sorted(filter(not_there, read_lock()))
