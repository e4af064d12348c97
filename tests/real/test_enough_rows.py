"""MLeap, PFA and Tribuo on honest models: thousands of rows beside the Python reference, all within the derived tolerance.

The other engines of this size have such a test beside their surprises: Spark, PyTorch, TensorFlow and TensorFlow Lite.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from parity.values.case import Artifact, Case
from parity.values.result import Verdict
from tests.anatomy import pfa_documents
from tests.contract.makers.tribuo import KEPT
from tests.real import mleap
from tests.real.judged import judged
from tests.real.models import Made, frame

pytestmark = pytest.mark.slow
ROWS = 2_000


def logistic(where: Path) -> Made:
    """Is it an eight?"""
    from sklearn.linear_model import LogisticRegression

    X, y = frame("digits")
    return mleap.bundle(LogisticRegression(max_iter=5_000), X / 16, (y == 8).astype(int), where)


def forest(where: Path) -> Made:
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("digits", np.float32)
    return mleap.bundle(RandomForestClassifier(20, max_depth=8, random_state=0), X, y, where)


def within_the_derived_tolerance(case: Case, where: Path) -> None:
    results = judged(case, where, "examples", "random", rows=ROWS)
    for result in results:
        assert result.verdict == Verdict.PASS, result.reason
        assert result.outputs
        assert all(output.max_abs <= output.derived_tolerance for output in result.outputs)
    assert sum(result.compared for result in results) >= ROWS


@pytest.mark.parametrize(("build", "ignored"), [(logistic, ()), (forest, ("raw_prediction",))])
def test_mleap(build: Callable[[Path], Made], ignored: tuple[str, ...], tmp_path: Path) -> None:
    """A forest's raw prediction is MLeap's count of votes; scikit-learn has nothing of the kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter is older than scikit-learn's names
        made = build(tmp_path)
    artifact = Artifact(made.artifact, ("mleap",))
    case = Case("case", made.model, (artifact,), tmp_path, data=made.sample, source="test", ignore_outputs=ignored)
    within_the_derived_tolerance(case, tmp_path)


def test_pfa(tmp_path: Path) -> None:
    """A forest over the digits, laid out as R's exporter lays it out."""
    from sklearn.ensemble import RandomForestRegressor

    X, y = frame("digits", np.float32)
    model = RandomForestRegressor(20, max_depth=8, random_state=0).fit(X, y)
    path = tmp_path / "forest.pfa"
    path.write_text(json.dumps(pfa_documents.forest(model, list(X.columns))), "utf-8")
    case = Case("case", model, (Artifact(path, ("pfa",)),), tmp_path, data=X, source="test")
    within_the_derived_tolerance(case, tmp_path)


def test_tribuo(tmp_path: Path) -> None:
    """In the order of the alphabet, in which Tribuo's export takes its features."""
    sample = pd.DataFrame(np.loadtxt(KEPT / "rows.csv", delimiter=",", dtype=np.float32), columns=["f2", "f10", "f1"])
    artifact, outputs = Artifact(KEPT / "three.tribuo", ("tribuo",)), {"output": "probability"}
    data = sample[["f1", "f10", "f2"]]
    case = Case(
        "case",
        str(KEPT / "three.onnx"),
        (artifact,),
        tmp_path,
        data=data,
        source="test",
        outputs=outputs,
        ignore_outputs=("label",),
    )
    within_the_derived_tolerance(case, tmp_path)
