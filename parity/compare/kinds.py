"""What kind of drift each row shows, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity.compare.drift import Answered, Drift
from parity.values.finding import FindingKind
from parity.values.outcome import Refusal, Scores
from parity.values.signature import OutputKind

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

UNJUDGED = ("unresolved", "never-asked")
FROM_REFUSAL = {
    "crash": FindingKind.CRASH,
    "timeout": FindingKind.TIMEOUT,
    "out-of-memory": FindingKind.CRASH,
}


@dataclass(frozen=True)
class RowKinds:
    """Per row the worst kind (None: agreement within tolerance), and the output that shows it.

    `unresolved` rows were neither compared nor refused one by one, `never_asked` those of them for which no process was left;
    `both_refused` rows agree and compare nothing.
    `rounding` counts rows that differ within tolerance.
    """

    kind: npt.NDArray[np.object_]
    output: npt.NDArray[np.object_]
    both_refused: Bools
    unresolved: Bools
    never_asked: Bools
    rounding: Bools


def classify(
    drifts: Sequence[Drift], bounds: Mapping[str, Floats], excused: Bools, reference: Scores, runtime: Scores, rows: Answered
) -> RowKinds:
    """Kinds of all rows. `bounds` maps an output to (rows,) tolerances; `excused` rows may flip their label by rounding."""
    kind = np.empty(reference.rows, object)  # all None
    output = np.broadcast_to(np.array("", object), (reference.rows,))  # copied when the first row gets a kind
    rounding = np.zeros(reference.rows, bool)
    both = rows.both
    for drift in drifts:
        beyond = _beyond(drift, bounds, excused)
        beyond &= both
        if beyond.any():
            output = output if output.flags.writeable else output.copy()
            _assign(kind, output, beyond & drift.mask, FindingKind.MISSING_MASK, drift.pair.name)
            _assign(kind, output, beyond & ~drift.mask, _kind_of(drift), drift.pair.name)
        rounding |= (drift.distance > 0) & ~beyond
    unresolved, never_asked = _refusals(kind, reference, runtime, rows)
    neither = ~rows.reference & ~rows.runtime & ~unresolved
    told = rounding & both & (kind == None)  # noqa: E711  elementwise on objects
    return RowKinds(kind, output, neither, unresolved, never_asked, told)


def _kind_of(drift: Drift) -> FindingKind:
    if drift.shape:
        return FindingKind.SHAPE
    return FindingKind.LABEL_FLIP if drift.pair.kind == OutputKind.LABEL else FindingKind.VALUE


def _beyond(drift: Drift, bounds: Mapping[str, Floats], excused: Bools) -> Bools:
    if drift.pair.kind == OutputKind.LABEL:
        return np.asarray(((drift.distance > 0) & ~excused) | drift.mask)
    return np.asarray((drift.distance > bounds[drift.pair.name]) | drift.mask)


RANK = {kind: rank for rank, kind in enumerate(FindingKind)}


def _assign(kind: npt.NDArray[np.object_], output: npt.NDArray[np.object_], mask: Bools, new: FindingKind, name: str) -> None:
    """Put the new kind where it is worse than what stands there."""
    for i in np.flatnonzero(mask):
        if kind[i] is None or RANK[new] < RANK[kind[i]]:
            kind[i], output[i] = new, name


def _refusals(kind: npt.NDArray[np.object_], reference: Scores, runtime: Scores, rows: Answered) -> tuple[Bools, Bools]:
    """One side refusing is a finding; a row that bisection could not reach is unresolved.

    Returns the unresolved rows, and those of them for which a side was never called. A side that dies stands first in no question
    but that of a runtime with itself, which is not called a second time where it died.
    """
    unresolved, never_asked = np.zeros(reference.rows, bool), np.zeros(reference.rows, bool)
    for i in np.flatnonzero(~(rows.reference & rows.runtime)):
        ours, theirs = reference.refused.get(int(i)), runtime.refused.get(int(i))
        dead = next((refusal.kind for refusal in (theirs, ours) if refusal is not None and refusal.kind in FROM_REFUSAL), None)
        if dead is not None:
            kind[i] = FROM_REFUSAL[dead]
        elif _is(ours, *UNJUDGED) or _is(theirs, *UNJUDGED):
            unresolved[i] = True
            never_asked[i] = _is(ours, "never-asked") or _is(theirs, "never-asked")
        elif ours is None or theirs is None:
            kind[i] = FindingKind.REFUSAL
    return unresolved, never_asked


def _is(refusal: Refusal | None, *kinds: str) -> bool:
    return refusal is not None and refusal.kind in kinds


def flips_excused(label_margin: Floats, bound: Floats) -> Bools:
    """A label may flip only where the reference's own margin (top score minus the next) is below twice the bound."""
    return np.asarray(label_margin < 2 * bound)


def top_margin(scores: Floats, cutoff: float | None = None) -> Floats:
    """Top score minus the second of each row; |score| for a single column (a binary margin around zero).

    `cutoff`: where the label of two classes changes at another probability of the second one than half.
    """
    if cutoff is not None and scores.shape[1] == 2:
        return np.asarray(2 * np.abs(scores[:, 1] - cutoff))
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0])
    part = np.partition(scores, scores.shape[1] - 2, axis=1)
    return np.asarray(part[:, -1] - part[:, -2])
