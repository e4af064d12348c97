"""Tensors in Arrow: a column of nested fixed-size lists holds one tensor a row, missing as a whole or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.numeric.kinds import is_text

_SPELLED = re.compile(r"\s*(float32|float64|int64|int32|int16|int8|uint8|bool)\s*\[((?:\s*\d+\s*,)*\s*\d+\s*|\s*)\]\s*")


def shape_of(kind: pa.DataType) -> tuple[int, ...]:
    """The shape of one cell: () for a single value. Arrow's own tensor type is known by its storage."""
    if isinstance(kind, pa.FixedShapeTensorType):
        return tuple(kind.shape)
    if pa.types.is_fixed_size_list(kind):
        return (kind.list_size, *shape_of(kind.value_type))
    return ()


def element_of(kind: pa.DataType) -> pa.DataType:
    """The type of a tensor's values; a type of single values itself."""
    if isinstance(kind, pa.FixedShapeTensorType):
        return kind.value_type
    return element_of(kind.value_type) if pa.types.is_fixed_size_list(kind) else kind


def tensor_type(element: pa.DataType, shape: Sequence[int]) -> pa.DataType:
    """Nested fixed-size lists of `element`, the first dimension outermost; `element` itself where the shape is ()."""
    for length in reversed(shape):
        element = pa.list_(element, length)
    return element


def spelled(text: str) -> tuple[str, tuple[int, ...]] | None:
    """Element type and shape of a row, of "float32[3, 224, 224]", or "int64[]" for one value; None for other text."""
    found = _SPELLED.fullmatch(text)
    lengths = tuple(int(length) for length in found[2].split(",") if length.strip()) if found else ()
    return (found[1], lengths) if found and all(lengths) else None


def fits(given: Sequence[int], wanted: Sequence[int | None]) -> bool:
    """Is a cell of one shape what an input of another takes? None is any length."""
    return len(given) == len(wanted) and all(w in (None, g) for g, w in zip(given, wanted, strict=True))


def inner(column: pa.Array) -> pa.Array:
    """What the fixed-size lists of a column hold, list after list."""
    size = column.type.list_size
    return column.values.slice(column.offset * size, len(column) * size)


def flat(column: pa.Array) -> pa.Array:
    """The values of all cells in C order, rows * prod(shape); those of a missing cell are whatever stands there."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    while pa.types.is_fixed_size_list(column.type):
        column = inner(column)
    return column


def filled(values: pa.Array) -> pa.Array:
    """Values with a stand-in for those of missing cells."""
    if not values.null_count:
        return values
    return values.fill_null("" if is_text(values.type) else False if pa.types.is_boolean(values.type) else 0)


def has_holes(column: pa.Array) -> bool:
    """Is a single value missing inside a cell that is there?"""
    present = np.asarray(column.is_valid())
    while pa.types.is_fixed_size_list(column.type):
        present = np.repeat(present, column.type.list_size)
        column = inner(column)
        if column.null_count and bool((present & np.asarray(column.is_null())).any()):
            return True
    return False


def cells(column: pa.Array) -> npt.NDArray[Any]:
    """A column as NumPy, shape (rows, *shape), of its own memory; text as objects. Values of missing cells mean nothing."""
    array = np.array(filled(flat(column)).to_numpy(zero_copy_only=False))
    return array.reshape(len(column), *shape_of(column.type))


def matrix(column: pa.Array) -> npt.NDArray[Any]:
    """As `cells`, each cell as one line: shape (rows, prod(shape))."""
    return cells(column).reshape(len(column), math.prod(shape_of(column.type)))


def column_of(
    values: npt.NDArray[Any], element: pa.DataType, shape: Sequence[int], missing: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    """The inverse of `cells`: (rows, …) values in C order as tensors of a shape; a float's bits are kept."""
    rows = len(values)
    array = pa.array(np.ascontiguousarray(values).reshape(-1), element, from_pandas=False)
    return nested(array, rows, shape, missing)


def with_cells(column: pa.Array, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> pa.Array:
    """The column with `change` of its `cells`, in its own type; a missing cell stays missing."""
    values = cells(column)
    made = column_of(
        change(values).astype(values.dtype), element_of(column.type), shape_of(column.type), np.asarray(column.is_null())
    )
    return made.cast(column.type)


def nested(values: pa.Array, rows: int, shape: Sequence[int], missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """rows * prod(shape) values as tensors."""
    if not shape:
        return values if missing is None else pc.if_else(pa.array(missing), pa.scalar(None, values.type), values)
    for length in reversed(shape[1:]):
        values = pa.FixedSizeListArray.from_arrays(values, length)
    mask = None if missing is None or not missing.any() else pa.array(missing)
    found = pa.FixedSizeListArray.from_arrays(values, shape[0], mask=mask)
    assert len(found) == rows
    return found


def one_level(column: pa.Array) -> pa.Array:
    """A tensor column as lists of one level with its values in C order; its missing cells, and only they, are null."""
    mask = column.is_null() if column.null_count else None
    return pa.FixedSizeListArray.from_arrays(filled(flat(column)), math.prod(shape_of(column.type)), mask=mask)
