"""Trees of one shape that part the rows elsewhere: the reference's trees with the artifact's thresholds or missing directions.

Asked after the switches: what they explain has a better name than "other numbers".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.branches import ranked
from parity.diagnose.estimates import SAME
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.trees import simulate
from parity.numeric.ulp import ulp_distance
from parity.values.anatomy import Trees


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Directions alone, thresholds alone, then both; only where every split asks for the same feature on both sides."""
    found = _laid_side_by_side(evidence)
    if found is None:
        return
    ours, theirs, a, b = found
    if theirs.sets is not None:
        yield from _equality(evidence, ours, theirs, a, b)
        return
    both = differing(evidence)
    assert both is not None, "they were laid side by side above"
    if both.turned:
        yield _with(evidence, ours, both.direction, both.told[0], nan_left=both.nan_left)
    if both.moved:
        changes = {"threshold": both.threshold, "precision": theirs.precision, "rule": theirs.rule}
        yield _with(evidence, ours, both.thresholds, both.told[1], **changes)


@dataclass(frozen=True)
class Differing:
    """Both sides' trees side by side: how many splits send missing values the other way (`turned`), how many thresholds are other
    numbers (`moved`), and the reference's `nan_left` and `threshold` with the artifact's put in."""

    ours: Trees
    theirs: Trees
    turned: int
    moved: int
    nan_left: npt.NDArray[np.bool_]
    threshold: Floats
    of: int
    thresholds: str
    """The name of the cause where thresholds are others."""

    @property
    def direction(self) -> str:
        """The name of the cause where directions are others."""
        kept = self.theirs.nan_left[self.theirs.left >= 0].any()
        return "missing-direction-flipped" if kept else "missing-direction-dropped"

    @property
    def told(self) -> tuple[str, str]:
        """Directions and thresholds in words."""
        turned = f"at {self.turned:,} of {self.of:,} splits the artifact sends missing values the other way"
        return turned, f"{self.moved:,} of {self.of:,} thresholds are other numbers in the artifact"


def differing(evidence: Evidence) -> Differing | None:
    """None where the trees cannot be laid side by side, or ask for sets."""
    found = _laid_side_by_side(evidence)
    if found is None or found[1].sets is not None:
        return None
    ours, theirs, a, b = found
    turned = int((ours.nan_left[a] != theirs.nan_left[b]).sum())
    moved = int((ours.threshold[a] != theirs.threshold[b]).sum())
    nan_left, threshold = _put(ours.nan_left, a, theirs.nan_left[b]), _put(ours.threshold, a, theirs.threshold[b])
    name = "float32-thresholds" if _rounded(ours.threshold[a], theirs.threshold[b]) else "threshold-values"
    return Differing(ours, theirs, turned, moved, np.asarray(nan_left, bool), np.asarray(threshold, np.float64), len(a), name)


def _rounded(ours: Floats, theirs: Floats) -> bool:
    """Are the artifact's all numbers of float32, those next to the model's, which are not?"""
    with np.errstate(over="ignore"):
        near, given = ours.astype(np.float32), theirs.astype(np.float32)
    return bool((given == theirs).all() and (near != ours).any() and (ulp_distance(near, given) <= 1).all())


def moved_alike(evidence: Evidence) -> Iterator[Hypothesis]:
    """Thresholds that are all off by the same number: with whole numbers in the rows that looks like another comparison."""
    found = _laid_side_by_side(evidence)
    if found is None or found[1].sets is not None:
        return
    ours, theirs, a, b = found
    if not (np.isfinite(ours.threshold[a]).all() and np.isfinite(theirs.threshold[b]).all()):
        return
    off, rounding = theirs.threshold[b] - ours.threshold[a], SAME * float(np.abs(ours.threshold[a]).max())
    by = float(np.median(off))
    if ours.rule != theirs.rule or abs(by) < 4 * rounding or (np.abs(off - by) > rounding).any():
        return
    text = f"every one of the {len(a):,} thresholds is off by {by:.6g} in the artifact"
    threshold = _put(ours.threshold, a, theirs.threshold[b])
    yield _with(evidence, ours, "threshold-values", text, threshold=threshold)


SideBySide = tuple[Trees, Trees, npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _laid_side_by_side(evidence: Evidence) -> SideBySide | None:
    """Both sides' trees and their inner nodes in one order, where every split asks for the same feature."""
    ours, theirs = evidence.reference.trees, evidence.artifact.trees
    if ours is None or theirs is None or ours.link == "unknown" or ours.sets is not None:
        return None
    a, b = inner_nodes(ours), inner_nodes(theirs)
    if a is None or b is None or len(a) != len(b) or not np.array_equal(ours.feature[a], theirs.feature[b]):
        return None
    return ours, theirs, a, b


def _equality(
    evidence: Evidence, ours: Trees, theirs: Trees, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]
) -> Iterator[Hypothesis]:
    """Every split asks whether a value is its threshold (onnxmltools issue 688)."""
    sets = theirs.sets
    if sets is None or (sets.of[b] < 0).any() or (np.diff(sets.first) != 1).any():
        return
    of, single = np.full(len(ours.left), -1, np.int32), sets.members[sets.first[sets.of[b]]]
    if not np.allclose(single, ours.threshold[a], rtol=SAME):
        return
    of[a] = sets.of[b]
    text = f"the artifact asks at all {len(a):,} splits whether a value equals the threshold"
    turned = {"sets": replace(sets, of=of), "nan_left": _put(ours.nan_left, a, theirs.nan_left[b])}
    yield _with(evidence, ours, "equality-for-comparison", text, precision=theirs.precision, **turned)


def inner_nodes(trees: Trees) -> npt.NDArray[np.int64] | None:
    """Inner nodes in an order that the numbers of the nodes have no part in: by tree, first leaf below, and size below."""
    if not len(trees.root):
        return None
    leaves = ranked(trees)
    inner = np.flatnonzero(trees.left >= 0)
    depth = _depth(trees)
    return np.asarray(inner[np.lexsort((depth[inner], leaves.rank[inner], trees.tree[inner]))])


def _depth(trees: Trees) -> npt.NDArray[np.int64]:
    depth, level, nodes = np.zeros(len(trees.left), np.int64), 0, np.asarray(trees.root, np.int64)
    while len(nodes):
        depth[nodes] = level
        inner = nodes[trees.left[nodes] >= 0]
        nodes, level = np.concatenate([trees.left[inner], trees.right[inner]]).astype(np.int64), level + 1
    return depth


def _put(values: npt.NDArray[np.generic], where: npt.NDArray[np.int64], new: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    found = values.copy()
    found[where] = new
    return found


def _with(evidence: Evidence, ours: Trees, name: str, text: str, **changes: object) -> Hypothesis:
    turned = replace(ours, **changes)  # type: ignore[arg-type]

    def predict(batch: pa.RecordBatch) -> Floats:
        return simulate(turned, evidence.features(batch), evidence.ask_runtime(batch).shape[1])

    return Hypothesis(name, predict, evidence.ask_runtime, f"{text}, and with them the reference's trees answer so")
