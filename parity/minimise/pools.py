"""The values that each cell of a row may take, as Arrow arrays, so that a candidate row is a vector of small integers.

A tensor is cut into parts, each with a choice of its own, so that the search halves it as it halves the columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.minimise.simpler import simpler_values
from parity.numeric.tensors import element_of, flat, matrix, nested, shape_of
from parity.values.columns import Column

Choices = npt.NDArray[np.int64]

MOST_PARTS = 1024
"""Parts of one tensor: single values of an image of 32 by 32; of a larger one runs of neighbours."""


@dataclass(frozen=True)
class Pool:
    """What may stand at a part of a column: `values` are single values, or lists of one length, one for each choice."""

    column: int
    values: pa.Array

    def __len__(self) -> int:
        return len(self.values)


def pools_of(index: int, original: pa.Array, typical: pa.Array | None, column: Column | None) -> list[Pool]:
    """The pools of one cell, a tensor's parts in C order."""
    shape = shape_of(original.type)
    if not shape:
        return [Pool(index, pool(original, typical, column))]
    if typical is None or typical.type != original.type or original.null_count or typical.null_count:
        return [Pool(index, original if typical is None or typical.type != original.type else _ends(typical, original))]
    size = math.prod(shape)
    length = -(-size // MOST_PARTS)
    single = None if column is None else replace(column, shape=())
    ours, usual = flat(original), flat(typical)
    return [Pool(index, _part(ours[i : i + length], usual[i : i + length], single)) for i in range(0, size, length)]


def _ends(typical: pa.Array, original: pa.Array) -> pa.Array:
    return typical if same_cell(original, typical) else pa.concat_arrays([typical, original])


def _part(original: pa.Array, typical: pa.Array, single: Column | None) -> pa.Array:
    if len(original) == 1:
        return pool(original, typical, single)
    both = [pa.FixedSizeListArray.from_arrays(values, len(values)) for values in (typical, original)]
    return _ends(*both)


def pool(original: pa.Array, typical: pa.Array | None, column: Column | None) -> pa.Array:
    """Values of one cell, simplest first: the typical one, simpler ones, and the original as the last.

    A single value where nothing else may stand there. Bits are never re-encoded: the ends are the arrays given.
    """
    if typical is None or typical.type != original.type:
        return original
    if same_cell(original, typical):
        return typical
    values = simpler_values(original[0].as_py(), column) if column is not None else []
    return pa.concat_arrays([typical, pa.array(values, type=original.type), original])


def same_cell(a: pa.Array, b: pa.Array) -> bool:
    """Are two arrays of one cell and one type the same, bit for bit? -0.0 is not 0.0, a NaN is equal to its own bits only."""
    if a.null_count or b.null_count:
        return bool(a.null_count == b.null_count)
    if pa.types.is_floating(element_of(a.type)):
        return matrix(a).tobytes() == matrix(b).tobytes()
    return bool(a.equals(b))


def places_off(cell: pa.Array, typical: pa.Array | None) -> tuple[int, ...]:
    """Of a tensor the places, in C order, whose values differ in any bit from the typical one's; () for anything else."""
    if not shape_of(cell.type) or typical is None or typical.type != cell.type or cell.null_count or typical.null_count:
        return ()
    ours, usual = matrix(cell)[0], matrix(typical)[0]
    if ours.dtype.kind == "f":
        ours, usual = (np.ascontiguousarray(v).view(f"u{v.dtype.itemsize}") for v in (ours, usual))
    return tuple(np.flatnonzero(ours != usual).tolist())


def fill(pools: Sequence[Pool], schema: pa.Schema, choices: Choices) -> pa.RecordBatch:
    """Rows (n, pools) of indices into the pools, as a batch."""
    parts: list[list[pa.Array]] = [[] for _ in schema]
    for c, one in enumerate(pools):
        parts[one.column].append(one.values.take(pa.array(choices[:, c])))
    arrays = [_joined(taken, field.type, len(choices)) for taken, field in zip(parts, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _joined(parts: Sequence[pa.Array], kind: pa.DataType, rows: int) -> pa.Array:
    if len(parts) == 1 and parts[0].type == kind:
        return parts[0]
    values = np.concatenate([matrix(part) for part in parts], axis=1)
    return nested(pa.array(values.reshape(-1), element_of(kind), from_pandas=False), rows, shape_of(kind)).cast(kind)
