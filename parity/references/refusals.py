"""What a model raised, as a Refusal with a kind.

The kind comes from facts where there are any (no rows, a column that is not there), else from the words of the message.
"""

from __future__ import annotations

import re

import pyarrow as pa

from parity.references.foreign import Failure
from parity.values.outcome import Refusal

# First match wins. Each line was met: scikit-learn 1.8, XGBoost 3.2, LightGBM 4.7, CatBoost 1.2, pandas 3.1, onnxruntime 1.32.
KINDS: tuple[tuple[str, str], ...] = (
    ("out-of-memory", r"MemoryError|Unable to allocate|bad_alloc|out of memory"),
    ("unseen-category", r"unknown categor|unseen label|not in the training set"),
    ("column-absent", r"columns are missing|yet now missing|feature_names mismatch|not in index|not found in axis"),
    ("nan", r"\bnans?\b|NoneType|missing value|\bNAType\b"),
    ("invalid-value", r"infinit|\binf\b|too large|out of bounds|overflow|negative values|invalid value"),
    ("type", r"could not convert|cannot convert|cannot cast|must be real number|dtype|invalid type|unsupported operand"),
    ("shape", r"features?, but|shape mismatch|number of features|inconsistent|dimension|expected \d+D? array|invalid rank"),
    ("type", r"TypeError|unexpected input data type|has no attribute|\btype\b"),
    ("column-absent", r"KeyError"),
)


def refusal(failure: Failure, batch: pa.RecordBatch, columns: tuple[str, ...] | None, width: int | None) -> Refusal:
    """The refusal of a whole batch; `columns` and `width` are what the model was fitted on."""
    return Refusal(known_kind(batch, columns, width) or worded_kind(failure, batch), failure.message)


def known_kind(batch: pa.RecordBatch, columns: tuple[str, ...] | None, width: int | None) -> str | None:
    """What is certain without reading the message, or None."""
    names = batch.schema.names
    if batch.num_rows == 0:
        return "empty-batch"
    if columns is not None:
        return None if set(columns) <= set(names) else "column-absent"
    if width is None or width == len(names):
        return None
    return "column-absent" if len(names) < width else "shape"


def worded_kind(failure: Failure, batch: pa.RecordBatch) -> str:
    text = f"{failure.error}: {failure.message}"
    kind = next((kind for kind, pattern in KINDS if re.search(pattern, text, re.IGNORECASE)), "other")
    if kind != "nan":
        return kind
    # Null reaches Python as NaN, so the words are the same for both; which one it was, the batch knows.
    return "missing" if any(column.null_count for column in batch.columns) else "invalid-value"
