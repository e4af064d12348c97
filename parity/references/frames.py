"""Record batches to what a model was fitted on: a pandas frame, an array, or one column of text.

Null becomes NaN in numeric columns; types are kept otherwise. A column with null loses its integer or boolean type, as in pandas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.numeric.kinds import is_text
from parity.numeric.tensors import cells as tensor_cells
from parity.numeric.tensors import shape_of


@dataclass(frozen=True)
class Layout:
    """How a model takes its input.

    `form`: "frame", "array" or "text" (one column, as a series). `columns`: names in fitted order, None where unknown.
    `categories`: learned categories of the columns that are pandas categoricals (empty where the model keeps none).
    `missing_text`: what stands for null in a text column, None or NaN.
    """

    form: str = "frame"
    columns: tuple[str, ...] | None = None
    categories: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    missing_text: float | None = None


def arranged(batch: pa.RecordBatch, layout: Layout) -> Any:
    """The batch as the model takes it."""
    chosen = select(batch, layout.columns)
    if layout.form == "array":
        return to_array(chosen, layout.missing_text)
    if layout.form == "text":
        return text_series(chosen, layout.missing_text)
    return to_frame(chosen, layout.categories, layout.missing_text)


def select(batch: pa.RecordBatch, columns: Sequence[str] | None) -> pa.RecordBatch:
    """The named columns in fitted order; one that the batch lacks is left out, so that the model can refuse by itself."""
    names = batch.schema.names
    if columns is None or list(columns) == names:
        return batch
    present = [name for name in columns if name in set(names)]
    if not present:
        # A batch keeps its rows even where no column is left.
        return pa.RecordBatch.from_struct_array(pa.array([{}] * batch.num_rows, pa.struct([])))
    return batch.select(present)


def to_array(batch: pa.RecordBatch, missing_text: float | None = None) -> npt.NDArray[Any]:
    """Shape (rows, columns), C order, in the one type that holds all columns (object where there is text).

    A single column of tensors is (rows, *shape); among others each of their values is a column.
    """
    columns = [cells(column, missing_text) for column in batch.columns]
    if len(columns) == 1 and columns[0].ndim > 1:
        return columns[0]
    columns = [one for column in columns for one in (column.reshape(len(column), -1).T if column.ndim > 1 else [column])]
    dtype = object if any(c.dtype == object for c in columns) else np.result_type(*columns) if columns else np.dtype(np.float64)
    array = np.empty((batch.num_rows, len(columns)), dtype=dtype)
    for place, column in enumerate(columns):
        array[:, place] = column
    return array


def to_frame(
    batch: pa.RecordBatch, categories: Mapping[str, tuple[Any, ...]] | None = None, missing_text: float | None = None
) -> Any:
    """A pandas DataFrame; text is of dtype object, the columns in `categories` and dictionary columns are categorical."""
    import pandas as pd

    learned = categories or {}
    names = batch.schema.names
    plain = not any(name in learned or pa.types.is_dictionary(batch.schema.field(name).type) for name in names)
    columns = [_objects(cells(column, missing_text)) for column in batch.columns]
    if plain and len({column.dtype for column in columns}) == 1 and columns[0].dtype != object:
        # One block, as a frame read from a file has: some models sum in the order in which memory lies.
        return pd.DataFrame(np.vstack(columns).T, columns=names, copy=False)
    content = {}
    for name, column in zip(names, batch.columns, strict=True):
        known = learned.get(name, dictionary(column))
        values = _objects(cells(column, missing_text))
        content[name] = pd.Series(values, dtype=values.dtype) if known is None else categorical(column, known)
    return pd.DataFrame(content, index=pd.RangeIndex(batch.num_rows))


def _objects(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Tensors as a frame holds them: an array in each cell."""
    if values.ndim == 1:
        return values
    found = np.empty(len(values), dtype=object)
    found[:] = list(values)
    return found


def dictionary(column: pa.Array) -> tuple[Any, ...] | None:
    """Categories that the column itself carries, None where it is not a dictionary column."""
    return tuple(column.dictionary.to_pylist()) if pa.types.is_dictionary(column.type) else None


def categorical(column: pa.Array, known: Sequence[Any]) -> Any:
    """A pandas Series of dtype category: the known categories in their order, then those met here, null as missing."""
    import pandas as pd

    values = column.to_pylist()
    if known and all(isinstance(k, int) and not isinstance(k, bool) for k in known):
        values = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
    learned = dict.fromkeys(known)
    extra = [v for v in dict.fromkeys(values) if v is not None and v == v and v not in learned]
    order = [*known, *ordered(extra)]
    return pd.Series(pd.Categorical(values, categories=pd.Index(order)))


def ordered(values: list[Any]) -> list[Any]:
    """Sorted as pandas sorts new categories; by text where types are mixed."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=str)


def text_series(batch: pa.RecordBatch, missing_text: float | None = None) -> Any:
    """The only column as a Series of text; a frame where there is not exactly one, so that the model can refuse by itself."""
    import pandas as pd

    if batch.num_columns != 1:
        return to_frame(batch, None, missing_text)
    values = cells(batch.column(0), missing_text)
    return pd.Series(values, dtype=values.dtype, name=batch.schema.names[0])


def cells(column: pa.Array, missing_text: float | None = None) -> npt.NDArray[Any]:
    """A column as a writable NumPy array of its own, shape (rows,); of tensors (rows, *shape), a missing one NaN throughout."""
    if shape_of(column.type):
        return _tensors(column)
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if is_text(plain.type):
        return text_cells(plain, missing_text)
    if pa.types.is_boolean(plain.type) and plain.null_count:
        plain = plain.cast(pa.float64())
    if pa.types.is_null(plain.type):
        return np.full(len(plain), np.nan)
    return np.array(plain.to_numpy(zero_copy_only=False))


def _tensors(column: pa.Array) -> npt.NDArray[Any]:
    values = tensor_cells(column)
    if column.null_count:
        values = values if values.dtype.kind in "fO" else values.astype(np.float64)
        values[np.asarray(column.is_null())] = None if values.dtype == object else np.nan
    return values


def text_cells(column: pa.Array, missing_text: float | None) -> npt.NDArray[Any]:
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    if missing_text is not None and column.null_count:
        values[pc.is_null(column).to_numpy(zero_copy_only=False)] = missing_text
    return values
