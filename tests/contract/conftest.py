from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parity.runtimes import find, open_session
from parity.runtimes.inputs import match_inputs
from parity.runtimes.runtime import licensed
from parity.runtimes.session import Session
from parity.values.case import Artifact
from tests.contract.artifacts import Made, make_all
from tests.heavy import by_jars

Opener = Callable[[str, Made], Session]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, ...]:
    return make_all(tmp_path_factory.mktemp("artifacts"))


def scoring() -> list[str]:
    """The runtimes that can score here: of those that need a licence the ones that have it. test_licensed.py has the others."""
    return [name for name, runtime in find().items() if licensed(runtime)]


@pytest.fixture(params=by_jars(scoring()))
def runtime(request: pytest.FixtureRequest) -> str:
    """Every runtime that is found, so that one that is dropped in is tested unasked."""
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
