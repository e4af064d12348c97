"""Frames that a user hands over: pandas, pyarrow, a mapping of columns, a NumPy array, anything that speaks Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from parity.errors import DataError
from parity.numeric.tensors import column_of
from parity.references.describe import is_of

WANTED = "a pandas DataFrame, a pyarrow Table, a mapping of column to values, or an array of two dimensions or more is wanted"


def table_of(data: Any, name: str) -> pa.Table:
    """Raises DataError: not a frame, or a column of mixed types (named)."""
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if is_of(data, "pandas", "DataFrame"):
        return from_columns([(label, data.iloc[:, i]) for i, label in enumerate(data.columns)], name)
    if isinstance(data, Mapping):
        return from_columns(list(data.items()), name)
    if isinstance(data, np.ndarray) and data.ndim > 2:
        return from_columns([("x", data)], name)
    if isinstance(data, np.ndarray) and data.ndim == 2:
        return from_columns([(f"x{i}", data[:, i]) for i in range(data.shape[1])], name)
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    shape = f" of shape {data.shape}" if isinstance(data, np.ndarray) else ""
    raise DataError(f"{name}: a {type(data).__name__}{shape} was given; {WANTED}")


def from_columns(columns: list[tuple[Any, Any]], name: str) -> pa.Table:
    arrays = [array_of(label, values, name) for label, values in columns]
    lengths = {len(array) for array in arrays}
    if len(lengths) > 1:
        raise DataError(f"{name}: its columns are of different lengths ({', '.join(map(str, sorted(lengths)))})")
    return pa.Table.from_arrays(arrays, names=[str(label) for label, _ in columns])


def array_of(label: Any, values: Any, name: str) -> pa.Array:
    try:
        if isinstance(values, np.ndarray) and values.ndim > 1:
            element = pa.from_numpy_dtype(values.dtype) if values.dtype.kind in "fiub" else pa.string()
            return column_of(values, element, values.shape[1:])
        values = listed(values)
        # from_pandas: NaN and NaT are null, as in a file.
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        told = f"holds values of mixed or unknown types ({' '.join(str(error).split())}); give it one type"
        raise DataError(f"{name}: the column {str(label)!r} {told}") from None
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def listed(values: Any) -> Any:
    """Cells that are arrays of more than one dimension, which Arrow takes only as lists of lists."""
    objects = str(getattr(values, "dtype", "")) == "object"
    first = next((v for v in values if v is not None), None) if objects else None
    nested = first is not None and np.ndim(first) > 1
    return [v if v is None else np.asarray(v).tolist() for v in values] if nested else values
