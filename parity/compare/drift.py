"""The difference between two outcomes of the same rows: whole arrays first, rows only after a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.compare.finite import finite
from parity.compare.labels import canonical_array
from parity.compare.matching import Pair, columns_of
from parity.numeric.ulp import narrower, ulp_distance
from parity.values.outcome import Output, Scores
from parity.values.signature import OutputKind

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Drift:
    """Drift of one pair over rows, all shape (rows,); only rows that both sides answered mean anything.

    `distance` is the largest |difference| over the pair's columns (1 for a label that differs), `ulp` the largest distance
    in the narrower type of the two sides. `mask`: one side alone gave NaN or no value. `shape`: the widths do not fit.
    `reference` and `runtime` are the compared values (rows, columns) as float64, None for labels.
    """

    pair: Pair
    distance: Floats
    ulp: Floats
    mask: Bools
    shape: bool = False
    reference: Floats | None = None
    runtime: Floats | None = None


@dataclass(frozen=True)
class Answered:
    """Which rows each side answered, shape (rows,)."""

    reference: Bools
    runtime: Bools

    @property
    def both(self) -> Bools:
        return np.asarray(self.reference & self.runtime)


def answered(reference: Scores, runtime: Scores) -> Answered:
    """Rows without a refusal, on either side."""
    masks = []
    for side in (reference, runtime):
        mask = np.ones(side.rows, bool)
        mask[list(side.refused)] = False
        masks.append(mask)
    return Answered(*masks)


def drift_of(pair: Pair, reference: Scores, runtime: Scores) -> Drift:
    """Compare one pair of outputs. Both sides have the same number of rows (the caller checks, never zips)."""
    ours, theirs = _output(reference, pair.reference.name), _output(runtime, pair.runtime.name)
    rows = reference.rows
    if ours is None or theirs is None:  # a matched output is not there: no agreement, whatever row was answered
        return Drift(pair, np.full(rows, np.inf), np.full(rows, np.inf), np.zeros(rows, bool), shape=True)
    chosen = columns_of(pair, ours.values.shape[1], theirs.values.shape[1])
    if chosen is None:
        return Drift(pair, np.full(rows, np.inf), np.full(rows, np.inf), np.zeros(rows, bool), shape=True)
    a, b = _columns(ours.values, chosen[0]), _columns(theirs.values, chosen[1])
    if pair.kind == OutputKind.LABEL:
        return _labels(pair, a, b, _mask(ours, theirs, chosen), _neither(ours, theirs, chosen))
    narrow = narrower(str(a.dtype), str(b.dtype))
    x, y = _as_floats(a), _as_floats(b)
    plain = None if ours.missing is not None or theirs.missing is not None else finite(x, y, narrow)
    if plain is not None:
        return Drift(pair, *plain, np.zeros(rows, bool), reference=x, runtime=y)
    return _numbers(pair, x, y, narrow, _mask(ours, theirs, chosen), _neither(ours, theirs, chosen))


def _columns(values: npt.NDArray[Any], chosen: list[int]) -> npt.NDArray[Any]:
    """The chosen columns; the array itself where these are all of them, in order."""
    return values if chosen == list(range(values.shape[1])) else values[:, chosen]


def _mask(ours: Output, theirs: Output, chosen: tuple[list[int], list[int]]) -> Bools:
    return np.asarray((_absence(ours, chosen[0]) != _absence(theirs, chosen[1])).any(axis=1))


def _neither(ours: Output, theirs: Output, chosen: tuple[list[int], list[int]]) -> Bools:
    """(rows, columns) or (1, 1): cells without a value on either side, where what stands there means nothing."""
    if ours.missing is None or theirs.missing is None:
        return np.zeros((1, 1), bool)
    return np.asarray(ours.missing[:, chosen[0]] & theirs.missing[:, chosen[1]])


def _labels(pair: Pair, ours: npt.NDArray[Any], theirs: npt.NDArray[Any], mask: Bools, neither: Bools) -> Drift:
    if ours.dtype == theirs.dtype and ours.dtype != object and np.array_equal(ours, theirs):
        differs = np.zeros(len(ours), bool)
    else:
        differs = ((canonical_array(ours) != canonical_array(theirs)) & ~neither).any(axis=1) & ~mask
    distance = differs.astype(np.float64)
    return Drift(pair, distance, distance, mask)


def _numbers(pair: Pair, a: Floats, b: Floats, narrow: str, mask: Bools, neither: Bools) -> Drift:
    unequal = (a != b) & ~(np.isnan(a) & np.isnan(b)) & ~neither
    distance, ulp = np.zeros(len(a)), np.zeros(len(a))
    rows = np.flatnonzero(unequal.any(axis=1) & ~mask)
    if len(rows):
        x, y = a[rows], b[rows]
        with np.errstate(invalid="ignore", over="ignore"):
            gap = np.where(unequal[rows], np.abs(x - y), 0.0)
            steps = np.where(unequal[rows], ulp_distance(x.astype(narrow), y.astype(narrow)), 0.0)
        distance[rows] = np.where(np.isnan(gap), np.inf, gap).max(axis=1)
        ulp[rows] = steps.max(axis=1)
    return Drift(pair, distance, ulp, mask, reference=a, runtime=b)


def _as_floats(values: npt.NDArray[Any]) -> Floats:
    """Numbers as float64: exact for float32, bool and integers up to 2^53; text that is not a number is NaN."""
    if values.dtype != object:
        return values.astype(np.float64, copy=False)
    return np.array([[_number(cell) for cell in row] for row in values], dtype=np.float64)


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def _absence(output: Output, columns: list[int]) -> npt.NDArray[np.int8]:
    """0 a value, 1 NaN, 2 no value at all: NaN on one side against null on the other is a difference."""
    values = output.values[:, columns]
    code = np.isnan(values).astype(np.int8) if values.dtype.kind == "f" else np.zeros(values.shape, np.int8)
    if output.missing is not None:
        code[output.missing[:, columns]] = 2
    return code


def _output(scores: Scores, name: str) -> Output | None:
    return next((o for o in scores.outputs if o.spec.name == name), None)
