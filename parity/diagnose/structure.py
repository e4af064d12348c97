"""Causes that a comparison of both structures shows: trees that one side does not have, columns that changed places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import leaves, margins
from parity.diagnose.branches import ranked
from parity.diagnose.evidence import Evidence, Hypothesis
from parity.diagnose.margins import answers
from parity.numeric.ulp import ulp_distance
from parity.values.anatomy import Trees

Floats = npt.NDArray[np.float64]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Static comparison first; each difference becomes a prediction that is then scored."""
    ours, theirs = evidence.reference.trees, evidence.artifact.trees
    if ours is None or theirs is None:
        return
    if len(theirs.root) > len(ours.root) and _prefix(ours, theirs):
        yield _every_tree(evidence, ours, theirs)
    if len(theirs.root) < len(ours.root) and (_prefix(theirs, ours) or _some(theirs, ours)):
        yield _other_trees(evidence, theirs, "trees-dropped", _FEWER.format(len(theirs.root), len(ours.root)))
    swapped = _permutation(ours, theirs, len(evidence.reference.columns))
    if swapped is not None:
        yield _permuted(evidence, swapped)


def _prefix(short: Trees, long: Trees) -> bool:
    """Are the first trees of `long` the trees of `short` (same shapes and splits, thresholds equal as float32)?

    Whatever the numbers of their nodes: exporters count depth first, libraries by level or in the order of training.
    """
    a, b, first = _splits(short), _splits(long), ranked(short).depths
    if a is None or b is None or ranked(long).depths[: len(first)] != first:
        return False
    size = len(a[0])
    return bool(np.array_equal(a[0], b[0][:size]) and _one_step(a[1], b[1][:size]))


def _some(few: Trees, many: Trees) -> bool:
    """Are the trees of `few`, in their order, among those of `many`?"""
    wanted, there = _by_tree(few), iter(_by_tree(many))
    return bool(wanted) and all(any(_alike(one, other) for other in there) for one in wanted)


OneTree = tuple[bytes, npt.NDArray[np.int32], Floats]


def _by_tree(trees: Trees) -> list[OneTree]:
    """For each tree the depths of its leaves, and its splits' features and thresholds."""
    found, depths = _splits(trees), ranked(trees).depths
    if found is None:
        return []
    counts = np.bincount(trees.tree[trees.left >= 0], minlength=len(trees.root))
    ends = np.cumsum(counts)[:-1]
    return list(zip(depths, np.split(found[0], ends), np.split(found[1], ends), strict=True))


def _alike(a: OneTree, b: OneTree) -> bool:
    return a[0] == b[0] and np.array_equal(a[1], b[1]) and _one_step(a[2], b[2])


def _one_step(a: Floats, b: Floats) -> bool:
    """Equal within one float32 step: exporters round thresholds to nearest, or down."""
    with np.errstate(over="ignore"):
        return len(a) == len(b) and bool((ulp_distance(a.astype(np.float32), b.astype(np.float32)) <= 1).all())


def _other_trees(evidence: Evidence, trees: Trees, name: str, text: str) -> Hypothesis:
    """The reference answering with the artifact's trees and its own link."""
    ours = evidence.reference.trees
    assert ours is not None, "the caller has both"

    def predict(batch: pa.RecordBatch) -> Floats:
        features = evidence.features(batch)
        found = margins(trees, leaves(trees, features), features) - trees.base + ours.base
        return answers(ours, found, evidence.ask_runtime(batch).shape[1])

    return Hypothesis(name, predict, evidence.ask_runtime, text)


def _every_tree(evidence: Evidence, ours: Trees, theirs: Trees) -> Hypothesis:
    """The model answering with all its trees; where only the artifact holds the others, with its own and those."""
    whole = evidence.reference.whole
    common = (theirs.tree < len(ours.root))[:, None]
    more = replace(theirs, leaf=np.where(common, 0.0, theirs.leaf), base=np.zeros_like(ours.base))

    def predict(batch: pa.RecordBatch) -> Floats:
        features = evidence.features(batch)
        if whole is not None:
            found = margins(whole, leaves(whole, features), features)
        else:
            found = margins(ours, leaves(ours, features), features) + margins(more, leaves(more, features), features)
        return answers(ours, found, evidence.ask_runtime(batch).shape[1])

    text = _EXTRA.format(len(ours.root), len(theirs.root))
    return Hypothesis("best-iteration-ignored", predict, evidence.ask_runtime, text)


_EXTRA = "the reference uses {} trees, the artifact holds {} and the runtime uses them all"
_FEWER = "the artifact holds {} of the reference's {} trees"


def _permutation(ours: Trees, theirs: Trees, width: int) -> list[int] | None:
    """p with theirs.feature = p[ours.feature] on every split, where thresholds are equal and p is not the identity."""
    a, b = _splits(ours), _splits(theirs)
    if a is None or b is None or not _one_step(a[1], b[1]):
        return None
    mapped = list(range(width))
    for mine, other in zip(a[0].tolist(), b[0].tolist(), strict=True):
        if mine >= width or (mapped[mine] not in (mine, other)):
            return None
        mapped[mine] = other
    moved = [i for i in range(width) if mapped[i] != i]
    consistent = all(mapped[int(mine)] == int(other) for mine, other in zip(a[0], b[0], strict=True))
    return mapped if moved and consistent and sorted(mapped) == list(range(width)) else None


def _splits(trees: Trees) -> tuple[npt.NDArray[np.int32], Floats] | None:
    """(feature, threshold) of all splits, by tree and then depth first: the order that does not depend on node numbers."""
    order: list[int] = []
    for root in trees.root:
        stack = [int(root)]
        while stack:
            node = stack.pop()
            if trees.left[node] >= 0:
                order.append(node)
                stack += [int(trees.right[node]), int(trees.left[node])]
    return (trees.feature[order], trees.threshold[order]) if order else None


def _permuted(evidence: Evidence, mapped: list[int]) -> Hypothesis:
    names = list(evidence.reference.columns)

    def predict(batch: pa.RecordBatch) -> Floats:
        order = [names[i] for i in mapped]
        columns = [batch.column(name) for name in order]
        return evidence.ask_reference(pa.RecordBatch.from_arrays(columns, names=names))

    moved = ", ".join(f"{names[i]} -> {names[m]}" for i, m in enumerate(mapped) if i != m)
    return Hypothesis(
        "columns-swapped", predict, evidence.ask_runtime, f"every split of the artifact reads another column: {moved}"
    )
