"""An imputer whose indicators are not exported, in front of linear models."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from parity.diagnose import diagnose
from parity.diagnose.evidence import Evidence
from parity.diagnose.margins import logistic, softmax
from parity.values.anatomy import Anatomy

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(5)
X = RNG.normal(size=(300, 3))
Y = X[:, 0] + X[:, 1]
X[RNG.random(X.shape) < 0.15] = np.nan


def matrix(batch: pa.RecordBatch) -> npt.NDArray[np.float64]:
    return np.column_stack([c.to_numpy(zero_copy_only=False) for c in batch.columns])


def engine(model: Any, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A row after the other, as ONNX Runtime reads a flat list of coefficients (linearclassifier.cc): rows of its width."""
    last = model[-1]
    imputed = np.where(np.isnan(values), model[0].statistics_, values)
    flat, start = np.ravel(last.coef_), np.atleast_1d(last.intercept_)
    if len(start) == 1 and hasattr(last, "classes_"):
        flat, start = np.concatenate([-flat, flat]), np.concatenate([-start, start])
    margin = np.stack([imputed @ flat[k * 3 : k * 3 + 3] + start[k] for k in range(len(start))], axis=1)
    if not hasattr(last, "classes_"):
        return margin
    return logistic(margin) if len(start) == 2 else softmax(margin)


@pytest.mark.parametrize("kind", ["two classes", "three classes", "a number"])
def test_coefficients_that_are_read_in_the_wrong_width(kind: str) -> None:
    y = {"two classes": Y > 0, "three classes": np.digitize(Y, [-0.5, 0.5]), "a number": Y}[kind]
    last = Ridge() if kind == "a number" else LogisticRegression()
    model = make_pipeline(SimpleImputer(add_indicator=True), last).fit(X, y)
    method = model.predict if kind == "a number" else model.predict_proba
    batch = pa.RecordBatch.from_arrays([pa.array(c, from_pandas=True) for c in X.T], names=list(NAMES))

    def named(runtime: Any) -> str | None:
        evidence = Evidence(
            drifting=batch,
            agreeing=batch.slice(0, 0),
            ask_reference=lambda given: np.asarray(method(matrix(given))).reshape(given.num_rows, -1),
            ask_runtime=lambda given: runtime(matrix(given)),
            bound=lambda scores, _: np.full(len(scores), 1e-9),
            reference=Anatomy(NAMES),
            artifact=Anatomy(NAMES),
            features=lambda given: model[0].transform(matrix(given)),
            model=model,
        )
        found = diagnose(evidence)
        return None if found is None else found.cause.name

    assert named(lambda values: engine(model, values)) == "indicators-dropped"
    assert named(lambda values: engine(model, values)[:, ::-1] * 0.9 + 0.01 * np.nan_to_num(values[:, :1])) is None
