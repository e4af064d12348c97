"""Answers that depend on the rows beside: a row that gets another row's answer, and the right one when it is asked alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence, Floats, Hypothesis, drift_of

ALONE = 32
"""Rows that are asked alone, a call of each side for each."""

NEIGHBOURS = (
    ("stale-rows", -1, "the row before"),
    ("rows-lost", 1, "the row after"),
)
"""Name, whose answer a row gets, and that in words."""


def depends_on_batch(evidence: Evidence, drifts: npt.NDArray[np.bool_]) -> bool:
    """Do rows that drift in one batch, (rows,) `drifts`, agree when each is asked alone? Asked of the first few."""
    rows = np.flatnonzero(drifts)[:ALONE]
    if not len(rows) or evidence.drifting.num_rows == 1:
        return False
    agree = [_agrees(evidence, evidence.drifting.slice(int(row), 1)) for row in rows]
    return float(np.mean(agree)) >= CONFIRM_EXPLAINED


def _agrees(evidence: Evidence, one: pa.RecordBatch) -> bool:
    bound = evidence.bound(np.nan_to_num(evidence.ask_reference(one)), one)
    return bool((drift_of(replace(evidence, drifting=one)) <= bound).all())


def neighbour(evidence: Evidence, drifts: npt.NDArray[np.bool_]) -> Hypothesis | None:
    """Whose answer the drifting rows of the batch get: all of them that of the same neighbour; None where that is not so."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or len(ours) < 2:
        return None
    bound = 2 * evidence.bound(np.nan_to_num(theirs), evidence.drifting)
    for name, step, whose in NEIGHBOURS:
        rows = np.flatnonzero(drifts)
        beside = rows + step
        inside = (beside >= 0) & (beside < len(ours))
        if not inside.all():
            continue
        with np.errstate(invalid="ignore"):
            near = np.abs(theirs[rows] - ours[beside]).max(axis=1) <= bound[rows]
        if near.mean() >= CONFIRM_EXPLAINED:
            return Hypothesis(
                name, _refuse, evidence.ask_runtime, f"{_said(rows)} the runtime's answer to {whose}; alone the right one"
            )
    return None


def _said(rows: npt.NDArray[np.int64]) -> str:
    gaps = np.unique(np.diff(rows))
    every = f" (every {int(gaps[0])}th)" if len(rows) > 2 and len(gaps) == 1 else ""
    return f"in a batch {len(rows)} rows{every} get"


def _refuse(batch: pa.RecordBatch) -> Floats:
    """What a batch does to a row cannot be asked of other batches: no other finding is explained by it."""
    return np.full((batch.num_rows, 0), np.nan)
