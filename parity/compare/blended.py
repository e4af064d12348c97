"""The bound of scores that are made of other models' scores: what each member is off by, carried through the blend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.compare.allowance import Floats, Tolerance, Units
from parity.compare.links import link_formula, through_link
from parity.compare.sums import dot_error
from parity.numeric.bounds import gamma
from parity.values.anatomy import Anatomy, Blend, Member
from parity.values.signature import OutputKind

Derive = Callable[[OutputKind, Anatomy], Tolerance | None]
Rule = Callable[[Floats, pa.RecordBatch], Floats]


def members_of(blend: Blend, derive: Derive) -> list[Tolerance] | None:
    """Each member's tolerance; None where one of them has none. A label that a member answers does not round."""
    found = [_exact() if m.kind == "label" else derive(OutputKind(m.kind), m.anatomy) for m in blend.members]
    return [t for t in found if t is not None] if all(found) else None


def _exact() -> Tolerance:
    return Tolerance(lambda scores, batch: np.zeros(len(scores)), "labels")


def mean(blend: Blend, tolerances: Sequence[Tolerance], units: Units, features: Callable[[pa.RecordBatch], Any]) -> Tolerance:
    """sum w_m d_m, and gamma(n + 3) sum w_m |s_m| on each side: product, weight, its share of the total, and n - 1 additions."""
    weights = np.abs(blend.weights)
    rounding = sum(gamma(len(weights) + 3, u) for u in units.arithmetic)

    def bound(rules: Sequence[Rule]) -> Rule:
        def of(scores: Floats, batch: pa.RecordBatch) -> Floats:
            del scores
            answers = _answers(blend.members, features(batch))
            off = [w * rule(s, batch) for w, rule, s in zip(weights, rules, answers, strict=True)]
            size = [w * np.abs(s).max(axis=1) for w, s in zip(weights, answers, strict=True)]
            return np.asarray(np.sum(off, axis=0) + rounding * np.sum(size, axis=0))

        return of

    formula = f"mean of {len(weights)} models: sum w d + gamma(n + 3) sum w |s|, d of each: " + _listed(tolerances)
    return Tolerance(bound([t.bound for t in tolerances]), formula, own=bound([_smaller(t) for t in tolerances]))


def stack(
    kind: OutputKind,
    anatomy: Anatomy,
    last: Anatomy,
    tolerances: Sequence[Tolerance],
    units: Units,
    features: Callable[[pa.RecordBatch], Any],
) -> Tolerance | None:
    """The last model's rounding on the reference's own scores, and what it makes of all that the members are off by."""
    rule = _margin(last, units)
    known = anatomy.prefix is None or anatomy.prefix.magnification is not None or not _blend(anatomy).passed
    if rule is None or not known or last.prefix is not None:
        return None
    error, link, formula = rule
    if link == "unknown" and kind != OutputKind.MARGIN:
        return None

    def bound(scores: Floats, batch: pa.RecordBatch) -> Floats:
        with np.errstate(all="ignore"):
            off = np.nan_to_num(error(*_beneath(anatomy, tolerances, units, features, batch)), nan=np.inf, posinf=np.inf)
            return np.asarray(through_link(kind, link, scores, off, units.largest).max(axis=1))

    formula = f"{formula} of {len(tolerances)} models' scores, d of each: " + _listed(tolerances)
    return Tolerance(bound, formula + link_formula(kind, link))


def _margin(last: Anatomy, units: Units) -> tuple[Callable[[Floats, Floats], Floats], str, str] | None:
    """|d margin| for scores z that are off by dz in all, link and formula; None for a model without a bound.

    By the triangle inequality through the exact value at z: one side rounds there, the other rounds and is off by dz.
    """
    ours, theirs = units.arithmetic
    if last.linear is not None:
        linear, none = last.linear, np.zeros((1, last.linear.weights.shape[1]))

        def dot(z: Floats, dz: Floats) -> Floats:
            return np.asarray(sum(dot_error(linear, z, none, u, False) for u in units.arithmetic) + dz @ np.abs(linear.weights).T)

        return dot, linear.link, "dot product gamma(n + 2) sum|w z| + sum|w| d"
    if last.smooth is not None:
        smooth = last.smooth
        return lambda z, dz: smooth.error(z, 0 * dz, ours) + smooth.error(z, dz, theirs), smooth.link, smooth.formula
    return None


def _beneath(
    anatomy: Anatomy,
    tolerances: Sequence[Tolerance],
    units: Units,
    features: Callable[[pa.RecordBatch], Any],
    batch: pa.RecordBatch,
) -> tuple[Floats, Floats]:
    """The features of a stack's last model (rows, n), and what both sides together are off by in them."""
    blend, rows = _blend(anatomy), features(batch)
    full = _answers(blend.members, rows)
    answers = [s[:, m.skipped :] for m, s in zip(blend.members, full, strict=True)]
    each = [_smaller(t)(s, batch) for t, s in zip(tolerances, full, strict=True)]
    off = [np.repeat(e[:, None], s.shape[1], axis=1) for e, s in zip(each, answers, strict=True)]
    if blend.passed:
        z, prefix = features_of(anatomy, rows), anatomy.prefix
        moved = prefix.magnification(rows) if prefix and prefix.magnification else np.abs(z)
        answers, off = [*answers, z], [*off, sum(units.inputs) * moved]
    return np.hstack(answers), np.hstack(off)


def _blend(anatomy: Anatomy) -> Blend:
    assert anatomy.blend is not None
    return anatomy.blend


def _answers(members: Sequence[Member], rows: Any) -> list[Floats]:
    return [np.asarray(m.scores(rows), dtype=np.float64) for m in members]


def _smaller(tolerance: Tolerance) -> Rule:
    """The smaller of a tolerance's two bounds."""

    def rule(scores: Floats, batch: pa.RecordBatch) -> Floats:
        own = tolerance.own
        usual = tolerance.bound(scores, batch)
        return usual if own is None else np.asarray(np.minimum(usual, own(scores, batch)))

    return rule


def _listed(tolerances: Sequence[Tolerance]) -> str:
    return "; ".join(dict.fromkeys(t.formula for t in tolerances))
