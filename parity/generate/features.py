"""A batch as the features that a side's trees compare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from parity.generate.batches import numbers
from parity.generate.subject import Subject
from parity.values.anatomy import Anatomy, Floats


def features_of(subject: Subject, anatomy: Anatomy, batch: pa.RecordBatch) -> Floats:
    """Features of an anatomy's last step, (rows, features), NaN where missing."""
    prefix = anatomy.prefix
    if prefix is None:
        return _matrix(batch)
    if prefix.unchanged is not None and prefix.unchanged.all() and not prefix.steps:
        return _matrix(batch)[:, prefix.origin]
    return prefix.transform(given_to(subject, anatomy, batch))


def given_to(subject: Subject, anatomy: Anatomy, batch: pa.RecordBatch) -> Any:
    """What an anatomy's prefix takes: the model's own input on the reference's side, the batch itself on the artifact's."""
    return subject.to_model_input(batch) if anatomy is subject.reference else batch


def _matrix(batch: pa.RecordBatch) -> Floats:
    columns = [numbers(c) for c in batch.columns]
    return np.column_stack(columns) if columns else np.zeros((batch.num_rows, 0))
