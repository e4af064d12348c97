"""Which values and rows are valid, by the columns of a schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.anatomy.traverse import ZERO_THRESHOLD
from parity.generate.batches import ARROW, FLOATS, arrow_type, to_array
from parity.numeric.tensors import matrix
from parity.values.columns import Column, ColumnType, Schema

# Where neither the user, the sample nor the model shows a bound: the whole numbers that float32 and float64 both hold exactly.
UNSHOWN = 2.0**24


def valid_rows(schema: Schema, batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    """Which rows of a batch lie in the declared domain, shape (rows,).

    A batch with other columns, in another order or of other types is no valid call: none of its rows is.
    """
    wanted = [(c.name, arrow_type(c)) for c in schema.columns]
    if [(f.name, f.type) for f in batch.schema] != wanted:
        return np.zeros(batch.num_rows, bool)
    valid = np.ones(batch.num_rows, bool)
    for column, values in zip(schema.columns, batch.columns, strict=True):
        valid &= valid_values(column, values)
    return valid


def valid_values(column: Column, values: pa.Array) -> npt.NDArray[np.bool_]:
    """Which values of a column are valid, shape (rows,)."""
    present = np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False), dtype=bool)
    if column.shape:
        single = replace(column, shape=())
        fits = _fits(single, to_array(single, matrix(values).reshape(-1))).reshape(len(values), -1).all(axis=1)
    else:
        fits = _fits(column, values)
    return np.where(present, fits, column.missing)


def _fits(column: Column, values: pa.Array) -> npt.NDArray[np.bool_]:
    if column.type == ColumnType.BOOL:
        return np.ones(len(values), bool)
    if column.categories is not None:
        if column.unseen:
            return np.ones(len(values), bool)
        allowed = pa.array(column.categories, ARROW[column.type])
        return np.asarray(pc.is_in(values, value_set=allowed).to_numpy(zero_copy_only=False), dtype=bool)
    if column.type == ColumnType.STRING:
        return np.ones(len(values), bool)
    return _within(column, values)


def _within(column: Column, values: pa.Array) -> npt.NDArray[np.bool_]:
    """Between the bounds, both inclusive. Infinity is valid only where a bound says so; NaN only where `nan` does."""
    exact = values.fill_null(0).to_numpy(zero_copy_only=False)
    low = column.minimum if column.minimum is not None else -UNSHOWN
    high = column.maximum if column.maximum is not None else UNSHOWN
    inside = (exact >= low) & (exact <= high)
    if column.whole:
        with np.errstate(invalid="ignore"):
            inside &= exact == np.floor(exact)
    if column.type in FLOATS:
        inside = np.where(np.isnan(exact), column.nan, inside & (column.tiny | ~is_tiny(exact)))
    return np.asarray(inside, dtype=bool)


def is_tiny(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Beside 0, and no further from it than LightGBM's kZeroThreshold, below which it reads a number as 0.

    No measurement gives such a number, while a model whose data holds zeros has cuts there: where the sample has none, what
    they show is told, and is no drift on valid rows.
    """
    return np.asarray((values != 0) & (np.abs(values) <= ZERO_THRESHOLD))
