"""Rows of the `random` phase, all valid by construction; vectorised, no row at a time.

"sample-rows" draws whole rows of the sample, "marginals" each column for itself, "uniform" evenly from the valid ranges.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.generate.batches import ARROW, FLOATS, INTEGERS, NUMPY, conform, record, to_array
from parity.generate.subject import Subject
from parity.generate.tensors import tensors
from parity.generate.texts import sentences
from parity.generate.typical import finite_range, spread
from parity.generate.valid import valid_rows, valid_values
from parity.numeric.tensors import flat, shape_of
from parity.values.columns import Column, ColumnType, Schema
from parity.values.plan import Mixture

# Where NaN is declared valid, one in fifty values is one.
_NAN_SHARE = 0.02
_WORDS = ("a", "b", "ab", "A", "lorem ipsum", "1", "été", "日本")


class Source:
    """A subject's valid sample rows and columns, prepared once for many chunks."""

    def __init__(self, subject: Subject) -> None:
        self.schema: Schema = subject.schema
        rows = None if subject.sample is None else conform(subject.sample, subject.schema)
        self.columns = [None if rows is None else _valid_column(c, v) for c, v in _pairs(self.schema, rows)]
        valid = None if rows is None else rows.filter(pa.array(valid_rows(self.schema, rows)))
        self.rows: pa.RecordBatch | None = valid if valid is not None and valid.num_rows else None
        ranges = subject.reference.ranges
        vocabulary = subject.reference.vocabulary
        self.words = [vocabulary[i] if i < len(vocabulary) else None for i in range(len(self.columns))]
        self.shown = [_shown(v, ranges[i] if i < len(ranges) else None) for i, v in enumerate(self.columns)]

    def generators(self) -> tuple[str, ...]:
        """The generators that this source can serve."""
        return ("sample-rows", "marginals", "uniform") if self.rows is not None else ("uniform",)


def _pairs(schema: Schema, rows: pa.RecordBatch | None) -> list[tuple[Column, Any]]:
    return [(c, None if rows is None else rows.column(i)) for i, c in enumerate(schema.columns)]


def _valid_column(column: Column, values: pa.Array) -> pa.Array | None:
    kept = values.filter(pa.array(valid_values(column, values)))
    return kept if len(kept) else None


def _shown(values: pa.Array | None, model: tuple[float, float] | None) -> tuple[float, float] | None:
    if values is not None and shape_of(values.type):
        return _shown(flat(values.drop_null()), model)
    if values is not None and not pa.types.is_string(values.type) and not pa.types.is_boolean(values.type):
        known = values.drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
        return spread(known) or model
    return model


def fill(source: Source, mixture: Mixture, rng: np.random.Generator) -> pa.RecordBatch:
    """The rows of one piece of a plan."""
    if mixture.generator == "sample-rows" and source.rows is not None:
        return source.rows.take(pa.array(rng.integers(0, source.rows.num_rows, mixture.rows)))
    marginal = mixture.generator == "marginals"
    columns = source.schema.columns
    arrays = [_column(source, i, mixture, rng, marginal) for i in range(len(columns))]
    return record(columns, arrays)


def _column(source: Source, index: int, mixture: Mixture, rng: np.random.Generator, marginal: bool) -> pa.Array:
    column, seen = source.schema.columns[index], source.columns[index]
    missing = rng.random(mixture.rows) < mixture.missing_share if column.missing and mixture.missing_share else None
    if marginal and seen is not None:
        drawn = seen.take(pa.array(rng.integers(0, len(seen), mixture.rows)))
        return drawn if missing is None else _nulled(drawn, missing)
    return to_array(column, evenly(column, source.shown[index], mixture.rows, rng, source.words[index]), missing)


def _nulled(values: pa.Array, missing: npt.NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(missing), pa.scalar(None, values.type), values)


def evenly(
    column: Column,
    shown: tuple[float, float] | None,
    rows: int,
    rng: np.random.Generator,
    words: tuple[str, ...] | None = None,
) -> npt.NDArray[Any]:
    """As `even`; tensors (rows, *shape) of several kinds, see `parity.generate.tensors`."""
    if not column.shape:
        return even(column, shown, rows, rng, words)
    single = replace(column, shape=(), nan=False)
    found = tensors(column.shape, rows, rng, lambda count: even(single, shown, count, rng, words))
    if column.nan and column.type in FLOATS:
        some = np.flatnonzero(rng.random(rows) < _NAN_SHARE)
        found.reshape(rows, -1)[some, rng.integers(0, found[0].size, len(some))] = np.nan
    return found


def even(
    column: Column,
    shown: tuple[float, float] | None,
    rows: int,
    rng: np.random.Generator,
    words: tuple[str, ...] | None = None,
) -> npt.NDArray[Any]:
    """`rows` values spread evenly over a column's valid ones, in its NumPy type (text: objects, of `words` where known)."""
    if column.categories:
        known = pa.array(column.categories, ARROW[column.type]).to_numpy(zero_copy_only=False)
        return np.asarray(known[rng.integers(0, len(known), rows)])
    if column.type == ColumnType.STRING and words:
        return sentences(words, rows, rng)
    if column.type == ColumnType.STRING:
        return np.array(_WORDS, dtype=object)[rng.integers(0, len(_WORDS), rows)]
    if column.type == ColumnType.BOOL:
        return rng.random(rows) < 0.5
    low, high = finite_range(column, shown)
    if column.type in INTEGERS or column.whole:
        return _whole(column, low, high, rows, rng)
    return _floats(column, low, high, rows, rng)


def _whole(column: Column, low: float, high: float, rows: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    """Whole numbers of the range; of float columns those that a double holds."""
    limits = np.iinfo(np.int32 if column.type == ColumnType.INT32 else np.int64)
    exact = [isinstance(bound, int) for bound in (column.minimum, column.maximum)]  # a float may not hold them
    least = column.minimum if exact[0] else int(np.ceil(max(low, -(2.0**63))))
    most = column.maximum if exact[1] else int(np.floor(min(high, 2.0**63 - 1024)))
    least, most = max(int(least or 0), int(limits.min)), min(int(most or 0), int(limits.max))
    return rng.integers(least, max(most, least), rows, endpoint=True).astype(NUMPY[column.type])


def _floats(column: Column, low: float, high: float, rows: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    share = rng.random(rows)
    values = low * (1.0 - share) + high * share if high / 2 - low / 2 > 1e300 else low + (high - low) * share
    values = np.clip(values, low, high)
    typed: npt.NDArray[Any] = _into_float32(values, low, high) if column.type == ColumnType.FLOAT32 else values
    if column.nan:
        typed[rng.random(rows) < _NAN_SHARE] = np.nan
    return typed


def _into_float32(values: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.float32]:
    """Rounded, and back inside where rounding left the range by a step."""
    with np.errstate(over="ignore", under="ignore"):
        near = values.astype(np.float32)
        near = np.where(near < low, np.nextafter(near, np.float32(np.inf)), near)
        return np.where(near > high, np.nextafter(near, np.float32(-np.inf)), near)
