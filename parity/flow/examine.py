"""Score a batch on both sides and compare: the inner step of every phase and of the minimiser."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.compare.allowance import Tolerance
from parity.compare.drift import Drift, answered, drift_of
from parity.compare.examined import Examined
from parity.compare.kinds import classify, flips_excused, top_margin
from parity.compare.tolerance import ceiling, row_bounds
from parity.diagnose.branches import with_branch_flips
from parity.flow.noise import noise
from parity.flow.sides import Sides
from parity.runtimes.isolate import Allowance, score_rows
from parity.values.outcome import Output, Refusal, Scores
from parity.values.signature import OutputKind, OutputSpec

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
    bound[rows] = _allowed(sides, drift.pair.reference, tolerance, scores, part, drift.distance[rows])
    return bound


def _allowed(
    sides: Sides, output: OutputSpec, tolerance: Tolerance, scores: Floats, batch: pa.RecordBatch, distance: Floats
) -> Floats:
    """(rows,): the bound of the reference's `output` where the sides are `distance` apart; `scores` are (rows, columns) of it.

    Where nothing is derived, rows beyond the floor are allowed what is measured, up to the ceiling. Rows beyond the ceiling
    have that for a bound, and nothing is asked for them: the reference is scored 32 times for the others.
    """
    bound = row_bounds(tolerance, scores, batch, distance)
    beyond = np.flatnonzero(distance > bound)
    if not tolerance.measured or not len(beyond):
        return bound
    limit = ceiling(scores[beyond], output.kind or OutputKind.VALUE, tolerance.scale)
    within = distance[beyond] <= limit
    rows, floor = beyond[within], bound[beyond][within]
    bound[beyond] = limit
    if len(rows):
        moved = noise(sides.reference, output.name, batch.take(pa.array(rows)), distance[rows] - floor, tolerance.steps)
        bound[rows] = np.minimum(limit[within], floor + moved)
    return bound


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
        if tolerance is not None:
            part = batch.take(pa.array(rows))
            excused[rows] = flips_excused(margin, _allowed(sides, output.spec, tolerance, scores, part, margin / 2))
    return excused


def _margins_of(reference: Scores) -> Output | None:
    """The reference's numbers that decide its label."""
    for kind in (OutputKind.PROBABILITY, OutputKind.MARGIN):
        for output in reference.outputs:
            if output.spec.kind == kind and output.values.dtype != object:
                return output
    return None
