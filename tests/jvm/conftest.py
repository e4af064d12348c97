from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jvm.maven import Machine, Repository, a_machine, serving
from tests.jvm.sessions import compile_echo


@pytest.fixture(scope="session")
def echo_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_echo(tmp_path_factory.mktemp("echo classes"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return a_machine(tmp_path, monkeypatch)


@pytest.fixture
def repository() -> Iterator[Repository]:
    with serving() as there:
        yield there
