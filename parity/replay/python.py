"""A row as Python text: every bit of it, in ASCII."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from parity.numeric.hexadecimal import short_hex
from parity.replay.rows import cell_bits


def row_lines(row: pa.RecordBatch, name: str = "ROW") -> list[str]:
    """Statements that make the batch of one row, `name`; they need `pyarrow` as `pa`, and for odd NaNs `numpy` as `np`.

    The row is one that `can_be_said`.
    """
    cells = [f"    {as_python(f.name)}: {_array(column)}," for f, column in zip(row.schema, row.columns, strict=True)]
    return [f"{name} = pa.RecordBatch.from_pydict({{", *cells, "})"]


def as_python(value: Any) -> str:
    """An expression that gives the value back: floats in hex, unless their decimal is short."""
    if isinstance(value, float):
        return _float(value)
    return ascii(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return f'float("{value}")'
    decimal = repr(value)
    return decimal if len(decimal) <= 8 else f'float.fromhex("{short_hex(value)}")'


def _array(cell: pa.Array) -> str:
    if _odd_nan(cell):
        order = f'np.array([0x{cell_bits(cell)}], "u{cell.type.bit_width // 8}").view("f{cell.type.bit_width // 8}")'
        return f"pa.array({order})"
    return f"pa.array([{as_python(cell[0].as_py())}], {_type(cell.type)})"


def _odd_nan(cell: pa.Array) -> bool:
    """A NaN whose payload would be lost on the way through Python's own."""
    if not pa.types.is_floating(cell.type) or cell.null_count or not math.isnan(cell[0].as_py()):
        return False
    return cell_bits(cell) not in ("7ff8000000000000", "7fc00000")


PLAIN = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "string", "large_string", "string_view")
NAMES = {"halffloat": "float16", "float": "float32", "double": "float64", "bool": "bool_"} | {name: name for name in PLAIN}
"""Arrow's names of the types of columns, and what pyarrow calls them."""


def _type(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return f"pa.dictionary({_type(kind.index_type)}, {_type(kind.value_type)}, {kind.ordered})"
    return f"pa.{NAMES[str(kind)]}()"


def can_be_said(row: pa.RecordBatch) -> bool:
    """Whether `row_lines` has words for the row: one row of numbers, booleans and text."""
    kinds = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in row.schema]
    return bool(row.num_rows == 1 and all(str(kind) in NAMES for kind in kinds))


def needs_numpy(row: pa.RecordBatch) -> bool:
    """Does the text of `row_lines` name `np`?"""
    return any(_odd_nan(column) for column in row.columns)
