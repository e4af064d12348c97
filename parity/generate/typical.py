"""A row in which nothing is remarkable: what a finding's row is told against."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.generate.batches import ARROW, FLOATS, INTEGERS, NUMPY, conform, numbers, record, to_array
from parity.numeric.tensors import flat, matrix
from parity.values.anatomy import Anatomy
from parity.values.columns import Column, ColumnType, Schema


def typical_row(schema: Schema, sample: pa.RecordBatch | None, reference: Anatomy) -> pa.RecordBatch:
    """One valid row: the shortest number between the quartiles, the most frequent category; null only where all are."""
    rows = conform(sample, schema) if sample is not None else None
    columns = [_cell(c, None if rows is None else rows.column(i), _range(reference, i)) for i, c in enumerate(schema.columns)]
    return record(schema.columns, columns)


def _cell(column: Column, values: pa.Array | None, shown: tuple[float, float] | None) -> pa.Array:
    if column.shape:
        return _tensor(column, None if values is None or values.null_count == len(values) else values.drop_null(), shown)
    return pa.array([_value(column, values, shown)], ARROW[column.type])


def _tensor(column: Column, known: pa.Array | None, shown: tuple[float, float] | None) -> pa.Array:
    """At each place the middle one of the sample's values (numbers), else one usual value at all places."""
    size = math.prod(column.shape)
    if known is None or column.type not in (*FLOATS, *INTEGERS):
        value = _value(replace(column, shape=()), None if known is None else flat(known), shown)
        return to_array(column, np.full((1, size), value, NUMPY.get(column.type, object)))
    seen = matrix(known)
    if column.type in FLOATS:
        finite = seen[np.isfinite(seen)]
        seen = np.where(np.isfinite(seen), seen, np.median(finite) if len(finite) else 0)
    middle = np.sort(seen, axis=0)[(len(seen) - 1) // 2]
    return to_array(column, middle[None])


def _range(reference: Anatomy, index: int) -> tuple[float, float] | None:
    return reference.ranges[index] if index < len(reference.ranges) else None


def _value(column: Column, values: pa.Array | None, shown: tuple[float, float] | None) -> Any:
    known = None if values is None or values.null_count == len(values) else values.drop_null()
    if column.categories is not None or column.type in (ColumnType.STRING, ColumnType.BOOL):
        return _frequent(column, known)
    low, high = _middle(column, known, shown)
    if column.type in FLOATS and not column.whole:
        return shortest(low, high, column.type)
    inside = round((low + high) / 2)
    return int(min(max(inside, np.ceil(low)), np.floor(high)))


def _frequent(column: Column, values: pa.Array | None) -> Any:
    """The most frequent value, the first in order of equally frequent ones; without a sample the first category."""
    if values is not None:
        allowed = column.categories
        counted = [(v["counts"], v["values"]) for v in pc.value_counts(values).to_pylist()]
        counted = [c for c in counted if allowed is None or c[1] in allowed] or counted
        most = max(n for n, _ in counted)
        return min(v for n, v in counted if n == most)
    if column.categories:
        return column.categories[0]
    return False if column.type == ColumnType.BOOL else "a"


def _middle(column: Column, values: pa.Array | None, shown: tuple[float, float] | None) -> tuple[float, float]:
    """Quartiles of the valid sample values, else the middle half of the valid range, else of what the model shows."""
    low, high = finite_range(column, shown)
    if values is not None:
        seen = numbers(values)
        seen = seen[(seen >= low) & (seen <= high)]
        if len(seen):
            quartiles = np.quantile(seen, [0.25, 0.75], method="closest_observation")
            return float(quartiles[0]), float(quartiles[1])
    quarter = high / 4 - low / 4
    return low + quarter, high - quarter


def finite_range(column: Column, shown: tuple[float, float] | None = None) -> tuple[float, float]:
    """The valid range with finite ends: an end that is open is taken from `shown`, else ten times the other end, at least 10."""
    low, high = column.minimum, column.maximum
    open_low, open_high = low is None or not np.isfinite(low), high is None or not np.isfinite(high)
    if open_low:
        low = shown[0] if shown else min(-10.0, -10 * abs(high)) if not open_high and high is not None else -10.0
    if open_high:
        high = shown[1] if shown else max(10.0, 10 * abs(low)) if low is not None else 10.0
    assert low is not None
    assert high is not None
    return (float(low), float(high)) if low <= high else (float(high), float(low))


def shortest(low: float, high: float, kind: ColumnType) -> float:
    """The number with the fewest decimal digits in [low, high], near its middle; `low` itself where none is shorter."""
    middle = low / 2 + high / 2
    for digits in range(1, 18):
        candidate = float(NUMPY[kind](f"{middle:.{digits}g}"))
        if low <= candidate <= high:
            return candidate
    return low


def spread(values: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    """Least and largest finite value, None where there is none."""
    seen = values[np.isfinite(values)]
    return (float(seen.min()), float(seen.max())) if len(seen) else None
