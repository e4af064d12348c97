"""A small constant added to the output of a model whose arithmetic is hard to bound: found, while the honest export passes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from sklearn.ensemble import StackingClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from parity.values.case import Artifact, Case
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict
from tests.real.judged import judged
from tests.real.models import frame, onnx_file

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning")]

STACK = [("bayes", GaussianNB()), ("linear", LogisticRegression(max_iter=2000))]
# With the table, and how far the scores spread: a shift is a share of that.
MODELS: dict[str, tuple[Callable[[], Any], str, float]] = {
    "knn-classifier": (KNeighborsClassifier, "iris", 1.0),
    "knn-regressor": (KNeighborsRegressor, "diabetes", 100.0),
    "platt": (lambda: SVC(probability=True, random_state=0), "breast_cancer", 1.0),
    "gaussian-process": (lambda: GaussianProcessRegressor(alpha=1.0), "diabetes", 100.0),
    "stacking": (lambda: StackingClassifier(STACK), "wine", 1.0),  # no rule: measured
}
SHIFTS = (0.0, 1e-3, 1e-4)


def shifted(source: Path, by: float) -> Path:
    """The graph with a constant added to its last output, under the same name."""
    model = onnx.load(str(source))
    graph = model.graph
    output = graph.output[-1].name
    for node in graph.node:
        for i, name in enumerate(node.output):
            if name == output:
                node.output[i] = f"{output}_before"
    graph.initializer.append(numpy_helper.from_array(np.array([by], np.float32), "the shift"))
    graph.node.append(helper.make_node("Add", [f"{output}_before", "the shift"], [output]))
    path = source.with_name("shifted.onnx")
    onnx.save(model, str(path))
    return path


def phases_of(name: str, shift: float, where: Path) -> dict[Phase, PhaseResult]:
    make, table, spread = MODELS[name]
    X, y = frame(table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # converters warn of their own deprecations
        model = make_pipeline(StandardScaler(), make()).fit(X, y)
        path = onnx_file(model, X, where)
    path = shifted(path, shift * spread) if shift else path
    case = Case(name, model, (Artifact(path, ("onnxruntime",)),), where, data=X, source="test")
    return {result.phase: result for result in judged(case, where, Phase.RANDOM, Phase.BOUNDARY)}


@pytest.mark.parametrize("name", MODELS)
def test_a_shift_is_found_in_random_rows_and_by_a_search(name: str, tmp_path: Path) -> None:
    for shift in SHIFTS:
        folder = tmp_path / str(shift)
        folder.mkdir()
        for phase, result in phases_of(name, shift, folder).items():
            assert result.verdict == (Verdict.FAIL if shift else Verdict.PASS), (name, shift, phase, result.reason)
            assert not shift or result.drifted > 0.9 * result.compared, (name, shift, phase, result.drifted, result.compared)
