"""What a runtime owes whose engine scores with a licence alone, where there is none: an error that says so, and what to do.

With a licence (its variables are set) it is tested by every clause, like all others.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parity.errors import LicenceError, UnmeasurableError
from parity.runtimes import find, open_session
from parity.runtimes.runtime import Licensed
from parity.values.case import Artifact
from tests.contract.artifacts import Made

# The clauses that need no engine to answer, with the fixture `runtime` of this module.
from tests.contract.test_opening import (  # noqa: F401
    test_a_truncated_artifact_is_an_error_that_names_it,
    test_an_empty_an_absent_and_a_foreign_file_are_errors_before_a_jvm_starts,
    test_an_unknown_option_is_an_error,
)
from tests.heavy import by_jars

LICENSED = sorted(name for name, runtime in find().items() if isinstance(runtime, Licensed))


@pytest.fixture(params=by_jars(LICENSED))
def runtime(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for variable in find()[request.param].licence_variables:  # type: ignore[attr-defined]
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return str(request.param)


def test_without_a_licence_nothing_is_opened_and_the_engine_says_why(
    runtime: str, artifacts: tuple[Made, ...], tmp_path: Path
) -> None:
    for made in artifacts:
        with pytest.raises(LicenceError) as told:
            open_session(find()[runtime], Artifact(made.path), folder=tmp_path / ".parity", timeout=60.0)
        said = str(told.value)
        assert isinstance(told.value, UnmeasurableError), "nothing is wrong with the model"
        assert re.search(r"(?i)licen[cs]e could not be found", said), "the engine's own words"
        assert made.path.name in said and find()[runtime].licence in said
        assert all(variable in said for variable in find()[runtime].licence_variables)  # type: ignore[attr-defined]
        assert "\tat " not in said, "no stack trace"


def test_it_is_told_before_its_jars_are_fetched(runtime: str) -> None:
    from parity.jvm.lock import announced, read_lock

    (line,) = announced({runtime: read_lock()[runtime]})
    assert find()[runtime].licence in line
