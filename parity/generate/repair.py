"""Bringing the untested columns of a row into its node's box, and onto edges inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity.anatomy.floats import cast, down32, up32
from parity.generate.boxes import Boxes
from parity.generate.edges import edge_values, grid_of
from parity.generate.targets import Targets
from parity.generate.typical import finite_range
from parity.values.anatomy import Bools, Floats
from parity.values.columns import Column, Schema

Rng = np.random.Generator


@dataclass(frozen=True)
class Grid:
    """Per column: which numbers it may hold, the finite valid range, its cuts (indices, sorted by threshold) and their edges."""

    kinds: tuple[str, ...]
    low: Floats
    high: Floats
    cuts: tuple[npt.NDArray[np.int64], ...]
    thresholds: tuple[Floats, ...]
    edges: tuple[Floats, ...]


def grid(schema: Schema, targets: Targets, shown: list[tuple[float, float] | None]) -> Grid:
    """The grid of a schema; `edges[c]` is (VARIANTS, cuts of c) in the order of `cuts[c]` and `thresholds[c]`."""
    kinds = tuple(grid_of(c) for c in schema.columns)
    spans = np.array([(0.0, 0.0) if k == "text" else _span(c, s) for c, k, s in zip(schema.columns, kinds, shown, strict=True)])
    cuts, thresholds, edges = [], [], []
    for c, kind in enumerate(kinds):
        mine = np.flatnonzero(targets.column == c) if kind != "text" else np.zeros(0, np.int64)
        mine = mine[np.argsort(targets.threshold[mine], kind="stable")]
        cuts.append(mine)
        thresholds.append(targets.threshold[mine])
        edges.append(edge_values(targets.threshold[mine], targets.strict[mine], targets.coarse[mine], kind))
    return Grid(kinds, spans[:, 0], spans[:, 1], tuple(cuts), tuple(thresholds), tuple(edges))


def _span(column: Column, shown: tuple[float, float] | None) -> tuple[float, float]:
    return (0.0, 1.0) if column.type == "bool" else finite_range(column, shown)


def into_box(values: Floats, box: Boxes, places: Grid, rng: Rng) -> Floats:
    """Values (rows, columns), NaN where missing, with those redrawn that leave the box; valid ones where the box allows it."""
    outside = np.where(np.isnan(values), ~box.nan_ok, (values < box.low) | (values > box.high))
    outside &= np.array([k != "text" for k in places.kinds])
    fixed = values.copy()
    for c in np.flatnonzero(outside.any(axis=0)):
        rows = np.flatnonzero(outside[:, c])
        fixed[rows, c] = _drawn(box.low[rows, c], box.high[rows, c], box.nan_ok[rows, c], places, int(c), rng)
    return fixed


def _drawn(low: Floats, high: Floats, nan_ok: Bools, places: Grid, column: int, rng: Rng) -> Floats:
    """A value in [low, high], within the valid range where the two meet; NaN (missing) where only that passes."""
    a, b = np.maximum(low, places.low[column]), np.minimum(high, places.high[column])
    room = places.high[column] - places.low[column] or 1.0
    apart = a > b
    a = np.where(apart, np.where(np.isfinite(low), low, high - 0.1 * room), a)
    b = np.where(apart, np.where(np.isfinite(high), high, low + 0.1 * room), b)
    share = rng.random(len(low))
    value = _on_grid(np.clip(a + (b - a) * share, a, b), a, b, places.kinds[column])
    return np.where((low > high) & nan_ok, np.nan, value)


def _on_grid(values: Floats, low: Floats, high: Floats, kind: str) -> Floats:
    if kind == "whole":
        return np.clip(np.floor(values), np.ceil(low), np.floor(high))
    if kind == "float32":
        return np.clip(cast(values, "float32"), up32(low), down32(high))
    return values


def onto_edges(values: Floats, box: Boxes, places: Grid, rng: Rng, share: float) -> Floats:
    """About `share` of the values, where present, put on an edge of a random cut of their column that lies inside the box."""
    moved = values.copy()
    for c, edges in enumerate(places.edges):
        if not edges.shape[1]:
            continue
        rows = np.flatnonzero((rng.random(len(values)) < share) & ~np.isnan(values[:, c]))
        low = np.maximum(box.low[rows, c], places.low[c])
        high = np.minimum(box.high[rows, c], places.high[c])
        chosen = _inside(places.thresholds[c], edges, low, high, rng)
        kept = ~np.isnan(chosen)
        moved[rows[kept], c] = chosen[kept]
    return moved


def _inside(thresholds: Floats, edges: Floats, low: Floats, high: Floats, rng: Rng) -> Floats:
    """A random edge value of a random cut in [low, high]; NaN where there is none or the value falls outside."""
    first = np.searchsorted(thresholds, low, side="left")
    last = np.searchsorted(thresholds, high, side="right")
    room = last - first
    cut = first + (rng.random(len(low)) * room).astype(np.int64)
    variant = rng.integers(0, len(edges), len(low))
    value = edges[variant, np.minimum(cut, len(thresholds) - 1)]
    fits = (room > 0) & (value >= low) & (value <= high)
    return np.where(fits, value, np.nan)


def everywhere(rows: int, columns: int) -> Boxes:
    """The box of a row that no tree asks anything."""
    full = (rows, columns)
    return Boxes(np.full(full, -np.inf), np.full(full, np.inf), np.ones(full, bool))
