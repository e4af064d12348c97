"""What a diagnosis asks of the two sides."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parity.flow.questions import answered_only


def _refusing_infinity(scores: np.ndarray, batch: pa.RecordBatch) -> np.ndarray:
    """A bound that goes through the steps of a pipeline, which refuse infinity."""
    values = batch.column(0).to_numpy()
    if not np.isfinite(values).all():
        raise ValueError("Input X contains infinity")
    return 1e-6 * np.abs(scores).max(axis=1)


def test_a_row_that_the_reference_refuses_has_no_bound() -> None:
    batch = pa.RecordBatch.from_pydict({"x": [1.0, np.inf, 2.0]})
    answers = np.array([[1.0], [np.nan], [2.0]])
    bound = answered_only(_refusing_infinity, lambda _: answers)(np.array([[1.0], [0.0], [2.0]]), batch)
    np.testing.assert_array_equal(bound, [1e-6, np.nan, 2e-6])


def test_rows_that_are_all_refused_have_none_either() -> None:
    batch = pa.RecordBatch.from_pydict({"x": [np.inf]})
    assert np.isnan(answered_only(_refusing_infinity, lambda _: np.array([[np.nan]]))(np.zeros((1, 1)), batch)).all()
