"""A search for the row with the worst drift, for models without cuts: a batched evolutionary loop.

The best rows so far are crossed and moved, thousands at a time, and both sides are asked once a generation. Measured against
drawing the same number of rows evenly it finds 1.5 to 2.6 times the drift (facts/numerics.md C3). Where the answers of the two
sides are the same to the last digit, so are the rows; on another machine they follow what is answered there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.generate.batches import INTEGERS, NUMPY, numbers, record, to_array
from parity.generate.random_rows import Source, evenly, fill
from parity.generate.seeds import stream
from parity.generate.shares import search_rows
from parity.generate.subject import Subject
from parity.generate.typical import finite_range
from parity.generate.valid import valid_rows
from parity.numeric.tensors import matrix
from parity.values.anatomy import Floats
from parity.values.columns import Column, ColumnType
from parity.values.plan import Budget, Chunk, Mixture, Phase

SEARCH = "search"
"""The class of input of the rows that are searched."""

GENERATION = 500
KEPT = 24
"""Parents of each kind: the furthest apart, and the furthest beyond what rounding explains."""
CROSSED = 0.3
FRESH = 0.1
# Steps of a mutation as shares of the column's range, powers of two: from a digit that float32 cannot hold to a third of it.
SMALLEST, LARGEST = -30, -1
_STREAM = 2**32  # far from the streams of the phase's chunks
_ORDINARY_ENDS = 1e300


class Search:
    """Generations of rows: `chunks` asks for the merit of each by `tell` before it makes the next."""

    def __init__(self, subject: Subject, seed: int, budget: Budget) -> None:
        self._subject, self._rows = subject, search_rows(subject, budget)
        self._source = Source(subject)
        self._rng = stream(seed, subject.case_name, Phase.BOUNDARY, _STREAM)
        self._best: tuple[pa.RecordBatch, Floats] | None = None
        self._chunk: pa.RecordBatch | None = None

    def chunks(self) -> Iterator[Chunk]:
        """At most `search_rows` rows, all of them valid; the first generation is drawn from the sample and the ranges."""
        for start in range(0, self._rows, GENERATION):
            size = min(GENERATION, self._rows - start)
            batch = self._first(size) if self._best is None else self._next(size, self._best[0])
            batch = batch.filter(pa.array(valid_rows(self._subject.schema, batch)))
            if not batch.num_rows:
                return
            self._chunk = batch
            yield Chunk(Phase.BOUNDARY, batch, SEARCH, np.ones(batch.num_rows, bool), generator=SEARCH)

    def tell(self, drift: Floats, excess: Floats) -> None:
        """What the rows of the last chunk came to, (rows,): the drift, and its ratio to the bound; the best ones are kept."""
        assert self._chunk is not None
        rows, merit = self._chunk, np.nan_to_num(np.stack([drift, excess]), nan=0.0, posinf=1e300)
        if self._best is not None:
            rows = pa.Table.from_batches([self._best[0], rows]).combine_chunks().to_batches()[0]
            merit = np.concatenate([self._best[1], merit], axis=1)
        best = np.unique(np.argsort(-merit, axis=1, kind="stable")[:, :KEPT])
        self._best = rows.take(pa.array(best)), merit[:, best]

    def _first(self, size: int) -> pa.RecordBatch:
        share = -(-size // len(self._source.generators()))
        parts = [fill(self._source, Mixture(name, share, 0.02, 0), self._rng) for name in self._source.generators()]
        return pa.Table.from_batches(parts).combine_chunks().to_batches()[0].slice(0, size)

    def _next(self, size: int, best: pa.RecordBatch) -> pa.RecordBatch:
        rng, columns = self._rng, self._subject.schema.columns
        mother, father = (best.take(pa.array(rng.integers(0, best.num_rows, size))) for _ in range(2))
        rate = max(1.0, len(columns) / 3) / len(columns)
        arrays = [
            self._moved(i, column, pc.if_else(pa.array(rng.random(size) < CROSSED), father.column(i), mother.column(i)), rate)
            for i, column in enumerate(columns)
        ]
        return _or_else(record(columns, arrays), mother, valid_rows(self._subject.schema, record(columns, arrays)))

    def _moved(self, index: int, column: Column, values: pa.Array, rate: float) -> pa.Array:
        """Some values moved by a step of any size, some drawn anew, some made missing where that is valid."""
        rng, rows = self._rng, len(values)
        chosen = rng.random(rows) < rate
        listed = column.categories is not None or column.type in (ColumnType.STRING, ColumnType.BOOL)
        fresh = chosen & (listed | (rng.random(rows) < FRESH))
        missing = chosen & (rng.random(rows) < 0.02) if column.missing else np.zeros(rows, bool)
        new = to_array(column, evenly(column, self._source.shown[index], rows, rng, self._source.words[index]), missing)
        values = pc.if_else(pa.array(fresh | missing), new, values)
        if listed:
            return values
        if column.shape:
            kept = fresh | missing | ~chosen | np.asarray(values.is_null())
            return self._tensor_moved(index, column, values, kept)
        stepped = _stepped(column, numbers(values), finite_range(column, self._source.shown[index]), rng)
        kept = np.isnan(stepped) | ~chosen | fresh | missing
        return pc.if_else(pa.array(kept), values, to_array(column, np.where(kept, 0.0, stepped)))

    def _tensor_moved(self, index: int, column: Column, values: pa.Array, kept: npt.NDArray[np.bool_]) -> pa.Array:
        """Of each tensor a share of the values, from one to all of them, moved by steps."""
        rng, old = self._rng, matrix(values)
        numbers, size = old.astype(np.float64).reshape(-1), old.shape[1]
        with np.errstate(invalid="ignore"):
            stepped = _stepped(column, numbers, finite_range(column, self._source.shown[index]), rng).reshape(old.shape)
        share = np.prod(rng.random((3, len(old), 1)), axis=0)
        moving = (rng.random(old.shape) < np.maximum(share, 1 / size)) & ~kept[:, None] & ~np.isnan(stepped)
        return to_array(column, np.where(moving, stepped.astype(old.dtype), old), np.asarray(values.is_null()))


def _stepped(column: Column, values: Floats, span: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Steps of random sizes, sometimes to an end of the range, on the column's grid and inside the range."""
    low, high = (float(np.clip(end, -_ORDINARY_ENDS, _ORDINARY_ENDS)) for end in span)
    rows = len(values)  # sums and products alone: a power or a logarithm has other last digits on another machine
    size = np.ldexp(rng.uniform(1, 2, rows), rng.integers(SMALLEST, LARGEST, rows))
    moved = values + (rng.random(rows) + rng.random(rows) - rng.random(rows) - rng.random(rows)) * size * (high - low)
    moved = np.where(rng.random(len(values)) < 0.05, np.where(rng.random(len(values)) < 0.5, low, high), moved)
    moved = np.clip(moved, low, high)
    if column.whole or column.type in INTEGERS:
        return np.clip(np.round(moved), np.ceil(low), np.floor(high))
    kind: Any = NUMPY[column.type]
    return moved.astype(kind).astype(np.float64)


def _or_else(new: pa.RecordBatch, old: pa.RecordBatch, fits: npt.NDArray[np.bool_]) -> pa.RecordBatch:
    """The new rows, and the old ones where the new ones left the valid domain."""
    if fits.all():
        return new
    arrays: Sequence[pa.Array] = [pc.if_else(pa.array(fits), a, b) for a, b in zip(new.columns, old.columns, strict=True)]
    return pa.RecordBatch.from_arrays(list(arrays), schema=new.schema)
