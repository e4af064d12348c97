"""A step that computes other numbers in the artifact, by its tensors and by its structure; a last step that reads its features in
another order."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from parity.anatomy import read_model
from parity.anatomy.traverse import features as features_of
from parity.diagnose import diagnose
from parity.diagnose.evidence import Evidence
from parity.values.anatomy import Anatomy, Linear
from parity.values.finding import Cause

pytestmark = pytest.mark.filterwarnings("ignore:X has feature names")  # an artifact's structure is asked with frames

Floats = npt.NDArray[np.float64]
NAMES = ("a", "b", "c")
RNG = np.random.default_rng(7)
X = RNG.normal(size=(300, 3)) * [1, 10, 3] + [5, 40, 0]
HOLES = np.where(RNG.random(X.shape) < 0.2, np.nan, X)
Y = (X[:, 0] * 8 > X[:, 1]).astype(int)


def array(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.to_numpy(zero_copy_only=False) for c in batch.columns]).astype(np.float64)


def rows(values: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(c) for c in values.T], names=list(NAMES))


def pipeline(first: Any, last: Any, values: Floats) -> Pipeline:
    return Pipeline([("first", first), ("last", last)]).fit(values, Y)


def with_first(model: Pipeline, change: Callable[[Any], None]) -> Pipeline:
    other = copy.deepcopy(model)
    change(other[0])
    return other


def cause(
    model: Pipeline, other: Pipeline, values: Floats, artifact: Anatomy | None = None, *, graph: bool = True
) -> Cause | None:
    """What is said of a runtime that answers as `other`; its tensors are those of a graph where there is one."""

    def inner(batch: pa.RecordBatch) -> dict[str, npt.NDArray[Any]]:
        behind = other[0].transform(array(batch))
        return {"input": array(batch), "scaled": behind.astype(np.float32), "out": other.predict_proba(array(batch))[:, :1]}

    batch, reference = rows(values), read_model(model, NAMES)
    ours, theirs = model.predict_proba(array(batch)), other.predict_proba(array(batch))
    drifts = np.abs(ours - theirs).max(axis=1) > 1e-6
    assert drifts.any()
    found = diagnose(
        Evidence(
            drifting=batch.filter(pa.array(drifts)),
            agreeing=batch.filter(pa.array(~drifts)),
            ask_reference=lambda b: model.predict_proba(array(b)),
            ask_runtime=lambda b: other.predict_proba(array(b)),
            bound=lambda scores, _: np.full(len(scores), 1e-6),
            reference=reference,
            artifact=artifact or Anatomy(NAMES),
            features=lambda b: features_of(reference, array(b)),
            model=model,
            prepare=array,
            inner=inner if graph else None,
        )
    )
    return None if found is None else found.cause


def other_statistics(step: Any) -> None:
    step.statistics_ = step.statistics_ + np.array([0.5, 2.0, 0.0])


def other_scale(step: Any) -> None:
    step.scale_ = step.scale_ * [1.0, 1.7, 0.8]


def other_edges(step: Any) -> None:
    step.bin_edges_[0] = step.bin_edges_[0] + 0.4


BINS = KBinsDiscretizer(5, encode="ordinal", quantile_method="averaged_inverted_cdf")
LOGISTIC, FOREST = LogisticRegression(), RandomForestClassifier(12, max_depth=4, random_state=0)


@pytest.mark.parametrize(
    ("first", "last", "change", "values", "said"),
    [
        (SimpleImputer(), LOGISTIC, other_statistics, HOLES, "in 2 of 3 features"),
        (SimpleImputer(), FOREST, other_statistics, HOLES, "in 2 of 3 features"),
        (StandardScaler(), FOREST, other_scale, X, "in 2 of 3 features"),
        (BINS, LOGISTIC, other_edges, X, "in 1 of 3 features"),
    ],
    ids=["imputer", "imputer-forest", "scaler-forest", "bins"],
)
def test_a_step_that_computes_other_numbers_is_named_by_the_tensor_behind_it(
    first: Any, last: Any, change: Callable[[Any], None], values: Floats, said: str
) -> None:
    model = pipeline(first, last, values)
    found = cause(model, with_first(model, change), values)
    assert found is not None and found.name == "step-values"
    assert said in found.evidence and f"behind first ({type(first).__name__})" in found.evidence


@pytest.mark.parametrize("last", [LOGISTIC, FOREST], ids=["linear", "trees"])
def test_without_tensors_the_artifact_s_own_structure_says_so(last: Any) -> None:
    model = pipeline(SimpleImputer(), last, HOLES)
    other = with_first(model, other_statistics)
    found = cause(model, other, HOLES, read_model(other, NAMES), graph=False)
    assert found is not None and found.name == "step-values" and "in 2 of 3 features" in found.evidence


def test_a_last_step_that_differs_is_no_step_in_front() -> None:
    model = pipeline(SimpleImputer(), LOGISTIC, HOLES)
    other = copy.deepcopy(model)
    other[-1].coef_ = other[-1].coef_ * [1.0, 1.5, 2.0]
    found = cause(model, other, HOLES)
    assert found is None or found.name != "step-values"


def test_rounding_in_a_step_is_not_called_other_numbers() -> None:
    model = pipeline(StandardScaler(), FOREST, X)
    other = with_first(model, lambda step: setattr(step, "scale_", step.scale_ * (1 + 1e-9)))
    edges = np.repeat(X[:40], 40, axis=0)
    trees = read_model(model, NAMES).trees
    assert trees is not None
    inner = RNG.choice(np.flatnonzero(trees.left >= 0), len(edges))
    back = trees.threshold[inner] * model[0].scale_[trees.feature[inner]] + model[0].mean_[trees.feature[inner]]
    edges[np.arange(len(edges)), trees.feature[inner]] = back
    found = cause(model, other, edges)
    assert found is None or found.name != "step-values"


def test_coefficients_in_another_order_are_columns_swapped() -> None:
    model = pipeline(StandardScaler(), LOGISTIC, X)
    other = copy.deepcopy(model)
    other[-1].coef_ = other[-1].coef_[:, [1, 2, 0]]
    read = read_model(model, NAMES)
    assert read.linear is not None
    turned = replace(read, linear=Linear(read.linear.weights[:, [1, 2, 0]], read.linear.intercept, read.linear.link))
    found = cause(model, other, X, turned, graph=False)
    assert found is not None and found.name == "columns-swapped" and "reads c for a, a for b, b for c" in found.evidence
