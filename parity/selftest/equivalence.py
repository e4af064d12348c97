"""Mutants that no input can tell from the artifact, or only by what correct arithmetic may do: proved from both files.

That our rows did not tell a mutant apart is never a proof: such a mutant has survived.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity.numeric.bounds import gamma
from parity.numeric.ulp import UNIT_ROUNDOFF
from parity.selftest.faults import LEAF_FACTORS
from parity.values.anatomy import Anatomy, Trees
from parity.values.columns import Schema

Floats = npt.NDArray[np.float64]


def proof(fault: str, artifact: Anatomy, mutant: Anatomy, schema: Schema) -> str | None:
    """Why the mutant is equivalent, or None where the two files do not prove it."""
    before, after = artifact.trees, mutant.trees
    if before is None or after is None or before.left.shape != after.left.shape:
        return None
    if fault in LEAF_FACTORS:
        return _within_one_sum(LEAF_FACTORS[fault] - 1, before)
    if fault in ("thresholds-one-ulp", "thresholds-float32", "strict-comparison"):
        return _no_whole_number_between(artifact, before, after, schema)
    if fault == "last-tree-dropped":
        same = np.array_equal(before.leaf, after.leaf)
        return "the last tree adds nothing in the artifact either: all its leaves are 0" if same else None
    return None


def _within_one_sum(share: float, trees: Trees) -> str | None:
    """Each sum of n leaves moves by at most share * sum|v|, and a correct one may be off by gamma(n) sum|v| (Higham 4.2)."""
    count = len(trees.root)
    allowed = float(gamma(count, UNIT_ROUNDOFF[trees.sum_precision]))
    if share > allowed:
        return None
    return (
        f"every sum of {count} leaves moves by at most {share:.2g} sum|v|; a correct {trees.sum_precision} sum "
        f"may be off by gamma({count}) sum|v| = {allowed:.2g} sum|v|"
    )


def _no_whole_number_between(artifact: Anatomy, before: Trees, after: Trees, schema: Schema) -> str | None:
    """Where all columns that are split hold whole numbers, only a whole number on the other side of a threshold shows it."""
    inner = before.left >= 0
    columns = np.unique(before.feature[inner])
    if artifact.prefix is not None or not all(schema.columns[int(c)].whole for c in columns):
        return None
    if np.array_equal(_last_whole(before, inner), _last_whole(after, inner)):
        return f"the {len(columns)} columns that are split hold whole numbers, and each threshold still parts the same ones"
    return None


def _last_whole(trees: Trees, inner: npt.NDArray[np.bool_]) -> Floats:
    """The largest whole number that goes left at each split."""
    threshold = trees.threshold[inner]
    return np.asarray(np.floor(threshold) if trees.rule == "le" else np.ceil(threshold) - 1)
