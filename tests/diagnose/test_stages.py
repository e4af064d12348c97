"""Where a drift is born: the artifact's tensors are scikit-learn's own steps, with one fault put in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from parity.diagnose.evidence import Evidence
from parity.diagnose.stages import stage_of
from parity.values.anatomy import Anatomy

Floats = npt.NDArray[np.float64]
RNG = np.random.default_rng(5)
X = RNG.normal(size=(400, 3)) * 10 + 50
BINS = KBinsDiscretizer(6, encode="onehot-dense", quantile_method="averaged_inverted_cdf")
MODEL = Pipeline([("scaler", StandardScaler()), ("bins", BINS), ("model", LogisticRegression())]).fit(X, X[:, 0] > X[:, 1])
EDGES = np.concatenate([MODEL[0].inverse_transform(np.tile(e[1:-1], (3, 1)).T)[:, 0] for e in MODEL[1].bin_edges_[:1]])


def array(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.to_numpy() for c in batch.columns])


def rows(values: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(c) for c in values.T], names=list("abc"))


def small_in_scaler(values: Floats) -> Floats:
    return values + 1e-7


def nothing(values: Any) -> Any:
    return values


def shifted_bin(values: Floats) -> Floats:
    out = values.copy()
    out[values[:, 0] == 1, :2] = [0, 1]
    return out


def other_weights(values: Floats) -> Floats:
    return np.clip(values, 0.3, 0.7)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ((small_in_scaler, nothing, nothing), r"born in scaler \(off by \d+e-0[78]\), amplified in bins \(off by 1\)"),
        ((nothing, shifted_bin, nothing), r"born in bins \(off by 1\)"),
        ((nothing, nothing, other_weights), "born in model"),
    ],
)
def test_the_step_that_is_at_fault(faults: tuple[Callable[[Any], Any], ...], said: str) -> None:
    def run(values: Floats) -> tuple[Floats, Floats, Floats]:
        scaled = faults[0](MODEL[0].transform(values))
        binned = faults[1](MODEL[1].transform(scaled))
        return scaled, binned, faults[2](MODEL[2].predict_proba(binned))

    near = np.repeat(X[:60], 5, axis=0)
    near[:, 0] = np.tile(np.nextafter(EDGES, -np.inf), 60) - 1e-9
    given = np.vstack([X, near])
    drifts = np.abs(MODEL.predict_proba(given) - run(given)[2]).max(axis=1) > 1e-4
    assert drifts.any() and not drifts.all()
    evidence = Evidence(
        drifting=rows(given[drifts]),
        agreeing=rows(given[~drifts]),
        ask_reference=lambda batch: MODEL.predict_proba(array(batch)),
        ask_runtime=lambda batch: run(array(batch))[2],
        bound=lambda scores, batch: np.full(len(scores), 1e-4),
        reference=Anatomy(("a", "b", "c")),
        artifact=Anatomy(("a", "b", "c")),
        features=array,
        model=MODEL,
    )

    def exposed(batch: pa.RecordBatch) -> dict[str, npt.NDArray[Any]]:
        scaled, binned, _ = run(array(batch))
        return {"noise": RNG.normal(size=scaled.shape), "s": scaled, "b": binned}

    assert re.match(said, stage_of(evidence, array, nothing, exposed))
    assert stage_of(evidence, array, nothing, lambda batch: {}) == "", "no tensor, no claim"
