"""A runtime that gives no score, and refuses nothing, for rows that hold missing values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One: no score where any column is missing that is missing in a drifting row, and else the reference's."""
    rows = evidence.drifting
    if not np.isnan(evidence.ask_runtime(rows)).all():
        return
    names = [n for n in rows.schema.names if rows.column(n).null_count]
    if not _missing(rows, names).all():
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return np.asarray(np.where(_missing(batch, names)[:, None], np.nan, evidence.ask_reference(batch)))

    text = "the runtime gives no score for rows with a missing value, and the reference's for all others"
    yield Hypothesis("no-answer-for-missing", predict, evidence.ask_runtime, text)


def _missing(batch: pa.RecordBatch, names: list[str]) -> npt.NDArray[np.bool_]:
    """(rows,): is any of these columns missing?"""
    found = np.zeros(batch.num_rows, bool)
    for name in names:
        found |= np.asarray(batch.column(batch.schema.get_field_index(name)).is_null())
    return found
