"""How much drift arithmetic alone explains, derived from the model's structure and the precision of both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.anatomy.traverse import leaves
from parity.numeric import bounds
from parity.numeric.ulp import UNIT_ROUNDOFF
from parity.values.anatomy import Anatomy, Linear, Prefix, Smooth, Trees
from parity.values.policy import Gate, Preset
from parity.values.signature import OutputKind, OutputSpec

Floats = npt.NDArray[np.float64]

CEILING = 2.0**-10
"""A bound above this share of the scores is not accepted as rounding: where arithmetic loses all but ten bits of what tells
rows apart, the scores are no longer the same to any user, and the drift is a finding (inputs that float32 cannot hold)."""

FLOOR_FACTOR = 16
"""Where nothing is derived: sixteen roundings of the score itself, before the noise of inputs is measured."""

NOISE_DRAWS = 32
"""Copies of a row, with inputs and constants moved, from which its noise is measured where it decides."""
NOISE_FACTOR = 6.03
"""Student's t of 32 degrees of freedom at 1 - DELTA / 2: a drift beyond so many root mean squares of 32 draws of its own
distribution is one in a million, if that is a normal one. It is, near enough, for a sum of many independent roundings."""

FEW = 4 * 2.0**-24
"""Drift below four float32 roundings of the score is not worth a bound of the row's own: no larger share is ever at stake."""

_CELLS = 2_000_000
"""Rows times terms at once: arrays of a few megabytes."""


@dataclass(frozen=True)
class Tolerance:
    """`bound(reference (rows, columns), batch)` gives (rows,): the drift that is explained in each row.

    `formula` says what it is made of and `derived` whether it was derived (False: a measured noise floor, or set by policy).
    `own`, where there is one, is a smaller bound that costs more: from the very terms that a row adds up.
    `scale` is how far the reference's scores spread, 0 where not known.
    `measured` says that rows beyond `bound` may still be within the noise that half a step of inputs and constants makes in the
    reference; `steps` are those half steps, of inputs and of constants, relative.
    """

    bound: Callable[[Floats, pa.RecordBatch], Floats]
    formula: str
    derived: bool = True
    measured: bool = False
    own: Callable[[Floats, pa.RecordBatch], Floats] | None = None
    scale: float = 0.0
    steps: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Side:
    """What one side tells of its arithmetic."""

    anatomy: Anatomy
    output: OutputSpec

    @property
    def precision(self) -> str:
        """float32 if the model's sum or the output itself is float32, or the artifact asks for it, else float64."""
        found = [self.output.type, self.anatomy.precision]
        found += [self.anatomy.trees.sum_precision] if self.anatomy.trees else []
        found += [self.anatomy.linear.precision] if self.anatomy.linear else []
        found += [self.anatomy.smooth.precision] if self.anatomy.smooth else []
        return "float32" if "float32" in found else "float64"


@dataclass(frozen=True)
class Units:
    """Unit roundoffs of the reference and of the runtime: of their arithmetic, and of the numbers that they are given."""

    arithmetic: tuple[float, float]
    inputs: tuple[float, float]

    @property
    def largest(self) -> float:
        return max(self.arithmetic)

    @property
    def pairs(self) -> tuple[tuple[float, float], ...]:
        return tuple(zip(self.arithmetic, self.inputs, strict=True))


def tolerance_of(
    kind: OutputKind,
    reference: Side,
    runtime: Side,
    features: Callable[[pa.RecordBatch], Any],
    gate: Gate,
    input_type: str,
    scale: float = 0.0,
) -> Tolerance:
    """The tolerance of one matched output. `features` hands a batch to the reference's prefix in the form it was fitted on.

    `input_type` is the type in which the runtime takes its numbers ("float32" where it rounds them on the way in).
    `scale` is how far the reference's scores usually spread (0: not known): a single score near zero is no reason to ask
    for more digits than its neighbours have.
    """
    if gate.preset == Preset.BITWISE:
        return Tolerance(lambda scores, batch: np.zeros(len(scores)), "bitwise: zero", derived=False)
    if gate.max_abs is not None and gate.max_abs.error is not None:
        limit, reason = gate.max_abs.error, gate.max_abs.reason
        return Tolerance(lambda scores, batch: np.full(len(scores), limit), f"set by policy: {reason}", derived=False)
    ours, theirs = UNIT_ROUNDOFF[reference.precision], UNIT_ROUNDOFF[runtime.precision]
    given = max(theirs, UNIT_ROUNDOFF.get(input_type, 0.0))
    told = runtime.anatomy.trees is not None or bool(runtime.anatomy.precision)
    theirs = theirs if told else given  # what it computes in is not told: no more than its inputs
    found = _capped(_derived(kind, reference.anatomy, Units((ours, theirs), (ours, given)), features, scale), kind, scale)
    return replace(found, steps=(max(ours, given), max(ours, theirs)))


def _derived(
    kind: OutputKind, anatomy: Anatomy, units: Units, features: Callable[[pa.RecordBatch], Any], scale: float
) -> Tolerance:
    if anatomy.trees is not None and anatomy.trees.link != "unknown":
        return _for_trees(kind, anatomy, anatomy.trees, units, features)
    if anatomy.prefix is None or anatomy.prefix.magnification is not None:
        if anatomy.linear is not None and (anatomy.linear.link != "unknown" or kind == OutputKind.MARGIN):
            return _for_linear(kind, anatomy, anatomy.linear, units, features)
        if anatomy.smooth is not None and anatomy.smooth.link != "unknown":
            return _for_smooth(kind, anatomy, anatomy.smooth, units, features)
    return _floor(units, 1.0 if kind == OutputKind.PROBABILITY else scale or 1.0)


def spread(scores: Floats) -> float:
    """Half the width of the middle nine tenths of the scores (rows, columns), of the widest column; 0 for less than two rows."""
    finite = scores[np.isfinite(scores).all(axis=1)]
    if len(finite) < 2:
        return 0.0
    low, high = np.quantile(finite, [0.05, 0.95], axis=0)
    return float((high - low).max() / 2)


def row_bounds(tolerance: Tolerance, scores: Floats, batch: pa.RecordBatch, distance: Floats) -> Floats:
    """Shape (rows,): the bound, and the row's own smaller one where the drift is within the first and more than a few steps."""
    bound = np.array(tolerance.bound(scores, batch))
    if tolerance.own is not None:
        rows = np.flatnonzero((distance <= bound) & (distance > FEW * np.abs(scores).max(axis=1)))
        if len(rows):
            bound[rows] = np.minimum(bound[rows], tolerance.own(scores[rows], batch.take(pa.array(rows))))
    return bound


def _for_trees(
    kind: OutputKind, anatomy: Anatomy, trees: Trees, units: Units, features: Callable[[pa.RecordBatch], Any]
) -> Tolerance:
    slope = 1.0 if kind == OutputKind.MARGIN else trees.slope
    error = slope * np.asarray(sum(_tree_sum_error(trees, u) for u in units.arithmetic))
    count = len(trees.root)
    formula = (
        f"sum of {count} leaves in {_named(units)}: min(gamma(n) sum|v|, u sqrt(2 ln 2e6) |running sums|) (Higham & Mary 2019)"
    )
    return Tolerance(
        lambda scores, batch: _through_link(kind, trees.link, scores, np.broadcast_to(error, scores.shape), units.largest).max(
            axis=1
        ),
        formula + _link_formula(kind, trees.link),
        own=lambda scores, batch: _through_link(
            kind,
            trees.link,
            scores,
            slope * _own_leaves_error(trees, features_of(anatomy, features(batch)), units.arithmetic),
            units.largest,
        ).max(axis=1),
    )


def _own_leaves_error(trees: Trees, rows: Floats, units: tuple[float, float]) -> Floats:
    """Shape (rows, outputs): as `_tree_sum_error`, with the leaves that each row ends in instead of the largest ones.

    A runtime that takes another leaf is not explained by it: that is no rounding of the sum.
    """
    leaf, outputs = np.abs(trees.leaf) * abs(trees.scale), trees.leaf.shape[1]
    ends, error = leaves(trees, rows), np.zeros((len(rows), outputs))
    base = np.broadcast_to(np.abs(np.atleast_1d(trees.base)), (outputs,))
    step = max(1, _CELLS // max(1, ends.shape[1] * outputs))
    for i in range(0, len(rows), step):
        terms = leaf[ends[i : i + step]]
        terms = np.concatenate([np.broadcast_to(base, (len(terms), 1, outputs)), terms], axis=1).transpose(0, 2, 1)
        error[i : i + step] = sum(bounds.sum_bound(terms, u) for u in units)
    return error


def _tree_sum_error(trees: Trees, u: float) -> Floats:
    """Shape (outputs,): every leaf at its tree's largest size, the base as the first term of the sum."""
    largest = np.zeros((len(trees.root), trees.leaf.shape[1]))
    leaves = np.flatnonzero(trees.left < 0)
    np.maximum.at(largest, trees.tree[leaves], np.abs(trees.leaf[leaves]))
    terms = np.vstack([np.abs(np.atleast_1d(trees.base))[None, :] * np.ones((1, largest.shape[1])), largest * abs(trees.scale)])
    return bounds.sum_bound(terms.T, u)


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
            error = np.asarray(sum(_dot_error(linear, z, _given(moved, z, *pair), pair[0], apart) for pair in units.pairs))
            error = np.nan_to_num(error, nan=np.inf, posinf=np.inf)
            return np.asarray(_through_link(kind, linear.link, scores, error, units.largest).max(axis=1))

    terms = "(w dz)^2, " if prefix and apart else ""
    formula = (
        f"dot product of {n} terms in {_named(units)}: min(gamma(n + 2) sum|w z|, {bounds.LAMBDA:.1f} u |{terms}partial sums|)"
    )
    formula += (" with dz = u" if apart else " + sum|w| dz, dz = u") + " ((|x| + |mean|) / sigma + 3 |z|)" if prefix else ""
    return Tolerance(bound, formula + " (Higham 3.1, Higham & Mary 2019)" + _link_formula(kind, linear.link))


def _given(moved: Floats, z: Floats, u: float, given: float) -> Floats:
    """What features are off by in units of u, where inputs come in a wider unit than that of the arithmetic.

    The first step's errors are taken as if all of them were of the inputs; without steps the features are the inputs.
    """
    return moved if given <= u else given / u * (moved if moved.any() else np.abs(z))


def _one_to_one(prefix: Prefix) -> bool:
    """Does each feature come from a column of its own, so that their roundings are independent?"""
    known = prefix.origin[prefix.origin >= 0]
    return len(known) == len(prefix.origin) == len(np.unique(known))


def _dot_error(linear: Linear, z: Floats, moved: Floats, u: float, apart: bool) -> Floats:
    """(rows, outputs): the deterministic or the probabilistic bound of W z + b for features off by u `moved`, what is smaller.

    Independent roundings of the features join those of the sum; features that share columns (`apart` False) may be off together.
    """
    n, weights = linear.weights.shape[1], np.abs(linear.weights)
    size, value = np.abs(z) @ weights.T + np.abs(linear.intercept), z @ linear.weights.T + linear.intercept
    shifted, squares = moved @ weights.T, z**2 @ weights.T**2 + linear.intercept**2
    variance = bounds.dot_variance(size, value, squares, n)
    certain = bounds.dot_bound(size, n, u) + u * shifted
    if apart:
        return np.minimum(certain, bounds.random_bound(variance + moved**2 @ weights.T**2, u))
    return np.minimum(certain, bounds.random_bound(variance, u) + u * shifted)


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
            return np.asarray(_through_link(kind, smooth.link, scores, error, units.largest).max(axis=1))

    formula = f"{smooth.formula} in {_named(units)}" + (", dz from the steps in front" if prefix else ", dz = u |x|")
    return Tolerance(bound, formula + _link_formula(kind, smooth.link))


def _through_link(kind: OutputKind, link: str, scores: Floats, error: Floats, u: float) -> Floats:
    """Error of the margin (rows, outputs) to error of the output (rows, columns)."""
    if kind not in (OutputKind.PROBABILITY, OutputKind.VALUE) or link == "identity":
        return np.broadcast_to(error + 2 * u * np.abs(scores), np.broadcast_shapes(error.shape, scores.shape))
    if link in ("softmax", "log-softmax") and scores.shape[1] > 1:
        rule = bounds.softmax_bound if link == "softmax" else bounds.log_softmax_bound
        return rule(scores, _wide(error, scores.shape[1]), u)
    if link == "exp":
        return bounds.exp_bound(scores, error, u)
    rule = bounds.platt_bound if link == "platt" else bounds.logistic_bound
    return rule(scores, error[:, -1:], u)


def _wide(error: Floats, columns: int) -> Floats:
    return error if error.shape[1] == columns else np.repeat(error.max(axis=1, keepdims=True), columns, axis=1)


def _floor(units: Units, scale: float) -> Tolerance:
    u = units.largest
    return Tolerance(
        lambda scores, batch: FLOOR_FACTOR * u * np.maximum(scale, np.abs(scores)).max(axis=1),
        f"no bound known for this model: measured noise floor, {FLOOR_FACTOR} u max({scale:.2g}, |score|) in {_named(units)} "
        f"+ {NOISE_FACTOR} times what the reference itself moves (root mean square of {NOISE_DRAWS} draws, inputs and constants "
        "off by half a step), at most 2^-10 of the scores",
        derived=False,
        measured=True,
    )


def _capped(tolerance: Tolerance, kind: OutputKind, scale: float) -> Tolerance:
    inner = tolerance.bound

    def bound(scores: Floats, batch: pa.RecordBatch) -> Floats:
        return np.asarray(np.minimum(inner(scores, batch), ceiling(scores, kind, scale)))

    return replace(tolerance, bound=bound, scale=scale)  # `own` only ever lowers it


def ceiling(scores: Floats, kind: OutputKind, scale: float = 0.0) -> Floats:
    """Shape (rows,): the largest drift that may ever be called rounding."""
    size = np.abs(scores).max(axis=1)
    return CEILING * (np.ones(len(scores)) if kind == OutputKind.PROBABILITY else np.maximum(size, scale or 1e-3))


def _named(units: Units) -> str:
    return "float32" if units.largest > UNIT_ROUNDOFF["float64"] else "float64"


_LINKS = {
    "logistic": "p(1-p) (exp(dm) - 1) + 4 u",
    "softmax": "p exp(E) ((1 - 2p) (exp(dm) - 1) + E) + p (n + 4) u, E = sum p (exp(dm) - 1)",
    "log-softmax": "p (exp(dm + E) - 1 + (n + 4) u), E = sum p (exp(dm) - 1)",
    "exp": "y (exp(dm) - 1 + 4 u)",
    "platt": "1.11 (p(1-p) + 0.005) (exp(dm) - 1) + 9 u",
}


def _link_formula(kind: OutputKind, link: str) -> str:
    if kind not in (OutputKind.PROBABILITY, OutputKind.VALUE) or link == "identity":
        return ""
    return f", then {_LINKS[link]}" if link in _LINKS else ""
