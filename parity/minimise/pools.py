"""The values that each cell of a row may take, as Arrow arrays, so that a candidate row is a vector of small integers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.minimise.simpler import simpler_values
from parity.values.columns import Column

Choices = npt.NDArray[np.int64]


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
    if pa.types.is_floating(a.type):
        return bool(a.to_numpy(zero_copy_only=False).tobytes() == b.to_numpy(zero_copy_only=False).tobytes())
    return bool(a.equals(b))


def fill(pools: Sequence[pa.Array], schema: pa.Schema, choices: Choices) -> pa.RecordBatch:
    """Rows (n, columns) of indices into the pools, as a batch."""
    arrays = [values.take(pa.array(choices[:, c])) for c, values in enumerate(pools)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
