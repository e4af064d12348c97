"""What the tool is for: bugs that exist today are found and rightly explained, and clean models are green."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from parity.judge.verdict import case_verdict
from parity.pipeline import check
from parity.values.result import PhaseResult, Verdict
from tests.real.models import BUGS, CLEAN, Made

pytestmark = pytest.mark.slow


def judged(build: Callable[[Path], Made], where: Path) -> list[PhaseResult]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # converters warn of their own deprecations
        made = build(where)
    return check(made.model, made.artifact, data=made.sample, name=build.__name__, folder=where / ".parity", profile="dev")


@pytest.mark.parametrize("build", BUGS, ids=lambda b: b.__name__)
def test_a_bug_that_exists_today_is_found_and_explained(build: Callable[[Path], Made], tmp_path: Path) -> None:
    results = judged(build, tmp_path)
    assert case_verdict(results)[0] == Verdict.FAIL
    valid = [f for r in results for f in r.findings if not f.off_domain]
    assert {f.cause.name if f.cause else "unexplained" for f in valid} == BUGS[build]


@pytest.mark.parametrize("build", CLEAN, ids=lambda b: b.__name__)
def test_a_clean_model_is_green(build: Callable[[Path], Made], tmp_path: Path) -> None:
    results = judged(build, tmp_path)
    assert case_verdict(results)[0] == Verdict.PASS, [(r.phase, r.reason) for r in results]
    assert sum(r.compared for r in results) > 2_000
