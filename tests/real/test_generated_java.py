"""m2cgen's Java on plainly exported models: what it drops is found and named, what it keeps is green."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity.judge.verdict import case_verdict
from parity.pipeline import check
from parity.values.result import PhaseResult, Verdict
from tests.real.models import Made, frame, lightgbm

pytestmark = pytest.mark.slow


def exported(model: Any, sample: Any, where: Path) -> Made:
    import m2cgen

    path = where / "Model.java"
    path.write_text(m2cgen.export_to_java(model))
    return Made(model, path, sample)


def forest_with_missing(where: Path) -> Made:
    """m2cgen writes `input[0] <= threshold` and nothing for NaN, which so goes right wherever scikit-learn learned left."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("breast_cancer")
    X = X.iloc[:, :4].mask(np.random.default_rng(0).random((len(X), 4)) < 0.1)
    return exported(RandomForestClassifier(8, max_depth=4, random_state=0).fit(X, y), X, where)


def logistic_regression(where: Path) -> Made:
    """m2cgen's code of a binary logistic regression ends before the logistic function."""
    from sklearn.linear_model import LogisticRegression

    X, y = frame("breast_cancer")
    return exported(LogisticRegression(max_iter=5000).fit(X.iloc[:, :8], y), X.iloc[:, :8], where)


def logistic_regression_of_three_classes(where: Path) -> Made:
    """Of several classes m2cgen's code gives the margins, without their softmax."""
    from sklearn.linear_model import LogisticRegression

    X, y = frame("wine")
    return exported(LogisticRegression(max_iter=5000).fit(X.iloc[:, :6], y), X.iloc[:, :6], where)


def clean_forest(where: Path) -> Made:
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("wine", np.float32)
    return exported(RandomForestClassifier(10, max_depth=5, random_state=0).fit(X, y), X, where)


def clean_lightgbm(where: Path) -> Made:
    """Missing values included: of LightGBM's trees m2cgen writes the direction that they learned."""
    X, y = frame("breast_cancer")
    X = X.iloc[:, :8].mask(np.random.default_rng(0).random((len(X), 8)) < 0.1)
    return exported(lightgbm().fit(X, y), X, where)


def judged(build: Callable[[Path], Made], where: Path) -> list[PhaseResult]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = build(where)
    return check(made.model, made.artifact, data=made.sample, name=build.__name__, folder=where / ".parity", profile="dev")


@pytest.mark.parametrize(
    ("build", "cause"),
    [
        (forest_with_missing, "missing-direction-dropped"),
        (logistic_regression, "raw-margin"),
        (logistic_regression_of_three_classes, "raw-margin"),
    ],
)
def test_what_the_generator_drops_is_found_and_named(build: Callable[[Path], Made], cause: str, tmp_path: Path) -> None:
    results = judged(build, tmp_path)
    assert case_verdict(results)[0] == Verdict.FAIL
    named = [f.cause.name if f.cause else None for r in results for f in r.findings if not f.off_domain]
    assert named
    # m2cgen also compares doubles where scikit-learn compares floats: beside a split both causes may be needed.
    assert all(name is not None and cause in name for name in named), named


@pytest.mark.parametrize("build", [clean_forest, clean_lightgbm], ids=lambda build: build.__name__)
def test_what_the_generator_keeps_is_green(build: Callable[[Path], Made], tmp_path: Path) -> None:
    results = judged(build, tmp_path)
    assert case_verdict(results)[0] == Verdict.PASS, [(r.phase, r.reason) for r in results]
    assert sum(r.compared for r in results) > 2_000
