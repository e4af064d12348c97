"""One row for machines (Arrow's IPC file format, the exact bits) and for people (decimals, hex floats)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa

from parity.numeric.hexadecimal import short_hex
from parity.numeric.tensors import matrix, shape_of
from parity.replay.exact import to_json

__all__ = ["cell_bits", "cell_for_people", "row_bytes", "row_for_people", "row_from_bytes", "short_hex"]


MOST_VALUES = 64
"""Values of a tensor that a document for people spells out; `row.arrow` has all of them."""


def row_bytes(batch: pa.RecordBatch) -> bytes:
    """The batch as an Arrow IPC file ("Feather V2"): every bit, the types and which cells are missing."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def row_from_bytes(data: bytes) -> pa.RecordBatch:
    """The inverse of `row_bytes`. Raises pa.ArrowInvalid for anything else, or for a file of other than one batch."""
    reader = pa.ipc.open_file(pa.py_buffer(data))
    if reader.num_record_batches != 1:
        raise pa.ArrowInvalid(f"one batch is wanted, the file holds {reader.num_record_batches}")
    batch = reader.get_batch(0)
    batch.validate(full=True)
    return batch


def row_for_people(batch: pa.RecordBatch) -> dict[str, dict[str, Any]]:
    """Column name to {"value": …} and "hex" for floats, or to {"missing": true}; nothing for a batch without rows."""
    if batch.num_rows == 0:
        return {}
    return {name: cell_for_people(batch.column(i)[:1]) for i, name in enumerate(batch.schema.names)}


def cell_for_people(cell: pa.Array) -> dict[str, Any]:
    """One cell; of a tensor its shape and the first values in C order.

    A float32 is widened, which is exact; the bits of a NaN are those of the column's own type.
    """
    if cell.null_count:
        return {"missing": True}
    if shape := shape_of(cell.type):
        return {"shape": list(shape), "values": to_json(matrix(cell)[0][:MOST_VALUES])}
    if not pa.types.is_floating(cell.type):
        return {"value": cell[0].as_py()}
    value = float(cell[0].as_py())
    if math.isnan(value):
        return {"value": {"special": "nan", "bits": cell_bits(cell)}}
    if math.isinf(value):
        return {"value": {"special": "inf" if value > 0 else "-inf"}}
    return {"value": value, "hex": short_hex(value)}


def cell_bits(cell: pa.Array) -> str:
    """The bits of a float cell in hex digits, most significant first: 16 for float64, 8 for float32."""
    values = cell.to_numpy(zero_copy_only=False)
    return bytes(np.asarray(values).view(np.uint8)[::-1]).hex()
