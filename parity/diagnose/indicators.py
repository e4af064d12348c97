"""Columns that say what was missing, which an export of an imputer leaves out: what stands behind it reads the wrong numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.margins import linked, logistic


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """For a linear model right behind an imputer with indicators: its coefficients laid out anew on the columns that are left.

    An engine that trusts the number of columns it is given (ONNX Runtime's LinearClassifier and LinearRegressor) reads the
    coefficients, one class after the other, as a matrix of that width.
    """
    steps = [step for _, step in getattr(evidence.model, "steps", ())]
    if len(steps) < 2 or not getattr(steps[-2], "add_indicator", False) or not hasattr(steps[-1], "coef_"):
        return
    weights, intercept = np.atleast_2d(steps[-1].coef_), np.atleast_1d(steps[-1].intercept_).astype(np.float64)
    kept = weights.shape[1] - len(steps[-2].indicator_.features_)
    columns = evidence.ask_runtime(evidence.drifting).shape[1]
    if columns == 2 and len(weights) == 1:
        weights, intercept = np.vstack([-weights, weights]), np.concatenate([-intercept, intercept])
    laid = weights.ravel()[: len(weights) * kept].reshape(len(weights), kept)
    for link in ("identity", "logistic", "softmax"):

        def predict(batch: pa.RecordBatch, link: str = link) -> Floats:
            margin = evidence.features(batch)[:, :kept] @ laid.T + intercept
            return logistic(margin) if link == "logistic" else linked(margin, link, columns)

        text = f"the coefficients, read {kept} to a class because the columns that say what was missing are left out, answer so"
        yield Hypothesis("indicators-dropped", predict, evidence.ask_runtime, text)
