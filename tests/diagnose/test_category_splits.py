"""Histogram boosting on categories, whose sets are exported as thresholds of 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingClassifier

from parity.anatomy import read_model
from parity.anatomy.traverse import features as features_of
from parity.diagnose import diagnose
from parity.diagnose.evidence import Evidence
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy

NAMES = ("a", "b", "kind")
RNG = np.random.default_rng(4)
ROWS = pd.DataFrame({"a": RNG.normal(size=400), "b": RNG.normal(size=400), "kind": RNG.integers(0, 6, 400).astype(float)})
Y = (ROWS["a"] + np.isin(ROWS["kind"], [1, 4]) * 2 - ROWS["b"] > 0.5).astype(int)


def matrix(batch: pa.RecordBatch) -> npt.NDArray[np.float64]:
    return np.column_stack([c.to_numpy() for c in batch.columns])


def test_sets_that_are_compared_with_zero_on_columns_that_were_not_moved() -> None:
    """Node by node as skl2onnx 1.20 writes them: its feature index and num_threshold, whatever the node asks."""
    model = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=6, categorical_features=["kind"], random_state=0).fit(
        ROWS, Y
    )
    assert any(n["is_categorical"] for (t,) in model._predictors for n in t.nodes)

    def runtime(batch: pa.RecordBatch) -> npt.NDArray[np.float64]:
        margin = np.full(batch.num_rows, model._baseline_prediction.ravel()[0])
        for i, row in enumerate(matrix(batch)):
            for (tree,) in model._predictors:
                node = tree.nodes[0]
                while not node["is_leaf"]:
                    node = tree.nodes[node["left" if row[node["feature_idx"]] <= node["num_threshold"] else "right"]]
                margin[i] += node["value"]
        p = 1 / (1 + np.exp(-margin))
        return np.column_stack([1 - p, p])

    anatomy = read_model(model, NAMES)
    batch = pa.RecordBatch.from_pandas(ROWS, preserve_index=False)
    reference = np.asarray(model.predict_proba(ROWS))
    drifts = np.abs(reference - runtime(batch)).max(axis=1) > 1e-9
    found = diagnose(
        Evidence(
            drifting=batch.filter(pa.array(drifts)),
            agreeing=batch.filter(pa.array(~drifts)),
            ask_reference=lambda given: np.asarray(model.predict_proba(given.to_pandas())),
            ask_runtime=runtime,
            bound=lambda scores, _: np.full(len(scores), 1e-9),
            reference=anatomy,
            artifact=Anatomy(NAMES),
            features=lambda given: features_of(anatomy, given.to_pandas()),
            model=model,
        )
    )
    assert found is not None and found.cause.name == "categories-compared"
    assert anatomy.trees is not None and anatomy.trees.sets is not None
    assert np.allclose(runtime(batch), simulate(replace(anatomy.trees, sets=None), matrix(batch), 2))
