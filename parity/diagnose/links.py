"""Links between margins and scores, and causes that are the wrong link or the wrong convention of an output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.factors import averaged_late, scaled, scaled_by_class
from parity.diagnose.maps import mapped
from parity.diagnose.offsets import shifted, shifted_by_class


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Each map from one side's answers to the other's, then the same with a constant between the margins."""
    yield from mapped(evidence)
    yield from _permuted(evidence)
    yield from shifted(evidence)
    yield from shifted_by_class(evidence)
    yield from scaled(evidence)
    yield from scaled_by_class(evidence)
    yield from averaged_late(evidence)


MOST_CLASSES = 64
"""Columns among which a permutation is looked for."""


def _permuted(evidence: Evidence) -> Iterator[Hypothesis]:
    """The order of the reference's columns that comes nearest to the runtime's, where it is another one."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not 2 <= ours.shape[1] <= MOST_CLASSES:
        return
    order = _nearest_order(np.nan_to_num(ours), np.nan_to_num(theirs))
    if np.array_equal(order, np.arange(ours.shape[1])):
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return evidence.ask_reference(batch)[:, order]

    text = f"the reference's columns in the order {', '.join(map(str, order))} are the runtime's answer"
    yield Hypothesis("classes-permuted", predict, evidence.ask_runtime, text)


def _nearest_order(ours: Floats, theirs: Floats) -> npt.NDArray[np.int64]:
    """order with ours[:, order] nearest to theirs: the assignment of least mean distance."""
    from scipy.optimize import linear_sum_assignment

    distance = np.abs(theirs[:, :, None] - ours[:, None, :]).mean(axis=0)
    return np.asarray(linear_sum_assignment(distance)[1], dtype=np.int64)
