"""A runtime that gives no score, and refuses nothing, for rows that hold missing values.

For all of them, or for those that come by a split of the artifact's trees that asks for one and has no way on.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import comes_nowhere
from parity.anatomy.traverse import features as features_of
from parity.diagnose.evidence import Evidence, Floats, Hypothesis


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Two: no score where a split asks for a missing value and the artifact has no way on, or where any column is missing that is
    missing in a drifting row; else the reference's.
    """
    rows = evidence.drifting
    if not np.isnan(evidence.ask_runtime(rows)).all():
        return
    yield from _at_splits(evidence)
    names = [n for n in rows.schema.names if rows.column(n).null_count]
    if not _missing(rows, names).all():
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return np.asarray(np.where(_missing(batch, names)[:, None], np.nan, evidence.ask_reference(batch)))

    text = "the runtime gives no score for rows with a missing value, and the reference's for all others"
    yield Hypothesis("no-answer-for-missing", predict, evidence.ask_runtime, text)


def _at_splits(evidence: Evidence) -> Iterator[Hypothesis]:
    trees = evidence.artifact.trees
    if trees is None or trees.nowhere is None or not trees.nowhere.any():
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        lost = comes_nowhere(trees, features_of(evidence.artifact, batch))
        return np.asarray(np.where(lost[:, None], np.nan, evidence.ask_reference(batch)))

    text = f"at {int(trees.nowhere.sum()):,} splits of the artifact a missing value ends without a score"
    text = f"{text}; rows that come by none of them get the reference's"
    yield Hypothesis("no-answer-for-missing", predict, evidence.ask_runtime, text)


def _missing(batch: pa.RecordBatch, names: list[str]) -> npt.NDArray[np.bool_]:
    """(rows,): is any of these columns missing?"""
    found = np.zeros(batch.num_rows, bool)
    for name in names:
        found |= np.asarray(batch.column(batch.schema.get_field_index(name)).is_null())
    return found
