"""Trees of one shape whose leaves hold other values: read from both structures, then scored with the artifact's values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.branches import ranked
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.trees import simulate
from parity.values.anatomy import Trees

SAME = 2.0**-20
"""Leaves nearer than this, relative to the largest, are the same: sixteen float32 roundings."""


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One, where both sides' trees have the same shapes: the reference's trees with the artifact's leaves."""
    ours, theirs = evidence.reference.trees, evidence.artifact.trees
    if ours is None or theirs is None or ours.link == "unknown" or ours.leaf.shape[1] != theirs.leaf.shape[1]:
        return
    a, b = ranked(ours), ranked(theirs)
    if a.depths != b.depths:
        return
    mine, other = ours.leaf[a.ends] * ours.scale, theirs.leaf[b.ends] * theirs.scale
    changed = np.abs(mine - other) > SAME * np.abs(mine).max(initial=0.0)
    if not changed.any():
        return
    leaf = ours.leaf.copy()
    leaf[a.ends] = other / ours.scale
    turned = replace(ours, leaf=leaf)

    def predict(batch: pa.RecordBatch) -> Floats:
        return simulate(turned, evidence.features(batch), evidence.ask_runtime(batch).shape[1])

    name, text = _told(ours, a.ends, mine, other, changed.any(axis=1))
    yield Hypothesis(name, predict, evidence.ask_runtime, text)


def _told(
    trees: Trees, ends: npt.NDArray[np.int64], mine: Floats, other: Floats, changed: npt.NDArray[np.bool_]
) -> tuple[str, str]:
    """Trees of zeros are trees that were dropped; everything else is named by how much the leaves changed."""
    lost = np.unique(trees.tree[ends][changed])
    in_lost = np.isin(trees.tree[ends], lost)
    if not other[in_lost].any():
        return (
            "trees-dropped",
            f"{len(lost)} of the reference's {len(trees.root)} trees add nothing in the artifact: all leaves are 0",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (other / mine)[np.isfinite(other / mine)]
    typical = float(np.median(ratio)) if ratio.size else float("nan")
    return (
        "leaf-values",
        f"{int(changed.sum()):,} of {len(changed):,} leaves hold other values, {typical:.8g} times the reference's (median)",
    )
