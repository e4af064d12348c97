"""Trees of one shape whose leaves hold other values: read from both structures, then scored with the artifact's values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose import links
from parity.diagnose.branches import ranked
from parity.diagnose.estimates import SAME, SAME_DOUBLES
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.trees import simulate
from parity.values.anatomy import Trees


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Where both sides' trees have the same shapes: the reference's trees with the artifact's leaves, or those of one output."""
    yield from _merged(evidence)
    ours, theirs = evidence.reference.trees, evidence.artifact.trees
    if ours is None or theirs is None or ours.link == "unknown" or ours.leaf.shape[1] != theirs.leaf.shape[1]:
        return
    a, b = ranked(ours), ranked(theirs)
    if a.depths != b.depths:
        return
    changed = other_leaves(ours, theirs)
    if changed is not None:
        yield Hypothesis(changed.name, turned(evidence, changed.trees).ask_reference, evidence.ask_runtime, changed.text)
        return
    mine, other = ours.leaf[a.ends] * ours.scale, theirs.leaf[b.ends] * theirs.scale
    apart, largest = np.abs(mine - other), np.abs(mine).max(initial=0.0)
    if theirs.sum_precision == "float64" and (apart > SAME_DOUBLES * largest).any():
        yield from _rounded(evidence, _with_leaves(ours, a.ends, other), theirs, float(apart.max()))


@dataclass(frozen=True)
class OtherLeaves:
    """Leaves that hold other values in the artifact: the cause's name and proof, and the reference's trees with those values."""

    name: str
    text: str
    trees: Trees


def other_leaves(ours: Trees, theirs: Trees) -> OtherLeaves | None:
    """Of trees of the same shapes and outputs; None where the leaves are the same but for digits."""
    a, b = ranked(ours), ranked(theirs)
    mine, other = ours.leaf[a.ends] * ours.scale, theirs.leaf[b.ends] * theirs.scale
    apart, largest = np.abs(mine - other), np.abs(mine).max(initial=0.0)
    if not (apart > SAME * largest).any():
        return None
    name, text = _told(ours, a.ends, mine, other, (apart > SAME * largest).any(axis=1))
    return OtherLeaves(name, text, replace(_with_leaves(ours, a.ends, other), base=_base(ours, theirs)))


def _with_leaves(trees: Trees, ends: npt.NDArray[np.int64], values: Floats) -> Trees:
    leaf = trees.leaf.copy()
    leaf[ends] = values / trees.scale
    return replace(trees, leaf=leaf)


def _base(ours: Trees, theirs: Trees) -> Floats:
    """The artifact's constant where it is the reference's but for digits; another constant is a cause of its own."""
    return theirs.base if np.allclose(theirs.base, ours.base, rtol=1e-3, atol=0) else ours.base


def turned(evidence: Evidence, trees: Trees) -> Evidence:
    """The evidence of a reference that runs these trees."""

    def asked(batch: pa.RecordBatch) -> Floats:
        return simulate(trees, evidence.features(batch), evidence.ask_runtime(batch).shape[1])

    return replace(evidence, reference=replace(evidence.reference, trees=trees), ask_reference=asked, simulated=True)


def _rounded(evidence: Evidence, leaves: Trees, theirs: Trees, most: float) -> Iterator[Hypothesis]:
    """Leaves, and the constant, in fewer digits; with them the artifact's own thresholds; on top of either another link."""
    base = _base(leaves, theirs)
    ways = [("rounded-leaves", replace(leaves, base=base))]
    if evidence.reference.prefix is None and evidence.artifact.prefix is None:
        own = replace(theirs, base=base, link=leaves.link, slope=leaves.slope)
        ways.append(("rounded-thresholds + rounded-leaves", own))
    text = f"the artifact's leaves are written in fewer digits (off by up to {most:.2g}), and with them the reference answers so"
    for name, trees in ways:
        yield Hypothesis(name, turned(evidence, trees).ask_reference, evidence.ask_runtime, text)
    for name, trees in ways:
        for link in links.hypotheses(turned(evidence, trees)):
            yield replace(
                link, name=f"{name} + {link.name}", evidence=f"{link.evidence}, but for digits of the artifact's leaves"
            )


def _merged(evidence: Evidence) -> Iterator[Hypothesis]:
    """The trees of all outputs added up in the first one; the others have no leaf, and hold their constant or nothing."""
    trees = evidence.reference.trees
    if trees is None or trees.leaf.shape[1] < 2 or trees.link != "identity":
        return
    leaf = np.zeros_like(trees.leaf)
    leaf[:, 0] = trees.leaf.sum(axis=1)
    first = np.where(np.arange(leaf.shape[1]) == 0, trees.base, 0.0)
    for base in (trees.base, first):
        merged = turned(evidence, replace(trees, leaf=leaf, base=np.asarray(base)))
        text = "the trees of all outputs, added up in the first one, answer what the runtime answers"
        yield Hypothesis("outputs-merged", merged.ask_reference, evidence.ask_runtime, text)


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
    if (order := _order(mine, other)) is not None:
        return "classes-permuted", f"every leaf of the artifact holds the classes' values in the order {order}"
    if _votes(mine, other):
        return "votes-for-probabilities", "every leaf of the artifact gives all to the class that is the most probable there"
    if _of_other_outputs(mine[changed], other[changed]):
        return (
            "trees-of-other-classes",
            f"{len(lost)} of the reference's {len(trees.root)} trees add the same to another class in the artifact",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = other / mine
    return _of_ratios(trees, trees.tree[ends], ratio, int(changed.sum()))


def _order(mine: Floats, other: Floats) -> list[int] | None:
    """Where each output of the artifact stands among the reference's, where all leaves are the same but for that order."""
    if mine.shape[1] < 2 or mine.shape != other.shape:
        return None
    scale = SAME * float(np.abs(mine).max(initial=0.0))
    order = [next((j for j in range(mine.shape[1]) if (np.abs(mine[:, j] - column) <= scale).all()), -1) for column in other.T]
    return order if sorted(order) == list(range(mine.shape[1])) and order != sorted(order) else None


def _of_ratios(trees: Trees, tree: npt.NDArray[np.int32], ratio: Floats, changed: int) -> tuple[str, str]:
    """Sums for means and weights of whole trees are told by what the leaves of a tree have in common; zeros tell nothing."""
    told = np.isfinite(ratio) & (ratio != 0)
    typical = float(np.median(ratio[told])) if told.any() else float("nan")
    count = len(trees.root)
    if count > 1 and _alike(ratio[told], typical):
        if _alike(np.array([typical]), count):
            return "summed-for-averaged", f"every leaf of the artifact is {count} times that of the mean of {count} trees"
        if _alike(np.array([typical]), 1 / count):
            return "averaged-for-summed", f"every leaf of the artifact is the reference's divided by {count}, the number of trees"
    elif count > 1:
        weights = [ratio[told & (tree == k)[:, None]] for k in range(count)]
        known = [w for w in weights if w.size]
        if max(w.size for w in known) > 1 and all(_alike(w, float(np.median(w))) for w in known):
            few = ", ".join(f"{np.median(w):.4g}" for w in known[:4])
            return "tree-weights", f"each tree of the artifact is the reference's times a number of its own ({few}, ...)"
    return (
        "leaf-values",
        f"{changed:,} of {len(ratio):,} leaves hold other values, {typical:.8g} times the reference's (median)",
    )


def _alike(values: Floats, number: float) -> bool:
    """Equal but for float32 rounding of small leaves."""
    return bool(values.size) and bool(np.allclose(values, number, rtol=1e-4, atol=0))


def _of_other_outputs(mine: Floats, other: Floats) -> bool:
    """Each leaf adds one number to one output, the same number on both sides."""
    single = bool(((mine != 0).sum(axis=1) <= 1).all() and ((other != 0).sum(axis=1) <= 1).all())
    return mine.shape[1] > 1 and single and bool(np.allclose(mine.sum(axis=1), other.sum(axis=1), rtol=SAME, atol=0))


def _votes(mine: Floats, other: Floats) -> bool:
    """One number in each row, the same in all, and where the other side's highest is."""
    highest = other.argmax(axis=1)
    rows, top = np.arange(len(other)), other.max(axis=1)
    single = (other != 0).sum(axis=1) == 1
    return bool(
        mine.shape[1] > 1
        and single.all()
        and np.allclose(top, top[0], rtol=SAME)
        and np.allclose(mine.sum(axis=1), top, rtol=SAME)
        and np.allclose(mine[rows, highest], mine.max(axis=1), rtol=SAME)
        and ((mine != 0).sum(axis=1) > 1).any()
    )
