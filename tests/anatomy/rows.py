"""Data of mixed kinds of numbers, and rows that sit on and beside a model's own thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.floats import after64, before64, cast
from parity.values.anatomy import Anatomy, Floats

COLUMNS = ("plain", "money", "count", "tiny", "epoch", "flag")
ROWS = 12_000


def table(missing: bool = False, rows: int = 1_500) -> tuple[Floats, Any, Any, Any]:
    """Features (rows, 6), a binary target, one of three classes, a number. `missing`: a tenth of the cells is NaN."""
    rng = np.random.default_rng(5)
    columns = [rng.normal(size=rows), np.round(rng.gamma(2, 20, rows), 2), rng.integers(0, 50, rows), rng.random(rows) * 1e-6]
    X = np.column_stack([*columns, 1.7e9 + rng.integers(0, 9999, rows), rng.integers(0, 2, rows)]).astype(np.float64)
    y = (X[:, 0] + X[:, 2] / 25 + rng.normal(size=rows) > 1).astype(int)
    three, number = y + (X[:, 1] > 50), 100 * X[:, 0] + X[:, 1]
    if missing:
        X[rng.random(X.shape) < 0.1] = np.nan
    return X, y, three, number


def hard_rows(anatomy: Anatomy, X: Floats, missing: bool = False) -> Floats:
    """ROWS rows: cells of X shuffled per column, half of them put on a cut of their column or one step beside it, zeros."""
    rng = np.random.default_rng(6)
    rows = np.column_stack([rng.choice(X[:, j], ROWS) for j in range(X.shape[1])])
    cuts = anatomy.cuts
    assert cuts is not None
    for j in range(X.shape[1]):
        places = cuts.threshold[cuts.column == j]
        if len(places):
            at = rng.choice(places, ROWS)
            near = np.stack([at, after64(at), before64(at), cast(at, "float32"), at * (1 + 2.0**-25)])
            rows[:, j] = np.where(rng.random(ROWS) < 0.5, near[rng.integers(0, len(near), ROWS), np.arange(ROWS)], rows[:, j])
    rows[rng.random(rows.shape) < 0.03] = 0.0
    rows[rng.random(rows.shape) < 0.01] = 1e-36
    if missing:
        rows[rng.random(rows.shape) < 0.1] = np.nan
    return rows


def same_partition(mine: Any, theirs: Any) -> bool:
    """Do two numberings of leaves, (rows, trees), name the same leaves in every tree?"""
    for a, b in zip(np.asarray(mine).T, np.asarray(theirs).T, strict=True):
        pairs = len(np.unique(np.stack([a, b]), axis=1).T)
        if not pairs == len(np.unique(a)) == len(np.unique(b)):
            return False
    return True
