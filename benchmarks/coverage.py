"""Boundary coverage: of all cuts of a model, how many have a row on each side, one step apart, that comes by a node with it?

Four models on one table of 12 columns of mixed kinds of numbers, 3 tables each; 100,000 rows of phase boundary. A cut is a
distinct column and threshold of the library's own dump (none is left out as unreachable). A row meets it where the library
says that it ends in a leaf below such a node, and where its value is the last one on the left or the first one on the right: in
doubles for LightGBM and HistGradientBoosting, in float32 for XGBoost and the forest, in whole numbers where the sample has only
those. Counted once with the sample and once without: then all columns are real numbers. For LightGBM and HistGradientBoosting
each threshold, and the rows, are rounded to float32, and the library is asked for the leaves again: a cut is found divergent
where a row parts there. Such a row exists for every cut but one whose column holds no number between the threshold and
the last one that rounds onto it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks import grown
from benchmarks.grown import Floats, Grown
from benchmarks.probing import Bools, Cuts, boundary_rows, subject_of
from benchmarks.result import Figure, Result, method_of, publish

BUDGET = 100_000
SEEDS = (0, 1, 2)
MOVED_WANTED = 0.995
MODELS: tuple[Callable[[int], Grown], ...] = (grown.lightgbm, grown.xgboost, grown.forest, grown.histogram)


def measure() -> Result:
    figures: list[Figure] = []
    for make in MODELS:
        for with_sample in (True, False):
            figures += _of_model([_one(make(seed), seed, with_sample) for seed in SEEDS], with_sample)
    return Result("coverage", tuple(figures), method_of(__doc__))


@dataclass(frozen=True)
class Counted:
    """One model: its splits and distinct cuts, those met on both sides, those that rounding moves, and those found divergent."""

    name: str
    splits: int
    cuts: int
    met: int
    rows: int
    moved: int
    parted: int


def _one(model: Grown, seed: int, with_sample: bool) -> Counted:
    sample = grown.table(seed)[0] if with_sample else None
    whole = np.array([with_sample and name in grown.WHOLE for name in grown.NAMES])
    cuts, rows = Cuts(model, whole), 0
    met, parted = np.zeros((len(cuts.column), 2), bool), np.zeros(len(cuts.column), bool)
    twin = grown.rounded(model) if model.precision == "float64" else None
    for chunk in boundary_rows(subject_of(model, sample), BUDGET):
        rows += len(chunk)
        met |= cuts.met(chunk)
        if twin is not None:
            parted |= cuts.parted(model.leaves(chunk), twin.leaves(_single(chunk)))
    moved = np.zeros(len(parted), bool) if twin is None else _moved(cuts)
    both = int(met.all(axis=1).sum())
    return Counted(model.name, model.splits, len(met), both, rows, int(moved.sum()), int((parted & moved).sum()))


def _single(rows: Floats) -> Floats:
    return rows.astype(np.float32).astype(np.float64)


def _moved(cuts: Cuts) -> Bools:
    """x goes left before where x <= t, and after where float32(x) <= float32(t): up to the middle to the next float32."""
    near = cuts.threshold.astype(np.float32)
    last = near.astype(np.float64) / 2 + np.nextafter(near, np.float32(np.inf)).astype(np.float64) / 2
    return np.where(cuts.whole, np.ceil(last) - 1 > cuts.threshold, np.nextafter(cuts.threshold, np.inf) < last)


def _of_model(counted: list[Counted], with_sample: bool) -> list[Figure]:
    first, how = counted[0], "with the sample" if with_sample else "without a sample"
    shares = [c.met / c.cuts for c in counted]
    told = f"{', '.join(f'{c.met:,} of {c.cuts:,}' for c in counted)} cuts of {first.splits:,} splits; {first.rows:,} rows"
    figures = [Figure(f"{first.name}, {how}: cuts met on both sides", *_least(shares), at_least=1.0, note=told)]
    if first.moved:
        found = [c.parted / c.moved for c in counted]
        told = f"{', '.join(f'{c.parted:,} of {c.moved:,}' for c in counted)} cuts"
        what = f"{first.name}, {how}: cuts moved by float32 found divergent"
        figures.append(Figure(what, *_least(found), at_least=MOVED_WANTED, note=told))
    return figures


def _least(shares: list[float]) -> tuple[float, str, float, float, str]:
    return min(shares), "", min(shares), max(shares), "range"


if __name__ == "__main__":
    publish(measure)
