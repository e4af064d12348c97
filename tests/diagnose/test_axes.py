"""Tensors in another order: found where the runtime tells rows apart, not claimed where it is saturated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from parity.diagnose import axes, columns, diagnose
from parity.diagnose.evidence import Evidence
from parity.numeric.tensors import cells, column_of
from parity.values.anatomy import Anatomy

SHAPE = (3, 2, 4)
RNG = np.random.default_rng(5)
WEIGHTS = RNG.normal(size=SHAPE)


def rows(count: int = 40) -> pa.RecordBatch:
    return pa.record_batch({"image": column_of(RNG.normal(size=(count, *SHAPE)), pa.float64(), SHAPE)})


def scored(values: np.ndarray) -> np.ndarray:
    return np.asarray((values * WEIGHTS).reshape(len(values), -1).sum(axis=1, keepdims=True))


def evidence(runtime: Callable[[np.ndarray], np.ndarray], reference: Callable[[np.ndarray], np.ndarray] = scored) -> Evidence:
    batch = rows()
    return Evidence(
        drifting=batch,
        agreeing=batch.slice(0, 0),
        ask_reference=lambda asked: reference(cells(asked.column(0))),
        ask_runtime=lambda asked: runtime(cells(asked.column(0))),
        bound=lambda scores, asked: np.full(len(scores), 1e-9),
        reference=Anatomy(("image",)),
        artifact=Anatomy(("image",)),
        features=lambda asked: np.zeros((asked.num_rows, 1)),
    )


@pytest.mark.parametrize(
    ("change", "name", "told"),
    [
        (lambda v: v.transpose(0, 3, 1, 2).reshape(v.shape), "axes-permuted", "in the order of axes 2, 0, 1"),
        (lambda v: v[:, :, :, ::-1], "axis-reversed", "axis 2 of 3 from its end to its start"),
    ],
)
def test_the_order_is_the_cause(change: Callable[[np.ndarray], np.ndarray], name: str, told: str) -> None:
    found = diagnose(evidence(lambda values: scored(change(values))))
    assert found is not None
    assert (found.cause.name, found.cause.explained) == (name, 1.0)
    assert told in found.cause.evidence


def test_other_numbers_are_not_explained_by_an_order() -> None:
    assert list(axes.hypotheses(evidence(lambda values: scored(values) + np.abs(values).max(axis=(1, 2, 3))[:, None]))) == []


def test_what_is_saturated_on_most_rows_proves_no_exchange() -> None:
    """A sigmoid of large numbers is 0 or 1: a reference given nonsense is so too, and half of the rows say the same."""

    def saturated(values: np.ndarray) -> np.ndarray:
        return np.where(np.arange(len(values)) % 8 == 0, 0.5, 1.0)[:, None]

    given = evidence(saturated, saturated)
    assert list(axes.hypotheses(given)) == []
    two = pa.record_batch({name: given.drifting.column(0) if name == "a" else rows().column(0) for name in "ab"})
    flat = Evidence(**{**vars(given), "drifting": two})
    assert list(columns.hypotheses(flat)) == []
