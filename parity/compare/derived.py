"""The bounds that follow from a model's structure: sums of leaves, linear models, smooth ones, and blends of several models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.compare import blended
from parity.compare.allowance import Floats, Tolerance, Units
from parity.compare.links import link_formula, through_link
from parity.compare.sums import dot_error, own_leaves_error, tree_sum_error
from parity.numeric import bounds
from parity.values.anatomy import Anatomy, Linear, Prefix, Smooth, Trees
from parity.values.signature import OutputKind


def derived(kind: OutputKind, anatomy: Anatomy, units: Units, features: Callable[[pa.RecordBatch], Any]) -> Tolerance | None:
    """The bound that the structure gives; None where it gives none."""
    if anatomy.trees is not None and anatomy.trees.link != "unknown" and anatomy.trees.slopes is None:
        return _for_trees(kind, anatomy, anatomy.trees, units, features)
    if anatomy.prefix is None or anatomy.prefix.magnification is not None:
        if anatomy.linear is not None and (anatomy.linear.link != "unknown" or kind == OutputKind.MARGIN):
            return _for_linear(kind, anatomy, anatomy.linear, units, features)
        if anatomy.smooth is not None and anatomy.smooth.link != "unknown":
            return _for_smooth(kind, anatomy, anatomy.smooth, units, features)
    return _for_blend(kind, anatomy, units, features)


def _for_blend(kind: OutputKind, anatomy: Anatomy, units: Units, features: Callable[[pa.RecordBatch], Any]) -> Tolerance | None:
    """Each member's own bound, carried through what the blend makes of the members' scores."""
    if anatomy.blend is None:
        return None
    tolerances = blended.members_of(anatomy.blend, lambda k, member: derived(k, member, units, features))
    if tolerances is None:
        return None
    if anatomy.blend.last is None:
        return blended.mean(anatomy.blend, tolerances, units, features)
    return blended.stack(kind, anatomy, anatomy.blend.last, tolerances, units, features)


def _for_trees(
    kind: OutputKind, anatomy: Anatomy, trees: Trees, units: Units, features: Callable[[pa.RecordBatch], Any]
) -> Tolerance:
    slope = 1.0 if kind == OutputKind.MARGIN else trees.slope
    error = slope * np.asarray(sum(tree_sum_error(trees, u) for u in units.arithmetic))
    count = len(trees.root)
    formula = f"sum of {count} leaves in {units.name}: min(gamma(n) sum|v|, u sqrt(2 ln 2e6) |running sums|) (Higham & Mary 2019)"
    return Tolerance(
        lambda scores, batch: through_link(kind, trees.link, scores, _fitting(error, scores), units.largest).max(axis=1),
        formula + link_formula(kind, trees.link),
        own=lambda scores, batch: through_link(
            kind,
            trees.link,
            scores,
            _fitting(slope * own_leaves_error(trees, features_of(anatomy, features(batch)), units.arithmetic), scores),
            units.largest,
        ).max(axis=1),
    )


def _fitting(error: Floats, scores: Floats) -> Floats:
    """Errors (outputs,) or (rows, outputs) in the shape of scores, which of a side alone may have other columns: the largest."""
    each = error if error.shape[-1] in (1, scores.shape[1]) else error.max(axis=-1, keepdims=True)
    return np.broadcast_to(each, scores.shape)


def _for_linear(
    kind: OutputKind, anatomy: Anatomy, linear: Linear, units: Units, features: Callable[[pa.RecordBatch], Any]
) -> Tolerance:
    n, prefix = linear.weights.shape[1], anatomy.prefix

    apart = prefix is None or _one_to_one(prefix)

    def bound(scores: Floats, batch: pa.RecordBatch) -> Floats:
        given = features(batch)
        z = np.asarray(prefix.transform(given) if prefix else given, dtype=np.float64)
        moved = prefix.magnification(given) if prefix and prefix.magnification else np.zeros((1, n))
        with np.errstate(all="ignore"):
            error = np.asarray(sum(dot_error(linear, z, _given(moved, z, *pair), pair[0], apart) for pair in units.pairs))
            error = np.nan_to_num(error, nan=np.inf, posinf=np.inf)
            return np.asarray(through_link(kind, linear.link, scores, error, units.largest).max(axis=1))

    terms = "(w dz)^2, " if prefix and apart else ""
    formula = f"dot product of {n} terms in {units.name}: min(gamma(n + 2) sum|w z|, {bounds.LAMBDA:.1f} u |{terms}partial sums|)"
    formula += (" with dz = u" if apart else " + sum|w| dz, dz = u") + " ((|x| + |mean|) / sigma + 3 |z|)" if prefix else ""
    return Tolerance(bound, formula + " (Higham 3.1, Higham & Mary 2019)" + link_formula(kind, linear.link))


def _given(moved: Floats, z: Floats, u: float, given: float) -> Floats:
    """What features are off by in units of u, where inputs come in a wider unit than that of the arithmetic.

    The first step's errors are taken as if all of them were of the inputs; without steps the features are the inputs.
    """
    return moved if given <= u else given / u * (moved if moved.any() else np.abs(z))


def _one_to_one(prefix: Prefix) -> bool:
    """Does each feature come from a column of its own, so that their roundings are independent?"""
    known = prefix.origin[prefix.origin >= 0]
    return len(known) == len(prefix.origin) == len(np.unique(known))


def _for_smooth(
    kind: OutputKind, anatomy: Anatomy, smooth: Smooth, units: Units, features: Callable[[pa.RecordBatch], Any]
) -> Tolerance:
    prefix, rule = anatomy.prefix, smooth.error
    if kind == OutputKind.MARGIN and smooth.decision is not None:
        rule = smooth.decision

    def bound(scores: Floats, batch: pa.RecordBatch) -> Floats:
        given = features(batch)
        z = features_of(anatomy, given)
        moved = prefix.magnification(given) if prefix and prefix.magnification else np.abs(z)
        with np.errstate(all="ignore"):
            error = np.asarray(sum(rule(z, given_in * moved, u) for u, given_in in units.pairs))
            error = np.nan_to_num(error, nan=np.inf, posinf=np.inf)
            return np.asarray(through_link(kind, smooth.link, scores, error, units.largest).max(axis=1))

    formula = f"{smooth.formula} in {units.name}" + (", dz from the steps in front" if prefix else ", dz = u |x|")
    return Tolerance(bound, formula + link_formula(kind, smooth.link))
