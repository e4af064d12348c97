"""What a diagnosis works with: rows that drift, rows that agree, and both sides to ask again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.advice import ADVICE
from parity.values.anatomy import Anatomy
from parity.values.finding import Cause

Floats = npt.NDArray[np.float64]
Ask = Callable[[pa.RecordBatch], Floats]

CONFIRM_EXPLAINED = 0.98
CONFIRM_BROKEN = 0.01
"""A cause is confirmed only where it explains at least 98 % of the drifting rows and breaks at most 1 % of the agreeing ones."""

MENTIONED = 0.05
"""Below this share of explained rows nobody asks what a hypothesis breaks."""


@dataclass(frozen=True)
class Evidence:
    """Rows of one finding's kind and class. `ask_reference` and `ask_runtime` give the pair's columns, (rows, columns);
    NaN where a side refused or gave nothing. `bound(scores, batch)` is the derived tolerance per row.
    `features` maps a batch to the features of the reference's last step; `model` is the reference itself;
    `ask_model` asks a changed copy of it as the reference is asked, None where that cannot be.
    `simulated`: `ask_reference` runs the trees of `reference` themselves.
    `prepare` makes the model's own input of rows; `inner` maps rows to the tensors between the artifact's nodes, by name, where
    the artifact is a graph that Python can run too.
    """

    drifting: pa.RecordBatch
    agreeing: pa.RecordBatch
    ask_reference: Ask
    ask_runtime: Ask
    bound: Callable[[Floats, pa.RecordBatch], Floats]
    reference: Anatomy
    artifact: Anatomy
    features: Callable[[pa.RecordBatch], Floats]
    model: Any = None
    ask_model: Callable[[Any, pa.RecordBatch], Floats] | None = None
    simulated: bool = False
    prepare: Callable[[pa.RecordBatch], Any] | None = None
    inner: Callable[[pa.RecordBatch], Mapping[str, npt.NDArray[Any]]] | None = None


@dataclass(frozen=True)
class Shares:
    """How much of the drift a hypothesis explains, and how much agreement it breaks."""

    explained: float
    broken: float

    @property
    def confirmed(self) -> bool:
        return self.explained >= CONFIRM_EXPLAINED and self.broken <= CONFIRM_BROKEN


@dataclass(frozen=True)
class Hypothesis:
    """A named mechanism. `predict` gives what one side would answer if it were at work; `target` is the other side's answer."""

    name: str
    predict: Ask
    target: Ask
    evidence: str


def drift_of(evidence: Evidence) -> Floats:
    """(rows,): how far the two sides are apart on the drifting rows; 0 where neither gives a number, NaN where one does not."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape:
        return np.full(evidence.drifting.num_rows, np.inf)
    with np.errstate(invalid="ignore"):
        found = np.abs(ours - theirs).max(axis=1)
    return np.where(np.isnan(ours).all(axis=1) & np.isnan(theirs).all(axis=1), 0.0, found)


def beyond(evidence: Evidence) -> npt.NDArray[np.bool_]:
    """(rows,): which of the drifting rows drift beyond their bound when they are asked together."""
    bound = evidence.bound(np.nan_to_num(evidence.ask_reference(evidence.drifting)), evidence.drifting)
    return np.asarray(~(drift_of(evidence) <= bound))


def narrowed(evidence: Evidence) -> Evidence | None:
    """The evidence of the rows on which this output drifts; None where there is none (labels differ, their scores do not).

    A hypothesis that changes nothing would explain all the others.
    """
    rows = np.flatnonzero(beyond(evidence))
    if len(rows) == evidence.drifting.num_rows:
        return evidence
    return replace(evidence, drifting=evidence.drifting.take(pa.array(rows))) if len(rows) else None


def shares(evidence: Evidence, hypothesis: Hypothesis) -> Shares:
    """Ask the hypothesis for both groups of rows and count.

    A drifting row is explained where what is left of its drift is rounding, and less than half of the drift.
    """
    explained = float(explains(evidence, hypothesis, evidence.drifting).mean())
    if explained < MENTIONED:
        return Shares(explained, 1.0)
    return Shares(explained, _broken(evidence, hypothesis))


SCREENED = 48
"""Rows on which a hypothesis is tried first: one that is confirmed on all of the drifting rows explains nearly all of these."""


def screen(evidence: Evidence) -> Evidence | None:
    """The evidence of a few of the drifting rows, evenly spread; None where there are not many more."""
    count = evidence.drifting.num_rows
    if count < 2 * SCREENED:
        return None
    few = evidence.drifting.take(pa.array(np.linspace(0, count - 1, SCREENED).astype(np.int64)))
    return replace(evidence, drifting=few, agreeing=evidence.agreeing.slice(0, 0))


def screened(evidence: Evidence, few: Evidence | None, hypothesis: Hypothesis) -> Shares:
    """`shares`, of all rows only where the hypothesis explains some of the few."""
    first = None if few is None else shares(few, hypothesis)
    return first if first is not None and first.explained < MENTIONED else shares(evidence, hypothesis)


def explains(evidence: Evidence, hypothesis: Hypothesis, batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    """(rows,): what is left of a row's drift is rounding, and less than half of it; of any rows, by the bound of the evidence."""
    left, near = _left(evidence, hypothesis, batch)
    with np.errstate(invalid="ignore"):
        return np.asarray(near & ~(np.isfinite(left) & (left > drift_of(replace(evidence, drifting=batch)) / 2)))


def _broken(evidence: Evidence, hypothesis: Hypothesis) -> float:
    """The share of the agreeing rows whose agreement is lost. One that the reference alone refuses when it is asked again (its
    answer hung on the rows beside it) does not agree any more, and says nothing."""
    if not evidence.agreeing.num_rows:
        return 0.0
    ours, theirs = evidence.ask_reference(evidence.agreeing), evidence.ask_runtime(evidence.agreeing)
    says = ~np.isnan(ours).all(axis=1) | np.isnan(theirs).all(axis=1)
    return 1 - float(_left(evidence, hypothesis, evidence.agreeing)[1][says].mean()) if says.any() else 0.0


def reproduced(evidence: Evidence, hypothesis: Hypothesis) -> float:
    """The share of the drifting rows that the target answers for which the prediction is its answer but for rounding."""
    answered = ~np.isnan(hypothesis.target(evidence.drifting)).all(axis=1)
    near = _left(evidence, hypothesis, evidence.drifting)[1]
    return float(near[answered].mean()) if answered.any() else 1.0


def _left(evidence: Evidence, hypothesis: Hypothesis, batch: pa.RecordBatch) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(rows,): how far prediction and target are apart, and whether that is rounding (or silence on both sides)."""
    predicted, target = hypothesis.predict(batch), hypothesis.target(batch)
    if predicted.shape != target.shape:
        return np.full(batch.num_rows, np.inf), _silent(predicted) & _silent(target)
    bound = 2 * evidence.bound(np.nan_to_num(target), batch)  # both sides of the counterfactual round
    with np.errstate(invalid="ignore"):
        same = (predicted == target) | (np.isnan(predicted) & np.isnan(target))  # infinities among them
        left = np.where(same, 0.0, np.abs(predicted - target)).max(axis=1)
        near = left <= bound
    return left, np.asarray(near | (_silent(predicted) & _silent(target)))


def _silent(answers: Floats) -> npt.NDArray[np.bool_]:
    """(rows,): a side that gave no number. Answers without columns are those of a question that was not asked."""
    return np.asarray(np.isnan(answers).all(axis=1) & (answers.shape[1] > 0))


def cause_of(hypothesis: Hypothesis, found: Shares) -> Cause:
    """A confirmed hypothesis as the value that reports show."""
    fix = " ".join(ADVICE[name] for name in hypothesis.name.split(" + "))
    return Cause(hypothesis.name, found.explained, found.broken, fix, hypothesis.evidence)
