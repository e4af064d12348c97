"""Score a batch on both sides and compare: the inner step of every phase and of the minimiser."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.compare.drift import Drift, answered, drift_of
from parity.compare.examined import Examined
from parity.compare.kinds import classify, flips_excused, top_margin
from parity.compare.tolerance import ceiling, row_bounds
from parity.diagnose.branches import with_branch_flips
from parity.flow.noise import noise
from parity.flow.sides import Sides
from parity.runtimes.isolate import Allowance, score_rows
from parity.values.outcome import Output, Refusal, Scores
from parity.values.signature import OutputKind

Floats = npt.NDArray[np.float64]


def examine(sides: Sides, batch: pa.RecordBatch, allowances: tuple[Allowance, Allowance]) -> Examined:
    """One call of each side (more where rows are refused), then arrays."""
    reference = score_rows(sides.reference.score, batch, allowances[0])
    runtime = score_rows(sides.session.score, batch, allowances[1])
    rows = answered(reference, runtime)
    drifts = tuple(drift_of(pair, reference, runtime) for pair in sides.pairs)
    bounds = {d.pair.name: _bound(sides, d, batch, rows.both) for d in drifts if d.pair.kind != OutputKind.LABEL}
    excused = _excused(sides, reference, drifts, rows.both, batch)
    kinds = classify(drifts, bounds, excused, reference, runtime, rows)
    ours, theirs = sides.subject.reference, sides.subject.artifact
    kinds = with_branch_flips(kinds, batch, ours, theirs, lambda part: features_of(ours, sides.subject.to_model_input(part)))
    return Examined(reference, runtime, drifts, bounds, kinds, rows)


def refusals(sides: Sides, batch: pa.RecordBatch) -> tuple[bool, bool]:
    """For a call without rows: does the reference refuse it, does the runtime?"""
    return isinstance(sides.reference.score(batch), Refusal), isinstance(sides.session.score(batch), Refusal)


def _bound(sides: Sides, drift: Drift, batch: pa.RecordBatch, both: npt.NDArray[np.bool_]) -> Floats:
    """Bounds of all rows; derived ones only where something differs, because equal rows need none to pass."""
    tolerance = sides.tolerances[drift.pair.name]
    bound = np.zeros(len(both))
    if drift.reference is None:
        return bound
    rows = np.flatnonzero(both & np.isfinite(drift.distance) & ~drift.mask)
    if not len(rows):
        return bound
    part = batch if len(rows) == batch.num_rows else batch.take(pa.array(rows))
    scores = np.nan_to_num(drift.reference[rows], nan=0.0, posinf=0.0, neginf=0.0)
    bound[rows] = row_bounds(tolerance, scores, part, drift.distance[rows])
    if tolerance.measured:
        _add_noise(sides, drift, batch, bound, rows[drift.distance[rows] > bound[rows]])
    return bound


def _add_noise(sides: Sides, drift: Drift, batch: pa.RecordBatch, bound: Floats, beyond: npt.NDArray[np.int64]) -> None:
    """The bound of the rows `beyond` it, widened in place by what is measured, up to the ceiling.

    Rows beyond the ceiling have that for a bound, and nothing is asked for them: the reference is scored 32 times for the others.
    """
    if not len(beyond) or drift.reference is None:
        return
    tolerance = sides.tolerances[drift.pair.name]
    limit = ceiling(np.nan_to_num(drift.reference[beyond]), drift.pair.kind, tolerance.scale)
    within = drift.distance[beyond] <= limit
    floor = bound[beyond][within]
    bound[beyond] = limit
    rows = beyond[within]
    if len(rows):
        asked, left = batch.take(pa.array(rows)), drift.distance[rows] - floor
        moved = noise(sides.reference, drift.pair.reference.name, asked, left, tolerance.steps)
        bound[rows] = np.minimum(limit[within], floor + moved)


def _excused(
    sides: Sides, reference: Scores, drifts: tuple[Drift, ...], both: npt.NDArray[np.bool_], batch: pa.RecordBatch
) -> npt.NDArray[np.bool_]:
    """Rows whose label may flip by rounding: the reference's own margin is below twice the bound.

    The margin is that of the probabilities where there are any, else of the decision function. Asked only where a label differs.
    """
    excused = np.zeros(reference.rows, bool)
    flips = [d.distance > 0 for d in drifts if d.pair.kind == OutputKind.LABEL]
    rows = np.flatnonzero(np.any(flips, axis=0) & both) if flips else np.zeros(0, np.int64)
    output = _margins_of(reference)
    if len(rows) and output is not None:
        scores = np.nan_to_num(output.values[rows].astype(np.float64))
        if output.spec.kind == OutputKind.PROBABILITY and scores.shape[1] == 1:
            scores = np.hstack([1 - scores, scores])
        tolerance = sides.tolerances.get(output.spec.name)
        margin = top_margin(scores, sides.subject.reference.cutoff)
        bound = None if tolerance is None else row_bounds(tolerance, scores, batch.take(pa.array(rows)), margin / 2)
        excused[rows] = flips_excused(margin, bound, len(rows))
    return excused


def _margins_of(reference: Scores) -> Output | None:
    """The reference's numbers that decide its label."""
    for kind in (OutputKind.PROBABILITY, OutputKind.MARGIN):
        for output in reference.outputs:
            if output.spec.kind == kind and output.values.dtype != object:
                return output
    return None
