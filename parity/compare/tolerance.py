"""How much drift arithmetic alone explains, derived from the model's structure and the precision of both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from parity.compare.allowance import Floats, Tolerance, Units
from parity.compare.derived import derived
from parity.numeric.ulp import UNIT_ROUNDOFF
from parity.values.anatomy import Anatomy
from parity.values.policy import Gate, Preset
from parity.values.signature import OutputKind, OutputSpec

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


@dataclass(frozen=True)
class Side:
    """What one side tells of its arithmetic."""

    anatomy: Anatomy
    output: OutputSpec

    @property
    def precision(self) -> str:
        """float32 if the model's sum or the output itself is float32, or the artifact asks for it, else float64."""
        return "float32" if "float32" in (self.output.type, *_precisions(self.anatomy)) else "float64"


def _precisions(anatomy: Anatomy) -> list[str]:
    found = [anatomy.precision]
    found += [anatomy.trees.sum_precision] if anatomy.trees else []
    found += [part.precision for part in (anatomy.linear, anatomy.smooth) if part]
    blended = [*(m.anatomy for m in anatomy.blend.members), anatomy.blend.last] if anatomy.blend else []
    return found + [p for inner in blended if inner for p in _precisions(inner)]


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
    units = Units((ours, theirs), (ours, given))
    usual = 1.0 if kind == OutputKind.PROBABILITY else scale or 1.0
    known = None if _measured_is_closer(reference.anatomy, units) else derived(kind, reference.anatomy, units, features)
    found = _capped(known or _floor(units, usual), kind, scale)
    return replace(found, steps=(max(ours, given), max(ours, theirs)))


def _measured_is_closer(anatomy: Anatomy, units: Units) -> bool:
    """Of a blend the worst cases of all members add up. In float32 that is more than 1e-4 of a probability far from the data,
    where the reference itself moves by much less; in float64 it is nothing that anybody would miss, and the floor is too close.
    """
    return anatomy.blend is not None and units.largest > UNIT_ROUNDOFF["float64"]


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


def _floor(units: Units, scale: float) -> Tolerance:
    u = units.largest
    return Tolerance(
        lambda scores, batch: FLOOR_FACTOR * u * np.maximum(scale, np.abs(scores)).max(axis=1),
        f"no bound known for this model: measured noise floor, {FLOOR_FACTOR} u max({scale:.2g}, |score|) in {units.name} "
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
