from __future__ import annotations

from pathlib import Path

import pytest

from tests.jvm.sessions import compile_echo


@pytest.fixture(scope="session")
def echo_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_echo(tmp_path_factory.mktemp("echo classes"))
