"""Distinct cuts along the user's columns: from splits, and from jumps of the steps in front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from parity.anatomy.carry import Feed, last_on_low_side
from parity.anatomy.floats import after64
from parity.anatomy.flow import Jumps
from parity.anatomy.splits import Splits
from parity.values.anatomy import Cuts


def no_cuts() -> Cuts:
    """Nothing is discontinuous."""
    return Cuts(np.zeros(0, np.int32), np.zeros(0), np.zeros(0, bool), np.zeros(0, np.int32), ())


def of_splits(splits: Splits) -> Cuts:
    """One cut for all nodes of one column, threshold and rule, sorted by them; `node` is the first of those."""
    nodes = np.flatnonzero((splits.column >= 0) & np.isfinite(splits.threshold))
    key = np.stack([splits.column[nodes], splits.threshold[nodes], splits.strict[nodes]])
    _, first = np.unique(key, axis=1, return_index=True)
    nodes = nodes[first]
    source = ("tree",) * len(nodes)
    return Cuts(splits.column[nodes], splits.threshold[nodes], splits.strict[nodes], nodes.astype(np.int32), source)


def of_jumps(jumps: Jumps, feed: Feed, columns: int) -> Cuts:
    """Bin edges, carried back. A strict edge keeps its rule: its threshold is the first value of the upper bin."""
    last = last_on_low_side(jumps, feed, columns)
    upward = jumps.strict & (jumps.direction > 0)
    threshold = np.where(upward, after64(last), last)
    known = np.isfinite(threshold)
    key = np.stack([jumps.column[known], threshold[known], upward[known]])
    found = np.unique(key, axis=1)
    return bins(found[0].astype(np.int32), found[1], found[2].astype(bool))


def bins(column: npt.NDArray[np.int32], threshold: npt.NDArray[np.float64], strict: npt.NDArray[np.bool_]) -> Cuts:
    """Cuts that belong to no tree."""
    return Cuts(column, threshold, strict, np.full(len(column), -1, np.int32), ("bin",) * len(column))


def together(parts: Sequence[Cuts]) -> Cuts:
    """All cuts, each once: of equal ones the first stays."""
    joined = [np.concatenate([getattr(p, name) for p in parts]) for name in ("column", "threshold", "strict", "node")]
    source = [s for p in parts for s in p.source]
    _, first = np.unique(np.stack(joined[:3]), axis=1, return_index=True)
    column, threshold, strict, node = (a[first] for a in joined)
    return Cuts(column, threshold, strict.astype(bool), node, tuple(source[i] for i in first))
