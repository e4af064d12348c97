"""Between Arrow batches and NumPy columns, in the types of a schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.errors import DataError
from parity.numeric.kinds import is_text
from parity.numeric.tensors import cells, column_of, element_of, shape_of, tensor_type
from parity.values.columns import Column, ColumnType, Schema

ARROW = {
    ColumnType.FLOAT32: pa.float32(),
    ColumnType.FLOAT64: pa.float64(),
    ColumnType.INT32: pa.int32(),
    ColumnType.INT64: pa.int64(),
    ColumnType.BOOL: pa.bool_(),
    ColumnType.STRING: pa.string(),
}
INTEGERS = (ColumnType.INT32, ColumnType.INT64)
FLOATS = (ColumnType.FLOAT32, ColumnType.FLOAT64)
NUMPY: dict[ColumnType, Any] = {
    ColumnType.FLOAT32: np.float32,
    ColumnType.FLOAT64: np.float64,
    ColumnType.INT32: np.int32,
    ColumnType.INT64: np.int64,
    ColumnType.BOOL: np.bool_,
}


def arrow_type(column: Column) -> pa.DataType:
    """How a column stands in a batch."""
    return tensor_type(ARROW[column.type], column.shape)


def type_of(kind: pa.DataType) -> ColumnType:
    """The column type that holds an Arrow type, or the values of its tensors, without loss. DataError for dates and the like."""
    kind = element_of(kind)
    if pa.types.is_dictionary(kind):
        return type_of(kind.value_type)
    if pa.types.is_boolean(kind):
        return ColumnType.BOOL
    if pa.types.is_integer(kind):
        small = kind.bit_width < 32 or kind == pa.int32()
        return ColumnType.INT32 if small else ColumnType.INT64
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        return ColumnType.FLOAT32
    if pa.types.is_float64(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return ColumnType.FLOAT64
    if is_text(kind):
        return ColumnType.STRING
    raise DataError(
        f"sample data has a column of type {kind}; wanted numbers, booleans or text. "
        "Convert it as production does before it scores."
    )


def conform(batch: pa.RecordBatch, schema: Schema) -> pa.RecordBatch:
    """The schema's columns of a batch, in its order and types."""
    arrays = [_cast(batch.column(batch.schema.get_field_index(c.name)), c) for c in schema.columns]
    return record(schema.columns, arrays)


def _cast(values: pa.Array, column: Column) -> pa.Array:
    wanted = arrow_type(column)
    if column.shape and values.type != wanted and shape_of(values.type) == column.shape:
        return to_array(column, cells(values), np.asarray(values.is_null()))
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return values if values.type == wanted else values.cast(wanted)


def record(columns: Sequence[Column], arrays: Sequence[pa.Array]) -> pa.RecordBatch:
    """A batch of these columns."""
    return pa.RecordBatch.from_arrays(list(arrays), schema=arrow_schema(columns))


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Names and types as Arrow has them; every column may be null."""
    return pa.schema([pa.field(c.name, arrow_type(c)) for c in columns])


def numbers(values: pa.Array) -> npt.NDArray[np.float64]:
    """A column as float64, null as NaN. Text and tensors, as they are no numbers, become NaN throughout."""
    if pa.types.is_string(values.type) or shape_of(values.type):
        return np.full(len(values), np.nan)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return np.asarray(pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def to_array(column: Column, values: npt.NDArray[Any], missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Values of a column, (rows, *shape), as Arrow, null where `missing`. Integers must be whole and within their type where
    not missing."""
    if column.shape:
        return column_of(_typed(column, values), ARROW[column.type], column.shape, missing)
    if column.type == ColumnType.STRING:
        return pa.array(values, pa.string(), mask=missing)
    clean = values
    if missing is not None and values.dtype.kind == "f" and column.type not in FLOATS:
        clean = np.where(missing, 0.0, values)
    return pa.array(_typed(column, clean), ARROW[column.type], mask=missing, from_pandas=False)


def _typed(column: Column, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    with np.errstate(over="ignore", under="ignore"):
        return values.astype(NUMPY.get(column.type, object), copy=False)
