from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from parity.errors import JarsError
from parity.jvm.jars import class_path
from parity.runtimes import find, open_session
from parity.runtimes.inputs import match_inputs
from parity.runtimes.runtime import licensed
from parity.runtimes.session import Session
from parity.values.case import Artifact
from tests.contract.artifacts import Made, make_all

Opener = Callable[[str, Made], Session]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, ...]:
    return make_all(tmp_path_factory.mktemp("artifacts"))


JAVA = Path(__file__).parents[2] / "java-harness"


@cache
def not_there(runtime: str) -> str:
    """Why a heavy runtime cannot be tested here, "" where it can: its native code is fetched by who needs it alone.

    Heavy is what a module's own pom says is; the jars of all others are part of the build, and their absence is a failure.
    """
    pom = JAVA / runtime / "pom.xml"
    if not pom.exists() or "<id>heavy</id>" not in pom.read_text():
        return ""
    try:
        class_path(runtime)
    except JarsError as error:
        return f"{runtime} is NOT TESTED: {error}"
    return ""


def scoring() -> list[str]:
    """The runtimes that can score here: of those that need a licence the ones that have it. test_licensed.py has the others."""
    return [name for name, runtime in find().items() if licensed(runtime)]


@pytest.fixture(params=scoring())
def runtime(request: pytest.FixtureRequest) -> str:
    """Every runtime that is found, so that one that is dropped in is tested unasked."""
    if told := not_there(request.param):
        pytest.skip(told)
    return str(request.param)


@pytest.fixture
def artifacts(runtime: str, made: tuple[Made, ...]) -> tuple[Made, ...]:
    own = tuple(one for one in made if find()[runtime].recognises(one.path))
    assert own, f"no artifact for {runtime}: add a maker of {find()[runtime].format} in a file of tests/contract/makers"
    return own


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Opens a bound session per runtime and artifact, once, and closes them all at the end."""
    folder, sessions = tmp_path_factory.mktemp("contract"), dict[tuple[str, Path], Session]()

    def session(runtime: str, made: Made) -> Session:
        key = (runtime, made.path)
        if key not in sessions:
            sessions[key] = open_bound(runtime, made, folder / ".parity")
        return sessions[key]

    yield session
    for one in sessions.values():
        one.close()


def open_bound(runtime: str, made: Made, folder: Path) -> Session:
    session = open_session(find()[runtime], Artifact(made.path, options=made.options), folder=folder, timeout=60.0)
    session.bind(match_inputs(made.columns, session.signature, {}))
    return session
